"""Accounts at the command line: a password is asked for or read, never an argument, and every write is audited."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from supportbot.bootstrap import build
from supportbot.cli import main
from supportbot.settings import load

PROJECT = Path(__file__).parents[2]
PASSWORD = "a-long-enough-passphrase"


def invoke(data: Path, *args: str, given: str | None = None) -> Result:
    """Run `supportbot agent …` on the desk in *data*."""
    config = ["--config", str(PROJECT / "supportbot.toml"), "--data-dir", str(data)]
    return CliRunner().invoke(main, [*config, "agent", *args], input=given)


def test_an_added_agent_can_sign_in(tmp_path: Path) -> None:
    """The password read from standard input is the one that signs in, without its line end."""
    done = invoke(tmp_path, "add", "Ana@Example.com", "--name", "Ana", "--role", "lead", given=f"{PASSWORD}\r\n")
    assert done.exit_code == 0, done.stderr
    assert PASSWORD not in done.output
    app = build(load(PROJECT / "supportbot.toml", tmp_path))
    try:
        actor = app.access.who(app.access.sign_in("ana@example.com", PASSWORD, "127.0.0.1"))
        assert actor is not None
        assert actor.role == "lead"
    finally:
        app.stop()


@pytest.mark.parametrize(
    ("given", "args"),
    [
        ("", ("ana@example.com", "--name", "Ana")),
        ("short\n", ("ana@example.com", "--name", "Ana")),
        (f"{PASSWORD}\n", ("not an address", "--name", "Ana")),
        (f"{PASSWORD}\n", ("ana@example.com", "--name", " ")),
        (f"{PASSWORD}\n", ("ana@example.com", "--name", "Ana", "--role", "king")),
        (f"{PASSWORD}\n", ("ana@example.com", "--name", "Ana", "--password", PASSWORD)),
    ],
)
def test_unusable_details_add_nobody(tmp_path: Path, given: str, args: tuple[str, ...]) -> None:
    """No password, a short one, a wrong address, no name, no such role, a password as argument: exit 2."""
    done = invoke(tmp_path, "add", *args, given=given)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert json.loads(invoke(tmp_path, "list", "--json").stdout) == []


def test_an_address_is_taken_once(tmp_path: Path) -> None:
    """A second account under the same address, whatever its capitals, is refused."""
    assert invoke(tmp_path, "add", "ana@example.com", "--name", "Ana", given=f"{PASSWORD}\n").exit_code == 0
    done = invoke(tmp_path, "add", "ANA@example.com", "--name", "Other", given=f"{PASSWORD}\n")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)


def test_the_last_admin_stays(tmp_path: Path) -> None:
    """Disabling the only admin is refused; with another one it works, by address."""
    invoke(tmp_path, "add", "ana@example.com", "--name", "Ana", "--role", "admin", given=f"{PASSWORD}\n")
    assert invoke(tmp_path, "disable", "ana@example.com").exit_code == 1
    invoke(tmp_path, "add", "ben@example.com", "--name", "Ben", "--role", "admin", given=f"{PASSWORD}\n")
    assert invoke(tmp_path, "disable", "ANA@example.com").exit_code == 0
    assert {a["email"]: a["disabled"] for a in json.loads(invoke(tmp_path, "list", "--json").stdout)} == {
        "ana@example.com": True,
        "ben@example.com": False,
    }


def test_what_the_operator_does_is_audited(tmp_path: Path) -> None:
    """Adding an account leaves an entry under the operator's name."""
    invoke(tmp_path, "add", "ana@example.com", "--name", "Ana", given=f"{PASSWORD}\n")
    app = build(load(PROJECT / "supportbot.toml", tmp_path))
    try:
        entries = app.store.read(lambda tx: tx.audit())
        assert [(e.actor_id, e.action) for e in entries] == [("operator", "account_added")]
    finally:
        app.stop()


def test_a_silent_agent_loses_the_claim_without_a_worker(tmp_path: Path) -> None:
    """A claim that has run out is free for the next agent, though no other process is running."""
    config = tmp_path / "supportbot.toml"
    config.write_text("[engine]\nclaim_lease_minutes = 0.0001\n")
    places = ["--config", str(config), "--knowledge", str(PROJECT / "knowledge"), "--data-dir", str(tmp_path / "var")]

    def run(*args: str, given: str | None = None) -> Result:
        done = CliRunner().invoke(main, [*places, *args], input=given)
        assert done.exit_code == 0, done.stderr
        return done

    for name in ("Ana", "Ben"):
        run("agent", "add", f"{name}@example.com", "--name", name, given=f"{PASSWORD}\n")
    run("ask", "I want to talk to a human")
    holders = [
        json.loads(run("inbox", "claim", "20001", "--as", f"{name}@example.com", "--json").stdout)["agent_id"]
        for name in ("ana", "ben")
    ]
    assert len(set(holders)) == 2
