"""Bringing a database to the tables of this version, and telling when it cannot be done."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from supportbot.domain.errors import DatabaseTooNew, DatabaseUnavailable
from supportbot.storage.dialect import connect, for_writing, is_sqlite, translated
from supportbot.storage.sqlite.connecting import use_write_ahead_log

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import Script

log = logging.getLogger(__name__)

#: The newest revision; a test compares it with the migrations. Known here so that a start on an upgraded database
#: need not import Alembic.
HEAD = "0002"

_STILL_S = 5.0
#: However long another process takes: it is doing the same work.
_ONE_AT_A_TIME = """
SET LOCAL lock_timeout = 0;
SELECT pg_advisory_xact_lock(hashtextextended('supportbot migrates ' || current_schema(), 0))
"""


def upgrade(url: str, tell: Callable[[str], None] = log.info) -> bool:
    """Bring the database to HEAD; return whether there was anything to do. Safe to run in many processes at once.

    Each migration is a transaction: one that is killed has not happened, and the next run goes on with it. *tell* hears
    what is being done, and every few seconds that it still is.
    """
    engine = connect(url)
    try:
        with engine.connect() as connection:
            done = revision(connection) == HEAD
        if is_sqlite(engine):
            use_write_ahead_log(engine)
        if done:
            return False
        changed = False
        while _migrate_once(engine, tell):
            changed = True
        return changed
    except DBAPIError as wrong:
        raise translated(wrong) from wrong
    finally:
        engine.dispose()


def _migrate_once(engine: Engine, tell: Callable[[str], None]) -> bool:
    """Run the next migration under the write lock; False when there is none, for another process may be faster."""
    with for_writing(engine.connect()) as connection, connection.begin():
        if not is_sqlite(engine):
            connection.exec_driver_sql(_ONE_AT_A_TIME)
        present = revision(connection)
        if present == HEAD:
            return False
        from alembic import command

        settings = config(connection)
        following, left = _following(settings, present)
        with _told(tell, following, left):
            command.upgrade(settings, following.revision)
    return True


@contextmanager
def _told(tell: Callable[[str], None], script: "Script", left: int) -> Iterator[None]:
    """Say that a migration begins, every few seconds that it goes on, and that it is done."""
    what, begun, done = f"Migration {script.revision}", time.monotonic(), threading.Event()
    tell(f"{what} ({left} to go): {script.doc.rstrip('.')} …")

    def go_on_telling() -> None:
        while not done.wait(_STILL_S):
            tell(f"{what}: still working, {time.monotonic() - begun:.0f} s …")

    thread = threading.Thread(target=go_on_telling, name="supportbot-migration", daemon=True)
    thread.start()
    try:
        yield
        tell(f"{what}: done in {time.monotonic() - begun:.1f} s.")
    finally:
        done.set()
        thread.join()


def _following(settings: "Config", present: str | None) -> tuple["Script", int]:
    """Return the migration after *present*, and how many there are to run."""
    from alembic.script import ScriptDirectory

    refuse_unknown(settings, present)
    path = list(ScriptDirectory.from_config(settings).iterate_revisions(HEAD, present or "base"))
    return path[-1], len(path)


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


def refuse_unknown(settings: "Config", present: str | None) -> None:
    """Raise DatabaseTooNew for a revision that is not among the migrations of this version."""
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if present is not None and present not in known:
        raise DatabaseTooNew(
            f"The database is at revision {present}, which this version does not know; install the newer supportbot "
            "that wrote it, or restore a backup."
        )
