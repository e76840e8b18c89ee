"""The labelled day, played through the real engine over three seeds: what routing saved, and at whose cost."""

import statistics
import time

from benchmarks.report import Options, Table
from supportbot.bootstrap import stage_maker
from supportbot.demo.play import play, summary
from supportbot.settings import load

_SEEDS = (1, 2, 3)
_FIGURES = (
    "saved_share", "right_share", "all_strong_right_share", "cost_usd", "all_strong_cost_usd",
    "saved_share_with_people", "human_minutes", "csat",
)  # fmt: skip
_BARS = {"saved_share": "≥ .60", "right_share": "≥ all-strong's", "share human": "≤ .10"}


def run(options: Options) -> list[Table]:
    """Play the day with each seed, from the shipped settings."""
    n = options.count(200, 40)
    make = stage_maker(load(environ={}))
    begun = time.perf_counter()
    days = [summary(play(make, n, seed)) for seed in _SEEDS]
    took = time.perf_counter() - begun
    rows = [_flat(day, n) for day in days]
    table = Table(f"day: {n} tickets with each seed", ("figure", *(f"seed {s}" for s in _SEEDS), "median", "bar"))
    for name in rows[0]:
        values = [row[name] for row in rows]
        known = [value for value in values if value is not None]
        table.add(name, *values, statistics.median(known) if known else None, _BARS.get(name, "–"))
    table.notes += [
        "Costs are list prices of the models that the embedded ones stand in for. Both costs and both right shares "
        "cover the same tickets: those that a model answered on both sides.",
        f"{took / len(_SEEDS) / n * 1000:.0f} ms a ticket, both sides and the people included.",
    ]
    return [table]


def _flat(day: dict[str, object], n: int) -> dict[str, float | None]:
    tiers = day["tiers"]
    assert isinstance(tiers, dict)
    flat: dict[str, float | None] = {f"share {tier}": count / n for tier, count in tiers.items()}
    for name in _FIGURES:
        value = day[name]
        flat[name] = float(value) if isinstance(value, int | float) else None
    return flat
