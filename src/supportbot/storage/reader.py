"""Reading: each time on one snapshot, on the caller's thread."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from supportbot.ports import Tx
from supportbot.storage.dialect import translated
from supportbot.storage.sql import SqlTx

T = TypeVar("T")

#: What a database has against a piece of work.
Refusal = DBAPIError | NoConnectionFree


class Reader:
    """Runs work that only reads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, work: Callable[[Tx], T]) -> T:
        """Return the result of *work*, or raise its exception; StorageError when it writes."""
        result, wrong = self._once(work)
        if wrong is not None:
            raise translated(wrong) from wrong
        return result[0]

    def _once(self, work: Callable[[Tx], T]) -> tuple[list[T], Refusal | None]:
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
