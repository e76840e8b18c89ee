"""The unit of work on SQL, whole."""

from supportbot.storage.sql.kept import SqlKept
from supportbot.storage.sql.ledger import SqlLedger
from supportbot.storage.sql.messages import SqlMessages
from supportbot.storage.sql.people import SqlPeople
from supportbot.storage.sql.tickets import SqlTickets
from supportbot.storage.sql.turns import SqlTurns


class SqlTx(SqlTickets, SqlMessages, SqlTurns, SqlLedger, SqlPeople, SqlKept):
    """A unit of work on a connection that is inside a transaction."""
