"""Reading: each time on one snapshot, on the caller's thread."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from supportbot.domain.errors import DatabaseUnavailable
from supportbot.ports import Tx
from supportbot.storage.dialect import translated
from supportbot.storage.outage import Outage
from supportbot.storage.sql import SqlTx

T = TypeVar("T")

_PAUSE_S = 0.1


class Reader:
    """Runs work that only reads; tries again for *patience_s* seconds while the database is away."""

    def __init__(self, engine: Engine, outage: Outage, doing: str, patience_s: float) -> None:
        self._engine = engine
        self._outage = outage
        self._doing = doing
        self._patience_s = patience_s

    def read(self, work: Callable[[Tx], T]) -> T:
        """Return the result of *work*, or raise its exception; StorageError when it writes."""
        begun = time.monotonic()
        while True:
            result, wrong = self._once(work)
            if wrong is None:
                self._outage.worked(self._doing)
                return result[0]
            failure = translated(wrong)
            if isinstance(failure, DatabaseUnavailable):
                self._outage.failed(self._doing, failure)
                if time.monotonic() - begun < self._patience_s - self._outage.lasted:
                    time.sleep(random.uniform(0, _PAUSE_S))
                    continue
            raise failure from wrong

    def _once(self, work: Callable[[Tx], T]) -> tuple[list[T], DBAPIError | NoConnectionFree | None]:
        """Return what one try gave, or what the database had against it."""
        tx: SqlTx | None = None
        try:
            with self._engine.connect() as connection, connection.begin():
                tx = SqlTx(connection, reading=True)
                return [work(tx)], None
        except (DBAPIError, NoConnectionFree) as wrong:
            return [], wrong
        except Exception:
            if tx is None or tx.trouble is None:
                raise
            return [], tx.trouble
