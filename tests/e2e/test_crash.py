"""kill -9 in the middle of an answer: afterwards the ticket is finished and every call is in the ledger once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from supportbot.bootstrap import App, build
from supportbot.domain.account import Customer
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import CallOutcome
from supportbot.domain.message import MessageKind, Sender
from supportbot.domain.ticket import Status
from supportbot.ports import Tx
from supportbot.settings import load

PATIENCE_S = 60

#: Leases short enough for a test, and models slow enough to be killed while they write.
CONFIG = """
[engine]
lease_seconds = 1.5
heartbeat_seconds = 0.5
""" + "".join(
    f"""
[[deployment]]
name = "{name}"
provider = "embedded"
model = "{name}"
tier = "{name}"
list_price_of = "openai/gpt-4o-mini"
options = {{ pace_ms = {pace} }}
"""
    for name, pace in (("fast", 150), ("strong", 60))
)


@pytest.fixture
def desk(tmp_path: Path, project: Path) -> Iterator[App]:
    """A desk on SQLite whose turns are run by other processes."""
    (tmp_path / "supportbot.toml").write_text(CONFIG)
    settings = load(tmp_path / "supportbot.toml", tmp_path / "data", project / "knowledge", {})
    app = build(settings)
    yield app
    app.store.close()


@contextmanager
def worker(app: App) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker process on the desk's database."""
    file = app.settings.file
    assert file is not None
    command = [str(Path(sys.executable).with_name("supportbot")), "worker", "--config", str(file)]
    command += ["--data-dir", str(app.settings.data_dir), "--knowledge", str(app.settings.knowledge)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something another process does."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"{what} did not happen within {PATIENCE_S} s"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("text", "said_before_the_crash"),
    [
        ("How long does standard delivery take?", False),
        ("How long does standard delivery take and how do I return an item?", True),
    ],
    ids=["fast, before anything is shown", "strong, half shown"],
)
def test_a_killed_answer_is_finished_by_the_next_worker(desk: App, text: str, said_before_the_crash: bool) -> None:
    customer = Customer(new_id(), desk.clock.now())
    desk.store.write(lambda tx: tx.add_customer(customer))
    said = desk.customers.say(customer.id, text)

    def bot(tx: Tx) -> list[str]:
        return [m.text for m in tx.messages(said.ticket_id) if m.sender is Sender.BOT]

    def begun() -> bool:
        shown = bool(desk.store.read(bot))
        return shown if said_before_the_crash else bool(desk.store.read(lambda tx: tx.calls([said.ticket_id])))

    with worker(desk) as doomed:
        until(begun, "the answer")
        os.kill(doomed.pid, signal.SIGKILL)
        doomed.wait()
    assert desk.store.read(lambda tx: tx.ticket(said.ticket_id).status) is Status.ANSWERING
    with worker(desk):
        until(lambda: desk.store.read(lambda tx: tx.ticket(said.ticket_id).status) is Status.ANSWERED, "the takeover")

    calls = desk.store.read(lambda tx: tx.calls([said.ticket_id]))
    outcomes = [c.settled.outcome if c.settled else None for c in calls]
    assert outcomes[0] is CallOutcome.ABANDONED
    assert outcomes[1:] == [CallOutcome.OK]
    messages = desk.store.read(lambda tx: tx.messages(said.ticket_id))
    answers = [m for m in messages if m.kind is MessageKind.ANSWER]
    assert len(answers) == 1, "half an answer is completed in place, never said twice"
    assert answers[0].final
    assert "3 to 5 working days" in answers[0].text


def test_an_answer_that_nobody_takes_over_in_time_goes_to_a_person(desk: App) -> None:
    """A turn whose workers die again and again ends with people."""
    customer = Customer(new_id(), desk.clock.now())
    desk.store.write(lambda tx: tx.add_customer(customer))
    said = desk.customers.say(customer.id, "How long does standard delivery take?")
    turn_id = said.turn_id
    assert turn_id is not None
    now = desk.clock.now()
    for _ in range(3):
        desk.store.write(lambda tx: tx.claim_turn("dead", new_id(), now, now))
    assert desk.store.read(lambda tx: tx.turn(turn_id).attempt) == 3
    with worker(desk):
        until(lambda: desk.store.read(lambda tx: tx.ticket(said.ticket_id).status) is Status.WAITING, "the handoff")
    assert desk.store.read(lambda tx: tx.turn(turn_id)).attempt == 4
