import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import httpx
import pytest

from supportbot.domain.account import Customer
from supportbot.domain.errors import DeliveryFailed
from supportbot.domain.handoff import Alert
from supportbot.domain.ticket import Ticket
from supportbot.notify import LogNotifier, Outbox, WebhookNotifier
from supportbot.notify.outbox import PATIENCE
from supportbot.ports import Tx
from supportbot.storage.memory import MemoryStore

T = TypeVar("T")

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = "https://hooks.example.com/T0/s3cret"


class HandClock:
    at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None: ...


class Receiver:
    """Keeps what it was sent; fails the first times if told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.got: list[str] = []
        self.closed = False
        self.arrived = threading.Event()

    def send(self, alert: Alert) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise DeliveryFailed("down")
        self.got.append(alert.id)
        self.arrived.set()

    def close(self) -> None:
        self.closed = True


def alert(name: str) -> Alert:
    return Alert(name, "t", "handoff", "#20001 my words are private", START)


def fill(store: MemoryStore) -> None:
    def work(tx: Tx) -> None:
        tx.add_customer(Customer("c", START))
        tx.add_ticket(Ticket("t", "c", START, START))

    store.write(work)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    fill(store)
    return store


def test_each_alert_is_delivered_and_marked_once(store: MemoryStore) -> None:
    """Oldest first; a second look finds nothing to do."""
    receiver, clock = Receiver(), HandClock()
    outbox = Outbox(store, [receiver], clock)
    for name in ("a", "b"):
        store.write(lambda tx, name=name: tx.add_alert(alert(name)))  # type: ignore[misc]
    assert outbox.deliver_pending() == 2
    assert outbox.deliver_pending() == 0
    assert receiver.got == ["a", "b"]
    assert all(a.sent_at == START for a in store.read(lambda tx: tx.alerts()))


class Picky(Receiver):
    """Refuses some alerts whatever happens, and counts how often it was asked."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.refused = refused
        self.asked = 0

    def send(self, alert: Alert) -> None:
        self.asked += 1
        if alert.id in self.refused:
            raise DeliveryFailed("refused")
        super().send(alert)


def test_alerts_that_nobody_takes_do_not_hold_up_new_ones(store: MemoryStore) -> None:
    """Six hundred undeliverable ones lie there; the one that comes after them is delivered at the next look."""
    bad = tuple(f"bad{n}" for n in range(600))
    receiver, clock = Picky(*bad), HandClock()
    outbox = Outbox(store, [receiver], clock)
    store.write(lambda tx: [tx.add_alert(alert(name)) for name in bad])  # type: ignore[func-returns-value]
    assert outbox.deliver_pending() == 0
    assert receiver.asked == PATIENCE, "who fails again and again is left in peace for a while"
    store.write(lambda tx: tx.add_alert(replace(alert("good"), created_at=START + timedelta(seconds=1))))
    for _ in range(40):
        clock.at += timedelta(seconds=30)
        outbox.deliver_pending()
        if receiver.got:
            break
    assert receiver.got == ["good"]


def test_one_refused_alert_does_not_keep_a_new_one_waiting(store: MemoryStore) -> None:
    """What was never tried goes first, however old the rest is."""
    receiver, clock = Picky(*(f"bad{n}" for n in range(PATIENCE))), HandClock()
    outbox = Outbox(store, [receiver], clock)
    store.write(lambda tx: [tx.add_alert(alert(name)) for name in receiver.refused])  # type: ignore[func-returns-value]
    outbox.deliver_pending()
    clock.at += timedelta(seconds=30)
    store.write(lambda tx: tx.add_alert(replace(alert("good"), created_at=clock.at)))
    assert outbox.deliver_pending() == 1
    assert receiver.got == ["good"]


def test_a_failure_is_tried_again_later(store: MemoryStore) -> None:
    """Not in the same half minute; who already has the alert does not get it twice; others are not held up."""
    down, fine, clock = Receiver(failures=1), Receiver(), HandClock()
    outbox = Outbox(store, [down, fine], clock)
    store.write(lambda tx: tx.add_alert(alert("a")))
    store.write(lambda tx: tx.add_alert(alert("b")))
    assert outbox.deliver_pending() == 1
    assert outbox.deliver_pending() == 0
    clock.at += timedelta(seconds=30)
    assert outbox.deliver_pending() == 1
    assert (down.got, fine.got) == (["b", "a"], ["a", "b"])


def test_two_processes_do_not_both_send(store: MemoryStore) -> None:
    """Whoever counts first in this half minute sends."""
    first, second, clock = Receiver(failures=1), Receiver(), HandClock()
    store.write(lambda tx: tx.add_alert(alert("a")))
    assert Outbox(store, [first], clock).deliver_pending() == 0
    assert Outbox(store, [second], clock).deliver_pending() == 0
    clock.at += timedelta(seconds=30)
    assert Outbox(store, [second], clock).deliver_pending() == 1


class CountingStore(MemoryStore):
    """Counts its writes."""

    writes = 0

    def write(self, work: Callable[[Tx], T]) -> T:
        self.writes += 1
        return super().write(work)


def test_looking_again_at_an_alert_that_was_just_tried_writes_nothing() -> None:
    """While a receiver is down, every commit wakes the outbox: none of that may cost the desk a write."""
    store, clock = CountingStore(), HandClock()
    outbox = Outbox(store, [Receiver(failures=9)], clock)
    fill(store)
    store.write(lambda tx: tx.add_alert(alert("a")))
    assert outbox.deliver_pending() == 0
    before = store.writes
    assert outbox.deliver_pending() == 0
    assert store.writes == before
    clock.at += timedelta(seconds=30)
    assert outbox.deliver_pending() == 0
    assert store.writes == before + 1


def test_a_running_outbox_sends_at_once(store: MemoryStore) -> None:
    """A committed handoff wakes it; stopping ends its thread."""
    receiver = Receiver()
    outbox = Outbox(store, [receiver], HandClock())
    outbox.start()
    store.write(lambda tx: tx.add_alert(alert("a")))
    assert receiver.arrived.wait(30)
    outbox.stop()
    assert not any(thread.name == "outbox" for thread in threading.enumerate())


def test_log_line_carries_no_text(caplog: pytest.LogCaptureFixture) -> None:
    """Ids and kind only."""
    with caplog.at_level(logging.INFO, "supportbot.alerts"):
        LogNotifier().send(alert("a"))
    assert vars(caplog.records[0])["facts"] == {"alert": "a", "kind": "handoff", "ticket": "t"}


def test_webhook_is_told_who_waits_but_nothing_that_was_said() -> None:
    """JSON with ids and a fixed sentence, repeatable by its key."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    notifier = WebhookNotifier(SECRET, httpx.MockTransport(answer))
    notifier.send(alert("a"))
    notifier.close()
    body = json.loads(seen[0].content)
    assert (body["id"], body["ticket_id"], body["kind"]) == ("a", "t", "handoff")
    assert "private" not in seen[0].content.decode()
    assert seen[0].headers["Idempotency-Key"] == "a"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_refuses_is_a_failure(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Also a redirect, which could lead anywhere; the secret address is not in the message."""
    notifier = WebhookNotifier(SECRET, httpx.MockTransport(lambda _: httpx.Response(status)))
    with caplog.at_level(logging.INFO), pytest.raises(DeliveryFailed, match=str(status)) as caught:
        notifier.send(alert("a"))
    assert "s3cret" not in str(caught.value) + caplog.text


def test_a_webhook_that_is_away_is_a_failure(caplog: pytest.LogCaptureFixture, store: MemoryStore) -> None:
    """Neither error nor log names the address."""

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot reach {request.url}")

    store.write(lambda tx: tx.add_alert(alert("a")))
    outbox = Outbox(store, [WebhookNotifier(SECRET, httpx.MockTransport(away))], HandClock())
    assert outbox.deliver_pending() == 0
    assert "was not delivered by WebhookNotifier: DeliveryFailed" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_stopped_outbox_closes_its_notifiers() -> None:
    """No connection to a webhook outlives the desk; started or not."""
    kept = Receiver()
    webhook = WebhookNotifier(SECRET, httpx.MockTransport(lambda _: httpx.Response(204)))
    outbox = Outbox(MemoryStore(), [kept, webhook], HandClock())
    outbox.start()
    outbox.stop()
    assert kept.closed
    with pytest.raises(RuntimeError, match="closed"):
        webhook.send(alert("a"))
