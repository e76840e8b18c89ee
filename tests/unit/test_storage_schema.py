"""Migrations: from nothing to today's tables, back again, and refusals that name the remedy."""

import shutil
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
from supportbot.domain.ledger import CallStarted, Purpose
from supportbot.domain.ticket import Ticket
from supportbot.storage import schema, tables
from supportbot.storage.checking import check
from supportbot.storage.dialect import connect, for_writing
from supportbot.storage.schema import HEAD, upgrade
from supportbot.storage.store import FILE_NAME, SqlStore, open_store, sqlite_url

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / FILE_NAME)
    address: str = request.getfixturevalue("postgres_url")
    return address


def by_hand(url: str, *statements: str) -> None:
    """Do to a database what no migration does."""
    engine = connect(url)
    with for_writing(engine.connect()) as connection, connection.begin():
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_an_empty_database_is_upgraded_to_todays_tables(url: str) -> None:
    """Afterwards nothing differs, and a second upgrade has nothing to do; each migration is told of."""
    told: list[str] = []
    assert check(url) != ()
    assert upgrade(url, told.append) is True
    assert check(url) == ()
    assert upgrade(url, told.append) is False
    assert [line.partition(" (")[0] for line in told[::2]] == [f"Migration {name}" for name in revisions()]


def revisions() -> list[str]:
    """Every revision, the first one first."""
    from importlib import resources

    folder = resources.files("supportbot.storage.migrations") / "versions"
    return sorted(file.name[1:5] for file in folder.iterdir() if file.name.startswith("r0"))


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["ALTER TABLE gap DROP COLUMN language"], "The column gap.language is missing."),
        (["ALTER TABLE gap ADD COLUMN mood VARCHAR"], "The column gap.mood is not of this version."),
        (["DROP INDEX ix_turn_ticket_id"], "The index turn.ix_turn_ticket_id is missing."),
        (["CREATE INDEX ix_more ON gap (turn_id)"], "The index gap.ix_more is not of this version."),
        (["DROP TABLE hit"], "The table hit is missing."),
        (["DROP VIEW ledger_entries"], "The view ledger_entries is missing."),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_check_names_what_differs(url: str, statements: list[str], found: str) -> None:
    """Whatever somebody changed by hand is one sentence."""
    upgrade(url)
    by_hand(url, *statements)
    assert check(url) == (found,)


def test_check_names_a_ledger_that_does_not_add_up(url: str) -> None:
    """A view that says other sums than the tables is found, with both sums."""
    upgrade(url)
    store = SqlStore(url)
    started = CallStarted("k", "t", None, "fast", "p", "m", "fast", Purpose.ANSWER, T0, 9, 9, 500)
    store.write(lambda tx: (tx.add_customer(Customer("c", T0)), tx.add_ticket(Ticket("t", "c", T0, T0))))  # type: ignore[func-returns-value]
    store.write(lambda tx: tx.start_call(started))
    store.close()
    assert check(url) == ()
    columns = "9 AS input_tokens, 9 AS output_tokens, 0 AS cached_tokens, 1 AS estimated"
    columns += ", CAST(NULL AS BIGINT) AS list_cost_microusd"
    view = f"CREATE VIEW ledger_entries AS SELECT {columns}, 499 AS cost_microusd FROM call_started"
    by_hand(url, "DROP VIEW ledger_entries", view)
    assert check(url) == ("The view ledger_entries says 499 cost_microusd, the ledger's tables say 500.",)


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


@pytest.mark.parametrize("revision", revisions())
def test_each_migration_goes_down_and_up_again(url: str, revision: str) -> None:
    """From any revision on, one step at a time, with rows in the tables."""
    upgrade(url)
    store = SqlStore(url)
    store.write(lambda tx: (tx.add_customer(Customer("c", T0)), tx.add_ticket(Ticket("t", "c", T0, T0))))  # type: ignore[func-returns-value]
    store.close()
    engine = connect(url)
    with for_writing(engine.connect()) as connection, connection.begin():
        command.downgrade(schema.config(connection), revision)
    engine.dispose()
    upgrade(url)
    assert check(url) == ()
    again = SqlStore(url)
    assert again.read(lambda tx: tx.ticket("t").number) == 20001
    again.close()


def test_stores_may_start_at_the_same_time(url: str) -> None:
    """Eight that open an empty database at once all get a working store."""
    opened: list[SqlStore] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(url, Path()))) for _ in range(8)]
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


def test_a_newer_database_is_refused(url: str) -> None:
    """A revision this version does not know is left alone, with what to do about it."""
    upgrade(url)
    by_hand(url, "UPDATE alembic_version SET version_num = '9999'")
    for use in (lambda: open_store(url, Path()), lambda: check(url)):
        with pytest.raises(DatabaseTooNew, match=r"9999.*install the newer supportbot"):
            use()


def test_another_programs_database_is_left_alone(url: str) -> None:
    """Tables that are not ours are neither mixed with ours nor touched."""
    by_hand(url, "CREATE TABLE recipe (name TEXT)")
    with pytest.raises(DatabaseUnavailable, match="another program's tables; name another"):
        open_store(url, Path())


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
