"""The savings panel's figures: exact sums, honest counterfactuals, and a drill-down that adds up to each of them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.access.roles import OPERATOR
from supportbot.domain.account import Actor, Customer, Role
from supportbot.domain.assessment import Assessment, Complexity
from supportbot.domain.decision import Decision, Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import BadInput, Forbidden, NotSignedIn
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, HumanTime, Purpose
from supportbot.domain.outcome import Outcome, OutcomeKind
from supportbot.domain.price import Usage
from supportbot.domain.ticket import Owner, Status, Ticket
from supportbot.ports import StoredDecision, TicketFilter
from supportbot.pricing import PriceBook
from supportbot.savings import (
    FIGURES,
    PARTITIONS,
    Against,
    Assumptions,
    PageOf,
    Report,
    Row,
    Savings,
    SavingsFilter,
    Waste,
    to_json,
)
from supportbot.savings.report import Ratio, Slice
from supportbot.storage.memory import MemoryStore

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAST = Deployment("fast", "embedded", "fast", Tier.FAST, list_price_of="openai/gpt-4.1-nano")
STRONG = Deployment("strong", "embedded", "strong", Tier.STRONG, list_price_of="openai/gpt-4.1")
PAID = Deployment("paid", "openai", "gpt-4.1-mini", Tier.FAST)
UNKNOWN = Deployment("unknown", "openai", "no-such-model", Tier.FAST)
DEPLOYMENTS = {d.name: d for d in (FAST, STRONG, PAID, UNKNOWN)}
BOOK = PriceBook()
EVERYTHING = SavingsFilter()
PLAIN = Assumptions()


class StillClock:
    """Time that stands still."""

    def now(self) -> datetime:
        """Return the same moment."""
        return NOW

    def monotonic(self) -> float:
        """Return the same second."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Do not wait."""


@dataclass(frozen=True)
class Call:
    deployment: str = "fast"
    purpose: Purpose = Purpose.ANSWER
    outcome: CallOutcome | None = CallOutcome.OK
    tokens: tuple[int, int] = (1_000, 100)
    estimated: bool = False


class Desk:
    """A store with tickets written as the engine would, and the savings over it."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.store.write(lambda tx: tx.add_customer(Customer("c", NOW)))
        self.savings = Savings(self.store, BOOK, StillClock(), tuple(DEPLOYMENTS.values()))
        self._ids = 0

    def next_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08}"

    def ticket(
        self, *turns: list[Call], seconds: int = 0, outcomes: tuple[Outcome, ...] = (), **changes: object
    ) -> Ticket:
        """Write a ticket with its turns of calls, an agent's time and outcomes."""
        at = NOW - timedelta(days=10)
        plain = Ticket(self.next_id(), "c", at, at, status=Status.ANSWERED)
        ticket = self.store.write(lambda tx: tx.add_ticket(replace(plain, **changes)))  # type: ignore[arg-type]
        for turn in turns:
            self._turn(ticket, turn)
        if seconds:
            time = HumanTime(self.next_id(), ticket.id, "ana", ticket.created_at, seconds, seconds * 7_000)
            self.store.write(lambda tx: tx.add_human_time(time))
        for outcome in outcomes:
            stored = replace(outcome, id=self.next_id(), ticket_id=ticket.id)
            self.store.write(lambda tx, stored=stored: tx.add_outcome(stored))  # type: ignore[misc]
        return ticket

    def _turn(self, ticket: Ticket, turn: list[Call]) -> None:
        turn_id = self.next_id()
        assessment = Assessment(
            Complexity.SIMPLE, None, None, "delivery", "en", "?", p_acceptable={"fast": 0.75, "strong": 0.9}
        )
        route = (turn[0].deployment,) if turn else ()
        stored = StoredDecision(
            turn_id, ticket.id, ticket.created_at, assessment, Decision(Tier.FAST, route), cited=("delivery",)
        )
        self.store.write(lambda tx: tx.add_decision(stored))
        for place, call in enumerate(turn):
            self._call(ticket, turn_id, call, ticket.created_at + timedelta(seconds=place))

    def _call(self, ticket: Ticket, turn_id: str, call: Call, at: datetime) -> None:
        deployment = DEPLOYMENTS[call.deployment]
        worst = BOOK.quote(deployment, Usage(5_000, 800), at)
        started = CallStarted(
            self.next_id(),
            ticket.id,
            turn_id,
            deployment.name,
            deployment.provider,
            deployment.model,
            deployment.tier.value,
            call.purpose,
            at,
            5_000,
            800,
            worst.cost_microusd or 0,
            worst.list_cost_microusd,
        )
        self.store.write(lambda tx: tx.start_call(started))
        if call.outcome is None:
            return
        usage = Usage(*call.tokens, estimated=call.estimated)
        quote = BOOK.quote(deployment, usage, at)
        settled = CallSettled(
            started.id, call.outcome, usage, quote.cost_microusd, quote.list_cost_microusd, 300, 100, at
        )
        self.store.write(lambda tx: tx.settle_call(settled))

    def report(self, which: SavingsFilter = EVERYTHING, assumptions: Assumptions = PLAIN) -> Report:
        return self.savings.report(which, assumptions, actor=OPERATOR)


def said(kind: OutcomeKind, value: int | None = None, message: str | None = "m") -> Outcome:
    return Outcome("", "", kind, NOW, message_id=message, value=value)


UP, DOWN = said(OutcomeKind.THUMBS_UP), said(OutcomeKind.THUMBS_DOWN)
NANO_ANSWER = 100 + 40  #: 1,000 tokens in and 100 out at gpt-4.1-nano, micro-dollars
STRONG_ANSWER = 2_000 + 800  #: and at gpt-4.1


def test_an_empty_desk_has_a_report() -> None:
    """Nothing to divide by is None, never an error."""
    report = Desk().report()
    assert (report.tickets, report.model.amount_microusd, report.cost_per_durable_microusd) == (0, 0, None)
    assert report.compared["all_strong"].saved_share.value is None
    assert report.by_tier == ()


def test_a_fast_answer_against_the_strong_price() -> None:
    """The same tokens on both sides; embedded costs are simulated and stand apart from what was paid."""
    desk = Desk()
    desk.ticket([Call()])
    report = desk.report()
    compared = report.compared["all_strong"]
    assert (report.paid_microusd, report.simulated_microusd, report.simulated) == (0, NANO_ANSWER, True)
    assert compared.counterfactual.amount_microusd == STRONG_ANSWER
    assert compared.saved.amount_microusd == STRONG_ANSWER - NANO_ANSWER
    assert compared.saved.few


def test_a_draft_sent_up_costs_more_than_going_straight() -> None:
    """The saving is signed: the discarded draft and the check are charged to routing alone."""
    desk = Desk()
    desk.ticket([Call(), Call(purpose=Purpose.CHECK), Call("strong")])
    report = desk.report()
    assert report.compared["all_strong"].saved.amount_microusd == -2 * NANO_ANSWER
    waste = {row.kind: (row.calls, row.cost_microusd) for row in report.waste}
    assert waste[Waste.SENT_UP] == waste[Waste.CHECKS] == (1, NANO_ANSWER)
    assert (report.waste_calls, report.waste_microusd) == (2, 2 * NANO_ANSWER)


def test_a_suggestion_for_an_agent_stands_on_both_sides() -> None:
    """It would be made whichever model answers, so it saves and costs nothing."""
    desk = Desk()
    desk.ticket([Call("strong"), Call("strong", purpose=Purpose.SUGGESTION)])
    report = desk.report()
    assert report.model.amount_microusd == 2 * STRONG_ANSWER
    assert (report.compared["all_strong"].saved.amount_microusd, report.waste_calls) == (0, 0)


def test_a_paid_model_is_not_simulated() -> None:
    """What was paid counts as paid; the counterfactual alone rests on a list price."""
    desk = Desk()
    desk.ticket([Call("paid")])
    report = desk.report()
    assert (report.paid_microusd, report.simulated_microusd, report.simulated) == (400 + 160, 0, False)


def test_an_unpriced_call_is_counted_and_its_ticket_left_out() -> None:
    """An unknown price is never 0 in a comparison."""
    desk = Desk()
    desk.ticket([Call("unknown")])
    desk.ticket([Call()])
    report = desk.report()
    assert (report.calls, report.unpriced_calls) == (2, 1)
    compared = report.compared["all_strong"]
    assert (compared.saved.n, compared.left_out) == (1, 1)


def test_a_call_that_never_settled_counts_at_its_reservation() -> None:
    """A process died: the worst case is charged, as estimated and abandoned."""
    desk = Desk()
    desk.ticket([Call(outcome=None)])
    report = desk.report()
    assert report.model.amount_microusd == 500 + 320
    assert (report.estimated_calls, report.answered) == (1, 0)
    assert {row.kind: row.calls for row in report.waste}[Waste.ABANDONED] == 1


def test_people_cost_what_the_ledger_says_unless_another_rate_is_assumed() -> None:
    """Ten minutes as entered, and the same ten minutes at 60 dollars an hour."""
    desk = Desk()
    desk.ticket([Call()], seconds=600)
    assert desk.report().human.amount_microusd == 600 * 7_000
    dear = desk.report(assumptions=Assumptions(human_rate_microusd_per_hour=60_000_000))
    assert (dear.human.amount_microusd, dear.human_minutes) == (10_000_000, 10.0)


def test_a_waiting_case_is_no_saving() -> None:
    """Until a person has worked on it, it is charged with what it is expected to take."""
    desk = Desk()
    desk.ticket([Call()], owner=Owner.QUEUE, status=Status.WAITING, queued=True, waiting_since=NOW)
    report = desk.report(assumptions=Assumptions(human_minutes=6.0))
    assert (report.human.amount_microusd, report.human_expected_microusd) == (0, 2_500_000)
    assert report.compared["all_human"].saved.amount_microusd == -NANO_ANSWER


def test_all_fast_pays_for_its_failures() -> None:
    """A good fast answer costs the same; one sent up would have ended with a person; else the forecast decides."""
    desk = Desk()
    desk.ticket([Call()])
    assert desk.report().compared["all_fast"].saved.amount_microusd == 0
    desk = Desk()
    desk.ticket([Call("strong")])  # forecast .75 for fast
    expected = NANO_ANSWER + round(0.25 * PLAIN.human_case_microusd) - STRONG_ANSWER
    assert desk.report().compared["all_fast"].saved.amount_microusd == expected
    desk = Desk()
    desk.ticket([Call(), Call("strong")])
    compared = desk.report().compared["all_fast"]
    assert compared.counterfactual.amount_microusd == NANO_ANSWER + PLAIN.human_case_microusd


def test_assumed_prices_move_simulated_costs_and_counterfactuals() -> None:
    """Twice the output price doubles the whole price; what was really paid stays."""
    desk = Desk()
    desk.ticket([Call()])
    desk.ticket([Call("paid")])
    report = desk.report(
        assumptions=Assumptions(strong_usd_per_mtok_out=Decimal(16), fast_usd_per_mtok_out=Decimal("0.8"))
    )
    assert (report.simulated_microusd, report.paid_microusd) == (2 * NANO_ANSWER, 560)
    assert report.compared["all_strong"].counterfactual.amount_microusd == 4 * STRONG_ANSWER


def test_the_tier_is_people_once_people_had_it() -> None:
    """Else the highest tier that gave an answer; a greeting is none."""
    desk = Desk()
    desk.ticket([Call()])
    desk.ticket([Call()], [Call("strong")])
    desk.ticket([Call("strong")], seconds=60)
    desk.ticket()
    report = desk.report()
    assert [(s.key, s.tickets, s.yardstick) for s in report.by_tier] == [
        ("fast", 1, 0.80),
        ("strong", 1, 0.15),
        ("human", 1, 0.05),
        ("none", 1, None),
    ]


def test_resolution_is_four_nested_figures() -> None:
    """Silence is contained but not confirmed; a customer who came back takes durable away."""
    desk = Desk()
    desk.ticket([Call()])
    desk.ticket([Call()], outcomes=(UP,))
    first = desk.ticket([Call()], outcomes=(UP,), request_type="billing")
    desk.ticket([Call()], follows=first.id, request_type="billing", created_at=NOW - timedelta(days=8))
    desk.ticket([Call()], status=Status.OFFERED)
    desk.ticket([Call()], seconds=60, outcomes=(UP,))
    found = desk.report().resolution
    levels = (found.contained, found.confirmed, found.checked, found.durable)
    assert [level.tickets for level in levels] == [4, 2, 2, 1]
    assert found.durable_pending == 0


def test_a_young_resolution_is_durable_only_so_far() -> None:
    """Its seven days are not over, and the report says how many such there are."""
    desk = Desk()
    desk.ticket([Call()], outcomes=(UP,), created_at=NOW, updated_at=NOW)
    found = desk.report().resolution
    assert (found.durable.tickets, found.durable_pending) == (1, 1)


def test_satisfaction_counts_the_rating_that_stands() -> None:
    """A thumb taken back is no rating; the response rate stands beside the share."""
    desk = Desk()
    desk.ticket([Call()], outcomes=(DOWN, UP))
    desk.ticket([Call()], outcomes=(DOWN,))
    desk.ticket([Call()], outcomes=(UP, said(OutcomeKind.THUMBS_CLEARED)))
    desk.ticket([Call()], outcomes=(said(OutcomeKind.CSAT, 4),))
    found = desk.report().satisfaction
    assert (found.thumbs_up.value, found.thumbs_up.n, found.response.value) == (0.5, 2, 0.5)
    assert (found.csat.value, found.csat.n, found.csat_response.value) == (4.0, 1, 0.25)


def test_a_case_handed_back_is_not_waiting() -> None:
    """It had a person once, so its tier says so; but nobody is expected to work on it now."""
    desk = Desk()
    desk.ticket([Call()], first_agent_reply_at=NOW)
    report = desk.report()
    assert report.human_expected_microusd == 0
    assert [s.to_people for s in report.by_type] == [1]


def test_a_line_of_days_has_no_gaps() -> None:
    """A day without tickets stands in it with nothing spent."""
    desk = Desk()
    for days in (9, 6):
        desk.ticket([Call()], created_at=NOW - timedelta(days=days))
    assert [(s.key[-2:], s.tickets, s.model_microusd) for s in desk.report().by_day] == [
        ("11", 1, NANO_ANSWER),
        ("12", 0, 0),
        ("13", 0, 0),
        ("14", 1, NANO_ANSWER),
    ]


def test_the_panel_reads_once() -> None:
    """Report and drill-down of one look agree with those asked for apart."""
    desk = Desk()
    for _ in range(3):
        desk.ticket([Call()])
    report, page = desk.savings.panel(EVERYTHING, PLAIN, "model", PageOf(9, 2), actor=OPERATOR)
    assert report == desk.report()
    assert page == desk.savings.tickets(EVERYTHING, PLAIN, "model", PageOf(2, 2), actor=OPERATOR)
    assert (page.number, page.pages, page.figure_amount) == (2, 2, report.model.amount_microusd)


def test_reopened_by_evidence_is_not_durable() -> None:
    """A REOPEN on the ticket itself says the same as a ticket that follows it."""
    desk = Desk()
    desk.ticket([Call()], outcomes=(UP, said(OutcomeKind.REOPEN)))
    found = desk.report().resolution
    assert (found.checked.tickets, found.durable.tickets) == (1, 0)


def test_a_follower_after_the_period_still_counts() -> None:
    """The day asked for ended before the customer came back; the resolution is undone all the same."""
    desk = Desk()
    first = desk.ticket([Call()], outcomes=(UP,), created_at=NOW - timedelta(days=10))
    desk.ticket([Call()], follows=first.id, created_at=NOW - timedelta(days=8))
    found = desk.report(SavingsFilter(until=NOW - timedelta(days=9))).resolution
    assert (found.checked.tickets, found.durable.tickets) == (1, 0)


def test_forecasts_are_held_against_evidence() -> None:
    """Three good answers and one bad at a forecast of .75: calibrated; silence is no evidence."""
    desk = Desk()
    for outcome in (UP, UP, UP, DOWN):
        desk.ticket([Call()], outcomes=(outcome,))
    desk.ticket([Call()])
    found = desk.report().forecast
    assert (found.n, found.ece, found.few) == (4, 0.0, True)
    assert [(b.n, b.forecast, b.acceptable) for b in found.bins] == [(4, 0.75, 0.75)]


def test_a_draft_replaced_by_a_higher_tier_was_not_acceptable() -> None:
    """The forecast was about the fast model, whatever the customer thought of the strong one."""
    desk = Desk()
    desk.ticket([Call(), Call("strong")], outcomes=(UP,))
    assert [b.acceptable for b in desk.report().forecast.bins] == [0.0]


def test_filters_choose_tickets() -> None:
    """By time, tier, type, arm, language and demo."""
    desk = Desk()
    desk.ticket([Call()], request_type="billing", arm="b", language="de", demo=True)
    desk.ticket([Call("strong")], created_at=NOW)
    for which in (
        SavingsFilter(until=NOW),
        SavingsFilter(tier=Tier.FAST),
        SavingsFilter(request_type="billing"),
        SavingsFilter(arm="b"),
        SavingsFilter(language="de"),
        SavingsFilter(demo=True),
    ):
        report = desk.report(which)
        assert (report.tickets, report.model.amount_microusd) == (1, NANO_ANSWER)
    assert desk.report(SavingsFilter(since=NOW, demo=False)).model.amount_microusd == STRONG_ANSWER


def test_agents_do_not_see_the_panel() -> None:
    """Leads and the operator do; the role is checked in the use case itself."""
    savings = Desk().savings
    agent = Actor("a", "Ana", Role.AGENT)
    for refused, error in ((agent, Forbidden), (None, NotSignedIn)):
        with pytest.raises(error):
            savings.report(EVERYTHING, PLAIN, actor=refused)
        with pytest.raises(error):
            savings.tickets(EVERYTHING, PLAIN, "model", actor=refused)
    assert savings.report(EVERYTHING, PLAIN, actor=replace(agent, role=Role.LEAD)).tickets == 0


@pytest.mark.parametrize(
    "name", ["nonsense", "tier:purple", "saved:everything", "", "tier:purple/model", "tier:fast/nonsense"]
)
def test_an_unknown_figure_is_refused(name: str) -> None:
    """The message lists those there are."""
    with pytest.raises(BadInput, match="all_strong"):
        Desk().savings.tickets(EVERYTHING, PLAIN, name, actor=OPERATOR)


def test_json_has_every_amount_twice() -> None:
    """Whole micro-dollars for sums, dollars for people, null where there is none."""
    desk = Desk()
    desk.ticket([Call()])
    shape = to_json(desk.report(assumptions=Assumptions(strong_usd_per_mtok_out=Decimal(8))))
    assert (shape["simulated_microusd"], shape["simulated_usd"]) == (NANO_ANSWER, NANO_ANSWER / 1e6)
    assert shape["cost_per_durable_usd"] is None
    compared = shape["compared"]
    assert isinstance(compared, dict)
    assert compared["all_strong"]["saved"]["amount_usd"] == (STRONG_ANSWER - NANO_ANSWER) / 1e6


calls = st.builds(
    Call,
    st.sampled_from(list(DEPLOYMENTS)),
    st.sampled_from(Purpose),
    st.none() | st.sampled_from(CallOutcome),
    st.tuples(st.integers(0, 5_000), st.integers(0, 800)),
    st.booleans(),
)
tickets = st.tuples(
    st.lists(st.lists(calls, max_size=3), max_size=2),
    st.integers(0, 900),
    st.lists(st.sampled_from([UP, DOWN, said(OutcomeKind.REPEAT), said(OutcomeKind.CSAT, 2)]), max_size=2),
    st.fixed_dictionaries(
        {
            "request_type": st.sampled_from(["billing", "delivery"]),
            "arm": st.sampled_from([None, "a", "b"]),
            "language": st.sampled_from(["en", "de"]),
            "created_at": st.integers(0, 4).map(lambda days: NOW - timedelta(days=days)),
            "status": st.sampled_from([Status.ANSWERED, Status.OFFERED]),
        }
    ),
)


def opened(day: list[tuple[list[list[Call]], int, list[Outcome], dict[str, object]]]) -> Desk:
    desk = Desk()
    for turns, seconds, outcomes, changes in day:
        desk.ticket(*turns, seconds=seconds, outcomes=tuple(outcomes), **changes)
    return desk


@settings(deadline=None, max_examples=60)
@given(st.lists(tickets, max_size=6), st.sampled_from(Against))
def test_every_partition_adds_up_to_the_whole(
    day: list[tuple[list[list[Call]], int, list[Outcome], dict[str, object]]], against: Against
) -> None:
    """Tiers, types, arms and days each sum to the report's own figures, to the micro-dollar; so does the ledger."""
    desk = opened(day)
    report = desk.report(assumptions=Assumptions(against=against))
    compared = report.compared[against]
    for part in (report.by_tier, report.by_type, report.by_arm, report.by_day):
        assert sum(s.tickets for s in part) == report.tickets
        assert sum(s.model_microusd for s in part) == report.model.amount_microusd
        assert sum(s.human_microusd for s in part) == report.human.amount_microusd
        assert sum(s.actual_microusd for s in part) == compared.actual.amount_microusd
        assert sum(s.counterfactual_microusd for s in part) == compared.counterfactual.amount_microusd
        assert sum(s.saved.amount_microusd for s in part) == compared.saved.amount_microusd
        assert sum(s.compared for s in part) == compared.saved.n
    assert compared.saved.amount_microusd == (compared.counterfactual.amount_microusd - compared.actual.amount_microusd)
    assert report.model.amount_microusd == report.paid_microusd + report.simulated_microusd
    assert report.waste_microusd == sum(row.cost_microusd for row in report.waste) <= report.model.amount_microusd
    assert report.tickets == len(day)


@settings(deadline=None, max_examples=40)
@given(st.lists(tickets, max_size=5))
def test_the_ledger_is_the_figure(day: list[tuple[list[list[Call]], int, list[Outcome], dict[str, object]]]) -> None:
    """The panel's spend is the ledger's own rows summed: paid, list price of embedded calls, and people."""
    desk = opened(day)
    all_ids = tuple(t.id for t in desk.store.read(lambda tx: tx.tickets(TicketFilter())))
    ledger = desk.store.read(lambda tx: tx.calls(all_ids))
    times = desk.store.read(lambda tx: tx.human_times(all_ids))
    paid = listed = 0
    for call in ledger:
        row = call.settled
        cost = row.cost_microusd if row else call.started.reserved_microusd
        simulated = row.list_cost_microusd if row else call.started.reserved_list_microusd
        paid += cost or 0
        listed += simulated or 0
    report = desk.report()
    assert (report.paid_microusd, report.simulated_microusd) == (paid, listed)
    assert report.human.amount_microusd == sum(t.cost_microusd for t in times)
    assert report.total.amount_microusd == paid + listed + sum(t.cost_microusd for t in times)


@settings(deadline=None, max_examples=40)
@given(st.lists(tickets, max_size=6), st.integers(1, 3))
def test_every_drill_down_adds_up_to_its_figure(
    day: list[tuple[list[list[Call]], int, list[Outcome], dict[str, object]]], size: int
) -> None:
    """The rows of all pages sum to the figure, whichever it is, and no ticket is on two pages."""
    desk = opened(day)
    report = desk.report()
    slices = [f"{name}:{s.key}" for name, part in _parts(report) for s in part]
    slices += [f"{part}/saved:{PLAIN.against}" for part in slices]
    for name in (*FIGURES, *slices):
        rows: list[Row] = []
        number = pages = 1
        while number <= pages:
            page = desk.savings.tickets(EVERYTHING, PLAIN, name, PageOf(number, size), actor=OPERATOR)
            assert page.page_amount == sum(row.amount for row in page.rows)
            rows += page.rows
            number, pages = number + 1, page.pages
        assert sum(row.amount for row in rows) == page.figure_amount
        assert len({row.ticket.id for row in rows}) == len(rows) == page.tickets
        assert page.figure_amount == _shown(report, name)


def _parts(report: Report) -> tuple[tuple[str, tuple[Slice, ...]], ...]:
    return (("tier", report.by_tier), ("type", report.by_type), ("arm", report.by_arm), ("day", report.by_day))


def _shown(report: Report, name: str) -> int:
    """The figure as the report shows it."""
    part_of, _, saved = name.partition("/")
    head, _, key = part_of.partition(":")
    if saved:
        return sum(s.saved.amount_microusd for s in dict(_parts(report))[head] if s.key == key)
    if head in PARTITIONS:
        part = dict(_parts(report))[head]
        return sum(s.model_microusd for s in part if s.key == key)
    if head in ("actual", "counterfactual", "saved"):
        side: int = getattr(report.compared[key], head).amount_microusd
        return side
    if head in ("waste", "waste_calls") and key:
        row = next(r for r in report.waste if r.kind == key)
        return row.cost_microusd if head == "waste" else row.calls
    if head == "resolution":
        tickets_: int = getattr(report.resolution, key).tickets
        return tickets_
    if head in ("asked", "responded", "opinions", "satisfied"):
        return _said(report, head, key)
    plain: dict[str, int] = {
        "tickets": report.tickets,
        "answered": report.answered,
        "to_people": sum(s.to_people for s in report.by_type),
        "model": report.model.amount_microusd,
        "paid": report.paid_microusd,
        "simulated": report.simulated_microusd,
        "human": report.human.amount_microusd,
        "human_seconds": round(report.human_minutes * 60),
        "human_expected": report.human_expected_microusd,
        "people": report.human.amount_microusd + report.human_expected_microusd,
        "total": report.total.amount_microusd,
        "total_expected": report.total.amount_microusd + report.human_expected_microusd,
        "calls": report.calls,
        "unpriced": report.unpriced_calls,
        "estimated": report.estimated_calls,
        "waste": report.waste_microusd,
        "waste_calls": report.waste_calls,
        "durable_pending": report.resolution.durable_pending,
        "rated": report.satisfaction.thumbs_up.n,
        "csat_given": report.satisfaction.csat.n,
    }
    share = report.satisfaction.thumbs_up
    up = round((share.value or 0) * share.n)
    marks = round((report.satisfaction.csat.value or 0) * report.satisfaction.csat.n)
    return {**plain, "thumbs_up": up, "thumbs_down": share.n - up, "csat_marks": marks}[name]


def _said(report: Report, head: str, tier: str) -> int:
    """A figure of satisfaction: of all opinions, or of those on one tier's answers."""
    found = report.satisfaction
    if head in ("asked", "responded"):
        share = found.responded
    else:
        share = found.by_tier.get(tier, Ratio(None, 0)) if tier else found.satisfied
    return share.n if head in ("asked", "opinions") else round((share.value or 0) * share.n)
