"""A PostgreSQL server to try things on: the one that is named, or a throw-away one from the binaries on this machine.

Tests and benchmarks share it: `with server() as url, database(url) as fresh: ...`.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from pwd import getpwnam
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

#: Names a server (an account that may make databases, or at least schemas) to use instead of a throw-away one.
VARIABLE = "SUPPORTBOT_TEST_DATABASE_URL"

_PLACES = ("/usr/lib/postgresql", "*/bin"), ("/opt/homebrew/opt", "postgresql@*/bin"), ("/usr", "pgsql-*/bin")
_UNPRIVILEGED = "postgres", "nobody"
_READY_S = 60
_TRIES = 5
#: Nothing here has to survive a power cut.
_FAST = {"fsync": "off", "full_page_writes": "off"}
_ALWAYS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
#: Runs a command until standard input closes: it ends with whoever started it, however that one dies.
_LEASH = 'exec 3<&0; "$@" 3<&- & pid=$!; (cat <&3 >/dev/null; kill -s INT "$pid" 2>/dev/null) & wait "$pid"'


class NoServer(Exception):
    """There is no PostgreSQL to be had; the text says why and what would help."""


class ThrowAway:
    """A server of one's own in a temporary folder, on a free loopback port, with a password.

    It may be stopped, killed and started again, as often as a test of outages wants. With *durable* it waits for the
    disk, as a real one does.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._binaries = find_binaries()
        self._user = _unprivileged()
        self._settings = _ALWAYS if durable else _ALWAYS | _FAST
        self._password = secrets.token_hex(8)
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="supportbot-postgres-"))
        try:
            self._initialise()
            self.start()
        except BaseException:
            self.remove()
            raise

    @property
    def url(self) -> str:
        """The address of its first database, as its superuser."""
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start, on the port it had before, and return when it answers."""
        fixed, tries = self._port, 0
        while True:
            self._port = fixed or _free_port()
            self._process = self._launch()
            if self._ready():
                return
            self._end(signal.SIGQUIT)
            tries += 1
            if tries == _TRIES:
                raise NoServer(f"PostgreSQL did not start: {_last_line(self._log.read_text(errors='replace'))}")

    def stop(self) -> None:
        """Shut down in good order, breaking every connection."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End at once, as a crash does; the next start recovers."""
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        """Stop and delete everything."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _initialise(self) -> None:
        word = self._folder / "password"
        word.write_text(self._password)
        if self._user is not None:
            for path in (self._folder, word):
                shutil.chown(path, self._user)
        command = [str(self._binaries / "initdb"), "-D", str(self._data), "-U", "postgres", "--pwfile", str(word)]
        command += ["-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"]
        done = subprocess.run(command, capture_output=True, text=True, user=self._user, cwd=self._folder)
        word.unlink()
        if done.returncode != 0:
            raise NoServer(f"initdb failed: {_last_line(done.stderr)}")

    def _launch(self) -> "subprocess.Popen[bytes]":
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self._port)]
        command += [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        leashed = ["sh", "-c", _LEASH, "sh", *command]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                leashed, stdin=subprocess.PIPE, stdout=log, stderr=log, user=self._user, cwd=self._folder
            )

    def _ready(self) -> bool:
        """Wait until the server answers; False when it ended or cannot be reached."""
        end = time.monotonic() + _READY_S
        while self._process is not None and self._process.poll() is None and time.monotonic() < end:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return True
        return False

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError, ValueError):
            os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), how)
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


@contextmanager
def server(named: str | None = None) -> Iterator[str]:
    """Yield the address of a server: the one *named* here or in the environment, else a throw-away one of our own.

    Raises NoServer when there is neither.
    """
    known = named or os.environ.get(VARIABLE)
    if known:
        yield known
        return
    own = ThrowAway()
    try:
        yield own.url
    finally:
        own.remove()


@contextmanager
def database(url: str, template: str | None = None) -> Iterator[str]:
    """Yield the address of a fresh, empty database on the server at *url*; it is dropped afterwards.

    With *template* it is a copy of the database at that address, in which nobody may be connected. An account that may
    not make databases gets an empty schema instead.
    """
    name = f"supportbot_{secrets.token_hex(6)}"
    plain, kept = _plain(url), urlsplit(url)
    made = sql.Identifier(name)
    with psycopg.connect(plain, autocommit=True) as admin:
        try:
            copied = sql.Identifier(urlsplit(template).path[1:]) if template else None
            copy = sql.SQL(" TEMPLATE {}").format(copied) if copied else sql.SQL("")
            admin.execute(sql.SQL("CREATE DATABASE {}").format(made) + copy)
            own, gone = kept._replace(path=f"/{name}").geturl(), "DROP DATABASE {} WITH (FORCE)"
        except psycopg.errors.InsufficientPrivilege:
            admin.execute(sql.SQL("CREATE SCHEMA {}").format(made))
            path = f"options={quote(f'-csearch_path={name}')}"
            query = f"{kept.query}&{path}" if kept.query else path
            own, gone = kept._replace(query=query).geturl(), "DROP SCHEMA {} CASCADE"
    try:
        yield own
    finally:
        with psycopg.connect(plain, autocommit=True) as admin:
            admin.execute(sql.SQL(gone).format(made))


def find_binaries() -> Path:
    """Return the folder of a server's programs, the newest of those installed; NoServer when there is none."""
    found = [path for top, below in _PLACES for path in Path(top).glob(below) if (path / "initdb").exists()]
    on_path = shutil.which("initdb")
    if found:
        return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parent.name)])
    if on_path is None:
        raise NoServer(f"no PostgreSQL on this machine (Debian: apt-get install postgresql; or set {VARIABLE})")
    return Path(on_path).resolve().parent


def _unprivileged() -> str | None:
    """Return who runs the server when we are root, which it refuses; None otherwise."""
    if os.getuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        with suppress(KeyError):
            return getpwnam(name).pw_name
    raise NoServer(f"PostgreSQL refuses to run as root, and there is neither of {', '.join(_UNPRIVILEGED)}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


def _plain(url: str) -> str:
    """Return *url* as libpq takes it, without a driver's name."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def _last_line(text: str) -> str:
    return next(iter(text.strip().splitlines()[::-1]), "it said nothing")
