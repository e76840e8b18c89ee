"""Reading from a server that may be away for a moment."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine

from supportbot.domain.errors import DatabaseUnavailable
from supportbot.ports import Tx
from supportbot.storage.dialect import translated
from supportbot.storage.postgres.outage import Outage
from supportbot.storage.reader import Reader

T = TypeVar("T")

#: Seconds for which a read is tried again while the server is away; after that, reads fail at once until it is back.
PATIENCE_S = 3.0
_PAUSE_S = 0.1


class PostgresReader(Reader):
    """Runs work that only reads, each time on one snapshot of a repeatable read."""

    def __init__(self, engine: Engine, outage: Outage) -> None:
        super().__init__(engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True))
        self._outage = outage

    def read(self, work: Callable[[Tx], T]) -> T:
        """Return the result of *work*, or raise its exception; a server that restarts is waited for."""
        while True:
            result, wrong = self._once(work)
            if wrong is None:
                self._outage.worked()
                return result[0]
            failure = translated(wrong)
            if not isinstance(failure, DatabaseUnavailable):
                raise failure from wrong
            self._outage.failed()
            if self._outage.lasted_s > PATIENCE_S:
                raise failure from wrong
            time.sleep(random.uniform(0, _PAUSE_S))
