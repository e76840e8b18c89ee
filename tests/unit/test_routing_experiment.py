"""Assignment to arms: sticky, close to the weights, independent between experiments."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import ConfigurationError
from supportbot.routing import Arm, Experiment, assign, of_arm

HALVES = Experiment("halves", (Arm("a"), Arm("b")))


@given(st.text(), st.lists(st.floats(0.01, 100), min_size=1, max_size=5))
def test_assignment_is_sticky(ticket: str, weights: list[float]) -> None:
    """The same ticket is in the same arm whenever and wherever it is asked."""
    test = Experiment("t", tuple(Arm(str(i), w) for i, w in enumerate(weights)))
    assert assign(ticket, test) is assign(ticket, Experiment("t", test.arms))


@pytest.mark.parametrize("weights", [(1.0, 1.0), (9.0, 1.0), (0.2, 0.3, 0.5)])
def test_shares_come_close_to_the_weights(weights: tuple[float, ...]) -> None:
    """Over 20,000 tickets no share is off by more than four standard errors."""
    test = Experiment("shares", tuple(Arm(str(i), w) for i, w in enumerate(weights)))
    n = 20_000
    counts = Counter(assign(f"ticket-{i}", test).name for i in range(n))
    for i, weight in enumerate(weights):
        share = weight / sum(weights)
        assert abs(counts[str(i)] / n - share) < 4 * (share * (1 - share) / n) ** 0.5


def test_experiments_split_independently() -> None:
    """Being in the first arm of one test says nothing about the next."""
    other = Experiment("other", HALVES.arms)
    both = sum(assign(str(i), HALVES).name == "a" and assign(str(i), other).name == "a" for i in range(10_000))
    assert 2_300 < both < 2_700


def test_an_arm_limits_the_deployments() -> None:
    """An arm that names none, or none that exist, may use all."""
    fast, strong = (Deployment(n, "embedded", n, t) for n, t in (("fast", Tier.FAST), ("strong", Tier.STRONG)))
    assert of_arm((fast, strong), Arm("a", deployments=("strong",))) == (strong,)
    assert of_arm((fast, strong), Arm("a")) == (fast, strong)
    assert of_arm((fast, strong), Arm("a", deployments=("gone",))) == (fast, strong)


@pytest.mark.parametrize("arms", [(), (Arm("a"), Arm("a")), (Arm("a", 0.0),)])
def test_a_split_that_cannot_be_is_refused(arms: tuple[Arm, ...]) -> None:
    """The message names the experiment."""
    with pytest.raises(ConfigurationError, match="Experiment x"):
        Experiment("x", arms)
