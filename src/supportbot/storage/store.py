"""The SQL store: a reader, a writer and a listener, as its database needs them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Engine

from supportbot.domain.errors import DatabaseUnavailable, ReadOnlyData, StorageError
from supportbot.domain.ids import new_id
from supportbot.ports import Tx
from supportbot.storage.dialect import connect, database_file, is_sqlite
from supportbot.storage.reader import Reader
from supportbot.storage.schema import upgrade
from supportbot.storage.scrubbing import scrub

T = TypeVar("T")

FILE_NAME = "supportbot.db"


class SqlStore:
    """A store on an upgraded SQL database; several of them, in any processes, may share one.

    Reads run on the caller's thread, each on one snapshot. Writes return after the commit. Subscribers are called on a
    thread of the store's. While the database is away, work is tried again for a few seconds before it fails.
    """

    def __init__(self, url: str) -> None:
        self._engine = connect(url)
        parts = _on_sqlite(self._engine) if is_sqlite(self._engine) else _on_postgres(self._engine)
        self._reader, self._writer, self._listener = parts
        self._closed = False

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run *work* as one atomic unit and return its result after the commit; its exception rolls the unit back."""
        return self._writer.write(work)

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run *work* on a consistent snapshot; StorageError when it writes or the database cannot be used."""
        if self._closed:
            raise StorageError("The store is closed; open a new one.")
        return self._reader.read(work)

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


class _Writes(Protocol):
    def write(self, work: Callable[[Tx], T]) -> T: ...

    def close(self) -> None: ...


class _Tells(Protocol):
    def subscribe(self, heard: Callable[[str], None]) -> Callable[[], None]: ...

    def close(self) -> None: ...


def _on_sqlite(engine: Engine) -> tuple[Reader, _Writes, _Tells]:
    from supportbot.storage.sqlite.listener import Listener
    from supportbot.storage.sqlite.writer import Writer

    origin = new_id()
    listener = Listener(engine, origin)
    return Reader(engine), Writer(engine, origin, listener.tell), listener


def _on_postgres(engine: Engine) -> tuple[Reader, _Writes, _Tells]:
    from supportbot.storage.postgres.listener import PostgresListener
    from supportbot.storage.postgres.outage import Outage
    from supportbot.storage.postgres.reader import PostgresReader
    from supportbot.storage.postgres.writer import PostgresWriter

    origin, outage = new_id(), Outage()
    listener = PostgresListener(engine, origin)
    return PostgresReader(engine, outage), PostgresWriter(engine, origin, listener.tell, outage), listener


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
