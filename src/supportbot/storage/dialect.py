"""The few things that differ between databases, all in this one place: connecting, locking, listening, error codes."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from supportbot.domain.errors import (
    ConfigurationError,
    Conflict,
    DatabaseUnavailable,
    NotFound,
    ReadOnlyData,
    StorageError,
    SupportbotError,
)

BUSY_TIMEOUT_MS = 10_000

_WRITES = "supportbot_writes"  # execution option of a connection that will write


def connect(url: str) -> Engine:
    """Return an engine for *url*; ConfigurationError when the database is of a kind we do not support."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"Databases of the kind {parsed.get_backend_name()!r} are not supported yet; use a sqlite:/// address."
        )
    if parsed.database in (None, "", ":memory:"):
        raise ConfigurationError("A SQLite database must be a file; use an address like sqlite:////path/to/file.db.")
    # An error's text may be logged: it must not carry what customers wrote.
    engine = create_engine(parsed, pool_size=8, max_overflow=56, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def for_writing(connection: Connection) -> Connection:
    """Return *connection* so that its transactions take the write lock at their beginning."""
    return connection.execution_options(**{_WRITES: True})


def undoable(connection: Connection) -> AbstractContextManager[object]:
    """Return a context in which one refused statement undoes itself alone; SQLite does that unasked."""
    return nullcontext() if connection.dialect.name == "sqlite" else connection.begin_nested()


def database_file(url: str) -> Path | None:
    """Return the file behind a plain SQLite address; None for everything else."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database.startswith("file:"):
        return None
    return Path(parsed.database)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as wrong:
        raise ConfigurationError(
            "SUPPORTBOT_DATABASE_URL is not a database address; use something like sqlite:////var/lib/supportbot.db."
        ) from wrong


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions on its own: see _begin
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted or replaced is overwritten, not only unlinked
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
        raise translated(wrong) from wrong
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


def translated(wrong: BaseException) -> BaseException:
    """Return the domain's error for one of the database's; any other error as it is."""
    original = wrong.orig if isinstance(wrong, DBAPIError) else wrong
    if isinstance(wrong, IntegrityError):
        return _integrity(original)
    if isinstance(original, sqlite3.Error):
        return _sqlite_error(original)
    return wrong


def _integrity(original: object) -> SupportbotError:
    code, words = getattr(original, "sqlstate", ""), str(original)
    if code == "23503" or "FOREIGN KEY" in words:
        return NotFound("What this belongs to does not exist; store the ticket, customer, account or call first.")
    if code == "23505" or "UNIQUE" in words:
        return Conflict("There already is one with this id or key; read again and decide anew.")
    return StorageError(f"The database refused a row ({type(original).__name__}); run `supportbot db check`.")


def _sqlite_error(wrong: sqlite3.Error) -> SupportbotError:
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
