"""Every `bash` and `console` block of README and how-to pages is run; what it prints is what the page says.

A `console` block shows `$ command` and its output, where `…` stands for anything. Blocks that need a server, another
machine or minutes are `sh`, `toml` or `text`, and are only read.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from supportbot.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]

_BLOCK = re.compile(r"^```(bash|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What can run in this process: the command, with a line on standard input before it or `|| true` behind it.
_PLAIN = re.compile(r"(?:printf '(?P<given>[^']*)' \| )?supportbot (?P<words>[^|<>;&$`\\]*?)(?P<may_fail> \|\| true)?")


@dataclass(frozen=True, slots=True)
class Step:
    """A command and what it must print; None: anything."""

    command: str
    output: str | None = None


def steps(page: Path) -> Iterator[Step]:
    for kind, body in _BLOCK.findall(page.read_text("utf-8")):
        if kind == "bash":
            yield from [Step(body)] if "<<" in body else map(Step, body.splitlines())
            continue
        for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield Step(command, output)


RUNNABLE = [page for page in PAGES if list(steps(page))]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like the checkout, with a data folder of its own."""
    shutil.copy(ROOT / "supportbot.toml", tmp_path)
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(step: Step, desk: Path) -> str:
    """Run a step and return everything it printed; fail when it ends with an error the page does not show."""
    plain = _PLAIN.fullmatch(step.command)
    if plain:
        given = (plain["given"] or "").encode().decode("unicode_escape")
        result = CliRunner().invoke(main, shlex.split(plain["words"]), input=given or None)
        code, output = 0 if plain["may_fail"] else result.exit_code, result.output
    else:
        code, output = _in_shell(step.command, desk)
    shown = step.output or ""
    assert code == 0 or "supportbot: " in shown, f"$ {step.command}\nended with {code}:\n{output}"
    return output


def _in_shell(command: str, desk: Path) -> tuple[int, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=desk,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def same(expected: str, printed: str) -> bool:
    """Whether *printed* is what the page shows, line ends and `…` aside."""
    pattern = ".*?".join(re.escape(part) for part in _trimmed(expected).split("…"))
    return re.fullmatch(pattern, _trimmed(printed), re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.stem)
def test_what_a_page_tells_to_type_works(page: Path, desk: Path) -> None:
    """The blocks of a page, run from top to bottom on a fresh desk, end well and print what is shown."""
    for step in steps(page):
        printed = run(step, desk)
        if step.output is not None and step.output.strip():
            assert same(step.output, printed), f"$ {step.command}\nprinted:\n{printed}\nthe page shows:\n{step.output}"


def test_the_pages_have_commands_to_run() -> None:
    """Guards the block pattern itself: a fence that changed would otherwise leave nothing to test."""
    assert len(RUNNABLE) >= 8
    assert sum(len(list(steps(page))) for page in RUNNABLE) >= 25
