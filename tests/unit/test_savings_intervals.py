"""Intervals and calibration: seeded, covering, and honest about few tickets."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.savings.forecast import wilson
from supportbot.savings.intervals import GROUPS, Resamples


@settings(deadline=None)
@given(st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=50))
def test_the_same_tickets_give_the_same_interval(values: list[int]) -> None:
    """Nothing flickers when a page is drawn again."""
    assert Resamples(len(values)).column(values).span() == Resamples(len(values)).column(values).span()


@settings(deadline=None)
@given(st.integers(1, 50), st.integers(-1_000, 1_000))
def test_equal_tickets_leave_no_doubt(n: int, value: int) -> None:
    """Without spread the interval is the sum itself."""
    assert Resamples(n).column([value] * n).span() == (n * value, n * value)


def test_no_ticket_no_interval() -> None:
    """An empty desk resamples to zero instead of failing."""
    assert Resamples(0).column([]).span() == (0.0, 0.0)


def test_the_interval_covers_the_truth() -> None:
    """In at least 90 of 100 seeded samples of each size the true mean lies inside, grouped or not."""
    for n in (200, 3 * GROUPS):
        covered = 0
        for seed in range(100):
            draw = random.Random(seed)
            low, high = Resamples(n).column([draw.expovariate(1.0) for _ in range(n)]).span()
            covered += low <= n <= high
        assert covered >= 90


def test_parts_resample_together() -> None:
    """The parts of a partition add up to the whole in every resample."""
    values, part = [1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1]
    resamples = Resamples(4)
    first, second = resamples.columns(values, part, 2)
    assert (first.drawn + second.drawn == resamples.column(values).drawn).all()


def test_a_share_of_nothing_has_no_interval() -> None:
    """A ratio over a figure that is 0 is unknown."""
    resamples = Resamples(3)
    assert resamples.column([1, 1, 1]).share_of(resamples.column([0, 0, 0])) is None


@settings(deadline=None)
@given(st.integers(1, 1_000), st.floats(0, 1))
def test_wilson_stays_within_bounds(n: int, share: float) -> None:
    """The interval contains the share and stays between 0 and 1."""
    low, high = wilson(share, n)
    assert 0 <= low <= share <= high <= 1
