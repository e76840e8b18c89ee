"""Ports that pass everything on and note how long it took: where a turn's time goes, without touching the engine."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from supportbot.domain.passage import Retrieval
from supportbot.knowledge import Knowledge
from supportbot.ports import Chunk, ModelRequest, Provider, Store, Tx

T = TypeVar("T")

#: A unit of work, by the name of the function that is it, and what it does for a turn.
_UNITS = {
    "Intake.say.<locals>.work": "store: message and due turn",
    "TurnRunner.run.<locals>.<lambda>": "read: context",
    "TurnRunner._step.<locals>.<lambda>": "store: step “writing”",
    "Dispatcher._reserve.<locals>.<lambda>": "store: reservation",
    "Releaser._show.<locals>.<lambda>": "store: first sentence released",
    "Settlement.write": "store: settlement",
}


@dataclass(slots=True)
class Watch:
    """Milliseconds by what they went to, since it was last emptied."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def timed(self, what: str, work: Callable[[], T]) -> T:
        """Do *work*, and add how long it took to *what*."""
        begun = time.perf_counter()
        try:
            return work()
        finally:
            self.spent[what] += (time.perf_counter() - begun) * 1000


class TimedStore:
    """A store that times each unit by its name."""

    def __init__(self, store: Store, watch: Watch) -> None:
        self._store = store
        self._watch = watch

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run a unit, timed."""
        return self._watch.timed(_unit("store", work), lambda: self._store.write(work))

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run a reading unit, timed."""
        return self._watch.timed(_unit("read", work), lambda: self._store.read(work))

    def subscribe(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Pass on."""
        return self._store.subscribe(heard)

    def scrub(self) -> bool:
        """Pass on."""
        return self._store.scrub()

    def close(self) -> None:
        """Pass on."""
        self._store.close()


def _unit(kind: str, work: Callable[[Tx], object]) -> str:
    name = getattr(work, "__qualname__", repr(work))
    return _UNITS.get(name, f"{kind}: {name}")


class TimedKnowledge(Knowledge):
    """Knowledge that times its searches."""

    watch: Watch

    def search(self, query: str, *, language: str | None = None, internal: bool = False, limit: int = 5) -> Retrieval:
        """Search, timed."""
        found = super().search
        return self.watch.timed("search", lambda: found(query, language=language, internal=internal, limit=limit))


class TimedProvider:
    """A provider that times what the model itself takes, wherever its chunks then go."""

    def __init__(self, provider: Provider, watch: Watch) -> None:
        self._provider = provider
        self._watch = watch

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        """Pass the chunks on, timed."""
        chunks = self._provider.stream(request)
        while True:
            chunk = self._watch.timed("model", lambda: next(chunks, None))
            if chunk is None:
                return
            yield chunk
