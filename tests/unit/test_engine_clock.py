"""Clocks that jump, forwards and backwards, by hours: nobody is forgotten, and nothing ends up in the wrong order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from supportbot.access import OPERATOR
from supportbot.bootstrap import build
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage
from supportbot.domain.ids import new_id
from supportbot.domain.message import Message, Sender
from supportbot.domain.outcome import ratings
from supportbot.domain.ticket import ANSWERED, CLAIMED, RESOLVED_BY_BOT, WAITING, Ticket
from supportbot.domain.turn import Turn
from supportbot.inbox.views import Scope
from supportbot.knowledge import Knowledge
from supportbot.ports import Store, TicketFilter, Tx
from supportbot.privacy import FernetSealer, new_key
from supportbot.savings import Assumptions, SavingsFilter
from supportbot.settings import load
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import open_store

T = TypeVar("T")

DELIVERY = "How long does standard delivery take?"
TWO_PARTS = "How long does standard delivery take and how do I return an item?"
HOURS = 3600.0


class JumpingClock(ManualClock):
    """A clock whose time of day can be set, which leaves the seconds that only grow as they are."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def jump(self, seconds: float) -> None:
        """Set the time of day."""
        self.ahead += timedelta(seconds=seconds)


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


@dataclass
class Desk:
    """One customer, one agent, one clock."""

    clock: JumpingClock
    stage: Stage
    lea: str

    def read(self, work: Callable[[Tx], T]) -> T:
        return self.stage.store.read(work)

    @property
    def ticket(self) -> Ticket:
        return self.read(lambda tx: tx.tickets(TicketFilter(customer_id=self.lea, limit=1)))[0]

    @property
    def said(self) -> list[Message]:
        ticket_id = self.ticket.id
        return [m for m in self.read(lambda tx: tx.messages(ticket_id)) if m.sender is Sender.BOT]

    @property
    def seconds_booked(self) -> list[int]:
        ticket_id = self.ticket.id
        return [time.seconds for time in self.read(lambda tx: tx.human_times([ticket_id]))]

    def claim(self) -> Turn | None:
        now = self.clock.now()
        until = now + timedelta(seconds=15)
        return self.stage.store.write(lambda tx: tx.claim_turn("worker", new_id(), now, until))

    def run_due(self) -> None:
        while turn := self.claim():
            self.stage.workers.run_now(turn)


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    clock = JumpingClock()
    store: Store = MemoryStore() if request.param == "memory" else open_store(None, tmp_path)
    app = build(load(environ={}), store=store, clock=clock, knowledge=articles(), sealer=FernetSealer(new_key()))
    stage = Stage(app.store, clock, app.intake, app.workers, app.customers, app.inbox, app.savings)
    yield Desk(clock, stage, stage.customer("Lea"))
    stage.close()


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_conversation_goes_on_after_the_clock_was_set(desk: Desk, hours: float) -> None:
    """Each message is answered once on the ticket at hand, in the order in which it was said."""
    desk.stage.ask(desk.lea, DELIVERY)
    desk.stage.customers.finish(desk.lea)
    desk.clock.jump(hours * HOURS)
    second = desk.stage.ask(desk.lea, "Can I return a gift card?")
    third = desk.stage.ask(desk.lea, "How do I cancel my membership?")
    assert second.ticket_id == third.ticket_id == desk.ticket.id, "the newest ticket is the one opened last"
    view = desk.stage.customers.view(desk.lea)
    assert view.current is not None
    assert view.current.id == third.ticket_id
    said = [m.text for m in view.messages if m.sender is Sender.CUSTOMER]
    assert said == [DELIVERY, "Can I return a gift card?", "How do I cancel my membership?"]


@pytest.mark.parametrize("hours", [-5, 5])
def test_the_turn_of_a_dead_worker_is_taken_over_after_the_clock_was_set(desk: Desk, hours: float) -> None:
    """Nobody waits until the clock has come again to where a lease ends."""
    desk.stage.customers.say(desk.lea, DELIVERY)
    dead = desk.claim()
    assert dead is not None
    desk.clock.jump(hours * HOURS)
    desk.run_due()
    assert desk.ticket.state == ANSWERED
    assert len(desk.said) == 1
    assert desk.claim() is None


def test_a_lease_is_left_alone_although_a_colleagues_clock_is_a_little_ahead(desk: Desk) -> None:
    """Machines differ by seconds: a turn that one of them has just begun is not from the future."""
    desk.stage.customers.say(desk.lea, DELIVERY)
    assert desk.claim() is not None
    desk.clock.jump(-20)
    assert desk.claim() is None


def test_a_turn_taken_over_after_a_set_back_is_kept(desk: Desk) -> None:
    """The new owner's lease is of the present, so nobody takes the turn from it again."""
    desk.stage.customers.say(desk.lea, DELIVERY)
    assert desk.claim() is not None
    desk.clock.jump(-5 * HOURS)
    assert desk.claim() is not None
    assert desk.claim() is None


def test_what_waits_is_begun_although_the_clock_was_set_back(desk: Desk) -> None:
    """A due turn is from the future then; so is the half of a message that waited for the other half."""
    desk.stage.customers.say(desk.lea, "my order 5521")
    desk.clock.jump(-5 * HOURS)
    desk.run_due()
    assert len(desk.said) == 1


def test_the_last_rating_counts_although_the_clock_says_it_was_the_first(desk: Desk) -> None:
    desk.stage.ask(desk.lea, TWO_PARTS)
    answer = desk.said[-1]
    desk.stage.customers.rate(desk.lea, answer.id, True)
    desk.clock.jump(-5 * HOURS)
    desk.stage.customers.rate(desk.lea, answer.id, None)
    assert ratings(desk.read(lambda tx: tx.outcomes([answer.ticket_id]))) == {}


def test_the_newest_handoff_is_the_last_one(desk: Desk) -> None:
    """An agent reads the packet of the handoff at hand, and its turn names its own message."""
    desk.stage.ask(desk.lea, "I want to talk to a human")
    desk.stage.customers.leave_queue(desk.lea)
    desk.clock.jump(-5 * HOURS)
    said = desk.stage.ask(desk.lea, "My lawyer is filing against you")
    ana = desk.stage.agent("Ana")
    case = desk.stage.inbox.open(ana, said.ticket_id)
    assert case.handoff is not None
    assert case.handoff.reason == "critical"
    turn = desk.read(lambda tx: tx.turn(str(said.turn_id)))
    assert turn.message_id == case.handoff.message_id


def test_a_silent_agent_loses_the_claim_although_the_clock_was_set_back(desk: Desk) -> None:
    """Within one stretch of a claim, not when the clock has come again to where it ended; the time is in the ledger."""
    desk.stage.ask(desk.lea, "I want to talk to a human")
    ana = desk.stage.agent("Ana")
    desk.stage.inbox.claim(ana, desk.ticket.id)
    desk.clock.jump(-5 * HOURS)
    desk.stage.inbox.lapse()
    assert desk.ticket.state == CLAIMED
    desk.clock.advance(601)
    desk.stage.inbox.lapse()
    assert desk.ticket.state == WAITING
    assert desk.seconds_booked == [600]


def test_a_leap_forwards_charges_nobody_for_hours(desk: Desk) -> None:
    """A claim over which the clock leapt ends with its lease, and so does the time booked."""
    desk.stage.ask(desk.lea, "I want to talk to a human")
    desk.stage.inbox.claim(desk.stage.agent("Ana"), desk.ticket.id)
    desk.clock.jump(5 * HOURS)
    desk.stage.inbox.lapse()
    assert desk.ticket.state == WAITING
    assert desk.seconds_booked == [600]


def test_nobody_has_waited_less_than_no_time(desk: Desk) -> None:
    desk.stage.ask(desk.lea, "I want to talk to a human")
    desk.clock.jump(-5 * HOURS)
    [row] = desk.stage.inbox.queue(desk.stage.agent("Ana"), Scope.OPEN).rows
    assert row.waiting_seconds == 0


def test_the_ledger_adds_up_over_a_set_back(desk: Desk) -> None:
    """Calls of a dead worker are settled once the clock has come again to where they ended."""
    desk.stage.customers.say(desk.lea, TWO_PARTS)
    assert desk.claim() is not None
    desk.stage.ask(desk.lea, DELIVERY)
    desk.clock.jump(-5 * HOURS)
    desk.stage.ask(desk.lea, TWO_PARTS)
    desk.stage.customers.finish(desk.lea)
    assert desk.ticket.state == RESOLVED_BY_BOT
    ticket_id = desk.ticket.id
    calls = desk.read(lambda tx: tx.calls([ticket_id]))
    listed = sum(c.settled.list_cost_microusd or 0 for c in calls if c.settled)
    report = desk.stage.savings.report(SavingsFilter(), Assumptions(), actor=OPERATOR)
    assert report.model.amount_microusd == listed > 0
