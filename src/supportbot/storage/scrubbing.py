"""Overwriting what was removed wherever the database's own files still hold it."""

from sqlalchemy import Engine

from supportbot.storage.tables import Row


def scrub(engine: Engine) -> bool:
    """Let nothing removed stay readable in the database's files; False when others keep it busy.

    SQLite overwrites removed rows as they go (`secure_delete`); only older pages in its log are left to go. PostgreSQL
    keeps them as dead rows until a vacuum, and their bytes until the space is used again.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not cursor.fetchone()[0]  # type: ignore[index]  # one row, always: busy, pages, pages done
        connection.driver_connection.autocommit = True  # type: ignore[union-attr]
        for name in Row.metadata.tables:
            cursor.execute(f'VACUUM "{name}"')
        return True
    finally:
        connection.invalidate()
        connection.close()
