"""Serving and working: a port in use is one line, a worker ends when told, and nothing is half started."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from supportbot.cli import main

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def free_port() -> int:
    """Return a port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(*args: str, data: Path, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a folder that is no desk, with its standard error readable."""
    return subprocess.Popen(
        [sys.executable, "-m", "supportbot.cli", *args, "--data-dir", str(data)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=data,
        env=os.environ | environment,
    )


def read_until(running: subprocess.Popen[str], wanted: str) -> str:
    """Return the first line of standard error that holds *wanted*."""
    assert running.stderr is not None
    for line in running.stderr:
        if wanted in line:
            return line.strip()
    raise AssertionError(f"ended without saying {wanted!r}")


def end(running: subprocess.Popen[str]) -> int:
    """Ask a process to stop and return its exit code."""
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    return running.returncode


def test_a_port_in_use_is_one_line(tmp_path: Path, taken: int) -> None:
    """Exit 1 with the remedy, before a database is made."""
    done = CliRunner().invoke(main, ["serve", "--port", str(taken), "--data-dir", str(tmp_path / "data")])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert str(taken) in done.stderr
    assert "--port" in done.stderr
    assert not (tmp_path / "data").exists()


def test_streamlits_own_variable_names_the_port(tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """STREAMLIT_SERVER_PORT goes before the settings, and nonsense in it is refused."""
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", str(taken))
    done = CliRunner().invoke(main, ["serve", "--data-dir", str(tmp_path)])
    assert str(taken) in done.stderr
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "many")
    assert CliRunner().invoke(main, ["serve", "--data-dir", str(tmp_path)]).exit_code == 2


def test_serve_answers_from_any_folder_and_prints_the_setup_link(tmp_path: Path) -> None:
    """The pages come up on the port asked for, and the printed link leads to the form for the first account."""
    port = free_port()
    running = start("serve", data=tmp_path, STREAMLIT_SERVER_PORT=str(port))
    try:
        link = read_until(running, "/account/setup?token=")
        assert link.startswith(f"http://127.0.0.1:{port}/")
        with urllib.request.urlopen(link, timeout=30) as page:
            assert (page.status, "password" in page.read().decode()) == (200, True)
    finally:
        end(running)
    assert (tmp_path / "supportbot.db").exists()


def test_a_worker_ends_when_told(tmp_path: Path) -> None:
    """SIGTERM lets it finish and end with 0."""
    running = start("worker", data=tmp_path)
    read_until(running, "is answering")
    assert end(running) == 0


def test_a_worker_answers_what_waits(tmp_path: Path) -> None:
    """A turn left due by a thumbs down is answered by the strong tier, without a page in sight."""
    import json

    def run(*args: str) -> dict[str, object]:
        done = CliRunner().invoke(main, [*args, "--json", "--data-dir", str(tmp_path)])
        assert done.exit_code == 0, done.stderr
        document: dict[str, object] = json.loads(done.stdout)
        return document

    ticket = str(run("ask", "How long does standard delivery take?")["ticket_id"])
    assert run("feedback", ticket, "--down")["status"] == "answering"
    running = start("worker", data=tmp_path)
    try:
        read_until(running, "is answering")
        for _ in range(600):
            case = run("ticket", "show", ticket)
            if case["ticket"]["status"] != "answering":  # type: ignore[index]
                break
        assert case["ticket"]["status"] in ("answered", "offered")  # type: ignore[index]
    finally:
        end(running)
