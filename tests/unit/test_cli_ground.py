"""The ground every test stands on: no other machine, no foreign settings; and a Makefile that explains itself."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("8.8.8.8", 53)])
def test_no_test_reaches_another_machine(address: tuple[str, int]) -> None:
    """A connection off this machine is refused before a packet leaves."""
    with socket.socket() as attempt, pytest.raises(BaseException, match="Tests stay on this machine"):
        attempt.connect(address)


def test_no_test_asks_for_a_foreign_name() -> None:
    """Not even the name of another machine is looked up."""
    with pytest.raises(BaseException, match="Tests stay on this machine"):
        socket.getaddrinfo("example.com", 443)


def test_this_machine_may_be_reached() -> None:
    """A loopback server works as always."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_no_foreign_settings_or_keys_are_in_force() -> None:
    """Neither the desk's own variables nor a vendor's key can reach a test."""
    prefixes = ("SUPPORTBOT_", "OPENAI_", "ANTHROPIC_", "LANGSMITH_")
    assert not [name for name in os.environ if name.startswith(prefixes)]


def test_make_alone_lists_every_target() -> None:
    """Each target has a comment, and the list shows it."""
    listed = subprocess.run(["make", "-s", "-C", str(PROJECT)], capture_output=True, text=True, check=True).stdout
    text = (PROJECT / "Makefile").read_text()
    phony = next(line for line in text.splitlines() if line.startswith(".PHONY:")).split()[1:]
    assert re.findall(r"make ([a-z]+) ", listed) == phony
    assert all(len(line.split(maxsplit=2)[2]) > 10 for line in listed.splitlines())


@pytest.mark.parametrize("name", ["requirements.lock", "Makefile", "pyproject.toml", ".ci/run"])
def test_where_packages_come_from_is_the_readers_choice(name: str) -> None:
    """No address of a package index is written into the tooling."""
    assert not re.search(
        r"https?://(?!127\.0\.0\.1)|--index-url|--extra-index|--find-links", (PROJECT / name).read_text()
    )


def test_every_package_of_the_lock_has_a_hash() -> None:
    """An installation takes exactly what was locked."""
    entries = re.split(r"\n(?=\S)", (PROJECT / "requirements.lock").read_text())
    packages = [entry for entry in entries if "==" in entry.splitlines()[0]]
    assert packages
    assert all("--hash=sha256:" in entry for entry in packages)


def set_up_with(python: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `make setup` in a copy of the project's tooling, with a stand-in for Python."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(PROJECT / name, folder)
    fake = folder / "python"
    fake.write_text(python)
    fake.chmod(0o755)
    command = ["make", "-s", "-C", str(folder), "setup", f"PYTHON={fake}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_too_old_a_python_is_one_clear_line(tmp_path: Path) -> None:
    """The line names the version needed and how to name another Python; nothing is made."""
    done = set_up_with("#!/bin/sh\nexit 1\n", tmp_path)
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode != 0
    assert len(said) == 1
    assert "3.11" in said[0]
    assert "PYTHON=" in said[0]
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv_is_one_clear_line(tmp_path: Path) -> None:
    """Debian ships venv apart; the line names the package."""
    done = set_up_with('#!/bin/sh\ncase "$2" in *venv*) exit 1;; esac\n', tmp_path)
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert "python3-venv" in said[0]


@pytest.mark.parametrize("strict", [False, True])
def test_without_a_browser_its_tests_skip_or_fail_with_the_reason(tmp_path: Path, strict: bool) -> None:
    """They skip on a developer's machine and fail where every test is asked for."""
    shutil.copy(PROJECT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser: x\n")
    (tmp_path / "test_it.py").write_text("import pytest\n\n@pytest.mark.browser\ndef test_page(chromium): pass\n")
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)} | ({"SUPPORTBOT_TEST_STRICT": "1"} if strict else {})
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert "no Chromium on this machine" in done.stdout
    assert ("1 error" if strict else "1 skipped") in done.stdout or ("1 failed" in done.stdout and strict)
    assert done.returncode == int(strict)
