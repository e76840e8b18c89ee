"""Backup and restore on both databases: whole or not at all, refused with the remedy, and noted in the audit log."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url

from supportbot.cli import main
from supportbot.domain.account import Customer
from supportbot.domain.errors import BadInput, DatabaseTooNew, DatabaseUnavailable
from supportbot.domain.ticket import Ticket
from supportbot.storage import schema
from supportbot.storage.backup import back_up, count_tickets, read_backup, restore
from supportbot.storage.checking import check
from supportbot.storage.dialect import connect, for_writing
from supportbot.storage.postgres.dumping import environment
from supportbot.storage.store import SqlStore

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database with one ticket."""
    address: str = request.getfixturevalue(f"{request.param}_desk")
    open_ticket(address, "t")
    return address


@pytest.fixture
def run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SUPPORTBOT_DATABASE_URL", url)
    monkeypatch.setenv("SUPPORTBOT_DATA_DIR", str(tmp_path / "data"))

    def invoke(*args: str) -> Result:
        return CliRunner().invoke(main, ["db", *args])

    return invoke


def open_ticket(url: str, ticket_id: str) -> None:
    store = SqlStore(url)
    store.write(lambda tx: tx.add_customer(Customer(ticket_id, T0)))
    store.write(lambda tx: tx.add_ticket(Ticket(ticket_id, ticket_id, T0, T0)))
    store.close()


def numbers(url: str) -> list[int]:
    from supportbot.ports import TicketFilter

    store = SqlStore(url)
    found = [t.number for t in store.read(lambda tx: tx.tickets(TicketFilter()))]
    store.close()
    return sorted(found)


def audited(url: str) -> list[tuple[str, str]]:
    store = SqlStore(url)
    found = [(entry.action, entry.detail) for entry in store.read(lambda tx: tx.audit())]
    store.close()
    return found


def test_what_was_backed_up_comes_back(url: str, run: Run, tmp_path: Path) -> None:
    """Also over tickets opened since, which `--force` gives up; new tickets are numbered on from the backup."""
    file = tmp_path / "desk.backup"
    made = run("backup", str(file), "--json")
    assert made.exit_code == 0, made.stderr
    assert json.loads(made.stdout) == {"file": str(file), "bytes": file.stat().st_size, "revision": schema.HEAD}
    assert file.stat().st_mode & 0o777 == 0o600
    open_ticket(url, "later")
    refused = run("restore", str(file))
    assert (refused.exit_code, numbers(url)) == (2, [20001, 20002])
    assert "holds 2 tickets; back it up, stop the desk, and replace it with --force" in refused.stderr
    done = run("restore", str(file), "--force", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["from_revision"] == schema.HEAD
    assert numbers(url) == [20001]
    assert check(url) == ()
    assert audited(url)[0] == ("database_restored", "desk.backup")
    open_ticket(url, "new")
    assert numbers(url) == [20001, 20002]


def test_a_backup_is_audited_and_replaces_no_file_unasked(url: str, run: Run, tmp_path: Path) -> None:
    """The entry names the file; an existing file stays unless `--force` is given."""
    file = tmp_path / "desk.backup"
    file.write_text("precious")
    refused = run("backup", str(file))
    assert (refused.exit_code, file.read_text()) == (2, "precious")
    assert run("backup", str(file), "--force").exit_code == 0
    assert audited(url) == [("database_backed_up", "desk.backup")]
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []


def test_an_older_backup_is_brought_to_todays_tables(url: str, tmp_path: Path) -> None:
    """What an earlier version wrote is migrated once it is back."""
    from alembic import command

    engine = connect(url)
    with for_writing(engine.connect()) as connection, connection.begin():
        command.downgrade(schema.config(connection), "0001")
    engine.dispose()
    made = back_up(url, tmp_path / "old")
    assert made.revision == "0001"
    restore(url, tmp_path / "old", force=True)
    assert check(url) == ()
    assert numbers(url) == [20001]


def test_what_is_no_backup_is_refused_and_changes_nothing(url: str, tmp_path: Path) -> None:
    """A missing file, a text, a backup cut short, one of a newer version."""
    file = tmp_path / "b"
    with pytest.raises(BadInput, match="no such file"):
        restore(url, file, force=True)
    file.write_text("not a backup\n" * 1000)
    with pytest.raises(BadInput, match="is not a backup"):
        restore(url, file, force=True)
    engine = connect(url)
    with for_writing(engine.connect()) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    back_up(url, file, force=True)
    with for_writing(engine.connect()) as connection, connection.begin():
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema.HEAD}'")
    engine.dispose()
    with pytest.raises(DatabaseTooNew, match="9999"):
        restore(url, file, force=True)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(BadInput):
        read_backup(url, file)
    assert numbers(url) == [20001]
    assert check(url) == ()


def test_a_database_that_is_not_there_is_not_backed_up_but_restored_into(sqlite_desk: str, tmp_path: Path) -> None:
    """Nothing is made by looking; restoring makes the folder and the file."""
    open_ticket(sqlite_desk, "t")
    elsewhere = f"sqlite:///{tmp_path / 'new' / 'desk.db'}"
    with pytest.raises(DatabaseUnavailable, match="nothing to back up"):
        back_up(elsewhere, tmp_path / "x")
    assert not (tmp_path / "new").exists()
    back_up(sqlite_desk, tmp_path / "b")
    assert count_tickets(elsewhere) == 0
    restore(elsewhere, tmp_path / "b")
    assert numbers(elsewhere) == [20001]


def test_a_sqlite_file_in_use_is_not_replaced(sqlite_desk: str, tmp_path: Path) -> None:
    """A running desk would go on writing into the file that was taken away."""
    open_ticket(sqlite_desk, "t")
    back_up(sqlite_desk, tmp_path / "b")
    running = SqlStore(sqlite_desk)
    assert running.read(lambda tx: tx.ticket("t")).number == 20001
    with pytest.raises(DatabaseUnavailable, match="stop it, then restore"):
        restore(sqlite_desk, tmp_path / "b", force=True)
    running.write(lambda tx: tx.save_ticket(tx.ticket("t")))
    running.close()
    restore(sqlite_desk, tmp_path / "b", force=True)
    assert numbers(f"{sqlite_desk}.replaced") == [20001]


def test_without_pg_dump_the_line_says_what_to_install(
    postgres_desk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no half file is left."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseUnavailable, match="pg_dump is not on this machine; install"):
        back_up(postgres_desk, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_the_password_is_in_no_argument(postgres_desk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments of a program are everybody's to read on its machine; its environment is not."""
    real = shutil.which("pg_dump")
    spy = tmp_path / "bin" / "pg_dump"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\nexec {real} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    back_up(postgres_desk, tmp_path / "b")
    password = make_url(postgres_desk).password
    assert password
    assert password not in (tmp_path / "arguments").read_text()
    assert environment(postgres_desk)["PGPASSWORD"] == password


def test_a_killed_restore_leaves_the_old_database_or_the_new_one(sqlite_desk: str, tmp_path: Path) -> None:
    """Wherever it is killed, the database opens and holds one of the two."""
    open_ticket(sqlite_desk, "t")
    back_up(sqlite_desk, tmp_path / "b")
    program = f"from supportbot.storage.backup import restore; from pathlib import Path; print(flush=True); restore({sqlite_desk!r}, Path({str(tmp_path / 'b')!r}), force=True)"  # noqa: E501
    for delay_ms in (0, 5, 20, 60):
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(timeout=delay_ms / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        schema.upgrade(sqlite_desk)
        assert numbers(sqlite_desk) == [20001]
        assert check(sqlite_desk) == ()
