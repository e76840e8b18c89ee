"""The in-memory store: one lock, one journal, callbacks after the commit."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from supportbot.domain.errors import StorageError
from supportbot.ports import Clock, Tx
from supportbot.storage.memory.kept import MemoryKept
from supportbot.storage.memory.ledger import MemoryLedger
from supportbot.storage.memory.people import MemoryPeople
from supportbot.storage.memory.tables import Tables
from supportbot.storage.memory.tickets import MemoryTickets
from supportbot.storage.memory.turns import MemoryTurns

T = TypeVar("T")

log = logging.getLogger(__name__)


class MemoryTx(MemoryTickets, MemoryTurns, MemoryLedger, MemoryPeople, MemoryKept):
    """A unit of work on the shelves of a MemoryStore."""


class MemoryStore:
    """Keeps everything in this process's memory; nothing outlives it.

    A unit's exception undoes the unit. Callbacks run on the thread that wrote, after the commit and outside the lock.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock
        self._tables = Tables()
        self._lock = threading.Lock()
        self._busy: int | None = None  #: the thread inside a unit of work
        self._heard: dict[object, Callable[[str], None]] = {}
        self._closed = False

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run *work* as one atomic unit and return its result; its exception undoes the unit."""
        result, touched = self._run(work, reading=False)
        self._tell(touched)
        return result

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run *work* while nobody writes; StorageError when it writes."""
        return self._run(work, reading=True)[0]

    def subscribe(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Call *heard* with the id of each ticket a commit touched; return how to stop."""
        key = object()
        self._heard = {**self._heard, key: heard}

        def stop() -> None:
            self._heard = {k: v for k, v in self._heard.items() if k is not key}

        return stop

    def scrub(self) -> bool:
        """Nothing removed is held anywhere."""
        return True

    def close(self) -> None:
        """Stop telling subscribers and refuse further work."""
        self._closed = True
        self._heard = {}

    def _run(self, work: Callable[[Tx], T], *, reading: bool) -> tuple[T, tuple[str, ...]]:
        if self._busy == threading.get_ident():
            raise RuntimeError("A unit of work must not open another one; use the Tx it was given.")
        with self._lock:
            if self._closed:
                raise StorageError("The store is closed; open a new one.")
            self._busy = threading.get_ident()
            journal = self._tables.journal
            journal.begin()
            try:
                result = work(MemoryTx(self._tables))
                if reading and journal.undo:
                    raise StorageError("A read must not write; use write() for work that changes something.")
            except BaseException:
                journal.roll_back()
                raise
            finally:
                self._busy = None
            return result, tuple(journal.touched)

    def _tell(self, touched: tuple[str, ...]) -> None:
        for heard in tuple(self._heard.values()):
            for ticket_id in touched:
                try:
                    heard(ticket_id)
                except Exception:
                    log.exception("A subscriber failed; the change itself is stored.")
