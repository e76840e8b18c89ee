"""Every figure that can be clicked: what one ticket adds to it. Numbers and drill-downs both come from this table.

A figure is named `model`, `waste:failed`, `saved:all_strong`, or as a slice of one: `tier:fast`, `type:billing`,
`arm:b`, `day:2026-11-01`. What a ticket adds is an integer (micro-dollars, seconds or 1); None: it is no part.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from supportbot.domain.decision import Tier
from supportbot.domain.errors import BadInput
from supportbot.savings.asking import Against
from supportbot.savings.facts import Fact, Resolution
from supportbot.savings.spending import Waste

Adds = Callable[[Fact], int | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one ticket adds to a figure; its unit: `microusd`, `tickets`, `seconds`, `calls`, `marks` or `opinions`."""

    adds: Adds
    unit: str = "microusd"


def _when(part: Callable[[Fact], bool]) -> Adds:
    return lambda f: 1 if part(f) else None


def _side(against: Against, side: str) -> Adds:
    def adds(f: Fact) -> int | None:
        comparison = f.compared.get(against)
        return None if comparison is None else int(getattr(comparison, side))

    return adds


def _waste(kind: Waste, place: int) -> Adds:
    def adds(f: Fact) -> int | None:
        return f.waste[kind][place] if kind in f.waste else None

    return adds


def _all_waste(place: int) -> Adds:
    return lambda f: sum(w[place] for w in f.waste.values()) if f.waste else None


def _reached(level: Resolution) -> Adds:
    return _when(lambda f: f.resolution >= level)


def _opinions(tier: Tier | None, *, satisfied: bool = False) -> Adds:
    def adds(f: Fact) -> int | None:
        given = [o for o in f.opinions if tier in (None, o.tier)]
        return sum(o.satisfied or not satisfied for o in given) if given else None

    return adds


FIGURES: Mapping[str, Figure] = {
    "tickets": Figure(lambda _: 1, "tickets"),
    "answered": Figure(_when(lambda f: f.answered), "tickets"),
    "to_people": Figure(_when(lambda f: f.tier is Tier.HUMAN), "tickets"),
    "model": Figure(lambda f: f.model),
    "paid": Figure(lambda f: f.paid),
    "simulated": Figure(lambda f: f.simulated),
    "human": Figure(lambda f: f.human),
    "human_seconds": Figure(lambda f: f.human_seconds, "seconds"),
    "human_expected": Figure(lambda f: f.human_expected or None),
    "people": Figure(lambda f: f.human + f.human_expected),
    "total": Figure(lambda f: f.total),
    "total_expected": Figure(lambda f: f.total + f.human_expected),
    "calls": Figure(lambda f: f.calls, "calls"),
    "unpriced": Figure(lambda f: f.unpriced or None, "calls"),
    "estimated": Figure(lambda f: f.estimated or None, "calls"),
    **{f"actual:{a}": Figure(_side(a, "actual")) for a in Against},
    **{f"counterfactual:{a}": Figure(_side(a, "counterfactual")) for a in Against},
    **{f"saved:{a}": Figure(_side(a, "saved")) for a in Against},
    **{f"waste:{w}": Figure(_waste(w, 1)) for w in Waste},
    **{f"waste_calls:{w}": Figure(_waste(w, 0), "calls") for w in Waste},
    "waste": Figure(_all_waste(1)),
    "waste_calls": Figure(_all_waste(0), "calls"),
    **{f"resolution:{r.name.lower()}": Figure(_reached(r), "tickets") for r in Resolution if r is not Resolution.NOT},
    "durable_pending": Figure(_when(lambda f: f.durable_pending), "tickets"),
    "rated": Figure(_when(lambda f: f.thumb is not None), "tickets"),
    "thumbs_up": Figure(_when(lambda f: f.thumb is True), "tickets"),
    "thumbs_down": Figure(_when(lambda f: f.thumb is False), "tickets"),
    "csat_given": Figure(_when(lambda f: f.csat is not None), "tickets"),
    "csat_marks": Figure(lambda f: f.csat, "marks"),
    "asked": Figure(_when(lambda f: f.tier is not Tier.NONE or bool(f.opinions)), "tickets"),
    "responded": Figure(_when(lambda f: bool(f.opinions)), "tickets"),
    "opinions": Figure(_opinions(None), "opinions"),
    "satisfied": Figure(_opinions(None, satisfied=True), "opinions"),
    **{f"opinions:{t}": Figure(_opinions(t), "opinions") for t in Tier},
    **{f"satisfied:{t}": Figure(_opinions(t, satisfied=True), "opinions") for t in Tier},
}

#: How tickets are cut into parts: every ticket has exactly one key in each.
PARTITIONS: Mapping[str, Callable[[Fact], str]] = {
    "tier": lambda f: f.tier.value,
    "type": lambda f: f.ticket.request_type,
    "arm": lambda f: f.arm or "none",
    "day": lambda f: f.day.isoformat(),
    "language": lambda f: f.ticket.language,
}


def figure(name: str) -> Figure:
    """Return the figure called *name*; a slice such as `tier:fast` counts model cost. BadInput for an unknown name.

    `tier:fast/saved:all_strong` is what the tickets of a slice add to another figure.
    """
    if name in FIGURES:
        return FIGURES[name]
    part, _, other = name.rpartition("/")
    whole = FIGURES.get(other) if part else None
    keyed, key = _slice(name if whole is None else part, name)
    if whole is None:
        return Figure(lambda f: f.model if keyed(f) == key else None)
    return Figure(lambda f: whole.adds(f) if keyed(f) == key else None, whole.unit)


def _slice(part: str, name: str) -> tuple[Callable[[Fact], str], str]:
    """Return how tickets are cut for *part*, such as `tier:fast`, and its key; BadInput names the whole *name*."""
    partition, _, key = part.partition(":")
    keyed = PARTITIONS.get(partition)
    if keyed is None or (partition == "tier" and key not in set(Tier)):
        known = ", ".join((*FIGURES, *(f"{p}:…" for p in PARTITIONS)))
        raise BadInput(f"There is no figure called {name!r}; there are {known}.")
    return keyed, key
