"""How sure a figure is: 95 % bootstrap intervals over tickets, seeded, so the same tickets give the same interval.

Tickets are drawn with replacement; above 400 they are first dealt at random into 400 groups and the groups are
drawn, which has the same variance and keeps the cost of an interval flat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEED = 20_001
DRAWS = 500
GROUPS = 400
#: Below this many tickets a figure is shown with a warning.
FEW = 30

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """One number per ticket, drawn: its sum in every resample."""

    drawn: "NDArray[np.float64]"

    def span(self) -> Span:
        """Return the interval of the sum."""
        return _span(self.drawn)

    def share_of(self, whole: "Column") -> Span | None:
        """Return the interval of this sum over another; None when the other is 0 in most resamples."""
        usable = whole.drawn != 0
        if usable.mean() < 0.5:
            return None
        return _span(self.drawn[usable] / whole.drawn[usable])


class Resamples:
    """The same draws for every figure over *n* tickets, so that ratios of figures are drawn together."""

    def __init__(self, n: int) -> None:
        import numpy as np

        self.n = n
        self._groups = max(1, min(n, GROUPS))
        random = np.random.default_rng(SEED)
        self._group_of = random.permutation(n) % self._groups
        drawn = random.integers(0, self._groups, size=(DRAWS, self._groups))
        flat = drawn + np.arange(DRAWS)[:, None] * self._groups
        counts = np.bincount(flat.ravel(), minlength=DRAWS * self._groups)
        self._weights = counts.reshape(DRAWS, self._groups).astype(np.float64)

    def column(self, values: Sequence[float]) -> Column:
        """Return *values* (one per ticket) summed in every resample."""
        return self.columns(values, [0] * self.n, 1)[0]

    def columns(self, values: Sequence[float], part: Sequence[int], parts: int) -> list[Column]:
        """Return *values* summed in every resample for each part of a partition; *part* numbers each ticket's."""
        import numpy as np

        if not self.n:
            return [Column(np.zeros(DRAWS))] * parts
        place = self._group_of * parts + np.asarray(part)
        sums = np.bincount(place, weights=np.asarray(values, dtype=np.float64), minlength=self._groups * parts)
        drawn = self._weights @ sums.reshape(self._groups, parts)
        return [Column(drawn[:, i]) for i in range(parts)]


def _span(drawn: "NDArray[np.float64]") -> Span:
    import numpy as np

    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)
