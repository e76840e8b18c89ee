"""Which tier and which deployments, in what order: rules first, then the largest expected worth.

The choice is made on *uplift*: every deployment is weighed as P(acceptable) × value − price − waiting, so a dearer one
is taken only where it raises P(acceptable) enough to pay for itself. How hard the ticket is does not enter: what a
cheap model fails a strong one often fails too, and sending that up is money wasted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supportbot.domain.assessment import Assessment, Guard
from supportbot.domain.decision import Decision, Reason, Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.money import MICRO, show
from supportbot.domain.ticket import Lane
from supportbot.routing.policy import Policy

#: Tiers from cheap to dear.
LADDER = (Tier.NONE, Tier.FAST, Tier.STRONG, Tier.HUMAN)
_RANK = {tier: rank for rank, tier in enumerate(LADDER)}
_UNCOVERED_GUARDS = {
    Guard.OUT_OF_SCOPE: "It is not about anything the desk supports.",
    Guard.INJECTION: "It tries to give the bot instructions instead of asking.",
    Guard.PERSON_MAYBE: "It may be a wish for a person: the customer is asked.",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One deployment weighed: P(acceptable), price and worth in micro-dollars."""

    deployment: Deployment
    p: float
    price_microusd: int
    utility_microusd: int
    priced: bool = True

    @property
    def rank(self) -> int:
        """Place of the tier on the ladder."""
        return _RANK[self.deployment.tier]


def decide(
    assessment: Assessment,
    *,
    deployments: Sequence[Deployment],
    quotes: Mapping[str, int],
    policy: Policy,
    lane: Lane = Lane.INTERACTIVE,
    minimum_tier: Tier | None = None,
    latency_ms: Mapping[str, float] | None = None,
    arm: str | None = None,
) -> Decision:
    """Return tier, route and reasons for one turn; pure and deterministic.

    *quotes*: expected price of one answer per deployment name, micro-dollars; a missing one counts as
    `policy.unpriced_microusd`. *deployments*: those usable now (circuit, quota, context and arm already considered).
    *minimum_tier*: raised after a thumbs down or a repeat. *latency_ms*: as measured; else the deployment's objective.
    A critical class never gets a route. The route is the choice, its fallbacks of the same tier, then higher tiers.
    """
    ruled = _by_rule(assessment, policy, minimum_tier)
    if ruled is not None:
        return Decision(ruled[0], reasons=(ruled[1],), arm=arm)
    weighed = _weigh(assessment, _usable(deployments, assessment, policy, lane, minimum_tier), quotes, policy, lane,
                     latency_ms or {})  # fmt: skip
    people = policy.human_utility(assessment.request_type)
    if not weighed:
        return Decision(Tier.HUMAN, reasons=(Reason("no_deployment", "No model may answer this now."),), arm=arm)
    chosen, reason = _pick(weighed, people, assessment, policy)
    utilities = (*((c.deployment.name, c.utility_microusd) for c in weighed), (Tier.HUMAN.value, people))
    if chosen is None:
        return Decision(Tier.HUMAN, reasons=(reason,), arm=arm, utilities_microusd=utilities)
    raised = _raised(assessment, policy, minimum_tier)
    reasons = (reason, *raised, *_caveats(chosen))
    return Decision(chosen.deployment.tier, _route(chosen, weighed), reasons, arm, utilities_microusd=utilities)


def worth_moving_up(p_now: float, p_next: float, price_microusd: int, policy: Policy, request_type: str = "") -> bool:
    """Whether the next tier's gain in P(acceptable) is worth its *price_microusd*, once a draft has been checked."""
    gain = (p_next - p_now - policy.uplift_margin) * policy.value(request_type)
    return gain > price_microusd


def _by_rule(assessment: Assessment, policy: Policy, minimum_tier: Tier | None) -> tuple[Tier, Reason] | None:
    """What is settled before any model is weighed. Order matters: a critical class outranks everything."""
    if assessment.critical is not None or assessment.guard is Guard.CRITICAL:
        matter = (assessment.critical or "critical").replace("_", " ")
        return Tier.HUMAN, Reason("critical", f"Critical matter ({matter}): always a person, never a model.")
    if assessment.guard is Guard.PERSON:
        return Tier.HUMAN, Reason("customer_request", "The customer asked for a person.")
    if assessment.guard is not None:
        why = _UNCOVERED_GUARDS.get(assessment.guard, "It needs no answer from the articles.")
        return Tier.NONE, Reason(f"guard_{assessment.guard}", f"{why} Reviewed text, no model.")
    if assessment.needs_person:
        return Tier.HUMAN, Reason("needs_person", "It asks for something only a person can look up or change.")
    if policy.rule(assessment.request_type).minimum_tier is Tier.HUMAN:
        return Tier.HUMAN, Reason("type_rule", f"Requests of type {assessment.request_type} go to people.")
    if minimum_tier is Tier.HUMAN:
        return Tier.HUMAN, Reason("minimum_tier", "Earlier answers did not help: a person is next.")
    return None


def _lowest(assessment: Assessment, policy: Policy, minimum_tier: Tier | None) -> int:
    own = policy.rule(assessment.request_type).minimum_tier
    return max(_RANK[minimum_tier or Tier.FAST], _RANK[own or Tier.FAST])


def _usable(
    deployments: Sequence[Deployment], assessment: Assessment, policy: Policy, lane: Lane, minimum_tier: Tier | None
) -> list[Deployment]:
    lowest = _lowest(assessment, policy, minimum_tier)
    return [d for d in deployments if lane in d.lanes and lowest <= _RANK[d.tier] < _RANK[Tier.HUMAN]]


def _weigh(
    assessment: Assessment,
    usable: Sequence[Deployment],
    quotes: Mapping[str, int],
    policy: Policy,
    lane: Lane,
    latency_ms: Mapping[str, float],
) -> list[Choice]:
    """Weigh every usable deployment; best first, cheaper first among equals."""
    value = policy.value(assessment.request_type)
    per_second = policy.latency_penalty_microusd_per_s if lane is Lane.INTERACTIVE else 0
    weighed = []
    for deployment in usable:
        p = assessment.p_acceptable.get(deployment.name, 0.0)
        price = quotes.get(deployment.name, policy.unpriced_microusd)
        wait = round(per_second * latency_ms.get(deployment.name, deployment.latency_objective_ms) / 1000)
        # Every tier above FAST must clear the margin whether or not a cheaper one is present, so that the worth of a
        # deployment never depends on which others are offered beside it.
        margin = round(policy.uplift_margin * value) * (_RANK[deployment.tier] - _RANK[Tier.FAST])
        utility = round(p * value) - price - wait - margin
        weighed.append(Choice(deployment, p, price, utility, deployment.name in quotes))
    return sorted(weighed, key=_best_first)


def _best_first(choice: Choice) -> tuple[int, int, int, str]:
    return -choice.utility_microusd, choice.rank, choice.price_microusd, choice.deployment.name


def _cheapest_first(choice: Choice) -> tuple[int, int, str]:
    return choice.rank, choice.price_microusd, choice.deployment.name


def _covered(assessment: Assessment, policy: Policy) -> bool:
    """Whether retrieval says that an article on the question exists; a reading that was not taken does not object."""
    coverage = assessment.signals.get("coverage", 0.0)
    confidence = assessment.signals.get("confidence", policy.min_confidence)
    return coverage >= policy.min_coverage and confidence >= policy.min_confidence


def _pick(
    weighed: Sequence[Choice], people: int, assessment: Assessment, policy: Policy
) -> tuple[Choice | None, Reason]:
    """Return the choice and why; None means people."""
    floor = policy.floor(assessment.request_type)
    able = [c for c in weighed if c.p >= floor]
    if not able:
        return _below_floor(weighed, people, floor, assessment, policy)
    wish = policy.rule(assessment.request_type).deployment
    named = next((c for c in able if c.deployment.name == wish), None)
    if named is not None:
        text = f"Requests of type {assessment.request_type} are answered by {wish} first (P {named.p:.2f})."
        return named, Reason("type_rule", text)
    best = able[0]
    if people > best.utility_microusd:
        text = f"A person is worth {show(people)} here, {_worth(best, assessment, policy)}."
        return None, Reason("people_worth_more", text)
    rest = next((c for c in weighed if c.deployment.tier is not best.deployment.tier), None)
    against = f"; {_worth(rest, assessment, policy)}" if rest else ""
    return best, Reason("best_worth", f"{_worth(best, assessment, policy)}{against}.")


def _below_floor(
    weighed: Sequence[Choice], people: int, floor: float, assessment: Assessment, policy: Policy
) -> tuple[Choice | None, Reason]:
    """No model reaches the floor: people when an article exists, else the cheapest model, which will say so honestly.

    Where no article covers the question a dearer model has nothing more to read; being asked "shall a person look at
    it?" is worth more to a customer than being assigned to a queue.
    """
    cheapest = min(weighed, key=_cheapest_first)
    best = max(weighed, key=lambda c: (c.p, -c.rank))
    if _covered(assessment, policy) or people > cheapest.utility_microusd:
        text = f"No model reaches the floor of {floor:.2f} (best: {best.deployment.name}, P {best.p:.2f}): a person."
        return None, Reason("below_floor", text)
    coverage = assessment.signals.get("coverage", 0.0)
    text = (
        f"The articles do not seem to cover it (coverage {coverage:.2f}): {cheapest.deployment.name} says so cheaply."
    )
    return cheapest, Reason("no_article", text)


def _worth(choice: Choice, assessment: Assessment, policy: Policy) -> str:
    value = policy.value(assessment.request_type)
    price = show(choice.price_microusd) if choice.priced else "unknown price"
    return (
        f"{choice.deployment.name} is worth {show(choice.utility_microusd)} "
        f"(P {choice.p:.2f} × ${value / MICRO:,.2f}, price {price})"
    )


def _raised(assessment: Assessment, policy: Policy, minimum_tier: Tier | None) -> tuple[Reason, ...]:
    if minimum_tier is not None and _RANK[minimum_tier] > _RANK[Tier.FAST]:
        return (Reason("minimum_tier", f"At least {minimum_tier}: an earlier answer did not help."),)
    own = policy.rule(assessment.request_type).minimum_tier
    if own is not None and _RANK[own] > _RANK[Tier.FAST]:
        return (Reason("type_rule", f"Requests of type {assessment.request_type} start at {own}."),)
    return ()


def _caveats(chosen: Choice) -> tuple[Reason, ...]:
    if chosen.priced:
        return ()
    name = chosen.deployment.name
    return (Reason("unpriced", f"The price of {name} is unknown; give it under [prices]. A stand-in was used."),)


def _route(chosen: Choice, weighed: Sequence[Choice]) -> tuple[str, ...]:
    """The choice, then what may replace it when it fails: the same tier first, then higher ones; never a lower tier."""
    same = [c for c in weighed if c.rank == chosen.rank and c is not chosen]
    higher = sorted((c for c in weighed if c.rank > chosen.rank), key=lambda c: (c.rank, *_best_first(c)))
    return tuple(c.deployment.name for c in (chosen, *same, *higher))
