"""The PostgreSQL server that tests and benchmarks start for themselves."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from benchmarks.postgres import VARIABLE, ThrowAway, database, server

STARTER = """
import sys
from benchmarks.postgres import ThrowAway
print(ThrowAway().url, flush=True)
sys.stdin.read()
"""


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_every_database_is_fresh_and_gone_afterwards(postgres: str) -> None:
    """Two at once do not see each other, and afterwards neither can be reached."""
    with database(postgres) as one, database(postgres) as other:
        with psycopg.connect(one) as connection:
            connection.execute("CREATE TABLE thing (id int)")
        with psycopg.connect(other) as connection:
            assert connection.execute("SELECT to_regclass('thing')").fetchone() == (None,)
    assert not answers(one)
    assert not answers(other)


def test_an_account_that_may_not_make_databases_gets_a_schema(postgres_url: str) -> None:
    """Its tables lie in a schema of its own, which is dropped afterwards."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        name = psycopg.sql.Identifier(f"modest_{os.getpid()}")
        admin.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'p'").format(name))
        try:
            admin.execute(psycopg.sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(
                psycopg.sql.Identifier(admin.info.dbname), name))  # fmt: skip
            modest = f"postgresql://modest_{os.getpid()}:p@{admin.info.host}:{admin.info.port}/{admin.info.dbname}"
            with database(modest) as url, psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE thing (id int)")
                schema = connection.execute("SELECT current_schema()").fetchone()
                assert schema is not None
                assert schema[0].startswith("supportbot_")
            assert admin.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", schema).fetchone() is None
        finally:
            admin.execute(psycopg.sql.SQL("REVOKE CREATE ON DATABASE {} FROM {}").format(
                psycopg.sql.Identifier(admin.info.dbname), name))  # fmt: skip
            admin.execute(psycopg.sql.SQL("DROP ROLE {}").format(name))


def test_a_server_comes_back_after_a_crash_with_what_was_committed(own_postgres: ThrowAway) -> None:
    """Killed and started again it answers at the same address."""
    url = own_postgres.url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE thing (id int)")
    own_postgres.kill()
    assert not answers(url)
    own_postgres.start()
    with psycopg.connect(url) as connection:
        connection.execute("SELECT id FROM thing")
    own_postgres.stop()
    assert not answers(url)


@pytest.mark.usefixtures("own_postgres")
def test_a_server_ends_with_whoever_started_it(project: Path) -> None:
    """Also when that one is killed and cannot clean up."""
    folder = Path(tempfile.mkdtemp(prefix="supportbot-"))  # pytest's own folder is closed to other users
    folder.chmod(0o755)
    environment = dict(os.environ) | {"TMPDIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=project,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    url = process.stdout.readline().strip()
    assert answers(url)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    end = time.monotonic() + 60
    while answers(url):
        assert time.monotonic() < end
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def test_a_named_server_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's address comes before a server of our own."""
    monkeypatch.setenv(VARIABLE, "postgresql://somewhere")
    with server() as url:
        assert url == "postgresql://somewhere"
