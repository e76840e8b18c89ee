"""Who may write at the same time: two-phase locking with tickets as what is locked.

Every unit of work shares the right to write. It holds each ticket it reads, so nobody changes the ticket meanwhile, and
nobody adds to it either: whatever belongs to a ticket refers to its row. A unit that reads more than single tickets
needs the right to write for itself alone; it learns that only as it goes, so it is run again from the start.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, select, text

from supportbot.domain.errors import StorageError
from supportbot.storage.tables import TicketRow, table

_TICKET = table(TicketRow)
#: Two desks may share a database, each in a schema of its own.
_RIGHT = "hashtextextended('supportbot writes in ' || current_schema(), 0)"
_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({_RIGHT})")
_ALONE = text(f"SELECT pg_advisory_xact_lock({_RIGHT})")


class NotAlone(StorageError):
    """The unit has to be run again with nobody else writing; never leaves the store."""


class RowLocks:
    """The locks of one transaction, all kept until it ends."""

    def __init__(self, connection: Connection, *, alone: bool) -> None:
        self._connection = connection
        self._alone = alone
        self._held: set[str] = set()
        self.refused = False  #: the unit asked to be alone and was not
        connection.execute(_ALONE if alone else _SHARED)

    def hold(self, ticket_ids: Iterable[str]) -> None:
        """Wait until nobody else holds these tickets, and hold them; in one order, so that no two wait crosswise."""
        missing = sorted(set(ticket_ids) - self._held)
        if missing and not self._alone:
            rows = select(_TICKET.c.id).where(_TICKET.c.id.in_(missing))
            self._connection.execute(rows.order_by(_TICKET.c.id).with_for_update()).all()
        self._held.update(missing)

    def alone(self) -> None:
        """Raise NotAlone unless nobody else can write."""
        if not self._alone:
            self.refused = True
            raise NotAlone("Run again, alone.")
