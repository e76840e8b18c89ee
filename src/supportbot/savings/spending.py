"""What one ticket cost: its calls priced in one pass, what of it was waste, and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from supportbot.domain.decision import Tier
from supportbot.domain.ledger import CallOutcome, ModelCall, Purpose
from supportbot.savings.asking import Assumptions
from supportbot.savings.cases import Case
from supportbot.savings.repricing import CallCost, Repricer


class Waste(StrEnum):
    """What was paid without becoming the answer that stood."""

    SENT_UP = "sent_up"  #: a draft that a later one of the same turn replaced
    DISCARDED = "discarded"  #: cancelled or overtaken by a newer message
    FAILED = "failed"
    CHECKS = "checks"
    ABANDONED = "abandoned"  #: started and never settled


@dataclass(frozen=True, slots=True)
class Spent:
    """A ticket's costs in micro-dollars. `finals`: calls whose answers stood; `stood`: the same with their costs."""

    case: Case
    tier: Tier
    finals: tuple[ModelCall, ...]
    stood: tuple[tuple[ModelCall, CallCost], ...]
    besides: int  #: summaries and suggestions: needed whichever model answers
    paid: int
    simulated: int
    human: int
    human_expected: int
    unpriced: int
    estimated: int
    waste: Mapping[Waste, tuple[int, int]]

    @property
    def model(self) -> int:
        """What models cost."""
        return self.paid + self.simulated

    @property
    def people(self) -> int:
        """What people cost, a waiting case at what it is expected to take."""
        return self.human + self.human_expected


def spent(case: Case, repricer: Repricer, assumptions: Assumptions) -> Spent:
    """Return what *case* cost."""
    finals = case.final_answers
    standing = {id(call) for call in finals}
    stood: list[tuple[ModelCall, CallCost]] = []
    waste: dict[Waste, tuple[int, int]] = {}
    paid = simulated = besides = unpriced = estimated = 0
    for call in case.calls:
        cost = repricer.cost(call)
        paid, simulated = paid + cost.paid, simulated + cost.simulated
        unpriced, estimated = unpriced + (not cost.priced), estimated + cost.estimated
        if id(call) in standing:
            stood.append((call, cost))
        elif call.started.purpose in _BESIDES:
            besides += cost.amount
        kind = waste_of(call, id(call) in standing)
        if kind is not None:
            calls, amount = waste.get(kind, (0, 0))
            waste[kind] = (calls + 1, amount + cost.amount)
    human = sum(assumptions.human_microusd(t.seconds, t.cost_microusd) for t in case.times)
    expected = assumptions.human_case_microusd if case.awaits_person else 0
    tier = case.tier
    return Spent(
        case, tier, finals, tuple(stood), besides, paid, simulated, human, expected, unpriced, estimated, waste
    )


_BESIDES = (Purpose.SUMMARY, Purpose.SUGGESTION)
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
