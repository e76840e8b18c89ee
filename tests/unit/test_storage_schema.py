"""Migrations: from nothing to today's tables, back again, and refusals that name the remedy."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from supportbot.domain.account import Customer
from supportbot.domain.errors import ConfigurationError, DatabaseTooNew, DatabaseUnavailable, ReadOnlyData
from supportbot.storage import schema, tables
from supportbot.storage.dialect import connect, for_writing
from supportbot.storage.schema import HEAD, check, upgrade
from supportbot.storage.store import FILE_NAME, SqlStore, open_store, sqlite_url

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / FILE_NAME)


def test_an_empty_database_is_upgraded_to_todays_tables(url: str) -> None:
    """Afterwards nothing differs, and a second upgrade has nothing to do."""
    assert check(url) != ()
    assert upgrade(url) is True
    assert check(url) == ()
    assert upgrade(url) is False


def test_check_names_what_differs(url: str, tmp_path: Path) -> None:
    """A column that somebody dropped by hand is found."""
    upgrade(url)
    raw = sqlite3.connect(tmp_path / FILE_NAME)
    raw.execute("ALTER TABLE gap DROP COLUMN language")
    raw.commit()
    raw.close()
    assert any("language" in difference for difference in check(url))


def test_head_is_the_newest_migration(url: str) -> None:
    """The constant that spares a start the import of Alembic is the one head there is."""
    engine = connect(url)
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(schema.config(connection))
        assert script.get_heads() == [HEAD]
    engine.dispose()


def test_a_downgrade_takes_everything_back(url: str) -> None:
    """Down to nothing and up again leaves today's tables."""
    upgrade(url)
    engine = connect(url)
    with for_writing(engine.connect()) as connection, connection.begin():
        command.downgrade(schema.config(connection), "base")
    engine.dispose()
    assert check(url) != ()
    upgrade(url)
    assert check(url) == ()


def test_stores_may_start_at_the_same_time(tmp_path: Path) -> None:
    """Eight that open an empty folder at once all get a working store."""
    opened: list[SqlStore] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(None, tmp_path / "var"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    for n, store in enumerate(opened):
        store.write(lambda tx, n=n: tx.add_customer(Customer(f"c{n}", T0)))  # type: ignore[misc]
        store.close()


def test_every_field_of_the_domain_has_its_column() -> None:
    """A field added to a domain type without a column fails here, and so does a column without a field."""
    from supportbot.storage import mapping

    computed = {"position", "rank", "waits_from", "email_key"}
    mappers = [m for m in vars(mapping).values() if isinstance(m, mapping.Mapper)]
    assert len(mappers) >= 16
    for mapper in mappers:
        names = {field.name for field in fields(mapper._domain)}  # type: ignore[arg-type]
        assert {column.name for column in mapper.table.columns} - computed == names


def test_every_foreign_key_and_list_has_an_index() -> None:
    """The queue, tickets by customer, messages, turns and calls by ticket, and due turns are found by an index."""
    indexed = {
        (name, *(column.name for column in index.columns))
        for name, table in tables.Row.metadata.tables.items()
        for index in table.indexes
    }
    assert {
        ("ticket", "queued", "rank", "waits_from", "number"),
        ("ticket", "customer_id", "created_at", "number"),
        ("turn", "status", "created_at", "position"),
        ("call_started", "ticket_id"),
        ("call_started", "started_at"),
    } <= indexed


def test_a_newer_database_is_refused(url: str, tmp_path: Path) -> None:
    """A revision this version does not know is left alone, with what to do about it."""
    upgrade(url)
    raw = sqlite3.connect(tmp_path / FILE_NAME)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    for use in (lambda: open_store(None, tmp_path), lambda: check(url)):
        with pytest.raises(DatabaseTooNew, match=r"9999.*install the newer supportbot"):
            use()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """Tables that are not ours are neither mixed with ours nor touched."""
    raw = sqlite3.connect(tmp_path / FILE_NAME)
    raw.execute("CREATE TABLE recipe (name TEXT)")
    raw.close()
    with pytest.raises(DatabaseUnavailable, match="another program's tables; name another"):
        open_store(None, tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """A text file in the database's place gives one sentence, not a traceback of the driver's."""
    (tmp_path / FILE_NAME).write_text("not a database at all\n" * 100)
    with pytest.raises(DatabaseUnavailable, match="not a usable database; restore a backup"):
        open_store(None, tmp_path)


def test_a_data_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    """A folder cannot be made where a file stands."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "var"):
        with pytest.raises(DatabaseUnavailable, match="--data-dir"):
            open_store(None, folder)


@pytest.mark.parametrize(
    ("url", "hint"),
    [("nonsense", "not a database address"), ("oracle://x", "not supported"), ("sqlite://", "must be a file")],
)
def test_an_unusable_address_is_a_configuration_error(url: str, hint: str, tmp_path: Path) -> None:
    """The message says which addresses would do."""
    with pytest.raises(ConfigurationError, match=hint):
        open_store(url, tmp_path)


def test_a_database_opened_read_only_is_refused(tmp_path: Path) -> None:
    """Writing to a database that the address opens read-only names the remedy."""
    open_store(None, tmp_path).close()
    store = SqlStore(f"sqlite:///file:{tmp_path / FILE_NAME}?mode=ro&uri=true")
    with pytest.raises(ReadOnlyData, match="make the data folder and its files writable"):
        store.write(lambda tx: tx.add_customer(Customer("c", T0)))
    store.close()


#: Gives up root's rights first, because root may write everywhere.
MAKE_PLACE = """
import os, pathlib, sys
from supportbot.storage.store import make_place
if os.getuid() == 0:
    os.setuid(65534)
make_place(pathlib.Path(sys.argv[1]))
"""


@pytest.mark.parametrize("case", ["folder", "file", "parent"])
def test_a_read_only_place_is_refused_with_the_remedy(case: str) -> None:
    """A folder, a file or a parent that cannot be written gives ReadOnlyData, whoever owns it."""
    top = Path(tempfile.mkdtemp(prefix="supportbot-"))  # pytest's own folder is closed to other users
    file = top / ("var" if case == "parent" else "") / FILE_NAME
    try:
        if case == "file":
            file.write_text("")
            file.chmod(0o444)
        top.chmod(0o777 if case == "file" else 0o555)
        command_line = [sys.executable, "-c", MAKE_PLACE, str(file)]
        result = subprocess.run(command_line, capture_output=True, text=True, timeout=60)
    finally:
        top.chmod(0o700)
        shutil.rmtree(top)
    assert result.returncode == 1
    assert "ReadOnlyData" in result.stderr
    assert "writable" in result.stderr


def test_what_was_stored_is_still_there_after_an_upgrade_that_has_nothing_to_do(tmp_path: Path) -> None:
    """Opening again finds the same customer."""
    ana = replace(Customer("c", T0), name="Ana")
    first = open_store(None, tmp_path)
    first.write(lambda tx: tx.add_customer(ana))
    first.close()
    second = open_store(None, tmp_path)
    assert second.read(lambda tx: tx.customer("c")) == ana
    second.close()
