"""Bringing a database to the tables of this version, and telling when it cannot be done."""

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from supportbot.domain.errors import DatabaseTooNew, DatabaseUnavailable
from supportbot.storage.dialect import connect, for_writing, is_sqlite, translated
from supportbot.storage.sqlite.connecting import use_write_ahead_log
from supportbot.storage.tables import Row

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest revision; a test compares it with the migrations. Known here so that a start on an upgraded database
#: need not import Alembic.
HEAD = "0002"


def upgrade(url: str) -> bool:
    """Bring the database to HEAD; return whether there was anything to do. Safe to run in many processes at once."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            if revision(connection) == HEAD:
                return False
        if is_sqlite(engine):
            use_write_ahead_log(engine)
        with for_writing(engine.connect()) as connection, connection.begin():
            return _upgrade(connection)
    except DBAPIError as wrong:
        raise translated(wrong) from wrong
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> bool:
    """Upgrade under the write lock; another process may have been faster."""
    present = revision(connection)
    if present == HEAD:
        return False
    from alembic import command

    settings = config(connection)
    _refuse_unknown(settings, present)
    command.upgrade(settings, "head")
    return True


def check(url: str) -> tuple[str, ...]:
    """Return how the database differs from the tables of this version, one sentence each; nothing when it does not."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = connect(url)
    try:
        with engine.connect() as connection:
            present = revision(connection)
            if present != HEAD:
                _refuse_unknown(config(connection), present)
                return (f"The database is at revision {present or 'none'}, this version needs {HEAD}; run db upgrade.",)
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return tuple(
                f"The database differs: {difference}." for difference in compare_metadata(context, Row.metadata)
            )
    except DBAPIError as wrong:
        raise translated(wrong) from wrong
    finally:
        engine.dispose()


def revision(connection: Connection) -> str | None:
    """Return the revision a database is at; None when it is empty.

    Raises DatabaseUnavailable when the database holds another program's tables.
    """
    names = inspect(connection).get_table_names()
    if "alembic_version" in names:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        return found
    if names:
        raise DatabaseUnavailable("The database holds another program's tables; name another file or database.")
    return None


def config(connection: Connection) -> "Config":
    """Return Alembic's settings, made here instead of read from a file."""
    from alembic.config import Config

    settings = Config()
    folder = str(resources.files("supportbot.storage") / "migrations")
    settings.set_main_option("script_location", folder.replace("%", "%%"))  # a per cent sign would begin a reference
    settings.attributes["connection"] = connection
    return settings


def _refuse_unknown(settings: "Config", present: str | None) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if present is not None and present not in known:
        raise DatabaseTooNew(
            f"The database is at revision {present}, which this version does not know; install the newer supportbot "
            "that wrote it, or restore a backup."
        )
