"""Closes the ledger of turns that ended while their worker was dead: nobody takes those over, yet they were paid."""

from datetime import UTC, datetime, timedelta

from supportbot.engine.config import Engine
from supportbot.ports import Tx

#: How far back a later look goes; the first one of a process goes back to the beginning.
_BACK = timedelta(days=1)


class Orphans:
    """Finds calls that nobody will settle any more and settles them as abandoned, at their reservations."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since = datetime.min.replace(tzinfo=UTC)

    def settle(self) -> int:
        """Settle what is found; return how many. A worker that is merely slow gets the longest call's time first."""
        config, now = self._engine.config, self._engine.clock.now()
        longest_ms = max((d.total_timeout_ms for d in self._engine.deployments.values()), default=0)
        before = now - timedelta(milliseconds=longest_ms, seconds=config.lease_s)
        found = self._engine.store.read(lambda tx: tx.orphaned_calls(self._since, before))
        self._since = now - _BACK
        settled = [self._engine.dispatcher.abandoned(started, now) for started in found]

        def work(tx: Tx) -> int:
            return sum(tx.settle_call(one) for one in settled)

        return self._engine.store.write(work) if found else 0
