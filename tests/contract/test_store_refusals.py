"""A PostgreSQL database that cannot be used: one clear line with the remedy, and never the password."""

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from sqlalchemy import URL, make_url

from supportbot.cli import main
from supportbot.domain.account import Customer
from supportbot.domain.errors import DatabaseUnavailable, ReadOnlyData
from supportbot.storage.postgres.errors import meaning
from supportbot.storage.store import SqlStore, open_store

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "s3cret-w0rd"


def said(url: str, *command: str) -> str:
    """Return the one line that a command prints about a database."""
    done = CliRunner().invoke(main, list(command or ("db", "check")), env={"SUPPORTBOT_DATABASE_URL": url})
    assert done.exit_code in (1, 2), done.output
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    assert SECRET not in done.output
    return lines[0]


def address(url: str, **parts: object) -> str:
    """Return *url* with other parts."""
    changed: URL = make_url(url).set(**parts)  # type: ignore[arg-type]
    return changed.render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"password": SECRET}, "The password or the account is wrong"),
        ({"username": "nobody_at_all", "password": SECRET}, "The password or the account is wrong"),
        ({"database": "no_such_database"}, "The database does not exist on the server; make it with createdb"),
        ({"port": 1, "password": SECRET}, "No PostgreSQL server answers at that host and port; start it"),
        ({"database": "", "password": SECRET}, "names no database"),
        ({"password": SECRET, "query": {"sslmode": "require"}}, "disagree about encryption; set sslmode"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_reached_is_one_line_with_the_remedy(
    postgres_url: str, parts: dict[str, object], words: str
) -> None:
    """Wrong password, unknown account, database, host or port, no database named, no encryption."""
    assert words in said(address(postgres_url, **parts))


@pytest.mark.parametrize(
    ("driver", "words"),
    [
        ("failed to resolve host 'db': [Errno -2] Name or service not known", "The host of the PostgreSQL server is"),
        (
            'connection to server on socket "/x" failed: No such file or directory',
            "no PostgreSQL server at that socket",
        ),
        ("connection timeout expired", "does not answer in time; see that it runs and that no firewall"),
        ("FATAL: the database system is starting up", "is starting; try again in a moment"),
        ("something in Portuguese", "cannot be reached; see that it runs, and check SUPPORTBOT_DATABASE_URL"),
    ],
)
def test_what_the_driver_says_becomes_our_words(driver: str, words: str) -> None:
    """Whatever it says, none of it is passed on: it may quote the address."""
    told = str(meaning(psycopg.OperationalError(f"{driver} {SECRET}")))
    assert words in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"postgresql://u:{SECRET}@x@127.0.0.1/d", "must be written as %40"),
        (f"postgresql://u:{SECRET}/x@127.0.0.1/d", "SUPPORTBOT_DATABASE_URL"),
        (f"postgresql://u:{SECRET}@127.0.0.1:port/d", "not a database address"),
        (f"mysql://u:{SECRET}@127.0.0.1/d", "'mysql' are not supported"),
        (f"postgresql+asyncpg2://u:{SECRET}@127.0.0.1:1/d", "No PostgreSQL server answers"),
    ],
)
def test_an_address_that_cannot_be_meant_is_one_line(url: str, words: str) -> None:
    """A password with a character that must be escaped, a port that is none, another kind of database."""
    assert words in said(url)


@pytest.fixture
def modest(postgres_desk: str) -> Iterator[str]:
    """The address of an account that may connect and nothing else."""
    name = sql.Identifier(role := f"modest_{os.getpid()}")
    with psycopg.connect(postgres_desk, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(SECRET)))
        yield address(postgres_desk, username=role, password=SECRET)
        admin.execute(sql.SQL("DROP OWNED BY {}").format(name))
        admin.execute(sql.SQL("DROP ROLE {}").format(name))


def test_missing_rights_are_named(modest: str) -> None:
    """An account that may neither read nor make tables."""
    assert "The database account lacks rights; let it own the database" in said(modest)


def test_a_server_that_only_reads_is_named(postgres_desk: str) -> None:
    """A replica refuses what writes, and the line says where to point the address."""
    store = SqlStore(address(postgres_desk, query={"options": "-c default_transaction_read_only=on"}))
    with pytest.raises(ReadOnlyData, match="only reads now; point SUPPORTBOT_DATABASE_URL at the primary"):
        store.write(lambda tx: tx.forget_hits("x"))
    store.close()


def test_tables_that_somebody_keeps_locked_are_named(postgres_desk: str) -> None:
    """Waiting has an end, and says who has to go."""
    store = SqlStore(postgres_desk)
    with psycopg.connect(postgres_desk) as other:
        other.execute("LOCK TABLE hit")
        with pytest.raises(DatabaseUnavailable, match="keeps rows or tables locked; end it"):
            store.write(lambda tx: tx.forget_hits("x"))
    store.write(lambda tx: tx.forget_hits("x"))
    store.close()


def test_a_full_house_is_named(postgres_desk: str) -> None:
    """A server that takes no more connections says which number to raise."""
    with psycopg.connect(postgres_desk, autocommit=True) as admin:
        database = sql.Identifier(admin.info.dbname)
        role = sql.Identifier(name := f"crowd_{os.getpid()}")
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} CONNECTION LIMIT 0").format(role, sql.Literal(SECRET)))
        try:
            full = address(postgres_desk, username=name, password=SECRET)
            assert "takes no more connections of this account; raise its limit" in said(full)
        finally:
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(database, role))
            admin.execute(sql.SQL("DROP ROLE {}").format(role))


def test_no_log_line_has_the_password_or_a_row(
    postgres_desk: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the errors' chains nor anything logged on the way."""
    caplog.set_level(logging.DEBUG)
    store = open_store(postgres_desk, tmp_path)
    with pytest.raises(Exception, match="already") as refused:
        store.write(lambda tx: [tx.add_customer(Customer("c", T0, name="Confidential")) for _ in range(2)])  # type: ignore[func-returns-value]
    store.close()
    chain: BaseException | None = refused.value
    while chain is not None:
        assert "Confidential" not in str(chain)
        chain = chain.__cause__ or chain.__context__
    password = make_url(postgres_desk).password
    assert password
    assert password not in caplog.text
    assert "Confidential" not in caplog.text
