"""What always holds, under random interleavings of customers, bot, agents, crashes and the clock."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.campaign.crowd import PLANTED
from benchmarks.campaign.interleaving import Noted
from benchmarks.campaign.promises import Promises
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from supportbot.access import OPERATOR
from supportbot.bootstrap import throwaway
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage
from supportbot.domain.errors import BadInput, Conflict, Forbidden, IllegalTransition, LimitReached
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import ModelCall
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.ticket import Owner, Status, Ticket
from supportbot.domain.turn import Turn
from supportbot.inbox.views import Scope
from supportbot.knowledge import Knowledge
from supportbot.ports import TicketFilter, Tx
from supportbot.providers.catalogue import provider
from supportbot.savings import Assumptions, SavingsFilter
from supportbot.settings import load

TEXTS = (
    "How long does standard delivery take?",
    "How long does standard delivery take and how do I return an item?",
    "Do you support SAML with Okta group sync?",
    "I want to talk to a human",
    "My lawyer is filing against you",
    "that does not help",
    "hi",
    "thanks",
    "my order 5521",
    f"My card is {PLANTED[0]}, can I change how I pay?",
    f"Write to {PLANTED[1]} please. How long does standard delivery take?",
    f"My IBAN is {PLANTED[2]}, call me at {PLANTED[3]}",
)

#: What a busy desk says no to; nothing of it may change anything.
REFUSALS = (Conflict, IllegalTransition, Forbidden, BadInput, LimitReached)


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


class DeskMachine(RuleBasedStateMachine):
    """Two customers and two agents who do anything at any time, and workers that are slow or die."""

    turns = Bundle("turns")

    @initialize()
    def open_the_desk(self) -> None:
        self.clock = ManualClock()
        self.vendor = Noted(provider("embedded"), Random(0), failing=0.0)
        models = {"embedded": self.vendor}
        self.app = throwaway(load(environ={}), clock=self.clock, knowledge=articles(), models=models)
        app = self.app
        self.promises = Promises(app)
        self.marks = 0
        self.stage = Stage(app.store, self.clock, app.intake, app.workers, app.customers, app.inbox, app.savings)
        self.customers = [self.stage.customer(name) for name in ("Lea", "Tomasz")]
        self.agents = [self.stage.agent(name) for name in ("Ana", "Ben")]
        self.owners: dict[str, Owner] = {}
        self.seen: set[str] = set()

    def tickets(self) -> tuple[Ticket, ...]:
        return self.app.store.read(lambda tx: tx.tickets(TicketFilter()))

    @rule(who=st.integers(0, 1), text=st.sampled_from(TEXTS), marked=st.booleans())
    def customer_writes(self, who: int, text: str, marked: bool) -> None:
        """A mark makes the words known wherever they turn up, and hides a greeting."""
        self.marks += 1
        mark = "ref" + "".join(chr(ord("a") + int(digit)) for digit in f"{self.marks:08}")
        with suppress(*REFUSALS):
            self.app.customers.say(self.customers[who], f"{text} {mark}" if marked else text)

    @rule(who=st.integers(0, 1), what=st.sampled_from(["ask_person", "leave_queue", "keep_going", "stop", "finish"]))
    def customer_clicks(self, who: int, what: str) -> None:
        with suppress(*REFUSALS):
            getattr(self.app.customers, what)(self.customers[who])

    @rule(who=st.integers(0, 1), up=st.booleans())
    def customer_rates_the_last_answer(self, who: int, up: bool) -> None:
        bot = [m for m in self.app.customers.view(self.customers[who]).messages if m.sender is Sender.BOT]
        if bot:
            self.app.customers.rate(self.customers[who], bot[-1].id, up)

    @rule(target=turns)
    def worker_begins(self) -> Any:
        """Lease what is due and stop there: the worker is slow, or it dies."""
        now = self.clock.now()
        turn = self.app.store.write(lambda tx: tx.claim_turn("worker", new_id(), now, now + timedelta(seconds=15)))
        return turn if turn is not None else multiple()

    @rule(turn=turns)
    def worker_goes_on(self, turn: Turn) -> None:
        """Run a turn leased earlier, once or again, whatever happened meanwhile."""
        self._remember_owners()
        self.app.workers.run_now(turn)

    @rule(who=st.integers(0, 1), what=st.sampled_from(["claim", "release", "hand_back", "resolve", "renew"]))
    def agent_acts(self, who: int, what: str) -> None:
        for ticket in self.tickets():
            with suppress(*REFUSALS):
                getattr(self.app.inbox, what)(self.agents[who], ticket.id)

    @rule(who=st.integers(0, 1))
    def agent_replies(self, who: int) -> None:
        for ticket in self.tickets():
            with suppress(*REFUSALS):
                self.app.inbox.reply(self.agents[who], ticket.id, "Let me look.")

    @rule(who=st.integers(0, 1), minutes=st.sampled_from([5, 60]))
    def agent_snoozes(self, who: int, minutes: int) -> None:
        for ticket in self.tickets():
            with suppress(*REFUSALS):
                self.app.inbox.snooze(self.agents[who], ticket.id, self.clock.now() + timedelta(minutes=minutes))

    @rule(seconds=st.sampled_from([0.5, 3, 20, 700]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.app.inbox.lapse()

    def _remember_owners(self) -> None:
        self.owners = {t.id: t.owner for t in self.tickets()}
        self.seen = {m.id for t in self.tickets() for m in self._messages(t.id)}

    def _messages(self, ticket_id: str) -> tuple[Message, ...]:
        return self.app.store.read(lambda tx: tx.messages(ticket_id, private=True))

    @invariant()
    def the_bot_posts_only_where_it_owned_the_ticket(self) -> None:
        for ticket_id, owner in self.owners.items():
            new = [m for m in self._messages(ticket_id) if m.sender is Sender.BOT and m.id not in self.seen]
            assert not new or owner is Owner.BOT
        self.owners = {}

    @invariant()
    def a_turn_speaks_at_most_once(self) -> None:
        spoken = Counter(
            m.turn_id for t in self.tickets() for m in self._messages(t.id) if m.sender is Sender.BOT and m.turn_id
        )
        assert all(count == 1 for count in spoken.values())

    @invariant()
    def every_handoff_has_one_message_one_alert_and_one_outcome(self) -> None:
        def count(tx: Tx, ticket: Ticket) -> tuple[int, int, int, int]:
            return (
                len(tx.handoffs([ticket.id])),
                sum(m.kind is MessageKind.HANDOFF for m in tx.messages(ticket.id)),
                sum(a.ticket_id == ticket.id for a in tx.alerts(limit=10_000)),
                sum(o.kind == "handoff" for o in tx.outcomes([ticket.id])),
            )

        for ticket in self.tickets():
            assert len(set(self.app.store.read(lambda tx, t=ticket: count(tx, t)))) == 1  # type: ignore[misc]

    @invariant()
    def a_claim_belongs_to_exactly_one_agent(self) -> None:
        for ticket in self.tickets():
            held = ticket.owner is Owner.AGENT
            assert (ticket.agent_id is not None) == held
            if ticket.status is Status.CLAIMED:
                assert ticket.claim_expires_at is not None

    @invariant()
    def a_message_grows_only_while_its_turn_is_running(self) -> None:
        for ticket in self.tickets():
            running = {t.id for t in self.app.store.read(lambda tx, t=ticket: tx.turns(t.id)) if t.status == "running"}  # type: ignore[misc]
            assert all(m.final or m.turn_id in running for m in self._messages(ticket.id))

    @invariant()
    def every_waiting_ticket_is_in_the_visible_queue(self) -> None:
        shown = {r.ticket.id for r in self.app.inbox.queue(self.agents[0], Scope.OPEN).rows}
        assert shown == {t.id for t in self.tickets() if t.queued}

    @invariant()
    def a_critical_matter_gets_no_bot_answer_and_no_survey(self) -> None:
        for ticket in self.tickets():
            if not ticket.critical:
                continue
            messages = self._messages(ticket.id)
            alarm = next(m.seq for m in messages if m.sender is Sender.CUSTOMER and "lawyer" in m.text)
            assert not any(m.kind is MessageKind.ANSWER and m.seq > alarm for m in messages)
        for customer in self.customers:
            view = self.app.customers.view(customer)
            assert not (view.csat_due and view.current and view.current.critical)

    @invariant()
    def the_report_is_the_sum_of_the_ledger(self) -> None:
        ids = [t.id for t in self.tickets()]
        calls: tuple[ModelCall, ...] = self.app.store.read(lambda tx: tx.calls(ids))
        listed = sum(
            (c.settled.list_cost_microusd or 0) if c.settled else (c.started.reserved_list_microusd or 0) for c in calls
        )
        report = self.app.savings.report(SavingsFilter(), Assumptions(), actor=OPERATOR)
        assert report.model.amount_microusd == listed

    @invariant()
    def each_citation_is_a_public_passage_word_for_word(self) -> None:
        for ticket in self.tickets():
            assert not list(self.promises.cited(self._messages(ticket.id)))

    @invariant()
    def nothing_personal_is_kept_in_the_clear(self) -> None:
        self.promises.prompts = [request.prompt for request in self.vendor.requests]
        assert not list(self.promises.masked(self.tickets()))

    @invariant()
    def a_prompt_has_words_of_one_ticket_only(self) -> None:
        self.promises.prompts = [request.prompt for request in self.vendor.requests]
        assert not list(self.promises.apart())

    @invariant()
    def whoever_waits_for_the_bot_has_a_turn_that_will_come(self) -> None:
        for ticket in self.tickets():
            if ticket.status is Status.ANSWERING:
                turns = self.app.store.read(lambda tx, t=ticket: tx.turns(t.id))  # type: ignore[misc]
                assert any(t.status in ("due", "running") for t in turns)


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
