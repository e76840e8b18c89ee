"""One row per ticket: every amount, count and judgement the panel adds up. Pure; the only place where they are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum

from supportbot.domain.decision import Tier
from supportbot.domain.ledger import CallOutcome, ModelCall, Purpose
from supportbot.domain.outcome import OutcomeKind
from supportbot.domain.ticket import Status, Ticket
from supportbot.savings.asking import Against, Assumptions
from supportbot.savings.cases import DURABLE, Case, higher, is_answer
from supportbot.savings.repricing import CallCost, Repricer


class Waste(StrEnum):
    """What was paid without becoming the answer that stood."""

    SENT_UP = "sent_up"  #: a draft that a later one of the same turn replaced
    DISCARDED = "discarded"  #: cancelled or overtaken by a newer message
    FAILED = "failed"
    CHECKS = "checks"
    ABANDONED = "abandoned"  #: started and never settled


class Resolution(IntEnum):
    """How firmly a ticket counts as resolved by the bot; each level contains the ones above it."""

    NOT = 0
    CONTAINED = 1  #: answered, and no person needed
    CONFIRMED = 2  #: and the customer said yes: a thumb, a mark of 4 or 5, or closing it
    CHECKED = 3  #: and the answer stands on cited articles
    DURABLE = 4  #: and the customer did not come back with it within 7 days


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same ticket on both sides, micro-dollars."""

    actual: int
    counterfactual: int

    @property
    def saved(self) -> int:
        """Counterfactual less actual; negative when routing cost more."""
        return self.counterfactual - self.actual


@dataclass(frozen=True, slots=True)
class Fact:
    """One ticket as the panel counts it. Money in micro-dollars.

    `model` = `paid` + `simulated`. `human` is what the ledger holds; `human_expected` is what a case that waits for a
    person will cost, so that a queue left alone does not look like a saving.
    """

    ticket: Ticket
    tier: Tier
    arm: str | None
    day: date
    answered: bool
    calls: int
    paid: int
    simulated: int
    human: int
    human_seconds: int
    human_expected: int
    unpriced: int
    estimated: int
    waste: Mapping[Waste, tuple[int, int]] = field(default_factory=dict)  #: calls and cost
    compared: Mapping[Against, Comparison] = field(default_factory=dict)
    resolution: Resolution = Resolution.NOT
    durable_pending: bool = False  #: counted durable so far, but its 7 days are not over
    thumb: bool | None = None
    csat: int | None = None
    forecast: float | None = None  #: P(acceptable) of the deployment first chosen
    acceptable: bool | None = None  #: what the evidence says; None without evidence

    @property
    def model(self) -> int:
        """What models cost, simulated prices included."""
        return self.paid + self.simulated

    @property
    def total(self) -> int:
        """Models and people."""
        return self.model + self.human


def fact(case: Case, repricer: Repricer, assumptions: Assumptions, now: datetime) -> Fact:
    """Return the row of one ticket."""
    finals = case.final_answers
    tier = case.tier
    costs = [(call, repricer.cost(call)) for call in case.calls]
    human = sum(assumptions.human_microusd(t.seconds, t.cost_microusd) for t in case.times)
    awaited = case.awaits_person
    thumb, csat = _thumb(case), _csat(case)
    resolution = _resolution(case, tier, finals, thumb, csat)
    row = Fact(
        ticket=case.ticket,
        tier=tier,
        arm=case.arm,
        day=case.ticket.created_at.astimezone(UTC).date(),
        answered=bool(finals),
        calls=len(costs),
        paid=sum(c.paid for _, c in costs),
        simulated=sum(c.simulated for _, c in costs),
        human=human,
        human_seconds=sum(t.seconds for t in case.times),
        human_expected=assumptions.human_case_microusd if awaited else 0,
        unpriced=sum(not c.priced for _, c in costs),
        estimated=sum(c.estimated for _, c in costs),
        waste=_waste(costs, finals),
        compared=_compared(case, tier, finals, costs, human, awaited, repricer, assumptions),
        resolution=resolution,
        durable_pending=resolution is Resolution.DURABLE and case.ticket.updated_at + DURABLE > now,
        thumb=thumb,
        csat=csat,
        forecast=_forecast(case),
        acceptable=_acceptable(case, tier, finals, thumb, resolution),
    )
    return row


def _compared(
    case: Case,
    tier: Tier,
    finals: tuple[ModelCall, ...],
    costs: list[tuple[ModelCall, CallCost]],
    human: int,
    awaited: bool,
    repricer: Repricer,
    assumptions: Assumptions,
) -> dict[Against, Comparison]:
    """The ticket against each counterfactual it can be compared with; a ticket with an unpriced call with none.

    All-strong: the answers that stood, their tokens at the strong model's price, plus summaries and suggestions as they
    were; no drafts, checks or failures are charged to it, so the saving leans low. People cost the same on both sides
    and are left out. All-human: every ticket that needed an answer, minutes × rate. All-fast: the same tokens at the
    fast model's price, and P(it fails) × a person's case; people count on both sides.
    """
    if any(not c.priced for _, c in costs):
        return {}
    case_cost = assumptions.human_case_microusd
    model = sum(c.amount for _, c in costs)
    people = human + (case_cost if awaited else 0)
    found: dict[Against, Comparison] = {}
    if tier is not Tier.NONE:
        found[Against.ALL_HUMAN] = Comparison(model + people, case_cost)
    if not finals:
        return found
    stood = [(call, cost) for call, cost in costs if any(call is final for final in finals)]
    besides = sum(c.amount for call, c in costs if call.started.purpose in (Purpose.SUMMARY, Purpose.SUGGESTION))
    strong = _repriced(stood, Tier.STRONG, repricer)
    if strong is not None:
        found[Against.ALL_STRONG] = Comparison(model, strong + besides)
    fast = _repriced(stood, Tier.FAST, repricer)
    if fast is not None:
        failing = round(_fast_failure(case, tier, finals, repricer) * case_cost)
        found[Against.ALL_FAST] = Comparison(model + people, fast + failing)
    return found


def _repriced(stood: list[tuple[ModelCall, CallCost]], tier: Tier, repricer: Repricer) -> int | None:
    total = 0
    for call, cost in stood:
        price = repricer.stood_at(call, cost, tier)
        if price is None:
            return None
        total += price
    return total


def _fast_failure(case: Case, tier: Tier, finals: tuple[ModelCall, ...], repricer: Repricer) -> float:
    """P(the fast model fails this ticket): what happened where it answered, else one less its forecast.

    Without a forecast the strong model's need is taken at its word: 1.
    """
    stood = [call.started.tier for call in finals]
    drafted = any(is_answer(call) and call.started.tier == Tier.FAST for call in case.calls)
    if all(name == Tier.FAST for name in stood):
        return float(tier is Tier.HUMAN or _thumb(case) is False or case.came_back)
    if drafted:
        return 1.0
    fast = repricer.deployment(Tier.FAST)
    forecasts = [d.assessment.p_acceptable.get(fast.name) for d in case.decisions] if fast else []
    known = [p for p in forecasts if p is not None]
    return 1 - min(known) if known else 1.0


def _waste(costs: list[tuple[ModelCall, CallCost]], finals: tuple[ModelCall, ...]) -> dict[Waste, tuple[int, int]]:
    stood = {call.started.id for call in finals}
    found: dict[Waste, tuple[int, int]] = {}
    for call, cost in costs:
        kind = waste_of(call, call.started.id in stood)
        if kind is not None:
            calls, amount = found.get(kind, (0, 0))
            found[kind] = (calls + 1, amount + cost.amount)
    return found


_BY_OUTCOME = {
    CallOutcome.FAILED: Waste.FAILED,
    CallOutcome.DISCARDED: Waste.DISCARDED,
    CallOutcome.ABANDONED: Waste.ABANDONED,
}


def waste_of(call: ModelCall, stood: bool) -> Waste | None:
    """Return which kind of waste *call* is, if any; every call is of at most one kind."""
    if call.settled is None:
        return Waste.ABANDONED
    by_outcome = _BY_OUTCOME.get(call.settled.outcome)
    if by_outcome is not None:
        return by_outcome
    if call.started.purpose is Purpose.CHECK:
        return Waste.CHECKS
    return Waste.SENT_UP if call.started.purpose is Purpose.ANSWER and not stood else None


def _thumb(case: Case) -> bool | None:
    """The rating that stands: the latest thumb on the ticket that was not taken back."""
    standing: dict[str | None, bool] = {}
    for outcome in case.outcomes:
        if outcome.kind is OutcomeKind.THUMBS_CLEARED:
            standing.pop(outcome.message_id, None)
        elif outcome.kind in (OutcomeKind.THUMBS_UP, OutcomeKind.THUMBS_DOWN):
            standing.pop(outcome.message_id, None)
            standing[outcome.message_id] = outcome.kind is OutcomeKind.THUMBS_UP
    return next(reversed(standing.values()), None)


def _csat(case: Case) -> int | None:
    return next((o.value for o in reversed(case.outcomes) if o.kind is OutcomeKind.CSAT), None)


_UNANSWERED = frozenset({Status.NEW, Status.ANSWERING, Status.OFFERED, Status.PARKED})


def _resolution(
    case: Case, tier: Tier, finals: tuple[ModelCall, ...], thumb: bool | None, csat: int | None
) -> Resolution:
    """The highest level all of whose conditions hold, from the bottom up."""
    ticket = case.ticket
    if not finals or tier is Tier.HUMAN or ticket.status in _UNANSWERED:
        return Resolution.NOT
    said_yes = thumb is True or (csat or 0) >= 4 or ticket.resolved_by == "customer"
    if not said_yes or thumb is False:
        return Resolution.CONTAINED
    turns = {call.started.turn_id for call in finals}
    if not any(d.cited for d in case.decisions if d.turn_id in turns):
        return Resolution.CONFIRMED
    return Resolution.CHECKED if case.came_back else Resolution.DURABLE


def _forecast(case: Case) -> float | None:
    """P(acceptable) of the deployment the first routed decision chose."""
    for stored in case.decisions:
        if stored.decision.route:
            return stored.assessment.p_acceptable.get(stored.decision.route[0])
    return None


_AGAINST_IT = frozenset({OutcomeKind.REPEAT, OutcomeKind.CORRECTION, OutcomeKind.HANDOFF})


def _acceptable(
    case: Case, tier: Tier, finals: tuple[ModelCall, ...], thumb: bool | None, resolution: Resolution
) -> bool | None:
    """Whether the first answer was acceptable, as far as anybody showed; None when nobody did."""
    if not finals:
        return None
    first = min(finals, key=lambda c: c.started.started_at).started
    replaced = any(
        is_answer(c) and c.started.turn_id == first.turn_id and higher(first.tier, c.started.tier) for c in case.calls
    )
    against = any(o.kind in _AGAINST_IT for o in case.outcomes)
    if thumb is False or tier is Tier.HUMAN or case.came_back or against or replaced:
        return False
    return True if resolution >= Resolution.CONFIRMED else None
