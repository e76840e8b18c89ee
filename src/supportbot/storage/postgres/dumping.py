"""Dumps of a PostgreSQL database, by the server's own programs; the password goes by the environment alone."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from supportbot.domain.errors import BadInput, DatabaseUnavailable, StorageError
from supportbot.storage.dialect import connect, translated

#: Parts of an address that libpq knows by another name in the environment than PG and the part's name.
_NAMES = {"dbname": "PGDATABASE", "host": "PGHOST", "application_name": "PGAPPNAME"}
_VERSION = re.compile(r"^COPY .*alembic_version .*\n(\S+)$", re.MULTILINE)
#: Restoring waits for whoever uses the tables, but not for ever.
_WAIT = "-c lock_timeout=15s"


def dump(url: str, to: Path) -> None:
    """Write the tables of this desk, as they are at one moment, into *to*."""
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--file={to.absolute()}"]
    schema = _schema(url)
    if schema != "public":
        arguments.append(f"--schema={schema}")
    _run("pg_dump", arguments, url)


def revision_of(file: Path) -> str:
    """Return the revision of a dump; BadInput when it is none of ours, or cut short."""
    arguments = ["--data-only", "--table=alembic_version", "--file=-", str(file.absolute())]
    try:
        found = _VERSION.search(_run("pg_restore", arguments))
    except StorageError as wrong:
        if isinstance(wrong, DatabaseUnavailable):
            raise
        raise BadInput(f"{file} is not a backup of a PostgreSQL desk; name another file.") from wrong
    if found is None:
        raise BadInput(f"{file} is not a backup of a desk; name another file.")
    return found[1]


def restore(url: str, file: Path) -> None:
    """Replace the tables by those of a dump, in one transaction."""
    arguments = ["--clean", "--if-exists", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run("pg_restore", [*arguments, f"--dbname={make_url(url).database or ''}", str(file.absolute())], url)


def environment(url: str) -> dict[str, str]:
    """Return the address as libpq's programs read it from the environment."""
    parsed: URL = make_url(url)
    parts = {"host": parsed.host, "port": parsed.port, "user": parsed.username, "password": parsed.password}
    given = {**parts, "dbname": parsed.database, **parsed.query}
    found = {_NAMES.get(name, f"PG{name.upper()}"): str(value) for name, value in given.items() if value}
    found["PGOPTIONS"] = f"{found.get('PGOPTIONS', '')} {_WAIT}".strip()
    return {"PGCONNECT_TIMEOUT": "5", **found}


def _schema(url: str) -> str:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
    except DBAPIError as wrong:
        raise translated(wrong) from wrong
    finally:
        engine.dispose()


def _run(program: str, arguments: list[str], url: str | None = None) -> str:
    """Run one of PostgreSQL's programs and return what it printed; its words are not passed on, they may quote rows."""
    found = shutil.which(program)
    if found is None:
        raise DatabaseUnavailable(
            f"{program} is not on this machine; install PostgreSQL's client programs (Debian: postgresql-client)."
        )
    known = environment(url) if url is not None else {}
    done = subprocess.run([found, *arguments], env=dict(os.environ) | known, capture_output=True, text=True)
    if done.returncode != 0:
        raise _failure(program, done.stderr)
    return done.stdout


def _failure(program: str, words: str) -> StorageError:
    if "server version" in words and "mismatch" in words:
        return DatabaseUnavailable(f"{program} is older than the server; install the client programs of its version.")
    if "unsupported version" in words:
        return DatabaseUnavailable(f"{program} is older than the one that wrote the file; install a newer one.")
    if "lock timeout" in words:
        return DatabaseUnavailable("The desk is running on this database; stop it, then restore.")
    if "connection to server" in words:
        return DatabaseUnavailable(f"{program} cannot reach the server; run `supportbot db check`.")
    if "No space left" in words:
        return DatabaseUnavailable("The disk is full; make room for the backup.")
    return StorageError(f"{program} failed; the database is as before.")
