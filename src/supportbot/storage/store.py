"""The SQL store: one writer thread, pooled readers, a listener."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from supportbot.domain.errors import DatabaseUnavailable, ReadOnlyData, StorageError
from supportbot.domain.ids import new_id
from supportbot.ports import Tx
from supportbot.storage.dialect import connect, database_file, translated
from supportbot.storage.listener import Listener
from supportbot.storage.schema import upgrade
from supportbot.storage.scrubbing import scrub
from supportbot.storage.sql import SqlTx
from supportbot.storage.writer import Writer

T = TypeVar("T")

FILE_NAME = "supportbot.db"


class SqlStore:
    """A store on an upgraded SQL database; several of them, in any processes, may share one.

    Writes go through one thread and return after the commit; reads run on the caller's thread, each on one snapshot.
    Subscribers are called on a thread of the store's.
    """

    def __init__(self, url: str) -> None:
        origin = new_id()
        self._engine = connect(url)
        self._listener = Listener(self._engine, origin)
        self._writer = Writer(self._engine, origin, self._listener.tell)
        self._closed = False

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run *work* as one atomic unit and return its result after the commit; its exception rolls the unit back."""
        return self._writer.write(work)

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run *work* on a consistent snapshot; StorageError when it writes or the database cannot be used."""
        if self._closed:
            raise StorageError("The store is closed; open a new one.")
        try:
            with self._engine.connect() as connection, connection.begin():
                return work(SqlTx(connection, reading=True))
        except DBAPIError as wrong:
            raise translated(wrong) from wrong

    def subscribe(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Call *heard* with the ticket id after each commit that touched it, by any process; return how to stop."""
        return self._listener.subscribe(heard)

    def scrub(self) -> bool:
        """Overwrite what was removed wherever the database's own files still hold it; False while others are busy."""
        return scrub(self._engine)

    def close(self) -> None:
        """Commit what is waiting, end the threads and let go of the database."""
        self._closed = True
        self._writer.close()
        self._listener.close()
        self._engine.dispose()


def open_store(url: str | None, data_dir: Path) -> SqlStore:
    """Return a store on *url*, or on a SQLite file in *data_dir* when there is none; the database is upgraded first.

    Raises ReadOnlyData, DatabaseUnavailable or DatabaseTooNew, each naming the remedy.
    """
    address = url or sqlite_url(data_dir / FILE_NAME)
    file = database_file(address)
    if file is not None:
        make_place(file)
    upgrade(address)
    return SqlStore(address)


def sqlite_url(file: Path) -> str:
    """Return the address of a SQLite file."""
    return f"sqlite:///{file.absolute()}"


def make_place(file: Path) -> None:
    """Make the folder of a database file and test that both can be written."""
    folder = file.absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (NotADirectoryError, FileExistsError) as wrong:
        raise DatabaseUnavailable(
            f"{folder} cannot be a data folder because part of it is a file; name another with --data-dir."
        ) from wrong
    except OSError as wrong:
        raise ReadOnlyData(
            f"The data folder {folder} cannot be made ({wrong.strerror}); make its parent writable or name another "
            "with --data-dir."
        ) from wrong
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ReadOnlyData(
            f"The data folder {folder} cannot be written; make it writable or name another with --data-dir."
        )
    if file.exists() and not os.access(file, os.W_OK):
        raise ReadOnlyData(f"The database {file} cannot be written; make the file writable.")
