"""The ground every test stands on: no other machine, no foreign settings; and a Makefile that explains itself."""

import os
import re
import socket
import subprocess
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
