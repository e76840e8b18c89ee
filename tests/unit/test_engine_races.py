"""What holds when several processes, a slow worker, a claim or a clock come between the steps of a turn."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Event
from typing import TypeVar

import pytest

from supportbot.access import OPERATOR
from supportbot.bootstrap import App, build
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage
from supportbot.domain.errors import DatabaseUnavailable, Forbidden, LimitReached, ProviderError
from supportbot.domain.handoff import HandoffReason
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import CallOutcome, CallStarted, ModelCall, Purpose
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.ticket import ANSWERED, CLAIMED, WAITING, Priority, Ticket
from supportbot.domain.turn import Turn
from supportbot.engine.orphans import Orphans
from supportbot.engine.workers import LeaseKeeper, TurnWorkers
from supportbot.handoff import Evidence, build_packet
from supportbot.knowledge import Knowledge
from supportbot.ports import Chunk, ModelRequest, PostGuard, Provider, Store, TicketFilter, Tx
from supportbot.privacy import FernetSealer, new_key
from supportbot.providers.scripted import Scripted, ScriptedProvider
from supportbot.settings import load
from supportbot.storage.store import open_store

T = TypeVar("T")

DELIVERY = "How long does standard delivery take?"
TWO_PARTS = "How long does standard delivery take and how do I return an item?"
KEY = new_key()


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


class Process:
    """One of several processes on one SQLite file."""

    def __init__(self, folder: Path, clock: ManualClock, provider: Provider | None = None) -> None:
        self.clock = clock
        models = {"embedded": provider} if provider else None
        store = open_store(None, folder)
        self.app: App = build(
            load(environ={}), store=store, clock=clock, models=models, knowledge=articles(), sealer=FernetSealer(KEY)
        )
        app = self.app
        self.stage = Stage(app.store, clock, app.intake, app.workers, app.customers, app.inbox, app.savings)

    def claim(self) -> Turn | None:
        now = self.clock.now()
        until = now + timedelta(seconds=15)
        return self.app.store.write(lambda tx: tx.claim_turn("worker", new_id(), now, until))

    def hold(self, customer: str, text: str) -> Turn:
        """Take a message in and lease its turn without running it."""
        self.app.customers.say(customer, text)
        turn = self.claim()
        assert turn is not None
        return turn

    def run_due(self) -> None:
        while turn := self.claim():
            self.app.workers.run_now(turn)

    def read(self, work: Callable[[Tx], T]) -> T:
        return self.app.store.read(work)

    def ticket(self, customer: str) -> Ticket:
        return self.read(lambda tx: tx.tickets(TicketFilter(customer_id=customer, limit=1)))[0]

    def said(self, customer: str) -> list[Message]:
        ticket = self.ticket(customer)
        return [m for m in self.read(lambda tx: tx.messages(ticket.id)) if m.sender is Sender.BOT]

    def calls(self, customer: str) -> tuple[ModelCall, ...]:
        ticket = self.ticket(customer)
        return self.read(lambda tx: tx.calls([ticket.id]))

    def close(self) -> None:
        self.app.workers.stop()
        self.app.store.close()


class House:
    """Two processes, one customer, one agent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.opened: list[Process] = []
        self.one, self.two = self.process(), self.process()
        self.lea = self.one.stage.customer("Lea")
        self.ana = self.one.stage.agent("Ana")

    def process(self, provider: Provider | None = None) -> Process:
        self.opened.append(Process(self.folder, self.clock, provider))
        return self.opened[-1]

    @property
    def ticket(self) -> Ticket:
        return self.one.ticket(self.lea)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    for process in house.opened:
        process.close()


class Cut:
    """A strong model that shows one checked sentence and then waits until it is told to go on."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.meanwhile = meanwhile
        self.go_on = Event()

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        passage = next(p for p in request.prompt.passages if "3 to 5 working days" in p.text)
        sentence = passage.text.split(". ")[0]
        yield Chunk(f"**Delivery**\n{sentence}. [{passage.index}]\n\n**Return**\n")
        self.meanwhile()
        self.go_on.wait(5)
        yield Chunk("Never read.", final=True)


def test_a_snoozed_ticket_woken_by_the_customer_has_a_lease_and_can_lapse(house: House) -> None:
    """The agent went home; the customer's new words must not be stuck with an absent person."""
    one = house.one
    one.stage.ask(house.lea, "I want to talk to a human")
    one.app.inbox.claim(house.ana, house.ticket.id)
    one.app.inbox.snooze(house.ana, house.ticket.id, house.clock.now() + timedelta(hours=8))
    one.app.customers.say(house.lea, "Any news on my matter?")
    assert house.ticket.state == CLAIMED
    house.clock.advance(9 * 60)
    assert house.two.app.inbox.lapse() == 0
    house.clock.advance(2 * 60)
    assert house.two.app.inbox.lapse() == 1
    assert house.ticket.state == WAITING
    times = one.read(lambda tx: tx.human_times([house.ticket.id]))
    assert [t.seconds for t in times] == [0, 600]


def test_a_critical_matter_does_not_leave_the_queue(house: House) -> None:
    """Nor does the bot answer it afterwards: only people end it."""
    one = house.one
    one.stage.ask(house.lea, "My lawyer is filing against you")
    one.app.customers.leave_queue(house.lea)
    one.stage.ask(house.lea, DELIVERY)
    assert house.ticket.state == WAITING
    assert [m.kind for m in one.said(house.lea)] == [MessageKind.HANDOFF]


def test_a_critical_matter_told_to_a_person_stays_with_people_and_gets_no_survey(house: House) -> None:
    """No turn reads what is written to an agent; the class is found all the same."""
    one = house.one
    one.stage.ask(house.lea, "I want to talk to a human")
    one.app.inbox.claim(house.ana, house.ticket.id)
    one.app.customers.say(house.lea, "My lawyer is filing against you")
    assert house.ticket.critical == "legal_threat"
    assert house.ticket.priority is Priority.URGENT
    with pytest.raises(Forbidden, match="stays with people"):
        one.app.inbox.hand_back(house.ana, house.ticket.id)
    one.app.inbox.resolve(house.ana, house.ticket.id)
    assert not one.app.customers.view(house.lea).csat_due


def test_an_overtaken_owner_does_not_replace_the_decision_that_answered(house: House) -> None:
    """A slow worker ends last; what is shown for the turn stays what the one that posted decided."""
    slow_one = house.process(ScriptedProvider(clock=house.clock, default=Scripted(error=ProviderError("down"))))
    turn = house.one.hold(house.lea, DELIVERY)
    house.clock.advance(16)
    house.two.run_due()
    posted = house.one.read(lambda tx: tx.decisions([turn.ticket_id]))
    assert slow_one.app.workers.run_now(turn) is False
    assert house.one.read(lambda tx: tx.decisions([turn.ticket_id])) == posted
    assert posted[-1].cited == ("standard-delivery",)


@pytest.mark.parametrize("interruption", ["claim", "ask_person", "say"])
def test_a_half_shown_answer_does_not_grow_for_ever_when_its_turn_is_ended(house: House, interruption: str) -> None:
    """Whoever ends the turn ends its message: it stays as read, and is no longer marked as being written."""

    def interrupt() -> None:
        while not house.two.said(house.lea):
            Event().wait(0.01)
        ticket = house.ticket
        if interruption == "claim":
            house.two.app.inbox.claim(house.ana, ticket.id)
        elif interruption == "say":
            house.two.app.customers.say(house.lea, "Hello? Does the weekend count for delivery?")
        else:
            house.two.app.customers.ask_person(house.lea)

    process = house.process(Cut(interrupt))
    process.app.workers.run_now(process.hold(house.lea, TWO_PARTS))
    half = house.one.said(house.lea)[0]
    assert half.kind is MessageKind.ANSWER
    assert "3 to 5 working days" in half.text
    assert half.final


def test_who_already_waits_is_not_handed_over_again_when_no_model_answers(house: House) -> None:
    """One handoff, one alert; the customer is told that the place is kept."""
    process = house.process(ScriptedProvider(clock=house.clock, default=Scripted(error=ProviderError("down"))))
    process.stage.ask(house.lea, "I want to talk to a human")
    house.clock.advance(30)
    process.stage.ask(house.lea, DELIVERY)
    assert house.ticket.state == WAITING
    assert len(process.read(lambda tx: tx.handoffs([house.ticket.id]))) == 1
    assert [m.kind for m in process.said(house.lea)] == [MessageKind.HANDOFF, MessageKind.NOTICE]


def test_a_stopped_turn_that_was_taken_over_keeps_what_its_dead_owner_had_shown(house: House) -> None:
    turn = house.one.hold(house.lea, TWO_PARTS)
    guard = PostGuard(turn.ticket_id, turn.id, turn.lease or "", turn.last_seq)
    shown = Message(
        new_id(), turn.ticket_id, Sender.BOT, "It takes 3 to 5 working days.", house.clock.now(),
        kind=MessageKind.ANSWER, turn_id=turn.id, final=False,
    )  # fmt: skip
    house.one.app.store.write(lambda tx: tx.post_bot_message(shown, guard))
    house.one.app.customers.stop(house.lea)
    house.clock.advance(16)

    class Mute:
        def stream(self, _request: ModelRequest) -> Iterator[Chunk]:
            Event().wait(0.5)
            yield Chunk("Never read.", final=True)

    house.process(Mute()).run_due()
    assert [(m.text, m.final) for m in house.one.said(house.lea)] == [(shown.text, True)]


def test_two_leases_of_one_turn_are_kept_apart(house: House) -> None:
    """A process that slept takes its own turn over: the old run hears of it, the new one's lease is kept."""
    engine = house.one.app.engine
    keeper = LeaseKeeper(engine)
    old = house.one.hold(house.lea, DELIVERY)
    first = keeper.watch(old)
    house.clock.advance(16)
    new = house.one.claim()
    assert new is not None
    second = keeper.watch(new)
    while not first.ended():
        Event().wait(0.01)
    keeper.forget(old)
    house.clock.advance(6)
    kept = house.clock.now() + timedelta(seconds=15)
    for _ in range(200):
        if house.two.read(lambda tx: tx.turn(new.id)).lease_expires_at == kept:
            break
        Event().wait(0.02)
    keeper.close()
    assert not second.ended()
    assert house.two.read(lambda tx: tx.turn(new.id)).lease_expires_at == kept


def _begin_call(process: Process, turn: Turn) -> str:
    """Commit the first phase of a call as its owner did just before it died."""
    call = CallStarted(
        new_id(), turn.ticket_id, turn.id, "fast", "embedded", "fast", "fast", Purpose.ANSWER,
        process.clock.now(), 900, 800, 40, 615,
    )  # fmt: skip
    process.app.store.write(lambda tx: tx.start_call(call))
    return call.id


def test_the_call_of_a_dead_worker_whose_turn_was_ended_is_settled_once(house: House) -> None:
    """A newer message ends the turn, so nobody takes it over; the ledger is closed all the same."""
    dead = house.one.hold(house.lea, DELIVERY)
    lost = _begin_call(house.one, dead)
    orphans = [Orphans(p.app.engine) for p in (house.one, house.two)]
    house.two.app.customers.say(house.lea, "and to Spain?")
    house.two.run_due()
    assert orphans[0].settle() == 0, "its worker may only be slow"
    house.clock.advance(76)
    assert [o.settle() for o in orphans] == [1, 0]
    found = {c.started.id: c.settled for c in house.one.calls(house.lea)}[lost]
    assert found is not None
    assert (found.outcome, found.cost_microusd, found.usage.estimated) == (CallOutcome.ABANDONED, 40, True)


class Flaky:
    """A store whose database is away for the first *failures* writes."""

    def __init__(self, store: Store, failures: int) -> None:
        self._store = store
        self.failures = failures
        self.writes = 0
        self.read, self.subscribe, self.scrub, self.close = store.read, store.subscribe, store.scrub, store.close

    def write(self, work: Callable[[Tx], T]) -> T:
        self.writes += 1
        if self.failures > 0:
            self.failures -= 1
            raise DatabaseUnavailable("away")
        return self._store.write(work)


def _on(store: Store, clock: ManualClock) -> App:
    settings = load(environ={})
    return build(settings, store=store, clock=clock, knowledge=articles(), sealer=FernetSealer(KEY))


def test_workers_answer_again_after_the_database_was_away(house: House) -> None:
    """Claims that fail keep no worker: there are four, and ten claims fail."""
    house.one.app.customers.say(house.lea, DELIVERY)
    flaky = Flaky(house.one.app.store, 10)
    app = _on(flaky, house.clock)
    app.workers.start()
    for _ in range(1_000):
        if house.ticket.state == ANSWERED:
            break
        app.workers.wake()
        Event().wait(0.02)
    app.workers.stop()
    assert house.ticket.state == ANSWERED


def test_an_idle_desk_does_not_write(house: House) -> None:
    """Polling for turns takes no lock that another process could need."""
    flaky = Flaky(house.one.app.store, 0)
    workers = TurnWorkers(_on(flaky, house.clock).engine)
    workers.start()
    for _ in range(20):
        workers.wake()
        Event().wait(0.005)
    workers.stop()
    assert flaky.writes == 0


def test_a_second_handoff_does_not_make_the_measured_waits_negative(house: House) -> None:
    """How long people take is counted from the first handoff to the first reply."""
    one = house.one
    for n in range(3):
        customer = one.stage.customer(f"Early {n}")
        one.stage.ask(customer, "I want to talk to a human")
        house.clock.advance(240)
        ticket_id = one.ticket(customer).id
        one.app.inbox.claim(house.ana, ticket_id)
        one.app.inbox.reply(house.ana, ticket_id, "Here I am.")
        one.app.inbox.hand_back(house.ana, ticket_id)
        house.clock.advance(3600)
        one.app.customers.ask_person(customer)
    one.app.customers.ask_person(house.lea)
    waiting = one.app.customers.view(house.lea).waiting
    assert waiting is not None
    assert waiting.minutes is not None
    assert waiting.minutes >= 4


def test_a_page_of_figures_is_read_as_fast_as_a_page_of_words() -> None:
    """A customer who pastes 60,000 digits and points does not hold up the handoff; the amount after them is found."""
    text = "1." * 30_000 + " and I paid 1.249,50 € for it"
    asked = Message("m", "t", Sender.CUSTOMER, text, ManualClock().now())
    packet = build_packet(Evidence([asked], HandoffReason.CUSTOMER_REQUEST))
    assert ("amount", "1.249,50 €") in packet.extracted


def test_asking_for_a_person_again_and_again_is_no_way_around_the_limit(house: House) -> None:
    """Who already waits has reached people; a critical word is still heard."""
    one = house.one
    for _ in range(10):
        one.app.customers.say(house.lea, "I want to talk to a human")
    one.app.customers.say(house.lea, "I want to talk to a human")
    one.run_due()
    assert house.ticket.state == WAITING
    with pytest.raises(LimitReached):
        one.app.customers.say(house.lea, "I want to talk to a human")
    one.app.customers.say(house.lea, "My lawyer is filing against you")
    one.run_due()
    assert house.ticket.critical == "legal_threat"
    with pytest.raises(LimitReached):
        one.app.customers.say(house.lea, "My lawyer is filing against you")


def test_the_button_for_a_person_cannot_flood_the_queue(house: House) -> None:
    """In and out of the queue is an alert each time; after twenty within an hour it pauses."""
    customers = house.one.app.customers
    for _ in range(20):
        customers.ask_person(house.lea)
        customers.leave_queue(house.lea)
    with pytest.raises(LimitReached, match="more than 20 times"):
        customers.ask_person(house.lea)
    house.clock.advance(3600)
    customers.ask_person(house.lea)
    assert house.ticket.state == WAITING


def test_the_operator_claims_nothing_because_the_queue_shows_who_holds_what(house: House) -> None:
    """A claim belongs to an account; without one the whole queue could not be read any more."""
    house.one.stage.ask(house.lea, "I want to talk to a human")
    with pytest.raises(Forbidden, match="--as"):
        house.one.app.inbox.claim(OPERATOR, house.ticket.id)
    assert len(house.one.app.inbox.queue(house.ana).rows) == 1


class FailsOnce:
    """A store whose write number *at* fails: before it happened, or after the commit, as when the process dies."""

    def __init__(self, store: Store, at: int, committed: bool) -> None:
        self._store = store
        self._at = at
        self._committed = committed
        self.read, self.subscribe, self.scrub, self.close = store.read, store.subscribe, store.scrub, store.close

    def write(self, work: Callable[[Tx], T]) -> T:
        self._at -= 1
        if self._at == -1 and not self._committed:
            raise DatabaseUnavailable("away")
        result = self._store.write(work)
        if self._at == -1:
            raise DatabaseUnavailable("away")
        return result


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("text", [TWO_PARTS, "I want to talk to a human"])
def test_a_turn_that_breaks_at_any_write_is_finished_by_another_process(
    house: House, text: str, at: int, committed: bool
) -> None:
    """One word of the bot, one handoff at most, every call settled, nobody left waiting for a turn."""
    turn = house.one.hold(house.lea, text)
    broken = _on(FailsOnce(house.one.app.store, at, committed), house.clock)
    with suppress(DatabaseUnavailable):
        broken.workers.run_now(turn)
    broken.workers.stop()
    house.clock.advance(16)
    house.two.run_due()
    assert house.ticket.state in (ANSWERED, WAITING)
    assert len(house.one.said(house.lea)) == 1
    assert all(m.final for m in house.one.said(house.lea))
    assert all(c.settled is not None for c in house.one.calls(house.lea))
    assert len(house.one.read(lambda tx: tx.handoffs([turn.ticket_id]))) == (house.ticket.state == WAITING)


def test_of_two_processes_that_poll_at_once_each_turn_is_run_by_one(house: House) -> None:
    """Thirty customers, two processes with four workers each, on one file: one answer each."""
    customers = [house.one.stage.customer(f"C{n}") for n in range(30)]
    for process in (house.one, house.two):
        process.app.workers.start()
    for customer in customers:
        house.two.app.customers.say(customer, DELIVERY)
    for _ in range(1_500):
        if all(house.one.ticket(c).state == ANSWERED for c in customers):
            break
        Event().wait(0.02)
    assert [len(house.one.said(c)) for c in customers] == [1] * 30
    outcomes = [c.settled and c.settled.outcome for customer in customers for c in house.one.calls(customer)]
    assert outcomes == [CallOutcome.OK] * 30


def test_a_placeholder_means_one_datum_in_a_conversation(house: House) -> None:
    """Two messages with an address each: the agent reveals the one that was written there."""
    one = house.one
    one.app.customers.say(house.lea, "I want a human. My mail was old@example.org")
    one.run_due()
    one.app.customers.say(house.lea, "It is new@example.org now, no longer old@example.org")
    one.app.inbox.claim(house.ana, house.ticket.id)
    case = one.app.inbox.open(house.ana, house.ticket.id)
    said = [m.text for m in case.messages if m.sender is Sender.CUSTOMER]
    assert said == ["I want a human. My mail was [email 1]", "It is [email 2] now, no longer [email 3]"]
    revealed = [one.app.inbox.reveal(house.ana, house.ticket.id, f"[email {n}]") for n in (1, 2, 3)]
    assert revealed == ["old@example.org", "new@example.org", "old@example.org"]


def test_the_same_rating_again_is_no_new_evidence(house: House) -> None:
    """A double click, or a thousand of them, leave one row."""
    one = house.one
    one.stage.ask(house.lea, DELIVERY)
    answer = one.said(house.lea)[-1]
    for up in (None, True, True, False, False, None, None):
        one.app.customers.rate(house.lea, answer.id, up)
    found = one.read(lambda tx: tx.outcomes([answer.ticket_id]))
    assert [o.kind for o in found] == ["thumbs_up", "thumbs_down", "thumbs_cleared"]


def test_an_alarm_is_heard_although_an_agent_claims_before_the_bot_reads_it(house: House) -> None:
    """The turn that would have found it never runs; still the ticket stays with people and nobody is surveyed."""
    house.one.app.customers.say(house.lea, "My lawyer is filing against you")
    house.two.app.inbox.claim(house.ana, house.ticket.id)
    assert house.ticket.critical == "legal_threat"
    with pytest.raises(Forbidden, match="critical"):
        house.two.app.inbox.hand_back(house.ana, house.ticket.id)
    house.two.app.inbox.resolve(house.ana, house.ticket.id)
    assert not house.one.app.customers.view(house.lea).csat_due


def test_a_stop_does_not_keep_an_alarm_from_people(house: House) -> None:
    """Stopping what is not begun ends it, unless a person has to see it."""
    house.one.app.customers.say(house.lea, "My lawyer is filing against you")
    house.one.app.customers.stop(house.lea)
    house.one.run_due()
    assert house.ticket.state == WAITING
    assert house.ticket.priority is Priority.URGENT


def test_the_button_gives_an_alarm_its_own_words(house: House) -> None:
    """Who presses the button before the bot has read of a lawyer is handed off as critical, not as a mere wish."""
    house.one.app.customers.say(house.lea, "My lawyer is filing against you")
    house.one.app.customers.ask_person(house.lea)
    handoffs = house.one.read(lambda tx: tx.handoffs([house.ticket.id]))
    assert [(h.reason, h.priority) for h in handoffs] == [(HandoffReason.CRITICAL, Priority.URGENT)]


def test_two_account_numbers_in_a_conversation_have_two_names(house: House) -> None:
    """Bank accounts are numbered on like addresses: the agent reveals the one that was meant."""
    one = house.one
    numbers = ("DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32")
    for number in numbers:
        one.app.customers.say(house.lea, f"I want a human. My IBAN is {number}")
    one.app.inbox.claim(house.ana, house.ticket.id)
    assert [one.app.inbox.reveal(house.ana, house.ticket.id, f"[IBAN {n}]") for n in (1, 2)] == list(numbers)
