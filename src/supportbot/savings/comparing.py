"""The same ticket under each counterfactual, both sides counted alike."""

from dataclasses import dataclass

from supportbot.domain.decision import Tier
from supportbot.savings.asking import Against, Assumptions
from supportbot.savings.cases import is_answer
from supportbot.savings.repricing import Repricer
from supportbot.savings.spending import Spent


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same ticket on both sides, micro-dollars."""

    actual: int
    counterfactual: int

    @property
    def saved(self) -> int:
        """Counterfactual less actual; negative when routing cost more."""
        return self.counterfactual - self.actual


def compared(money: Spent, repricer: Repricer, assumptions: Assumptions) -> dict[Against, Comparison]:
    """Return the comparisons a ticket is part of; one with an unpriced call is part of none.

    All-strong: the answers that stood, their tokens at the strong model's price, plus summaries and suggestions as they
    were; no drafts, checks or failures are charged to it, so the saving leans low. People cost the same on both sides
    and are left out. All-human: every ticket that needed an answer, minutes × rate. All-fast: the same tokens at the
    fast model's price, and P(it fails) × a person's case; people count on both sides.
    """
    if money.unpriced:
        return {}
    case_cost = assumptions.human_case_microusd
    found: dict[Against, Comparison] = {}
    if money.tier is not Tier.NONE:
        found[Against.ALL_HUMAN] = Comparison(money.model + money.people, case_cost)
    if not money.finals:
        return found
    strong, fast = (_repriced(money, tier, repricer) for tier in (Tier.STRONG, Tier.FAST))
    if strong is not None:
        found[Against.ALL_STRONG] = Comparison(money.model, strong + money.besides)
    if fast is not None:
        failing = round(_fast_failure(money, repricer) * case_cost)
        found[Against.ALL_FAST] = Comparison(money.model + money.people, fast + money.besides + failing)
    return found


def _repriced(money: Spent, tier: Tier, repricer: Repricer) -> int | None:
    total = 0
    for call, cost in money.stood:
        price = repricer.stood_at(call, cost, tier)
        if price is None:
            return None
        total += price
    return total


def _fast_failure(money: Spent, repricer: Repricer) -> float:
    """P(the fast model fails this ticket): what happened where it answered, else one less its forecast.

    Without a forecast the strong model's need is taken at its word: 1.
    """
    case = money.case
    drafted = any(is_answer(call) and call.started.tier == Tier.FAST for call in case.calls)
    if all(call.started.tier == Tier.FAST for call in money.finals):
        return float(money.tier is Tier.HUMAN or case.thumb is False or case.came_back)
    if drafted:
        return 1.0
    fast = repricer.deployment(Tier.FAST)
    forecasts = [d.assessment.p_acceptable.get(fast.name) for d in case.decisions] if fast else []
    known = [p for p in forecasts if p is not None]
    return 1 - min(known) if known else 1.0
