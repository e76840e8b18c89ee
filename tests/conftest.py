"""What holds for every test: no way off this machine, a clean environment, repeatable examples."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

#: Set by .ci/run: what is missing fails instead of being skipped.
STRICT = bool(os.environ.get("SUPPORTBOT_TEST_STRICT"))

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
    if isinstance(name, str) and name and not name.startswith(_LOOPBACK):
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


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip browser tests where there is no browser, or fail them when everything has to run."""
    if item.get_closest_marker("browser") is None or find_chromium() is not None:
        return
    why = "no Chromium on this machine (Debian: apt-get install chromium)"
    if STRICT:
        pytest.fail(f"{why}, and SUPPORTBOT_TEST_STRICT asks for every test", pytrace=False)
    pytest.skip(why)


@pytest.fixture
def project() -> Path:
    """The folder of the checkout."""
    return Path(__file__).parents[1]
