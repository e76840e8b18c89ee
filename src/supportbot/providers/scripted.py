"""A provider that plays a script: what a test or a rehearsal wants a vendor to do."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock

from supportbot.domain.answer import ABSTAIN
from supportbot.domain.errors import ProviderError
from supportbot.domain.price import Usage
from supportbot.domain.prompt import Prompt, data, instructions
from supportbot.ports import Chunk, Clock, ModelRequest


@dataclass(frozen=True, slots=True)
class Scripted:
    """One reply. `text` may be a function of the prompt; it arrives in pieces of `piece_words` words.

    `delay_s` passes on the clock before the first piece and `pause_s` before each further one. After `break_after`
    pieces the stream ends without a final chunk, or with `error` if there is one; `error` alone is raised at once.
    """

    text: str | Callable[[Prompt], str] = ABSTAIN
    error: ProviderError | None = None
    delay_s: float = 0.0
    pause_s: float = 0.0
    break_after: int | None = None
    piece_words: int = 3
    usage: Usage | None = None  #: None: counted from the words, flagged estimated
    reports_usage: bool = True
    served_model: str | None = None  #: None: the deployment's model


def stall(seconds: float, *, after: int = 1, text: str = "One moment please, I am looking.") -> Scripted:
    """Return a reply that goes silent for *seconds* on the clock after some pieces and then breaks off."""
    return Scripted(text, pause_s=seconds, break_after=after + 1, piece_words=1)


class ScriptedProvider:
    """Plays its replies in order and then `default` for ever; `requests` is what was asked. Safe between threads."""

    def __init__(
        self, replies: Iterable[Scripted | str | ProviderError] = (), *, clock: Clock, default: Scripted | None = None
    ) -> None:
        self._replies = [_reply(r) for r in replies]
        self._clock = clock
        self._default = default or Scripted()
        self._lock = Lock()
        self.requests: list[ModelRequest] = []

    def add(self, *replies: Scripted | str | ProviderError) -> None:
        """Put replies at the end of the script."""
        with self._lock:
            self._replies.extend(_reply(r) for r in replies)

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        """Yield the next reply of the script in pieces, the last one `final`; raise its ProviderError."""
        with self._lock:
            self.requests.append(request)
            reply = self._replies.pop(0) if self._replies else self._default
        return self._play(reply, request)

    def _play(self, reply: Scripted, request: ModelRequest) -> Iterator[Chunk]:
        self._wait(reply.delay_s)
        if reply.error is not None and reply.break_after is None:
            raise reply.error
        text = reply.text if isinstance(reply.text, str) else reply.text(request.prompt)
        for number, piece in enumerate(_pieces(text, reply.piece_words)):
            if number:
                self._wait(reply.pause_s)
            if number == reply.break_after:
                break
            yield Chunk(piece)
        if reply.break_after is not None:
            if reply.error is not None:
                raise reply.error
            return
        usage = (reply.usage or _counted(request.prompt, text)) if reply.reports_usage else None
        yield Chunk(usage=usage, served_model=reply.served_model or request.deployment.model, final=True)

    def _wait(self, seconds: float) -> None:
        if seconds:
            self._clock.sleep(seconds)


def _reply(given: Scripted | str | ProviderError) -> Scripted:
    if isinstance(given, Scripted):
        return given
    return Scripted(given) if isinstance(given, str) else Scripted(error=given)


def _pieces(text: str, size: int) -> Iterator[str]:
    """*size* words at a time, spaces kept: joined, the pieces are the text."""
    said = text.split(" ")
    for start in range(0, len(said), size):
        yield (" " if start else "") + " ".join(said[start : start + size])


def _counted(prompt: Prompt, text: str) -> Usage:
    given = len(instructions(prompt)) + len(data(prompt))
    return Usage(math.ceil(given / 4), math.ceil(len(text) / 4), estimated=True)
