"""Which database an address means, and what its errors mean; the particulars are in `sqlite` and `postgres`."""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from supportbot.domain.errors import (
    ConfigurationError,
    Conflict,
    DatabaseUnavailable,
    NotFound,
    StorageError,
    SupportbotError,
)
from supportbot.storage.sqlite import connecting as on_sqlite


def connect(url: str) -> Engine:
    """Return an engine for *url*; ConfigurationError when the database is of a kind we do not support."""
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        return on_sqlite.make_engine(parsed)
    from supportbot.storage.postgres import connecting as on_postgres

    return on_postgres.make_engine(parsed)


def is_sqlite(engine: Engine) -> bool:
    """Whether the database behind *engine* is a SQLite file."""
    return engine.dialect.name == "sqlite"


def for_writing(connection: Connection) -> Connection:
    """Return *connection* so that its transactions begin with the right to write: SQLite's lock is taken at once."""
    return on_sqlite.for_writing(connection) if connection.dialect.name == "sqlite" else connection


def database_file(url: str) -> Path | None:
    """Return the file behind a plain SQLite address; None for everything else."""
    parsed = parse(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database.startswith("file:"):
        return None
    return Path(parsed.database)


def parse(url: str) -> URL:
    """Return the parts of an address; ConfigurationError for what is none, or none of ours."""
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (ArgumentError, ValueError) as wrong:
        raise ConfigurationError(f"SUPPORTBOT_DATABASE_URL is not a database address; {_USE}") from wrong
    if kind not in ("sqlite", "postgresql", "postgres"):
        raise ConfigurationError(f"Databases of the kind {kind!r} are not supported; {_USE}")
    return parsed


_USE = "use something like sqlite:////var/lib/supportbot.db or postgresql://user@host/database."


def translated(wrong: BaseException) -> BaseException:
    """Return the domain's error for one of the database's; any other error as it is."""
    original = wrong.orig if isinstance(wrong, DBAPIError) else wrong
    if isinstance(wrong, IntegrityError):
        return _integrity(original)
    if isinstance(wrong, NoConnectionFree):
        return DatabaseUnavailable("All connections to the database are busy; try again, or add a process.")
    if isinstance(original, sqlite3.Error):
        return on_sqlite.meaning(original)
    if isinstance(wrong, DBAPIError):
        from supportbot.storage.postgres import errors

        return errors.meaning(original)
    return wrong


def _integrity(original: object) -> SupportbotError:
    code, words = getattr(original, "sqlstate", ""), str(original)
    if code == "23503" or "FOREIGN KEY" in words:
        return NotFound("What this belongs to does not exist; store the ticket, customer, account or call first.")
    if code == "23505" or "UNIQUE" in words:
        return Conflict("There already is one with this id or key; read again and decide anew.")
    return StorageError(f"The database refused a row ({type(original).__name__}); run `supportbot db check`.")
