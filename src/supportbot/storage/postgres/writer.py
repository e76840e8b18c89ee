"""Units of work on PostgreSQL: many at once, each as if it were alone.

Each unit is a transaction of its own on its caller's thread, and holds what it reads until it commits, so that units
about different tickets run side by side and those about the same one after the other.
"""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, String, delete, func, insert, literal_column, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from supportbot.domain.errors import DatabaseUnavailable, StorageError
from supportbot.ports import Tx
from supportbot.storage.dialect import translated
from supportbot.storage.postgres.errors import in_the_way, is_away
from supportbot.storage.postgres.line import Change
from supportbot.storage.postgres.locks import NotAlone, RowLocks
from supportbot.storage.postgres.outage import Outage
from supportbot.storage.sql import SqlTx
from supportbot.storage.tables import ChangeRow, table

T = TypeVar("T")

#: How many units of a process run at once; more would mostly get into each other's way.
AT_ONCE = 4
#: Seconds for which a unit is tried again while others are in its way, and while the server is away.
CROWDED_S, AWAY_S = 20.0, 10.0
#: The longest pause between two tries, in seconds.
_LONGEST_PAUSE_S = 0.1
_DOUBT = "The database went away while a change was being stored; look whether it is there before doing it again."
#: How many change rows are kept for processes that were cut off; older ones are deleted now and then.
CHANGES_KEPT = 20_000

_CHANGE = table(ChangeRow)
_NUMBER = literal_column("CAST(pg_current_xact_id() AS text)", String)
_NOTE = insert(_CHANGE).returning(_CHANGE.c.position, _CHANGE.c.ticket_id, _NUMBER.label("number"))
_NUMBER_IF_ANY = text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)")
_FATE = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")


@dataclass(frozen=True, slots=True)
class _How:
    """How a unit is tried: *careful*, with savepoints, once a row was refused; *alone*, once it reads widely."""

    careful: bool = False
    alone: bool = False


class _Again(Exception):
    """The unit did not happen, and may be run again; at once if it is to be run in another way."""

    def __init__(self, wrong: BaseException, how: _How) -> None:
        super().__init__(type(wrong).__name__)
        self.wrong = wrong
        self.how = how


@dataclass(frozen=True, slots=True)
class _Done:
    """A unit whose work is done and whose commit is next; *number* is its transaction's, None if it wrote nothing."""

    result: Any
    changes: tuple[Change, ...]
    number: str | None


class PostgresWriter:
    """Runs units of work on their callers' threads; afterwards *tell* hears which tickets each touched."""

    def __init__(
        self,
        engine: Engine,
        origin: str,
        tell: Callable[[tuple[Change, ...]], None],
        outage: Outage,
        *,
        changes_kept: int = CHANGES_KEPT,
    ) -> None:
        self._pool = engine
        self._engine = engine.execution_options(isolation_level="READ COMMITTED")
        self._origin = origin
        self._tell = tell
        self._outage = outage
        self._changes_kept = changes_kept
        self._unpruned = 0
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._gate = threading.Condition()
        self._units = 0
        self._closed = False
        self._inside = threading.local()

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run *work* until it is committed and return its result, or raise its exception."""
        if getattr(self._inside, "yes", False):
            raise RuntimeError("A unit of work must not open another one; use the Tx it was given.")
        self._enter()
        try:
            with self._slots:
                done = self._until_done(work)
        finally:
            self._leave()
        if done.changes:
            self._tell(done.changes)
            self._prune(len(done.changes))
        result: T = done.result
        return result

    def close(self) -> None:
        """Let the units handed in end and refuse the rest."""
        with self._gate:
            self._closed = True
            self._gate.wait_for(lambda: self._units == 0)

    def _enter(self) -> None:
        with self._gate:
            if self._closed:
                raise StorageError("The store is closed; open a new one.")
            self._units += 1

    def _leave(self) -> None:
        with self._gate:
            self._units -= 1
            self._gate.notify_all()

    def _until_done(self, work: Callable[[Tx], Any]) -> _Done:
        begun, tries, how = time.monotonic(), 0, _How()
        while True:
            try:
                done = self._run(work, how)
            except _Again as again:
                if again.how == how:
                    tries += 1
                    self._pause(again.wrong, tries, time.monotonic() - begun)
                how = again.how
            else:
                self._outage.worked()
                return done

    def _run(self, work: Callable[[Tx], Any], how: _How) -> _Done:
        """Try once; raise _Again when nothing was stored and another try makes sense."""
        done: _Done | None = None
        try:
            with self._engine.connect() as connection:
                transaction = connection.begin()
                try:
                    done = self._work(connection, work, how)
                except BaseException:
                    transaction.rollback()
                    raise
                transaction.commit()
        except (DBAPIError, NoConnectionFree) as wrong:
            if done is None or not _is_away(wrong):
                raise _verdict(wrong, how) from wrong
            self._settle_doubt(done, wrong, how)
        assert done is not None
        return done

    def _work(self, connection: Connection, work: Callable[[Tx], Any], how: _How) -> _Done:
        locks = RowLocks(connection, alone=how.alone)
        tx = SqlTx(connection, careful=how.careful, locks=locks)
        result = None
        self._inside.yes = True
        try:
            result = work(tx)
        except Exception:
            if tx.trouble is None and not locks.refused:
                raise
        finally:
            self._inside.yes = False
        # Also when the work took the error for an answer: its transaction is lost.
        if tx.trouble is not None:
            raise _verdict(tx.trouble, how) from tx.trouble
        if locks.refused:
            raise _Again(NotAlone(), replace(how, alone=True))
        return self._note(connection, result, tuple(tx.touched))

    def _note(self, connection: Connection, result: Any, touched: tuple[str, ...]) -> _Done:
        """Leave a change row per touched ticket, and learn the transaction's number for the case of doubt."""
        if not touched:
            return _Done(result, (), connection.execute(_NUMBER_IF_ANY).scalar_one())
        rows = connection.execute(_NOTE, [{"ticket_id": one, "origin": self._origin} for one in touched]).all()
        return _Done(result, tuple((row.position, row.ticket_id) for row in rows), rows[0].number)

    def _settle_doubt(self, done: _Done, wrong: BaseException, how: _How) -> None:
        """The connection broke at the commit: ask the server, once it is back, whether it happened."""
        begun, tries = time.monotonic(), 0
        while done.number is not None:
            try:
                with self._pool.connect() as connection:
                    fate = connection.execute(_FATE, {"number": done.number}).scalar_one()
            except (DBAPIError, NoConnectionFree) as still:
                wrong = still
            else:
                if fate == "committed":
                    return
                if fate != "in progress":
                    break
            if time.monotonic() - begun > AWAY_S:
                self._outage.failed()
                raise DatabaseUnavailable(_DOUBT) from wrong
            tries += 1
            _rest(tries)
        raise _Again(wrong, how)

    def _pause(self, wrong: BaseException, tries: int, spent_s: float) -> None:
        """Wait a little before the next try; raise what is wrong when there have been enough."""
        failure = translated(wrong)
        patience_s = CROWDED_S
        if _is_away(wrong):
            self._outage.failed()
            patience_s = AWAY_S - self._outage.lasted_s
        if spent_s > patience_s:
            raise failure from wrong
        _rest(tries)

    def _prune(self, added: int) -> None:
        """Delete old change rows now and then; whoever fails to leaves it to the next."""
        self._unpruned += added
        if self._unpruned <= self._changes_kept // 10:
            return
        self._unpruned = 0
        newest = select(func.max(_CHANGE.c.position)).scalar_subquery()
        with suppress(DBAPIError, NoConnectionFree), self._pool.begin() as connection:
            connection.execute(delete(_CHANGE).where(_CHANGE.c.position <= newest - self._changes_kept))


def _is_away(wrong: BaseException) -> bool:
    return isinstance(wrong, DBAPIError) and (wrong.connection_invalidated or is_away(wrong.orig))


def _verdict(wrong: DBAPIError | NoConnectionFree, how: _How) -> BaseException:
    """Return what to raise: _Again where another try makes sense, else what went wrong."""
    if isinstance(wrong, NoConnectionFree) or _is_away(wrong) or in_the_way(wrong.orig):
        return _Again(wrong, how)
    if isinstance(wrong, IntegrityError) and not how.careful:
        return _Again(wrong, replace(how, careful=True))
    return translated(wrong)


def _rest(tries: int) -> None:
    """Sleep for a random while that grows with each try, so that those in each other's way drift apart."""
    time.sleep(random.uniform(0, min(_LONGEST_PAUSE_S, 0.001 * 2 ** min(tries, 10))))
