"""Counts of what happened in this process since it started, for monitoring."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock

from supportbot.ports import Fact

#: Upper ends of the classes of a duration, in seconds: around the objectives of 0.5 s and 2 s, up to every time-out.
BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)

Labels = tuple[tuple[str, str], ...]

#: Event to the series it counts in and the facts that label it.
_COUNTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "turn": ("turns_ended", ("tier", "outcome")),
    "agent": ("agent_actions", ("action",)),
    "sign_in": ("sign_ins", ("result",)),
    "limited": ("limits_hit", ("limit",)),
    "database": ("database", ("state",)),
}
#: Event to the durations it carries in milliseconds: the fact, the series, and the fact that labels it.
_TIMED: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "turn": (("first_text_ms", "first_text", "tier"), ("total_ms", "turn", "tier")),
}


@dataclass(slots=True)
class Spread:
    """How durations were distributed: how many in each class of BOUNDS_S and beyond, and their sum in seconds."""

    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Take one duration in."""
        self.classes[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    @property
    def up_to(self) -> list[int]:
        """How many lasted at most as long as each bound; the last entry is how many there were."""
        return list(accumulate(self.classes))


class Tally:
    """Counters and spreads that only grow; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, Counter[Labels]] = {}
        self._spreads: dict[str, dict[Labels, Spread]] = {}

    def take(self, event: str, facts: Mapping[str, Fact]) -> None:
        """Count one event."""
        with self._lock:
            if event in _COUNTED:
                series, names = _COUNTED[event]
                labels = tuple((name, str(facts.get(name, ""))) for name in names)
                self._counts.setdefault(series, Counter())[labels] += 1
            for fact, series, label in _TIMED.get(event, ()):
                took = facts.get(fact)
                if isinstance(took, int | float):
                    at = ((label, str(facts.get(label, ""))),)
                    self._spreads.setdefault(series, {}).setdefault(at, Spread()).add(took / 1000)

    def counts(self, series: str) -> dict[Labels, int]:
        """Return the counts of a series by their labels."""
        with self._lock:
            return dict(self._counts.get(series, {}))

    def spreads(self, series: str) -> dict[Labels, Spread]:
        """Return the spreads of a series by their labels."""
        with self._lock:
            found = self._spreads.get(series, {})
            return {labels: Spread(list(spread.classes), spread.sum_s) for labels, spread in found.items()}
