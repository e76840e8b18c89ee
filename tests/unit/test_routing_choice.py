"""Which tier and route the policy picks, and what it must never do."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.assessment import Assessment, Complexity, CriticalClass, Guard
from supportbot.domain.decision import Decision, Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.ticket import Lane
from supportbot.routing import LADDER, Policy, TypeRule, decide, worth_moving_up

FAST = Deployment("fast", "embedded", "fast", Tier.FAST, latency_objective_ms=500)
STRONG = Deployment("strong", "embedded", "strong", Tier.STRONG, latency_objective_ms=2000)
OTHER = Deployment("other", "openai", "other", Tier.FAST, latency_objective_ms=500)
QUOTES = {"fast": 200, "strong": 4_200, "other": 300}
COVERED = {"coverage": 0.9, "confidence": 0.9}

probability = st.floats(0, 1)
prices = st.integers(0, 2_000_000)


def found(p: Mapping[str, float], **changes: object) -> Assessment:
    given_: dict[str, object] = {
        "complexity": Complexity.SIMPLE,
        "guard": None,
        "critical": None,
        "request_type": "delivery",
        "language": "en",
        "query": "How long does delivery take?",
        "signals": COVERED,
        "p_acceptable": p,
        **changes,
    }
    return Assessment(**given_)  # type: ignore[arg-type]


def chosen(assessment: Assessment, policy: Policy | None = None, **more: object) -> Decision:
    arguments: dict[str, object] = {"deployments": (FAST, STRONG), "quotes": QUOTES, **more}
    return decide(assessment, policy=policy or Policy(), **arguments)  # type: ignore[arg-type]


def codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.reasons}


def test_a_ticket_both_models_answer_goes_to_the_cheap_one() -> None:
    """No uplift, no reason to pay more; the strong model stands behind it as a fallback."""
    decision = chosen(found({"fast": 0.9, "strong": 0.91}))
    assert (decision.tier, decision.route) == (Tier.FAST, ("fast", "strong"))
    assert "P 0.90" in decision.reasons[0].text
    assert "$0.0042" in decision.reasons[0].text


def test_the_strong_model_is_taken_when_its_uplift_pays() -> None:
    """Twenty points more of acceptance at fifty cents are worth far more than a third of a cent."""
    decision = chosen(found({"fast": 0.6, "strong": 0.8}))
    assert (decision.tier, decision.route) == (Tier.STRONG, ("strong",))


def test_a_hard_ticket_without_uplift_stays_cheap() -> None:
    """What both models answer badly is not sent up: difficulty alone buys nothing."""
    assert chosen(found({"fast": 0.4, "strong": 0.41})).tier is Tier.FAST


@pytest.mark.parametrize("critical", list(CriticalClass))
def test_a_critical_class_always_reaches_a_person(critical: CriticalClass) -> None:
    """No probability and no guard outranks it."""
    decision = chosen(found({"fast": 1.0, "strong": 1.0}, critical=critical, guard=Guard.THANKS))
    assert (decision.tier, decision.route, codes(decision)) == (Tier.HUMAN, (), {"critical"})


def test_a_request_for_a_person_is_obeyed() -> None:
    """However sure the models are."""
    decision = chosen(found({"fast": 1.0}, guard=Guard.PERSON))
    assert (decision.tier, codes(decision)) == (Tier.HUMAN, {"customer_request"})


@pytest.mark.parametrize("guard", [g for g in Guard if g not in (Guard.PERSON, Guard.CRITICAL)])
def test_other_guards_spend_nothing(guard: Guard) -> None:
    """A guard answers without a model."""
    decision = chosen(found({"fast": 1.0}, guard=guard))
    assert (decision.tier, decision.route) == (Tier.NONE, ())


def test_what_only_a_person_can_do_goes_to_people() -> None:
    """The bot cannot look up or change an order."""
    assert codes(chosen(found({"fast": 0.9}, needs_person=True))) == {"needs_person"}


def test_below_the_floor_an_existing_article_means_people() -> None:
    """The answer exists, but no model is likely to give it well."""
    decision = chosen(found({"fast": 0.1, "strong": 0.2}))
    assert (decision.tier, codes(decision)) == (Tier.HUMAN, {"below_floor"})


@pytest.mark.parametrize("signals", [{}, {"coverage": 0.2}, {"coverage": 0.9, "confidence": 0.1}])
def test_without_an_article_the_cheapest_model_says_so(signals: dict[str, float]) -> None:
    """Being offered a person is worth more than being assigned to one, and a dear model has nothing more to read."""
    decision = chosen(found({"fast": 0.1, "strong": 0.2}, signals=signals))
    assert (decision.tier, decision.route[0], codes(decision)) == (Tier.FAST, "fast", {"no_article"})


def test_no_model_at_all_means_people() -> None:
    """An empty desk of models is not an error."""
    assert codes(chosen(found({}), deployments=())) == {"no_deployment"}


def test_a_thumbs_down_raises_the_tier() -> None:
    """The lower tier is not even a fallback then."""
    decision = chosen(found({"fast": 0.9, "strong": 0.9}), minimum_tier=Tier.STRONG)
    assert (decision.tier, decision.route) == (Tier.STRONG, ("strong",))
    assert "minimum_tier" in codes(decision)
    assert chosen(found({"fast": 0.9}), minimum_tier=Tier.HUMAN).tier is Tier.HUMAN


def test_request_types_have_their_own_rules() -> None:
    """A type may name its tier, its model, its worth or the queue."""
    p = {"fast": 0.9, "strong": 0.9}
    assert chosen(found(p), Policy(by_type={"delivery": TypeRule(minimum_tier=Tier.STRONG)})).tier is Tier.STRONG
    assert chosen(found(p), Policy(by_type={"delivery": TypeRule(minimum_tier=Tier.HUMAN)})).tier is Tier.HUMAN
    assert chosen(found(p), Policy(by_type={"delivery": TypeRule(deployment="strong")})).route == ("strong",)
    assert chosen(found(p), Policy(by_type={"delivery": TypeRule(quality_floor=0.95)})).tier is Tier.HUMAN
    dear = Policy(by_type={"delivery": TypeRule(value_microusd=100_000_000)})
    decision = chosen(found(p), dear)
    assert (decision.tier, codes(decision)) == (Tier.HUMAN, {"people_worth_more"})


def test_waiting_costs_only_where_somebody_waits() -> None:
    """A slow deployment loses to an equal quick one in a chat, and ties are settled by price in a batch."""
    slow = {"fast": 60_000.0, "other": 100.0}
    p = {"fast": 0.9, "other": 0.9}
    both = (FAST, OTHER)
    assert chosen(found(p), deployments=both, latency_ms=slow).route == ("other", "fast")
    assert chosen(found(p), deployments=both, latency_ms=slow, lane=Lane.BATCH).route == ("fast", "other")


def test_a_lane_bars_deployments_that_do_not_serve_it() -> None:
    """A deployment for batches never answers somebody who waits."""
    night = Deployment("night", "openai", "night", Tier.FAST, lanes=(Lane.BATCH,))
    assert chosen(found({"night": 1.0, "strong": 0.5}), deployments=(night, STRONG)).route == ("strong",)


def test_an_unknown_price_is_not_a_free_one() -> None:
    """An unpriced deployment never wins by its missing price, and the decision says so."""
    p = {"fast": 0.9, "other": 0.9}
    assert chosen(found(p), deployments=(FAST, OTHER), quotes={"fast": 200}).route == ("fast", "other")
    assert "unpriced" in codes(chosen(found(p), deployments=(OTHER,), quotes={}))


def test_fallbacks_are_of_the_same_tier_and_then_above() -> None:
    """A failing strong model never falls back to a weaker one."""
    p = {"fast": 0.9, "other": 0.85, "strong": 0.5}
    assert chosen(found(p), deployments=(STRONG, OTHER, FAST)).route == ("fast", "other", "strong")


def test_moving_up_after_a_check_must_pay() -> None:
    """The gain times the value against the price of one more call."""
    assert worth_moving_up(0.1, 0.8, 4_200, Policy())
    assert not worth_moving_up(0.79, 0.8, 4_200, Policy())
    assert not worth_moving_up(0.1, 0.8, 4_200, Policy(value_microusd=5_000))


@given(probability, probability, probability, prices, prices, st.floats(0, 1), st.integers(0, 20_000_000))
def test_a_worse_fast_model_never_lowers_the_tier(
    high: float, low: float, strong: float, fast_price: int, strong_price: int, coverage: float, value: int
) -> None:
    """With P(strong) fixed, a falling P(fast) keeps the tier or raises it."""
    low, high = sorted((low, high))
    policy = Policy(value_microusd=value)
    tiers = [
        chosen(
            found({"fast": p, "strong": strong}, signals={"coverage": coverage}),
            policy,
            quotes={"fast": fast_price, "strong": strong_price},
        ).tier
        for p in (high, low)
    ]
    assert LADDER.index(tiers[1]) >= LADDER.index(tiers[0])


@given(probability, probability, prices, prices, st.integers(1, 1_000_000), st.floats(0, 1))
def test_a_dearer_copy_changes_nothing(
    p_fast: float, p_strong: float, fast: int, strong: int, dearer: int, coverage: float
) -> None:
    """A second, identical and dearer deployment is never the choice, of either model."""
    for original, price in ((FAST, fast), (STRONG, strong)):
        copy = Deployment("copy", "openai", "copy", original.tier, latency_objective_ms=original.latency_objective_ms)
        p = {"fast": p_fast, "strong": p_strong}
        quotes = {"fast": fast, "strong": strong, "copy": price + dearer}
        assessment = found({**p, "copy": p[original.name]}, signals={"coverage": coverage})
        before = chosen(assessment, quotes=quotes)
        after = chosen(assessment, quotes=quotes, deployments=(copy, FAST, STRONG))
        assert (after.tier, after.route[:1]) == (before.tier, before.route[:1])


@given(probability, probability, st.permutations([FAST, STRONG, OTHER]))
def test_the_order_of_deployments_does_not_matter(p_fast: float, p_strong: float, order: list[Deployment]) -> None:
    """The decision is a function of its inputs alone: same values, same decision."""
    assessment = found({"fast": p_fast, "strong": p_strong, "other": p_fast})
    assert chosen(assessment, deployments=order) == chosen(assessment, deployments=(FAST, STRONG, OTHER))


@given(probability, probability)
def test_every_route_starts_with_its_tier_and_never_falls(p_fast: float, p_strong: float) -> None:
    """The first deployment is of the decided tier and no fallback is of a lower one; people have no route."""
    decision = chosen(found({"fast": p_fast, "strong": p_strong, "other": p_strong}), deployments=(OTHER, FAST, STRONG))
    tiers = {d.name: d.tier for d in (OTHER, FAST, STRONG)}
    ranks = [LADDER.index(tiers[name]) for name in decision.route]
    assert ranks == sorted(ranks)
    assert ranks[:1] == ([] if decision.tier is Tier.HUMAN else [LADDER.index(decision.tier)])
