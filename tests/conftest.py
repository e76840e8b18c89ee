"""What holds for every test: no way off this machine, a clean environment, repeatable examples."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from benchmarks.postgres import ThrowAway
    from chatting import Chat

#: Set by .ci/run: what is missing fails instead of being skipped.
STRICT = bool(os.environ.get("SUPPORTBOT_TEST_STRICT"))

#: A PostgreSQL server to test on; without it a throw-away one is started.
DATABASE_URL = os.environ.get("SUPPORTBOT_TEST_DATABASE_URL")

_DATABASE_HOST = urlsplit(DATABASE_URL or "").hostname

_FOREIGN = ("SUPPORTBOT_", "OPENAI_", "ANTHROPIC_", "LANGSMITH_", "LANGCHAIN_", "STREAMLIT_")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("wide", settings.get_profile("ci"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

for _name in [name for name in os.environ if name.startswith(_FOREIGN)]:
    del os.environ[_name]


class LeftTheMachine(BaseException):
    """A test tried to reach another machine. No `except Exception` on the way can hide it."""


def _stay(event: str, args: tuple[object, ...]) -> None:
    """Audit hook: refuse every address but this machine's, whichever library asks for it."""
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a path of a Unix socket is no tuple
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name and name != _DATABASE_HOST and not name.startswith(_LOOPBACK):
        raise LeftTheMachine(f"Tests stay on this machine; this one asked for {name}.")


sys.addaudithook(_stay)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin every test without settings or keys of the person who runs it."""
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        monkeypatch.delenv(name)


def find_chromium() -> str | None:
    """Return the path of a Chromium on this machine, if there is one."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser that tests marked `browser` drive."""
    found = find_chromium()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server, for the whole session."""
    from benchmarks.postgres import NoServer, server

    try:
        with server(DATABASE_URL) as url:
            yield url
    except NoServer as missing:
        do_without(str(missing))


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database."""
    from benchmarks.postgres import database

    with database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
def _upgraded(postgres: str) -> Iterator[str]:
    """The name of an upgraded database, to be copied: a copy is made faster than tables are."""
    from benchmarks.postgres import database

    from supportbot.storage.schema import upgrade

    with database(postgres) as url:
        upgrade(url)
        yield url


@pytest.fixture
def postgres_desk(postgres: str, _upgraded: str) -> Iterator[str]:
    """The address of a PostgreSQL database with the desk's tables and nothing in them."""
    from benchmarks.postgres import database

    from supportbot.storage.schema import upgrade

    with database(postgres, template=_upgraded) as url:
        upgrade(url)  # a schema in place of a database is no copy
        yield url


@pytest.fixture
def sqlite_desk(tmp_path: Path) -> str:
    """The address of a SQLite database with the desk's tables and nothing in them."""
    from supportbot.storage.schema import upgrade
    from supportbot.storage.store import FILE_NAME, sqlite_url

    url = sqlite_url(tmp_path / FILE_NAME)
    upgrade(url)
    return url


@pytest.fixture
def own_postgres() -> Iterator["ThrowAway"]:
    """A PostgreSQL server that a test may stop and kill."""
    from benchmarks.postgres import NoServer, ThrowAway

    try:
        own = ThrowAway()
    except NoServer as missing:
        do_without(str(missing))
    yield own
    own.remove()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip browser tests where there is no browser, or fail them when everything has to run."""
    if item.get_closest_marker("browser") is not None and find_chromium() is None:
        do_without("no Chromium on this machine (Debian: apt-get install chromium)")


def do_without(why: str) -> NoReturn:
    """Skip for want of something this machine lacks, or fail when everything has to run."""
    if STRICT:
        pytest.fail(f"{why}, and SUPPORTBOT_TEST_STRICT asks for every test", pytrace=False)
    pytest.skip(why)


@pytest.fixture
def project() -> Path:
    """The folder of the checkout."""
    return Path(__file__).parents[1]


@pytest.fixture
def chat() -> "Chat":
    """A customer who has said nothing yet, at a desk of its own."""
    from chatting import Chat

    return Chat()


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """Undo what a command changed in the environment: `serve` hands its folders on to the pages that way."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)
