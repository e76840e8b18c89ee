"""Who subscribes hears of every commit that touched a ticket: its own process's, another store's, another process's."""

import queue
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from supportbot.domain.account import Customer
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Ticket
from supportbot.ports import Store
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import SqlStore

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE = 30  #: seconds before a test gives up; never part of what it asserts


def open_desk(store: Store) -> Store:
    store.write(lambda tx: tx.add_customer(Customer("c", T0)))
    store.write(lambda tx: [tx.add_ticket(Ticket(name, "c", T0, T0)) for name in ("t", "t2", "end")])
    return store


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Store]:
    kind = request.param
    store = MemoryStore() if kind == "memory" else SqlStore(request.getfixturevalue(f"{kind}_desk"))
    yield open_desk(store)
    store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of an upgraded database."""
    address: str = request.getfixturevalue(f"{request.param}_desk")
    return address


def touch(store: Store, ticket_id: str) -> None:
    store.write(lambda tx: tx.save_ticket(replace(tx.ticket(ticket_id), subject="changed")))


def until_end(heard: "queue.SimpleQueue[str]") -> list[str]:
    """Return what was heard before the ticket `end` was."""
    names = iter(lambda: heard.get(timeout=PATIENCE), "end")
    return list(names)


def test_subscribers_hear_of_touched_tickets_after_the_commit(desk: Store) -> None:
    """Each of two subscribers hears the ticket, and by then the change can be read."""
    first: queue.SimpleQueue[str] = queue.SimpleQueue()
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()
    desk.subscribe(first.put)
    desk.subscribe(lambda name: seen.put(desk.read(lambda tx: tx.ticket(name).subject)))
    touch(desk, "t")
    assert first.get(timeout=PATIENCE) == "t"
    assert seen.get(timeout=PATIENCE) == "changed"


def test_who_stops_hears_no_more_and_a_failed_unit_is_silent(desk: Store) -> None:
    """Neither a rolled-back unit nor anything after stop() reaches a subscriber."""
    stopped: queue.SimpleQueue[str] = queue.SimpleQueue()
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    stop = desk.subscribe(stopped.put)
    desk.subscribe(heard.put)
    stop()
    with pytest.raises(ZeroDivisionError):
        desk.write(lambda tx: (tx.save_ticket(tx.ticket("t")), 1 // 0))
    touch(desk, "end")
    assert until_end(heard) == []
    assert stopped.empty()


def test_a_failing_subscriber_hurts_nobody(desk: Store) -> None:
    """Its exception neither reaches the writer nor keeps the next subscriber from hearing."""
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    def fails(_: str) -> None:
        raise ValueError("a subscriber's fault")

    desk.subscribe(fails)
    desk.subscribe(heard.put)
    touch(desk, "t")
    touch(desk, "end")
    assert until_end(heard) == ["t"]


def test_one_commit_is_told_once_per_ticket(desk: Store) -> None:
    """Twenty messages on a ticket in one unit are one notification, not twenty."""
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    desk.subscribe(heard.put)
    desk.write(lambda tx: [tx.add_message(Message(f"m{n}", "t", Sender.CUSTOMER, "x", T0)) for n in range(20)])
    touch(desk, "end")
    assert until_end(heard) == ["t"]


def test_a_second_store_on_the_same_database_is_heard_once(url: str) -> None:
    """A commit through another store arrives without help, and a store's own commits arrive only once."""
    here, there = SqlStore(url), SqlStore(url)
    open_desk(here)
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    here.subscribe(heard.put)
    touch(here, "t")
    assert heard.get(timeout=PATIENCE) == "t"
    touch(there, "t2")
    touch(there, "end")
    assert until_end(heard) == ["t2"]
    for store in (here, there):
        store.close()
    assert heard.empty()


def test_another_process_is_heard(url: str) -> None:
    """What the command line commits in its own process reaches subscribers here."""
    store = open_desk(SqlStore(url))
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    store.subscribe(heard.put)
    program = (
        "import sys; from supportbot.storage.store import SqlStore; s = SqlStore(sys.argv[1]);"
        "s.write(lambda tx: tx.save_ticket(tx.ticket('t'))); s.close()"
    )
    subprocess.run([sys.executable, "-c", program, url], check=True, timeout=60)
    assert heard.get(timeout=PATIENCE) == "t"
    store.close()
