"""The unit of work on SQL, by topic."""

from supportbot.storage.sql.tx import SqlTx

__all__ = ["SqlTx"]
