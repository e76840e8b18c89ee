"""Check, then release: nothing reaches the customer that has not been checked against its passage.

A draft of the fast tier is checked whole. A draft of the strong tier is released sentence by sentence: the first
sentence that passes inserts the message, later ones extend it, and a release whose post is refused cancels the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from supportbot.domain.answer import Draft
from supportbot.domain.ids import new_id
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.passage import Passage
from supportbot.domain.prompt import Prompt
from supportbot.engine.check import Verdict, check
from supportbot.engine.conclusion import Reply
from supportbot.engine.config import Engine
from supportbot.engine.prompting import with_citations
from supportbot.ports import PostGuard


@dataclass(slots=True)
class Releaser:
    """Shows a growing answer. Not shared: one per turn."""

    engine: Engine
    prompt: Prompt
    passages: Sequence[Passage]
    guard: PostGuard
    message_id: str | None = None  #: the message already in the thread, if any
    refused: bool = False  #: a post was refused: the bot no longer owns the turn
    so_far: Reply | None = None  #: what the customer has seen of the answer
    _buffer: str = ""
    _shown: str = ""
    _last_write: float = field(default=float("-inf"))

    def hear(self, piece: str) -> None:
        """Take the next piece of the draft and release what has become whole and passes."""
        self._buffer += piece
        now = self.engine.clock.monotonic()
        if self.refused or now - self._last_write < self.engine.config.release_every_s:
            return
        whole = complete(self._buffer)
        if not whole or whole == self._shown:
            return
        self._shown = whole
        verdict = self.verdict(whole)
        if verdict.kept and not verdict.abstained:
            self._last_write = now
            self._show(verdict.kept)

    def restart(self) -> None:
        """Forget the draft: another deployment begins anew. What was shown is replaced by the new answer."""
        self._buffer = self._shown = ""

    def verdict(self, text: str) -> Verdict:
        """Check *text* as a draft of this turn."""
        prompt = self.prompt
        return check(Draft(text), prompt.passages, prompt.question, prompt.language, avoid=prompt.avoid)

    def _show(self, kept: str) -> None:
        text, citations = with_citations(kept, self.passages)
        self.so_far = Reply(text, MessageKind.ANSWER, citations=citations)
        if self.message_id is None:
            message = Message(
                id=new_id(),
                ticket_id=self.guard.ticket_id,
                sender=Sender.BOT,
                text=text,
                created_at=self.engine.clock.now(),
                kind=MessageKind.ANSWER,
                turn_id=self.guard.turn_id,
                citations=citations,
                final=False,
                language=self.prompt.language,
            )
            posted = self.engine.store.write(lambda tx: tx.post_bot_message(message, self.guard))
            self.message_id = posted.id if posted else None
            self.refused = posted is None
        else:
            known = self.message_id
            self.refused = not self.engine.store.write(
                lambda tx: tx.extend_bot_message(known, text, citations, False, self.guard)
            )


def complete(buffer: str) -> str:
    """Return the part of a growing draft that can no longer change: whole lines, and sentences with text behind them.

    >>> complete("It takes 3 days. [1] It is fr")
    'It takes 3 days. [1]'
    """
    head, newline, last = buffer.rpartition("\n")
    cut = max((last.rfind(mark) for mark in ("] ",)), default=-1)
    whole = last[: cut + 1] if cut >= 0 and not last[cut + 2 :].lstrip().startswith("[") and last[cut + 2 :] else ""
    return (head + newline + whole).rstrip()
