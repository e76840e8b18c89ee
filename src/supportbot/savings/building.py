"""From facts to the report. Pure: every amount is a sum of what the figures' table says a ticket adds."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from supportbot.domain.decision import Tier
from supportbot.savings.asking import Against, Assumptions, SavingsFilter
from supportbot.savings.facts import Fact
from supportbot.savings.figures import PARTITIONS, figure
from supportbot.savings.forecast import forecast
from supportbot.savings.intervals import FEW, Column, Resamples
from supportbot.savings.report import Compared, Level, Money, Ratio, Report, Resolved, Satisfaction, Slice, WasteRow
from supportbot.savings.spending import Waste

#: The field's shares of tickets per tier.
YARDSTICK = {Tier.FAST: 0.80, Tier.STRONG: 0.15, Tier.HUMAN: 0.05}
#: Up to so many days a line of days has no gaps; beyond it, days without tickets are left out.
LONGEST_LINE = 400
_IN_ORDER = (Tier.FAST, Tier.STRONG, Tier.HUMAN, Tier.NONE)

_ASSUMES = {
    Against.ALL_STRONG: "The same answers' tokens at the strong model's price; no drafts or checks there.",
    Against.ALL_HUMAN: "Every ticket that needed an answer takes a person {minutes:g} minutes.",
    Against.ALL_FAST: "The same answers' tokens at the fast model's price; a failure takes {minutes:g} min of people.",
}


class Sums:
    """The facts, added up by figure; each figure is computed once."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts
        self._resamples = Resamples(len(facts))
        self._values: dict[str, list[int | None]] = {}
        self._columns: dict[str, Column] = {}

    def values(self, name: str) -> list[int | None]:
        """Return what each ticket adds to the figure."""
        if name not in self._values:
            adds = figure(name).adds
            self._values[name] = [adds(f) for f in self.facts]
        return self._values[name]

    def total(self, name: str) -> int:
        """Return the figure."""
        return sum(v for v in self.values(name) if v)

    def n(self, name: str) -> int:
        """Return how many tickets are part of the figure."""
        return sum(v is not None for v in self.values(name))

    def column(self, name: str) -> Column:
        """Return the figure in every resample."""
        if name not in self._columns:
            self._columns[name] = self._resamples.column([v or 0 for v in self.values(name)])
        return self._columns[name]

    def money(self, name: str) -> Money:
        """Return a figure in micro-dollars with its interval."""
        return self.as_money(self.total(name), self.n(name), self.column(name))

    @staticmethod
    def as_money(amount: int, n: int, column: Column) -> Money:
        """Return an amount over *n* tickets with the interval of its column."""
        if not n:
            return Money(amount, 0)
        low, high = column.span()
        return Money(amount, n, round(low), round(high), n < FEW)

    def ratio(self, top: str, bottom: str, n: int | None = None, plus: str | None = None) -> Ratio:
        """Return one figure over another (with *plus* added to the latter) and its interval."""
        whole, column = self.total(bottom), self.column(bottom)
        if plus:
            whole, column = whole + self.total(plus), Column(column.drawn + self.column(plus).drawn)
        n = self.n(bottom) if n is None else n
        if not whole:
            return Ratio(None, n)
        span = self.column(top).share_of(column)
        low, high = span or (None, None)
        return Ratio(self.total(top) / whole, n, low, high, n < FEW)

    def slices(self, partition: str, against: Against) -> tuple[Slice, ...]:
        """Return the parts of a partition, each with its sums; keys in order, days and tiers in theirs."""
        keys = [PARTITIONS[partition](f) for f in self.facts]
        order = _ordered(partition, set(keys))
        index = {key: i for i, key in enumerate(order)}
        part = [index[key] for key in keys]
        saved = f"saved:{against}"
        columns = self._resamples.columns([v or 0 for v in self.values(saved)], part, len(order))
        names = ("tickets", "to_people", "model", "human", f"actual:{against}", f"counterfactual:{against}", saved)
        rows = zip(order, *(self._split(name, part, len(order)) for name in names), strict=True)
        compared = Counter(i for i, value in zip(part, self.values(saved), strict=True) if value is not None)
        return tuple(
            Slice(
                key=key,
                tickets=tickets,
                share=tickets / len(self.facts),
                to_people=to_people,
                model_microusd=model,
                human_microusd=human,
                compared=compared[i],
                actual_microusd=actual,
                counterfactual_microusd=counterfactual,
                saved=self.as_money(gain, compared[i], columns[i]),
                yardstick=YARDSTICK.get(Tier(key)) if partition == "tier" else None,
            )
            for i, (key, tickets, to_people, model, human, actual, counterfactual, gain) in enumerate(rows)
        )

    def _split(self, name: str, part: Sequence[int], parts: int) -> list[int]:
        sums = [0] * parts
        for i, value in zip(part, self.values(name), strict=True):
            if value:
                sums[i] += value
        return sums


def _ordered(partition: str, keys: set[str]) -> list[str]:
    """Tiers from cheap to dear, all four of them; days in time, empty ones between included; the rest by name."""
    if not keys:
        return []
    if partition == "tier":
        return [t.value for t in _IN_ORDER]
    if partition == "day":
        first, last = date.fromisoformat(min(keys)), date.fromisoformat(max(keys))
        days = (last - first).days
        if days <= LONGEST_LINE:
            return [(first + timedelta(days=n)).isoformat() for n in range(days + 1)]
    return sorted(keys)


def build(facts: Sequence[Fact], which: SavingsFilter, assumptions: Assumptions, now: datetime) -> Report:
    """Return the report over *facts*."""
    sums = Sums(facts)
    against = assumptions.against
    return Report(
        made_at=now,
        filter=which,
        assumptions=assumptions,
        simulated=sums.total("simulated") > 0,
        tickets=len(facts),
        answered=sums.total("answered"),
        model=sums.money("model"),
        paid_microusd=sums.total("paid"),
        simulated_microusd=sums.total("simulated"),
        human=sums.money("human"),
        human_minutes=sums.total("human_seconds") / 60,
        human_expected_microusd=sums.total("human_expected"),
        total=sums.money("total"),
        cost_per_ticket_microusd=_per(sums.total("total_expected"), len(facts)),
        cost_per_contained_microusd=_per(sums.total("total_expected"), sums.total("resolution:contained")),
        cost_per_durable_microusd=_per(sums.total("total_expected"), sums.total("resolution:durable")),
        compared={a.value: _compared(sums, a, assumptions) for a in Against},
        by_day=sums.slices("day", against),
        by_tier=sums.slices("tier", against),
        by_type=sums.slices("type", against),
        by_arm=sums.slices("arm", against),
        waste=tuple(WasteRow(w, sums.total(f"waste_calls:{w}"), sums.total(f"waste:{w}")) for w in Waste),
        waste_calls=sums.total("waste_calls"),
        waste_microusd=sums.total("waste"),
        waste_share=sums.ratio("waste", "model"),
        resolution=_resolved(sums),
        satisfaction=_satisfaction(sums),
        forecast=forecast(facts),
        calls=sums.total("calls"),
        unpriced_calls=sums.total("unpriced"),
        estimated_calls=sums.total("estimated"),
    )


def _per(amount: int, n: int) -> int | None:
    return round(amount / n) if n else None


def _compared(sums: Sums, against: Against, assumptions: Assumptions) -> Compared:
    saved, counterfactual = f"saved:{against}", f"counterfactual:{against}"
    # All-strong compares models alone, so people's cost joins both sides here; the others hold people already.
    people = "people" if against is Against.ALL_STRONG else None
    covered = sum(f.tier is not Tier.NONE if against is Against.ALL_HUMAN else f.answered for f in sums.facts)
    return Compared(
        against=against,
        assumes=_ASSUMES[against].format(minutes=assumptions.human_minutes),
        actual=sums.money(f"actual:{against}"),
        counterfactual=sums.money(counterfactual),
        saved=sums.money(saved),
        saved_share=sums.ratio(saved, counterfactual),
        saved_share_with_people=sums.ratio(saved, counterfactual, plus=people),
        left_out=covered - sums.n(saved),
    )


def _resolved(sums: Sums) -> Resolved:
    contained, confirmed, checked, durable = (
        Level(sums.total(f"resolution:{name}"), sums.ratio(f"resolution:{name}", "tickets"))
        for name in ("contained", "confirmed", "checked", "durable")
    )
    return Resolved(contained, confirmed, checked, durable, sums.total("durable_pending"))


def _satisfaction(sums: Sums) -> Satisfaction:
    rated = [t.value for t in _IN_ORDER if sums.total(f"opinions:{t}")]
    return Satisfaction(
        satisfied=sums.ratio("satisfied", "opinions", n=sums.total("opinions")),
        responded=sums.ratio("responded", "asked"),
        by_tier={t: sums.ratio(f"satisfied:{t}", f"opinions:{t}", n=sums.total(f"opinions:{t}")) for t in rated},
        thumbs_up=sums.ratio("thumbs_up", "rated"),
        response=sums.ratio("rated", "answered", n=sums.total("answered")),
        csat=sums.ratio("csat_marks", "csat_given"),
        csat_response=sums.ratio("csat_given", "tickets"),
    )
