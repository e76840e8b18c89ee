"""One connection on which a process hears of other processes' changes and tells them of its own."""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import sql
from sqlalchemy import Engine

#: A change row's number and the ticket it is about.
Change = tuple[int, str]

#: Two desks may share a database, each in a schema of its own.
_CHANNEL = "SELECT 'supportbot_' || substr(md5(current_schema()), 1, 16)"
_SNAPSHOT = "SELECT pg_current_snapshot()::text, pg_snapshot_xmin(pg_current_snapshot())::text"
#: The rows of all transactions that had not ended at an earlier snapshot: xmin is the number of a row's transaction.
_RECENT = """
SELECT position, ticket_id, origin FROM change
WHERE age(xmin) <= age(xid(CAST(CAST(%s AS text) AS xid8))) + %s ORDER BY position
"""
#: A server that crashed may give numbers of its last transactions again (a NOTIFY does not wait for the disk), so after
#: a lost connection these many more are looked at. To be told of a change twice does no harm.
_MARGIN = 1_000
#: Changes told in one notification, whose text is bounded at 8,000 bytes.
_TOGETHER = 100


class Line:
    """LISTEN and NOTIFY on a connection of its own; any method raises psycopg.Error once the connection is gone."""

    def __init__(self, engine: Engine, origin: str, since: str | None) -> None:
        """Connect and listen. *since* is `since` of an earlier line, to find what was missed in between."""
        pooled = engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        self._connection = connection
        self._origin = origin
        self._told: set[int] = set()
        self._behind = since is not None
        try:
            self._channel, self._snapshot, begin = self._listen()
        except BaseException:
            self.close()
            raise
        self.since: str = since or begin

    def _listen(self) -> tuple[str, str, str]:
        """Begin to listen; return the channel, and the snapshot from which on everything is heard."""
        self._connection.autocommit = True
        channel: str = self._connection.execute(_CHANNEL).fetchone()[0]
        self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        snapshot, begin = self._connection.execute(_SNAPSHOT).fetchone()
        return channel, snapshot, begin

    def fileno(self) -> int:
        """Return what to wait on for notifications."""
        number: int = self._connection.fileno()
        return number

    def announce(self, changes: Sequence[Change]) -> None:
        """Tell other processes what this one committed."""
        for start in range(0, len(changes), _TOGETHER):
            some = changes[start : start + _TOGETHER]
            text = " ".join([self._origin, *(f"{position}:{ticket_id}" for position, ticket_id in some)])
            self._connection.execute("SELECT pg_notify(%s, %s)", (self._channel, text))

    def heard(self) -> Iterator[str]:
        """Yield the tickets that other processes have told of since last asked; does not wait."""
        for notice in self._connection.notifies(timeout=0):
            origin, *told = notice.payload.split(" ")
            if origin == self._origin:
                continue
            for position, _, ticket_id in (one.partition(":") for one in told):
                if int(position) not in self._told:
                    self._told.add(int(position))
                    yield ticket_id

    def look(self) -> list[str]:
        """Return the tickets that other processes changed and that nobody has told of."""
        snapshot, begin = self._connection.execute(_SNAPSHOT).fetchone()
        if snapshot == self._snapshot and not self._behind:
            return []
        rows = self._connection.execute(_RECENT, (self.since, _MARGIN if self._behind else 0)).fetchall()
        missed = [ticket for position, ticket, origin in rows if origin != self._origin and position not in self._told]
        self._told = {position for position, _, _ in rows}  # what is older does not come back
        self._snapshot, self.since, self._behind = snapshot, begin, False
        return missed

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
