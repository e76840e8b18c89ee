"""Copies of a SQLite file, made by SQLite itself: the newest commits lie beside the file, not in it."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from supportbot.domain.errors import BadInput, DatabaseUnavailable
from supportbot.storage.sqlite.connecting import BUSY_TIMEOUT_MS, meaning

_PAGES = 4_096  #: copied at once; writers wait no longer than for these


def copy(source: Path, to: Path) -> None:
    """Copy a database that may be in use, as it is at one moment, and check the copy."""
    try:
        with closing(_open(source)) as live, closing(sqlite3.connect(to)) as made:
            live.backup(made, pages=_PAGES)
            made.execute("PRAGMA journal_mode = DELETE")  # one file, wherever it is opened
            whole = made.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.Error as wrong:
        raise meaning(wrong) from wrong
    if not whole:
        raise DatabaseUnavailable("The database is damaged, and so would the backup be; restore an earlier one.")


def revision_of(file: Path) -> str:
    """Return the revision of a backup; BadInput when it is no whole database of ours."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as backup:
            whole = backup.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            row = backup.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as wrong:
        raise BadInput(f"{file} is not a backup of a SQLite desk; name another file.") from wrong
    if not whole or row is None:
        raise BadInput(f"{file} is damaged; restore another backup.")
    return str(row[0])


def replace(backup: Path, target: Path, prepare: Callable[[Path], object]) -> None:
    """Put a copy of *backup*, once *prepare* is through with it, in *target*'s place in one step.

    The old database stays beside it as `….replaced`. DatabaseUnavailable while anybody has it open.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        copy(backup, part)
        part.chmod(0o600)
        prepare(part)
        _make_one_file(part)
        if target.exists():
            _make_one_file(target)
            _keep(target, target.with_name(f"{target.name}.replaced"))
        part.replace(target)
    except OSError as refused:
        raise DatabaseUnavailable(f"{target} cannot be replaced ({refused.strerror}); it is as before.") from refused
    finally:
        for left in (part, *(part.with_name(f"{part.name}-{end}") for end in ("wal", "shm", "journal"))):
            left.unlink(missing_ok=True)


def _make_one_file(file: Path) -> None:
    """Take the write-ahead log into the file; only possible while nobody else has it open."""
    try:
        with closing(sqlite3.connect(file, timeout=1)) as alone:
            mode = alone.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.DatabaseError as wrong:
        if "not a database" in str(wrong) or "malformed" in str(wrong):
            return  # damaged: that is why it is replaced
        raise DatabaseUnavailable("The desk is running on this database; stop it, then restore.") from wrong
    if mode != "delete":
        raise DatabaseUnavailable("The desk is running on this database; stop it, then restore.")


def _keep(file: Path, kept: Path) -> None:
    """Give *file* a second name, so that it is never without one."""
    kept.unlink(missing_ok=True)
    try:
        os.link(file, kept)
    except OSError:  # a file system without links
        shutil.copy2(file, kept)


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_MS / 1000)
