"""The one thread of a process that writes: it batches whatever is waiting into one transaction.

Many threads that each take SQLite's write lock wait for each other's disk; one that commits for all of them does not.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, delete, func, insert, select

from supportbot.domain.errors import StorageError
from supportbot.ports import Tx
from supportbot.storage.dialect import translated
from supportbot.storage.sql import SqlTx
from supportbot.storage.sqlite.connecting import for_writing
from supportbot.storage.tables import ChangeRow, table

T = TypeVar("T")

#: The most units one transaction takes; bounds how long a caller waits for its neighbours.
BATCH = 128
#: How many change rows are kept for other processes to read; older ones are deleted now and then.
CHANGES_KEPT = 10_000

_CHANGE = table(ChangeRow)


@dataclass(slots=True)
class _Unit:
    """A caller's work and the promise it waits for."""

    work: Callable[[Tx], Any]
    promise: "Future[Any]" = field(default_factory=Future)
    result: Any = None
    failure: BaseException | None = None
    touched: tuple[str, ...] = ()


class Writer:
    """Runs units of work one after the other and commits them in batches.

    Each unit has a savepoint: its exception rolls back it alone and reaches its caller. Callers resume after the
    commit; then *tell* hears which tickets the batch touched.
    """

    def __init__(
        self,
        engine: Engine,
        origin: str,
        tell: Callable[[tuple[str, ...]], None],
        *,
        changes_kept: int = CHANGES_KEPT,
    ) -> None:
        self._engine = engine
        self._origin = origin
        self._tell = tell
        self._waiting: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._changes_kept = changes_kept
        self._unpruned = 0
        self._thread = threading.Thread(target=self._run, name="supportbot-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Tx], T]) -> T:
        """Hand *work* over and return its result once it is committed, or raise its exception."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("A unit of work must not open another one; use the Tx it was given.")
        unit = _Unit(work)
        with self._gate:
            if self._closed:
                raise StorageError("The store is closed; open a new one.")
            self._waiting.put(unit)
        result: T = unit.promise.result()
        return result

    def close(self) -> None:
        """Commit what is waiting, refuse the rest and end the thread."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            batch, more = self._next_batch()
            if batch:
                self._settle(batch)

    def _next_batch(self) -> tuple[list[_Unit], bool]:
        """Wait for a unit and return it with everything that waits behind it, and whether more may come."""
        batch: list[_Unit] = []
        unit = self._waiting.get()
        while unit is not None:
            batch.append(unit)
            if len(batch) == BATCH:
                return batch, True
            try:
                unit = self._waiting.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _settle(self, batch: list[_Unit]) -> None:
        touched: dict[str, None] = {}
        try:
            with for_writing(self._engine.connect()) as connection, connection.begin():
                for unit in batch:
                    self._run_unit(connection, unit)
                    touched |= dict.fromkeys(unit.touched)
                self._record(connection, tuple(touched))
        except BaseException as wrong:  # the transaction is lost: so is every unit in it, and each caller must hear
            failure = translated(wrong)
            for unit in batch:
                unit.promise.set_exception(unit.failure or failure)
            return
        for unit in batch:
            if unit.failure is not None:
                unit.promise.set_exception(unit.failure)
            else:
                unit.promise.set_result(unit.result)
        if touched:
            self._tell(tuple(touched))

    def _run_unit(self, connection: Connection, unit: _Unit) -> None:
        savepoint = connection.begin_nested()
        tx = SqlTx(connection)
        try:
            unit.result = unit.work(tx)
        except BaseException as wrong:  # belongs to the caller, whatever it is; this thread must go on
            savepoint.rollback()
            unit.failure = wrong
        else:
            savepoint.commit()
            unit.touched = tuple(tx.touched)

    def _record(self, connection: Connection, touched: tuple[str, ...]) -> None:
        """Leave a change row per touched ticket for other processes, and now and then delete old ones."""
        if not touched:
            return
        connection.execute(insert(_CHANGE), [{"ticket_id": t, "origin": self._origin} for t in touched])
        self._unpruned += len(touched)
        if self._unpruned > self._changes_kept // 10:
            newest = select(func.max(_CHANGE.c.position)).scalar_subquery()
            connection.execute(delete(_CHANGE).where(_CHANGE.c.position <= newest - self._changes_kept))
            self._unpruned = 0
