"""Backing a database up into one file while the desk runs, and restoring it: whole, or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from supportbot.domain.errors import BadInput, DatabaseTooNew, DatabaseUnavailable, ReadOnlyData
from supportbot.storage.dialect import connect, database_file, translated
from supportbot.storage.schema import HEAD, revision, upgrade
from supportbot.storage.tables import TicketRow, table

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made or read: its file, its size in bytes, the revision of its tables."""

    file: Path
    size: int
    revision: str


def back_up(url: str, file: Path, *, force: bool = False) -> Backup:
    """Copy the database, as it is at one moment, into *file*, which is only its owner's to read.

    Raises BadInput when the file exists and *force* is not given, StorageError when it cannot be done; then an earlier
    file is still there.
    """
    if file.exists() and not force:
        raise BadInput(f"{file} exists; name another file, or replace it with --force.")
    present = _present(url)
    if present is None:
        raise DatabaseUnavailable("There is no database yet, so there is nothing to back up.")
    with _growing(file) as part:
        source = database_file(url)
        if source is not None:
            from supportbot.storage.sqlite import copying

            copying.copy(source, part)
        else:
            from supportbot.storage.postgres import dumping

            dumping.dump(url, part)
    return Backup(file, file.stat().st_size, present)


def read_backup(url: str, file: Path) -> Backup:
    """Return what is in a backup for a database like *url*'s; BadInput when it is none, or DatabaseTooNew."""
    if not file.is_file():
        raise BadInput(f"{file}: there is no such file.")
    if database_file(url) is not None:
        from supportbot.storage.sqlite import copying

        found = copying.revision_of(file)
    else:
        from supportbot.storage.postgres import dumping

        found = dumping.revision_of(file)
    if found > HEAD:
        raise DatabaseTooNew(f"The backup is of revision {found}; this version knows {HEAD}: install the newer one.")
    return Backup(file, file.stat().st_size, found)


def restore(url: str, file: Path, *, force: bool = False, tell: Tell = lambda _: None) -> Backup:
    """Put a backup in the database's place and bring it to today's tables.

    Raises BadInput when the file is no backup, or when there are tickets and *force* is not given; whatever goes wrong,
    the database is as before or as in the backup.
    """
    found = read_backup(url, file)
    there = count_tickets(url)
    if there and not force:
        raise BadInput(f"The database holds {there:,} tickets; back it up, stop the desk, and replace it with --force.")
    target = database_file(url)
    if target is not None:
        from supportbot.storage.sqlite import copying

        copying.replace(file, target, lambda part: upgrade(f"sqlite:///{part.absolute()}", tell))
    else:
        from supportbot.storage.postgres import dumping

        dumping.restore(url, file)
        upgrade(url, tell)
    return found


def count_tickets(url: str) -> int:
    """Return how many tickets the database holds; 0 when there is none."""
    if _present(url) is None:
        return 0
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table(TicketRow))).scalar_one()
    except DBAPIError as wrong:
        raise translated(wrong) from wrong
    finally:
        engine.dispose()


def _present(url: str) -> str | None:
    """Return the revision of the database; None where there is none. One that is not there is not made by looking."""
    file = database_file(url)
    if file is not None and not file.exists():
        return None
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return revision(connection)
    except DBAPIError as wrong:
        raise translated(wrong) from wrong
    finally:
        engine.dispose()


@contextmanager
def _growing(file: Path) -> Iterator[Path]:
    """Yield a file beside *file* to write, which takes its place once it is whole and on the disk."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)
    except OSError as refused:
        raise ReadOnlyData(f"{file.parent} cannot be written ({refused.strerror}); name another place.") from refused
    try:
        yield part
        with part.open("rb") as whole:
            os.fsync(whole.fileno())
        part.replace(file)
    except OSError as refused:
        raise DatabaseUnavailable(
            f"The backup could not be written ({refused.strerror}); make room there."
        ) from refused
    finally:
        part.unlink(missing_ok=True)
