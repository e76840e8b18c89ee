"""One row per ticket: every amount, count and judgement the panel adds up. Pure; the only place where they are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import IntEnum

from supportbot.domain.decision import Tier
from supportbot.domain.outcome import OutcomeKind
from supportbot.domain.ticket import Status, Ticket
from supportbot.savings.asking import Against, Assumptions
from supportbot.savings.cases import DURABLE, Case, higher, is_answer
from supportbot.savings.comparing import Comparison, compared
from supportbot.savings.opinions import Opinion, opinions
from supportbot.savings.repricing import Repricer
from supportbot.savings.spending import Spent, Waste, spent


class Resolution(IntEnum):
    """How firmly a ticket counts as resolved by the bot; each level contains the ones above it."""

    NOT = 0
    CONTAINED = 1  #: answered, and no person needed
    CONFIRMED = 2  #: and the customer said yes: a thumb, a mark of 4 or 5, or closing it
    CHECKED = 3  #: and the answer stands on cited articles
    DURABLE = 4  #: and the customer did not come back with it within 7 days


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
    opinions: tuple[Opinion, ...] = ()
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
    money = spent(case, repricer, assumptions)
    thumb, csat = case.thumb, _csat(case)
    resolution = _resolution(money, thumb, csat)
    return Fact(
        ticket=case.ticket,
        tier=money.tier,
        arm=case.arm,
        day=case.ticket.created_at.astimezone(UTC).date(),
        answered=bool(money.finals),
        calls=len(case.calls),
        paid=money.paid,
        simulated=money.simulated,
        human=money.human,
        human_seconds=sum(t.seconds for t in case.times),
        human_expected=money.human_expected,
        unpriced=money.unpriced,
        estimated=money.estimated,
        waste=money.waste,
        compared=compared(money, repricer, assumptions),
        resolution=resolution,
        durable_pending=resolution is Resolution.DURABLE and case.ticket.updated_at + DURABLE > now,
        thumb=thumb,
        csat=csat,
        opinions=opinions(case),
        forecast=_forecast(case),
        acceptable=_acceptable(money, thumb, resolution),
    )


def _csat(case: Case) -> int | None:
    return next((o.value for o in reversed(case.outcomes) if o.kind is OutcomeKind.CSAT), None)


_UNANSWERED = frozenset({Status.NEW, Status.ANSWERING, Status.OFFERED, Status.PARKED})


def _resolution(money: Spent, thumb: bool | None, csat: int | None) -> Resolution:
    """The highest level all of whose conditions hold, from the bottom up."""
    case, finals, tier = money.case, money.finals, money.tier
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


def _acceptable(money: Spent, thumb: bool | None, resolution: Resolution) -> bool | None:
    """Whether the first answer was acceptable, as far as anybody showed; None when nobody did."""
    case, tier = money.case, money.tier
    if not money.finals:
        return None
    first = money.finals[0].started
    replaced = any(
        is_answer(c) and c.started.turn_id == first.turn_id and higher(first.tier, c.started.tier) for c in case.calls
    )
    against = any(o.kind in _AGAINST_IT for o in case.outcomes)
    if thumb is False or tier is Tier.HUMAN or case.came_back or against or replaced:
        return False
    return True if resolution >= Resolution.CONFIRMED else None
