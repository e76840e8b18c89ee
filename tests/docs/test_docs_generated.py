"""The reference says what the code says."""

import re
import subprocess
import sys
from enum import Enum
from pathlib import Path

import pytest

from supportbot.cli.root import COMMANDS
from supportbot.domain.handoff import HandoffReason
from supportbot.domain.ticket import Event, Owner, Status
from supportbot.settings.document import known_keys

_VARIABLE = re.compile(r"\bSUPPORTBOT_[A-Z]+(?:_[A-Z]+)*\b")
#: Read by tests alone.
_OURS = {"SUPPORTBOT_TEST_STRICT", "SUPPORTBOT_DATABSE_URL"}


def read(project: Path, page: str) -> str:
    return (project / "docs" / page).read_text("utf-8")


def test_generated_pages_are_fresh(project: Path) -> None:
    """`python docs/generate.py` would change nothing."""
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}Run `python docs/generate.py`."


@pytest.mark.parametrize("kind", [Owner, Status, Event, HandoffReason])
def test_every_state_event_and_reason_is_in_the_reference(project: Path, kind: type[Enum]) -> None:
    """docs/reference/tickets.md names each member, so that nobody has to read the code for a word."""
    page = read(project, "reference/tickets.md")
    assert [m.value for m in kind if f"`{m.value}`" not in page and f"`{m.value}/" not in page] == []


def test_every_setting_is_in_the_reference(project: Path) -> None:
    """docs/reference/settings.md names each key of supportbot.toml."""
    page = read(project, "reference/settings.md")
    assert [key for key in known_keys() if f"`{key}`" not in page] == []


def test_settings_that_pages_name_exist(project: Path) -> None:
    """A key in back-quotes such as `policy.value` is one that supportbot.toml takes."""
    tables = {key.partition(".")[0] for key in known_keys() if "." in key}
    pages = [*project.glob("*.md"), *(project / "docs").rglob("*.md")]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    named = set(re.findall(rf"`((?:{'|'.join(sorted(tables))})\.[a-z_.]+)`", text))
    files = {f"{table}.py" for table in tables} | {f"{table}.md" for table in tables}
    assert sorted(name for name in named - files if name not in known_keys()) == []


def test_every_variable_is_in_the_reference(project: Path) -> None:
    """docs/reference/settings.md names each environment variable the source names."""
    source = "\n".join(file.read_text("utf-8") for file in (project / "src").rglob("*.py"))
    page = read(project, "reference/settings.md")
    named = {name for name in _VARIABLE.findall(source) if name not in _OURS}
    assert sorted(name for name in named if f"`{name}" not in page) == []


def test_every_command_is_documented(project: Path) -> None:
    """Each command of `supportbot --help` stands in a how-to page or the README."""
    pages = [project / "README.md", *(project / "docs" / "how-to").glob("*.md")]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    assert [name for name in COMMANDS if f"supportbot {name}" not in text] == []
