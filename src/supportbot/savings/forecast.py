"""Can the forecast be trusted? P(acceptable) as forecast against what customers and agents showed."""

from collections.abc import Sequence

from supportbot.savings.facts import Fact
from supportbot.savings.intervals import FEW
from supportbot.savings.report import Bin, Forecast

BINS = 10
_Z = 1.96


def forecast(facts: Sequence[Fact]) -> Forecast:
    """Return the calibration of the chosen deployments' forecasts over the tickets that carry evidence.

    ECE: mean over tickets of |mean forecast − share acceptable| of their bin, in ten equal bins. Its floor is what
    perfect forecasts would score at these counts: binomial noise, √(2/π) × standard error in each bin.
    """
    known = [(f.forecast, f.acceptable) for f in facts if f.forecast is not None and f.acceptable is not None]
    sorted_in: dict[int, list[tuple[float, bool]]] = {}
    for p, good in known:
        sorted_in.setdefault(min(int(p * BINS), BINS - 1), []).append((p, good))
    bins, floor, error = [], 0.0, 0.0
    for number, inside in sorted(sorted_in.items()):
        n = len(inside)
        p, share = sum(p for p, _ in inside) / n, sum(good for _, good in inside) / n
        bins.append(Bin(number / BINS, (number + 1) / BINS, n, p, share, *wilson(share, n)))
        error += abs(p - share) * n
        floor += (2 / 3.141592653589793 * p * (1 - p) / n) ** 0.5 * n
    n = len(known)
    return Forecast(n, error / n if n else None, floor / n if n else None, tuple(bins), n < FEW)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of *n* (Wilson, 1927): honest near 0 and 1 and for small n."""
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * (share * (1 - share) / n + _Z**2 / (4 * n**2)) ** 0.5
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
