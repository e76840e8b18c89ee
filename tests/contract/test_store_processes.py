"""Several real processes on one database: what one does the others hear, take over, and never do twice."""

import os
import queue
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from supportbot.domain.account import Customer
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.ports import PostGuard, Store, Tx
from supportbot.storage.store import SqlStore

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE_S = 60
PROCESSES, TURNS = 8, 48

HEAD = """
import multiprocessing, os, sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Ticket
from supportbot.storage.store import SqlStore

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
forked = multiprocessing.get_context("fork")
together = forked.Barrier(int(sys.argv[2]) + 1)

def run(name):
    store = SqlStore(sys.argv[1])
    together.wait()
    work(store, name)
    store.close()

def work(store, name):
"""
TAIL = """
processes = [forked.Process(target=run, args=(f"p{n}",)) for n in range(int(sys.argv[2]))]
for process in processes:
    process.start()
together.wait()
for process in processes:
    process.join()
sys.exit(max(abs(process.exitcode) for process in processes))
"""
CLAIM = """
    now, until = T0 + timedelta(hours=1), T0 + timedelta(hours=2)
    while turn := store.write(lambda tx: tx.claim_turn(name, name, now, until)):
        os.write(1, f"{turn.id}\\n".encode())
"""
LEASE_AND_HANG = """
    turn = store.write(lambda tx: tx.claim_turn(name, "dead", T0, T0 + timedelta(seconds=10)))
    os.write(1, f"{turn.id}\\n".encode())
    sys.stdin.read()
"""
REPLY = """
    store.write(lambda tx: tx.add_message(Message("reply", "t0", Sender.AGENT, "hello", T0)))
"""
CROWD = """
    for n in range(20):
        store.write(lambda tx: tx.add_message(Message(f"{name}-{n}", "t0", Sender.CUSTOMER, "x", T0)))
        store.write(lambda tx: tx.add_ticket(Ticket(f"{name}-{n}", "c", T0, T0)))
        store.write(lambda tx: tx.count_hit("desk", T0))
        store.write(lambda tx: tx.save_ticket(replace(tx.ticket("t1"), subject=tx.ticket("t1").subject + "x")))
"""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    address: str = request.getfixturevalue(f"{request.param}_desk")
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = SqlStore(url)
    made.write(lambda tx: tx.add_customer(Customer("c", T0)))
    made.write(lambda tx: [tx.add_ticket(Ticket(f"t{n}", "c", T0, T0)) for n in range(3)])
    yield made
    made.close()


def start(url: str, work: str, processes: int = 1) -> "subprocess.Popen[str]":
    """Let so many processes do *work* at once, forked from one, which is what is returned."""
    command = [sys.executable, "-c", HEAD + work + TAIL, url, str(processes)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def said(process: "subprocess.Popen[str]") -> list[str]:
    """Return the words printed until the end."""
    words = process.communicate(timeout=PATIENCE_S * 2)[0].split()
    assert process.returncode == 0
    return words


def test_claims_by_eight_processes_do_not_double(url: str, store: Store) -> None:
    """Every due turn is leased once, by whichever process."""
    store.write(lambda tx: [tx.add_turn(Turn(f"u{n}", "t0", T0, T0, 1, 1)) for n in range(TURNS)])  # type: ignore[func-returns-value]
    claimed = Counter(said(start(url, CLAIM, PROCESSES)))
    assert claimed == Counter({f"u{n}": 1 for n in range(TURNS)})


def test_what_processes_write_at_once_is_counted_without_gaps_or_doubles(url: str, store: Store) -> None:
    """`seq` on one ticket, ticket numbers, hits in a window, and a field that each reads and writes back."""
    said(start(url, CROWD, PROCESSES))
    n = PROCESSES * 20

    def found(tx: Tx) -> tuple[list[int], set[int], int, int]:
        tickets = [tx.ticket(f"p{p}-{k}") for p in range(PROCESSES) for k in range(20)]
        subject = tx.ticket("t1").subject
        return [m.seq for m in tx.messages("t0")], {t.number for t in tickets}, len(subject), tx.ticket("t1").version

    seqs, numbers, length, version = store.read(found)
    assert seqs == list(range(1, n + 1))
    assert numbers == set(range(20004, 20004 + n))
    assert length == n
    assert version == n
    assert store.write(lambda tx: tx.count_hit("desk", T0)) == n + 1


def test_a_turn_leased_by_a_killed_process_is_taken_over(url: str, store: Store) -> None:
    """After its lease another process has it; what the dead one held back cannot be posted any more."""
    store.write(lambda tx: tx.add_turn(Turn("u", "t0", T0, T0, 1, 1)))
    doomed = start(url, LEASE_AND_HANG)
    assert doomed.stdout is not None
    assert doomed.stdout.readline() == "u\n"
    os.killpg(doomed.pid, signal.SIGKILL)
    doomed.communicate()
    before, after = T0 + timedelta(seconds=9), T0 + timedelta(seconds=10)
    assert store.write(lambda tx: tx.claim_turn("heir", "L2", before, after + timedelta(hours=1))) is None
    taken = store.write(lambda tx: tx.claim_turn("heir", "L2", after, after + timedelta(hours=1)))
    assert taken is not None
    assert (taken.id, taken.status, taken.worker, taken.attempt) == ("u", TurnStatus.RUNNING, "heir", 2)
    late, mine = (PostGuard("t0", "u", lease, 0) for lease in ("dead", "L2"))
    assert store.write(lambda tx: tx.post_bot_message(Message("m1", "t0", Sender.BOT, "x", T0), late)) is None
    assert store.write(lambda tx: tx.post_bot_message(Message("m2", "t0", Sender.BOT, "x", T0), mine)) is not None


def test_an_agents_reply_in_one_process_is_heard_in_another(url: str, store: Store) -> None:
    """And by then it can be read."""
    heard: queue.SimpleQueue[tuple[str, list[str]]] = queue.SimpleQueue()
    store.subscribe(lambda name: heard.put((name, [m.id for m in store.read(lambda tx: tx.messages(name))])))
    other = start(url, REPLY)
    assert heard.get(timeout=PATIENCE_S) == ("t0", ["reply"])
    said(other)
