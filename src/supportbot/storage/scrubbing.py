"""Overwriting what was removed wherever the database's own files still hold it."""

import sqlite3

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from supportbot.storage.dialect import translated
from supportbot.storage.sqlite.connecting import BUSY_TIMEOUT_MS
from supportbot.storage.tables import Row

#: How long it waits for readers of SQLite: nobody can write meanwhile.
_PATIENCE_MS = 1_000


def scrub(engine: Engine) -> bool:
    """Let nothing removed stay readable in the database's files; False when others keep it busy.

    SQLite overwrites removed rows as they go (`secure_delete`); only older pages in its log are left to go. PostgreSQL
    keeps them as dead rows until a vacuum, and their bytes until the space is used again. Raises StorageError.
    """
    try:
        return _empty_log(engine) if engine.dialect.name == "sqlite" else _vacuum(engine)
    except (DBAPIError, sqlite3.Error) as wrong:
        raise translated(wrong) from wrong


def _empty_log(engine: Engine) -> bool:
    connection = engine.raw_connection()  # the statement must not run inside a transaction
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not cursor.fetchall()[0][0]
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.close()


def _vacuum(engine: Engine) -> bool:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in Row.metadata.tables:
            connection.execute(text(f'VACUUM "{name}"'))
    return True
