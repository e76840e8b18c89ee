"""Connecting to SQLite: how it locks, how it keeps its log, and what its errors mean."""

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from supportbot.domain.errors import (
    ConfigurationError,
    DatabaseUnavailable,
    ReadOnlyData,
    StorageError,
    SupportbotError,
)

BUSY_TIMEOUT_MS = 10_000

_WRITES = "supportbot_writes"  # execution option of a connection that will write


def make_engine(url: URL) -> Engine:
    """Return an engine for a SQLite file; ConfigurationError for a database in memory, which no thread could share."""
    if url.database in (None, "", ":memory:"):
        raise ConfigurationError("A SQLite database must be a file; use an address like sqlite:////path/to/file.db.")
    # An error's text may be logged: it must not carry what customers wrote.
    engine = create_engine(url, pool_size=8, max_overflow=56, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def for_writing(connection: Connection) -> Connection:
    """Return *connection* so that its transactions take the write lock at their beginning."""
    return connection.execution_options(**{_WRITES: True})


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions on its own: see _begin
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA secure_delete = ON")  # what is erased must not stay readable in the file
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def use_write_ahead_log(engine: Engine) -> None:
    """Let readers and the writer work side by side; a property of the file, set once."""
    raw = engine.raw_connection()
    try:
        _set_wal(raw.cursor())
    except sqlite3.Error as wrong:
        raise meaning(wrong) from wrong
    finally:
        raw.close()


def _set_wal(cursor: Any) -> None:
    # Two processes starting at once: this one statement does not honour busy_timeout while the other switches modes.
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as wrong:
            if "locked" not in str(wrong) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def change_detector(connection: Any) -> Callable[[], bool]:
    """Return a cheap question for a raw connection: has anybody else committed since it was last asked?"""
    last = -1

    def changed() -> bool:
        nonlocal last
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        different, last = version != last, version
        return bool(different)

    return changed


def meaning(wrong: sqlite3.Error) -> SupportbotError:
    """Return the domain's error for one of SQLite's, with the remedy."""
    text = str(wrong)
    if "readonly" in text:
        return ReadOnlyData("The database cannot be written; make the data folder and its files writable.")
    if "unable to open" in text:
        return DatabaseUnavailable("The database file cannot be opened; check that its folder exists and is readable.")
    if "locked" in text:
        return DatabaseUnavailable("Another program holds the database locked; stop that program or try again later.")
    if "full" in text:
        return DatabaseUnavailable("The disk is full; make room where the data folder lies.")
    if "not a database" in text or "malformed" in text:
        return DatabaseUnavailable("The file is not a usable database; restore a backup or name another file.")
    return StorageError(f"The database failed ({text}); run `supportbot doctor`.")
