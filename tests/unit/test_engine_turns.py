"""One turn from the customer's message to its settlement, on the embedded models and a store in memory."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Event
from typing import TypeVar

import pytest

from supportbot.bootstrap import App, throwaway
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage
from supportbot.domain.decision import Tier
from supportbot.domain.errors import BadInput, LimitReached, ProviderError, ProviderRefused
from supportbot.domain.handoff import HandoffReason
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import CallOutcome, CallStarted, ModelCall, Purpose
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.ticket import ANSWERED, CLAIMED, LENT, OFFERED, WAITING, Owner, Status, Ticket
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.engine.views import Submission
from supportbot.knowledge import Knowledge
from supportbot.ports import Chunk, ModelRequest, Provider, StoredDecision, TicketFilter, Tx
from supportbot.providers.scripted import Scripted, ScriptedProvider
from supportbot.settings import Settings, load

T = TypeVar("T")

DELIVERY = "How long does standard delivery take?"
TWO_PARTS = "How long does standard delivery take and how do I return an item?"
NO_ARTICLE = "Do you support SAML with Okta group sync?"
CARD = "4111 1111 1111 1111"


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


class Desk:
    """A desk in memory with one customer, read through the store as any page would."""

    def __init__(self, provider: Provider | None = None, settings: Settings | None = None) -> None:
        self.clock = ManualClock()
        models = {"embedded": provider} if provider else None
        self.app: App = throwaway(settings or load(environ={}), clock=self.clock, models=models, knowledge=articles())
        app = self.app
        self.stage = Stage(app.store, self.clock, app.intake, app.workers, app.customers, app.inbox, app.savings)
        self.customer = self.stage.customer("Lea")

    def ask(self, text: str) -> Submission:
        self.clock.advance(30)
        return self.stage.ask(self.customer, text)

    def hold(self, text: str) -> Turn:
        """Take a message in and lease its turn without running it: a worker that has just begun."""
        said = self.app.customers.say(self.customer, text)
        turn = self.claim()
        assert turn is not None
        assert turn.id == said.turn_id
        return turn

    def run_due(self) -> int:
        """Run what is due, as a worker would; return how many turns."""
        ran = 0
        while turn := self.claim():
            self.app.workers.run_now(turn)
            ran += 1
        return ran

    def claim(self, lease_s: float = 15) -> Turn | None:
        now = self.clock.now()
        until = now + timedelta(seconds=lease_s)
        return self.app.store.write(lambda tx: tx.claim_turn("worker", new_id(), now, until))

    @property
    def ticket(self) -> Ticket:
        return self.app.store.read(lambda tx: tx.tickets(TicketFilter(customer_id=self.customer, limit=1)))[0]

    @property
    def ticket_id(self) -> str:
        return self.ticket.id

    def read(self, work: Callable[[Tx, str], T]) -> T:
        """Read something of the newest ticket."""
        ticket_id = self.ticket_id
        return self.app.store.read(lambda tx: work(tx, ticket_id))

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.read(lambda tx, t: tx.messages(t, private=True))

    @property
    def said_by_bot(self) -> list[Message]:
        return [m for m in self.messages if m.sender is Sender.BOT]

    @property
    def calls(self) -> tuple[ModelCall, ...]:
        return self.read(lambda tx, t: tx.calls([t]))

    @property
    def outcomes(self) -> list[CallOutcome | None]:
        return [c.settled.outcome if c.settled else None for c in self.calls]

    @property
    def decision(self) -> StoredDecision:
        return self.read(lambda tx, t: tx.decisions([t]))[-1]

    @property
    def turns(self) -> list[TurnStatus]:
        return [t.status for t in self.read(lambda tx, t: tx.turns(t))]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_plain_question_is_answered_by_the_fast_model_from_the_right_article(desk: Desk) -> None:
    desk.ask(DELIVERY)
    answer = desk.said_by_bot[-1]
    assert "3 to 5 working days" in answer.text
    assert [c.article_id for c in answer.citations] == ["standard-delivery"]
    assert desk.decision.decision.tier is Tier.FAST
    assert (desk.ticket.state, desk.outcomes) == (ANSWERED, [CallOutcome.OK])


def test_a_citation_opens_the_very_passage_that_was_read(desk: Desk) -> None:
    desk.ask(DELIVERY)
    citation = desk.said_by_bot[-1].citations[0]
    article = desk.app.customers.article(citation.article_id)
    assert citation.article_version == article.version
    assert "[1]" in desk.said_by_bot[-1].text
    assert desk.decision.cited == ("standard-delivery",)
    assert len(desk.decision.retrieved) > 1, "what was retrieved is kept apart from what was cited"


def test_two_parts_go_to_the_strong_model_and_each_is_cited(desk: Desk) -> None:
    desk.ask(TWO_PARTS)
    answer = desk.said_by_bot[-1]
    assert desk.decision.decision.tier is Tier.STRONG
    assert {c.article_id for c in answer.citations} == {"standard-delivery", "returning-an-item"}
    assert answer.final


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("My lawyer is filing against you", HandoffReason.CRITICAL),
        ("I want to talk to a human", HandoffReason.CUSTOMER_REQUEST),
        ("Someone used my card on your site. Three payments I never made!", HandoffReason.CRITICAL),
    ],
)
def test_some_matters_reach_people_in_the_same_turn_without_an_answer_call(
    desk: Desk, text: str, reason: HandoffReason
) -> None:
    desk.ask(text)
    store = desk.app.store
    handoffs = desk.read(lambda tx, t: tx.handoffs([t]))
    alerts = store.read(lambda tx: tx.alerts())
    assert [h.reason for h in handoffs] == [reason]
    assert [m.kind for m in desk.said_by_bot] == [MessageKind.HANDOFF]
    assert [a.ticket_id for a in alerts] == [desk.ticket.id]
    assert (desk.ticket.state, desk.calls) == (WAITING, ())


def test_a_question_without_an_article_is_refused_honestly_and_a_person_offered(desk: Desk) -> None:
    desk.ask(NO_ARTICLE)
    assert desk.said_by_bot[-1].kind is MessageKind.REFUSAL
    assert desk.said_by_bot[-1].citations == ()
    assert desk.ticket.state == OFFERED
    gaps = desk.app.store.read(lambda tx: tx.gaps())
    assert [g.question for g in gaps] == [NO_ARTICLE]


@pytest.mark.parametrize("text", ["hi", "thanks!", "🙂", "asdkjh qwe 99 ;;", "Write me a poem about Docker"])
def test_what_needs_no_model_gets_none(desk: Desk, text: str) -> None:
    desk.ask(text)
    assert desk.calls == ()
    assert desk.decision.decision.tier is Tier.NONE
    assert [m.kind for m in desk.said_by_bot] == [MessageKind.GUARD]


def test_a_card_number_reaches_no_message_prompt_or_packet() -> None:
    clock = ManualClock()
    provider = ScriptedProvider(clock=clock)
    desk = Desk(provider)
    desk.ask(f"My card is {CARD} exp 12/27 cvv 123, why was it declined?")
    desk.ask("A person please")
    seen = [repr(desk.messages), repr(provider.requests), repr(desk.decision), repr(desk.ticket)]
    seen.append(repr(desk.read(lambda tx, t: tx.handoffs([t]))))
    for text in seen:
        assert "4111" not in text
        assert "cvv 123" not in text
    assert desk.read(lambda tx, t: tx.vault_entries(t)) == (), "destroyed, not even sealed"


def test_an_address_is_sealed_in_the_vault_and_nowhere_else(desk: Desk) -> None:
    said = desk.ask("Send the invoice to lea@example.org please, where do I find it?")
    assert said.masked_kinds == ("email",)
    assert "lea@example.org" not in repr(desk.messages)
    entry = desk.read(lambda tx, t: tx.vault_entries(t))[0]
    assert b"lea@" not in entry.sealed
    assert desk.app.engine.sealer.open(entry.sealed) == "lea@example.org"


def test_a_newer_message_restarts_the_turn_and_one_reply_answers_both(desk: Desk) -> None:
    first = desk.hold("How do I return shoes?")
    desk.app.customers.say(desk.customer, "actually forget that, how long is a gift card valid?")
    desk.app.workers.run_now(first)
    desk.run_due()
    assert desk.turns == [TurnStatus.SUPERSEDED, TurnStatus.DONE]
    assert len(desk.said_by_bot) == 1
    assert "3 years" in desk.said_by_bot[0].text


def test_a_call_that_was_overtaken_is_paid_and_discarded(desk: Desk) -> None:
    turn = desk.hold(DELIVERY)
    desk.app.customers.say(desk.customer, "and to Spain?")
    desk.app.workers.run_now(turn)
    discarded = [c for c in desk.calls if c.started.turn_id == turn.id]
    assert [c.settled and c.settled.outcome for c in discarded] == [CallOutcome.DISCARDED]
    assert desk.said_by_bot == []


def test_an_evident_fragment_waits_for_its_other_half_and_no_longer_than_two_seconds(desk: Desk) -> None:
    desk.app.customers.say(desk.customer, "my order 5521")
    assert desk.run_due() == 0
    desk.clock.advance(2)
    assert desk.run_due() == 1


def test_a_claim_during_the_call_silences_the_bot(desk: Desk) -> None:
    turn = desk.hold(DELIVERY)
    ana = desk.stage.agent("Ana")
    desk.app.inbox.claim(ana, desk.ticket.id)
    assert desk.app.workers.run_now(turn) is False
    assert desk.said_by_bot == []
    assert desk.ticket.state == CLAIMED
    assert desk.outcomes == [CallOutcome.DISCARDED]


def test_a_turn_whose_owner_died_is_taken_over_and_its_call_priced_once(desk: Desk) -> None:
    dead = desk.hold(DELIVERY)
    started = _begin_call(desk, dead)
    desk.clock.advance(16)
    assert desk.run_due() == 1
    outcomes = {c.started.id: c.settled and c.settled.outcome for c in desk.calls}
    assert outcomes.pop(started) is CallOutcome.ABANDONED
    assert list(outcomes.values()) == [CallOutcome.OK]
    assert len(desk.said_by_bot) == 1


def test_the_old_owner_cannot_post_after_a_takeover(desk: Desk) -> None:
    slow = desk.hold(DELIVERY)
    desk.clock.advance(16)
    desk.run_due()
    assert desk.app.workers.run_now(slow) is False
    assert len(desk.said_by_bot) == 1


def test_a_turn_that_fails_again_and_again_ends_with_a_person(desk: Desk) -> None:
    desk.hold(DELIVERY)
    for _ in range(3):
        desk.clock.advance(16)
        desk.claim(lease_s=0)
    desk.run_due()
    handoffs = desk.read(lambda tx, t: tx.handoffs([t]))
    assert [h.reason for h in handoffs] == [HandoffReason.RECOVERY]


def test_no_model_at_all_is_told_honestly_and_brings_a_person() -> None:
    clock = ManualClock()
    desk = Desk(ScriptedProvider(clock=clock, default=Scripted(error=ProviderError("down"))))
    desk.ask(DELIVERY)
    assert desk.ticket.state == WAITING
    assert "could not answer" in desk.said_by_bot[-1].text
    assert set(desk.outcomes) == {CallOutcome.FAILED}


def test_a_weak_draft_of_the_fast_model_goes_up_a_tier() -> None:
    def reply(request: ModelRequest) -> str:
        known = next(p for p in request.prompt.passages if "3 to 5 working days" in p.text)
        invented = "Delivery takes 99 working days. "
        return f"{invented if request.deployment.tier is Tier.FAST else known.text.split('.')[0] + '. '}[{known.index}]"

    class Two:
        def stream(self, request: ModelRequest) -> Iterator[Chunk]:
            yield Chunk(reply(request))
            yield Chunk(final=True)

    desk = Desk(Two())
    desk.ask(DELIVERY)
    assert not any("99" in m.text for m in desk.messages)
    assert "3 to 5 working days" in desk.said_by_bot[-1].text
    assert [c.started.tier for c in desk.calls] == ["fast", "strong"]
    assert "sent_up" in [r.code for r in desk.decision.decision.reasons]


def test_an_invented_answer_never_reaches_the_customer() -> None:
    clock = ManualClock()
    desk = Desk(ScriptedProvider(clock=clock, default=Scripted("We will refund you €500 tomorrow. [1]")))
    desk.ask(DELIVERY)
    assert not any("500" in m.text for m in desk.messages)
    assert desk.said_by_bot[-1].kind is MessageKind.REFUSAL


def test_a_citation_of_a_passage_that_was_not_retrieved_is_impossible() -> None:
    clock = ManualClock()
    desk = Desk(ScriptedProvider(clock=clock, default=Scripted("Standard delivery takes 3 to 5 working days. [77]")))
    desk.ask(DELIVERY)
    assert all(c.index != 77 for m in desk.messages for c in m.citations)
    assert desk.said_by_bot[-1].kind is MessageKind.REFUSAL


def test_the_first_thumbs_down_tries_the_next_tier_with_another_answer(desk: Desk) -> None:
    desk.ask(DELIVERY)
    first = desk.said_by_bot[-1]
    desk.app.customers.rate(desk.customer, first.id, False)
    desk.run_due()
    assert [c.started.tier for c in desk.calls] == ["fast", "strong"]
    assert desk.said_by_bot[-1].text != first.text


def test_the_second_thumbs_down_brings_a_person(desk: Desk) -> None:
    desk.ask(DELIVERY)
    desk.app.customers.rate(desk.customer, desk.said_by_bot[-1].id, False)
    desk.run_due()
    desk.ask("How do I download an invoice?")
    desk.app.customers.rate(desk.customer, desk.said_by_bot[-1].id, False)
    assert desk.ticket.state == WAITING


def test_the_third_time_of_the_same_question_brings_a_person(desk: Desk) -> None:
    for text in ("My parcel is late, what now?", "my parcel is LATE, what now", "My parcel is late!! What now?"):
        desk.ask(text)
    assert desk.ticket.state == WAITING
    answers = [m.text for m in desk.said_by_bot if m.kind is MessageKind.ANSWER]
    assert len(answers) == len(set(answers)), "never the same answer twice"


def test_who_waits_may_go_on_asking_and_keeps_the_place(desk: Desk) -> None:
    desk.ask("I want to talk to a human")
    since = desk.ticket.waiting_since
    turn = desk.hold(DELIVERY)
    assert desk.ticket.state == LENT
    desk.app.workers.run_now(turn)
    assert "3 to 5 working days" in desk.said_by_bot[-1].text
    assert (desk.ticket.state, desk.ticket.waiting_since) == (WAITING, since)


def test_the_bot_is_silent_on_a_critical_matter_until_people_are_done(desk: Desk) -> None:
    desk.ask("My account was hacked, somebody changed my e-mail")
    desk.ask(DELIVERY)
    assert [m.kind for m in desk.said_by_bot] == [MessageKind.HANDOFF]
    assert desk.ticket.owner is Owner.QUEUE


def test_a_message_after_resolution_opens_a_following_ticket_without_the_old_words() -> None:
    clock = ManualClock()
    provider = ScriptedProvider(clock=clock)
    desk = Desk(provider)
    desk.ask("I want to talk to a human about my purple elephant")
    ana = desk.stage.agent("Ana")
    desk.app.inbox.claim(ana, desk.ticket.id)
    desk.app.inbox.resolve(ana, desk.ticket.id)
    old = desk.ticket
    desk.ask(DELIVERY)
    assert desk.ticket.follows == old.id
    assert desk.ticket.owner is Owner.BOT
    assert "elephant" not in repr(provider.requests)


def test_stop_ends_the_answer_and_says_so(desk: Desk) -> None:
    desk.app.customers.say(desk.customer, DELIVERY)
    desk.app.customers.stop(desk.customer)
    assert desk.run_due() == 0
    assert desk.turns == [TurnStatus.STOPPED]
    assert desk.ticket.status is Status.ANSWERED


def test_an_empty_message_is_refused_and_nothing_stored(desk: Desk) -> None:
    for text in ("", "   \n\t ", "\u200b\u200b"):
        with pytest.raises(BadInput, match="question"):
            desk.app.customers.say(desk.customer, text)
    assert desk.app.store.read(lambda tx: tx.count_tickets(TicketFilter())) == 0


def test_a_very_long_message_is_cut_and_the_customer_told(desk: Desk) -> None:
    said = desk.ask("log line 17 ok. " * 12_500 + "So how long does standard delivery take?")
    assert said.cut_characters > 190_000
    notice = next(m for m in desk.messages if m.sender is Sender.SYSTEM)
    assert str(said.cut_characters) in notice.text


def test_a_limited_customer_is_told_and_can_still_reach_a_person(desk: Desk) -> None:
    for _ in range(10):
        desk.app.customers.say(desk.customer, DELIVERY)
    with pytest.raises(LimitReached, match="or ask for a person"):
        desk.app.customers.say(desk.customer, DELIVERY)
    desk.app.customers.say(desk.customer, "I want to talk to a human")
    desk.run_due()
    assert desk.ticket.state == WAITING


def test_wishes_for_a_person_have_a_limit_of_their_own(desk: Desk) -> None:
    """Beyond the limit of messages a person is reached in words or by a critical matter, a few times an hour."""
    say, limits = desk.app.customers.say, desk.app.engine.config.limits
    for _ in range(limits.customer_per_minute):
        say(desk.customer, DELIVERY)
    for _ in range(limits.person_per_hour):
        say(desk.customer, "I want to talk to a human")
        desk.run_due()
        desk.app.customers.leave_queue(desk.customer)
    for text in ("I want to talk to a human", "I will sue you, my lawyer will write"):
        with pytest.raises(
            LimitReached, match=r"asked for a person more than 20 times in one hour\. You can ask again in"
        ):
            say(desk.customer, text)
    with pytest.raises(LimitReached):
        desk.app.customers.leave(desk.customer, DELIVERY)
    say(desk.customer, "I want to kill myself")
    desk.run_due()
    assert desk.ticket.state == WAITING
    assert desk.ticket.critical == "self_harm"


def test_new_cookies_do_not_flood_the_queue(desk: Desk) -> None:
    """The address is counted over all its customers, for the button, for words and for what a limit left over."""
    app, most = desk.app, desk.app.engine.config.limits.address_person_per_hour
    for number in range(most):
        app.customers.ask_person(desk.stage.customer(f"New {number}"), address="192.0.2.7")
    late = desk.stage.customer("Late")
    for attempt in (app.customers.ask_person, lambda c, address: app.customers.leave(c, DELIVERY, address=address)):
        with pytest.raises(LimitReached, match="People on your network"):
            attempt(late, address="192.0.2.7")
    app.customers.ask_person(late, address="192.0.2.8")
    assert app.store.read(lambda tx: tx.count_tickets(TicketFilter(queued=True))) == most + 1


def test_the_button_brings_a_person_even_before_the_first_message(desk: Desk) -> None:
    desk.app.customers.ask_person(desk.customer)
    assert desk.ticket.state == WAITING
    assert desk.said_by_bot[-1].kind is MessageKind.HANDOFF


def test_the_button_ends_a_running_turn(desk: Desk) -> None:
    turn = desk.hold(DELIVERY)
    desk.app.customers.ask_person(desk.customer)
    assert desk.app.workers.run_now(turn) is False
    assert [m.kind for m in desk.said_by_bot] == [MessageKind.HANDOFF]


def _begin_call(desk: Desk, turn: Turn, reserved_microusd: int = 0) -> str:
    """Commit the first phase of a call as its owner did just before it died."""
    call = CallStarted(
        new_id(), turn.ticket_id, turn.id, "fast", "embedded", "fast", "fast", Purpose.ANSWER,
        desk.clock.now(), 900, 800, reserved_microusd, 615,
    )  # fmt: skip
    desk.app.store.write(lambda tx: tx.start_call(call))
    return call.id


def test_what_was_shown_of_a_stopped_answer_stays() -> None:
    """The customer keeps the part that was released, and the call is paid as discarded."""

    class Slow:
        def stream(self, request: ModelRequest) -> Iterator[Chunk]:
            passage = next(p for p in request.prompt.passages if "3 to 5 working days" in p.text)
            sentence = passage.text.split(". ")[0]
            yield Chunk(f"**Delivery**\n{sentence}. [{passage.index}]\n\n**Return**\n")
            slow.app.customers.stop(slow.customer)
            stopped.wait(5)
            yield Chunk("Never read.", final=True)

    stopped = Event()
    slow = Desk(Slow())
    slow.ask(TWO_PARTS)
    stopped.set()
    assert "3 to 5 working days" in slow.said_by_bot[-1].text
    assert slow.said_by_bot[-1].final
    assert slow.turns == [TurnStatus.STOPPED]
    assert slow.outcomes == [CallOutcome.DISCARDED]
    assert slow.ticket.state == ANSWERED


def test_an_answer_that_is_refused_halfway_is_stored_as_a_refusal() -> None:
    """What was shown of it is replaced, and no figure counts it as an answer."""

    class Refuses:
        def stream(self, request: ModelRequest) -> Iterator[Chunk]:
            passage = next(p for p in request.prompt.passages if "3 to 5 working days" in p.text)
            sentence = passage.text.split(". ")[0]
            yield Chunk(f"**Delivery**\n{sentence}. [{passage.index}]\n\n**Return**\n")
            released.wait(5)
            raise ProviderRefused("The model declined.")

    def heard(_ticket_id: str) -> None:
        if desk.said_by_bot:
            shown.extend(m.kind for m in desk.said_by_bot if not shown)
            released.set()

    released, shown = Event(), list[MessageKind]()
    desk = Desk(Refuses())
    stop = desk.app.store.subscribe(heard)
    desk.ask(TWO_PARTS)
    stop()
    assert shown == [MessageKind.ANSWER]
    assert [(m.kind, m.citations, m.final) for m in desk.said_by_bot] == [(MessageKind.REFUSAL, (), True)]
    assert desk.ticket.state == OFFERED


def test_an_accepted_offer_after_a_refusal_names_the_gap_as_the_reason(desk: Desk) -> None:
    desk.ask(NO_ARTICLE)
    desk.app.customers.ask_person(desk.customer)
    handoffs = desk.read(lambda tx, t: tx.handoffs([t]))
    assert [h.reason for h in handoffs] == [HandoffReason.MISSING_KNOWLEDGE]


def test_beyond_the_days_budget_tickets_go_to_people(tmp_path: Path) -> None:
    """Embedded models cost nothing, so the budget is spent by an entry of a paid one."""
    config = tmp_path / "supportbot.toml"
    config.write_text("[limits]\nusd_per_day = 0.01\n")
    desk = Desk(settings=load(config, environ={}))
    turn = desk.hold(DELIVERY)
    _begin_call(desk, turn, reserved_microusd=10_000)
    desk.app.workers.run_now(turn)
    handoffs = desk.read(lambda tx, t: tx.handoffs([t]))
    assert [h.reason for h in handoffs] == [HandoffReason.LIMIT]


def test_a_message_left_to_a_person_by_a_limited_customer_is_in_the_ticket(desk: Desk) -> None:
    for _ in range(10):
        desk.app.customers.say(desk.customer, DELIVERY)
    with pytest.raises(LimitReached):
        desk.app.customers.say(desk.customer, "My parcel is wet")
    desk.app.customers.leave(desk.customer, "My parcel is wet")
    assert desk.ticket.state == WAITING
    assert any(m.text == "My parcel is wet" for m in desk.messages)
    assert desk.run_due() == 0, "the bot does not answer what was left to a person"
