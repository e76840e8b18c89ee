"""Plays a labelled day through the real engine, and the same tickets again on the strong model alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from supportbot.demo.cast import Cast
from supportbot.demo.day import draw
from supportbot.demo.played import Played
from supportbot.demo.stage import Stage, StageMaker
from supportbot.domain.decision import Tier
from supportbot.domain.money import dollars

_TIERS = (Tier.FAST, Tier.STRONG, Tier.HUMAN, Tier.NONE)


@dataclass(frozen=True, slots=True)
class Pair:
    """One ticket as it went, and what the strong model alone did with it where a model had answered it."""

    routed: Played
    all_strong: Played | None = None

    @property
    def compared(self) -> bool:
        """Whether a model answered it on both sides: only these tickets enter costs and right answers."""
        return self.routed.answered and self.all_strong is not None and self.all_strong.answered


@dataclass(frozen=True, slots=True)
class Day:
    """What was played of a day."""

    pairs: tuple[Pair, ...]
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """A day's sums, money in micro-dollars. Costs and right answers cover the `compared` tickets, on both sides."""

    tickets: int
    tiers: dict[str, int]
    compared: int
    cost: int
    all_strong_cost: int
    right: int
    all_strong_right: int
    human_cost: int
    human_seconds: int
    scores: tuple[int, ...]


def tally(pairs: Sequence[Pair]) -> Tally:
    """Return the sums over *pairs*."""
    routed = [p.routed for p in pairs]
    compared = [(p.routed, p.all_strong) for p in pairs if p.all_strong is not None and p.compared]
    return Tally(
        tickets=len(routed),
        tiers={t.value: sum(p.tier is t for p in routed) for t in _TIERS},
        compared=len(compared),
        cost=sum(ours.cost for ours, _ in compared),
        all_strong_cost=sum(theirs.cost for _, theirs in compared),
        right=sum(ours.right for ours, _ in compared),
        all_strong_right=sum(theirs.right for _, theirs in compared),
        human_cost=sum(p.human_cost for p in routed),
        human_seconds=sum(p.human_seconds for p in routed),
        scores=tuple(p.csat for p in routed if p.csat is not None),
    )


class Playing:
    """A day being played, one ticket at a time, each right after with the strong model alone. Close it at the end."""

    def __init__(self, make: StageMaker, n: int, seed: int) -> None:
        self._tickets = draw(n, seed)
        self.stage = make(False)
        try:
            self._strong: Stage = make(True)
        except BaseException:
            self.stage.close()
            raise
        chance = Random(seed + 1)
        self._cast = Cast(self.stage, chance)
        open_s, begin = self.stage.open_s, self.stage.clock.monotonic()
        self._arrivals = sorted(begin + chance.uniform(0, open_s) for _ in self._tickets)

    def __len__(self) -> int:
        """How many tickets the day has."""
        return len(self._tickets)

    def __iter__(self) -> Iterator[Pair]:
        """Play ticket after ticket. A customer who comes while the agents are busy is taken after that."""
        clock = self.stage.clock
        for asked, arrival in zip(self._tickets, self._arrivals, strict=True):
            clock.advance(max(0.0, arrival - clock.monotonic()))
            routed = self._cast.play(asked)
            yield Pair(routed, Cast(self._strong, Random(0)).ask(asked) if routed.answered else None)

    def close(self) -> None:
        """Take both stages down."""
        self.stage.close()
        self._strong.close()


def play(
    make: StageMaker,
    n: int,
    seed: int,
    *,
    heard: Callable[[Pair, int, int], None] = lambda *_: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Day:
    """Play *n* tickets and return the day; *heard* is told each ticket with its place and *n*, *stopped* ends early.

    The same seed gives the same day. Raises BadInput below one ticket.
    """
    playing = Playing(make, n, seed)
    pairs: list[Pair] = []
    try:
        if not stopped():
            for pair in playing:
                pairs.append(pair)
                heard(pair, len(pairs), n)
                if stopped():
                    break
    finally:
        playing.close()
    return Day(tuple(pairs), stopped=len(pairs) < n)


def summary(day: Day) -> dict[str, object]:
    """Return the figures of `supportbot demo --json`.

    Both costs and both right shares cover the same tickets: those a model answered, also where a person helped
    afterwards. The saving with people adds what people cost that day to both sides, for they cost the same on either.
    """
    sums = tally(day.pairs)
    return {
        "tickets": sums.tickets,
        "tiers": sums.tiers,
        "saved_share": _saved(sums.cost, sums.all_strong_cost),
        "cost_usd": dollars(sums.cost),
        "all_strong_cost_usd": dollars(sums.all_strong_cost),
        "right_share": _share(sums.right, sums.compared),
        "all_strong_right_share": _share(sums.all_strong_right, sums.compared),
        "human_minutes": round(sums.human_seconds / 60, 1),
        "saved_share_with_people": _saved(sums.cost + sums.human_cost, sums.all_strong_cost + sums.human_cost),
        "csat": round(sum(sums.scores) / len(sums.scores), 2) if sums.scores else None,
    }


def _saved(cost: int, instead: int) -> float | None:
    return round(1 - cost / instead, 4) if instead else None


def _share(right: int, of: int) -> float | None:
    return round(right / of, 4) if of else None
