"""A store that tells when its database goes away and when it is back."""

import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from supportbot.domain.errors import StorageError
from supportbot.ports import Journal, Store, Tx

T = TypeVar("T")

#: A full disk can be read and must not seem back with each read; an idle desk does not write, and is back all the same.
_FORGOTTEN_S = 30.0


class WatchedStore:
    """Passes everything on to *store*; notes each outage once at its first failure, and once when it is over."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal
        self._lock = Lock()
        self._away = False
        self._failed_at: dict[str, float] = {}  #: when reading and writing, which may fail apart, failed last
        self._closed = False

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run *work* as one atomic unit."""
        return self._watch("write", lambda: self._store.write(work))

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run *work* on a consistent snapshot."""
        return self._watch("read", lambda: self._store.read(work))

    def subscribe(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Call *heard* with the ticket id after each commit that touched it; return how to stop."""
        return self._store.subscribe(heard)

    def scrub(self) -> bool:
        """Overwrite what was removed wherever the database still holds it; False when others keep it busy."""
        return self._store.scrub()

    def close(self) -> None:
        """Finish waiting work and let go of the database; what fails afterwards is no outage."""
        self._closed = True
        self._store.close()

    def _watch(self, way: str, run: Callable[[], T]) -> T:
        try:
            result = run()
        except StorageError as failed:
            if not self._closed:
                self._failed_at[way] = time.monotonic()
                self._note(True, type(failed).__name__)
            raise
        if self._failed_at:
            self._failed_at.pop(way, None)
            if all(time.monotonic() - at > _FORGOTTEN_S for at in tuple(self._failed_at.values())):
                self._failed_at.clear()
                self._note(False, None)
        return result

    def _note(self, away: bool, error: str | None) -> None:
        with self._lock:
            if self._away == away:
                return
            self._away = away
        self._journal.note("database", state="away" if away else "back", error=error)
