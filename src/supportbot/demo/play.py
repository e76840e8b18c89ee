"""Plays a labelled day through the real engine, and the same tickets again on the strong model alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from supportbot.demo.day import Asked, draw
from supportbot.demo.stage import Stage, StageMaker
from supportbot.domain.account import Actor
from supportbot.domain.decision import Tier
from supportbot.domain.money import dollars
from supportbot.domain.ticket import Status
from supportbot.ports import Tx

_NAMES = ("Lea", "Tomasz", "Priya", "Noah", "Mei", "Oskar", "Grace", "Ivan", "Lucía", "Emma", "Samir", "Hanna")

_TIERS = (Tier.FAST, Tier.STRONG, Tier.HUMAN, Tier.NONE)

#: A day's tickets arrive over twelve hours, in seconds.
_DAY_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Played:
    """One ticket as it went. Money in micro-dollars: `cost` at list price where the model itself is free."""

    asked: Asked
    ticket_id: str
    number: int
    tier: Tier
    answer: str
    right: bool
    cost: int
    human_cost: int = 0
    human_seconds: int = 0
    csat: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A whole day, and what the strong model alone did with the tickets a model answered."""

    played: tuple[Played, ...]
    all_strong: tuple[Played, ...] = ()
    stopped: bool = False

    @property
    def answered(self) -> tuple[Played, ...]:
        """The tickets a model answered: what both sides of the comparison cover."""
        return tuple(p for p in self.played if p.tier in (Tier.FAST, Tier.STRONG))


@dataclass(slots=True)
class _Cast:
    """The simulated people of one stage."""

    stage: Stage
    random: Random
    agents: Sequence[Actor] = field(default_factory=tuple)

    def play(self, asked: Asked, react: bool) -> Played:
        """Play one ticket to its end."""
        stage = self.stage
        customer_id = stage.customer(self.random.choice(_NAMES))
        said = stage.ask(customer_id, asked.text)
        if react:
            self._react(customer_id, said.ticket_id, asked)
        return stage.store.read(lambda tx: _played(tx, said.ticket_id, asked))

    def _react(self, customer_id: str, ticket_id: str, asked: Asked) -> None:
        stage = self.stage
        status = stage.store.read(lambda tx: tx.ticket(ticket_id).status)
        if status is Status.OFFERED:
            self._answer_offer(customer_id)
            status = stage.store.read(lambda tx: tx.ticket(ticket_id).status)
        if status is Status.WAITING:
            self._by_agent(ticket_id, asked)
        elif status is Status.ANSWERED:
            self._by_customer(customer_id, ticket_id, asked)
        self._score(customer_id, ticket_id)

    def _answer_offer(self, customer_id: str) -> None:
        if self.random.random() < 0.5:
            self.stage.customers.ask_person(customer_id)
        else:
            self.stage.customers.keep_going(customer_id)

    def _by_agent(self, ticket_id: str, asked: Asked) -> None:
        """An agent claims after a wait, works a few minutes, replies and resolves."""
        stage, agent = self.stage, self.random.choice(self.agents)
        stage.clock.advance(self.random.uniform(20, 240))
        stage.inbox.claim(agent, ticket_id)
        stage.clock.advance(self.random.uniform(4, 9.5) * 60)
        stage.inbox.reply(agent, ticket_id, asked.reply or "I looked into this for you. Here is what we can do.")
        stage.clock.advance(self.random.uniform(0.5, 2) * 60)
        stage.inbox.resolve(agent, ticket_id)

    def _by_customer(self, customer_id: str, ticket_id: str, asked: Asked) -> None:
        """A right answer is mostly confirmed, a wrong one is told; many say nothing."""
        stage = self.stage
        played = stage.store.read(lambda tx: _played(tx, ticket_id, asked))
        said = stage.store.read(lambda tx: tx.messages(ticket_id))[-1].id
        if played.tier in (Tier.FAST, Tier.STRONG) and self.random.random() < 0.35:
            stage.customers.rate(customer_id, said, played.right, reason=None if played.right else "Not what I asked")
        if self.random.random() < (0.7 if played.right else 0.2):
            stage.customers.finish(customer_id)

    def _score(self, customer_id: str, ticket_id: str) -> None:
        ticket = self.stage.store.read(lambda tx: tx.ticket(ticket_id))
        if not ticket.open and not ticket.critical and self.random.random() < 0.3:
            self.stage.customers.score(customer_id, self.random.choices((3, 4, 5), weights=(1, 4, 6))[0])


def play(
    make: StageMaker,
    n: int,
    seed: int,
    *,
    heard: Callable[[Played, int, int], None] = lambda *_: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Day:
    """Play *n* tickets and return the day; *heard* is told each ticket with its place and *n*, *stopped* ends early."""
    tickets = draw(n, seed)
    stage = make(False)
    random = Random(seed + 1)
    cast = _Cast(stage, random, (stage.agent("Ana Lindqvist"), stage.agent("Ben Okafor")))
    played: list[Played] = []
    for place, asked in enumerate(tickets, start=1):
        if stopped():
            return Day(tuple(played), stopped=True)
        stage.clock.advance(random.expovariate(n / _DAY_S))
        played.append(cast.play(asked, react=True))
        heard(played[-1], place, n)
    return Day(tuple(played), _again(make, played, seed, stopped))


def _again(make: StageMaker, played: Sequence[Played], seed: int, stopped: Callable[[], bool]) -> tuple[Played, ...]:
    """Let the strong model alone answer what a model answered."""
    cast = _Cast(make(True), Random(seed + 2))
    answered = [p.asked for p in played if p.tier in (Tier.FAST, Tier.STRONG)]
    return tuple(cast.play(asked, react=False) for asked in answered if not stopped())


def _played(tx: Tx, ticket_id: str, asked: Asked) -> Played:
    """Read one ticket back from the ledger. The first decision counts: what was sent to people later is in its cost."""
    ticket = tx.ticket(ticket_id)
    decisions, calls, times = tx.decisions([ticket_id]), tx.calls([ticket_id]), tx.human_times([ticket_id])
    answers = [m.text for m in tx.messages(ticket_id) if m.kind in ("answer", "refusal")]
    tier = decisions[-1].decision.tier if decisions else Tier.HUMAN
    scores = [o.value for o in tx.outcomes([ticket_id]) if o.kind == "csat"]
    answer = answers[-1] if answers else ""
    refused = any(m.kind == "refusal" for m in tx.messages(ticket_id))
    right = asked.right(answer) if asked.facts else asked.kind == "uncovered" and refused
    return Played(
        asked=asked,
        ticket_id=ticket_id,
        number=ticket.number,
        tier=tier,
        answer=answer,
        right=right,
        cost=sum((c.settled.cost_microusd or c.settled.list_cost_microusd or 0) for c in calls if c.settled),
        human_cost=sum(t.cost_microusd for t in times),
        human_seconds=sum(t.seconds for t in times),
        csat=scores[-1] if scores else None,
    )


def summary(day: Day) -> dict[str, object]:
    """Return the figures of `supportbot demo --json`.

    Both costs and both right shares cover the same tickets: those a model answered. The saving with people adds what
    people cost that day to both sides, for they cost the same on either.
    """
    answered = day.answered
    cost, strong = sum(p.cost for p in answered), sum(p.cost for p in day.all_strong)
    people = sum(p.human_cost for p in day.played)
    scores = [p.csat for p in day.played if p.csat is not None]
    return {
        "tickets": len(day.played),
        "tiers": {
            t.value: sum(p.tier is t for p in day.played) for t in (Tier.FAST, Tier.STRONG, Tier.HUMAN, Tier.NONE)
        },
        "saved_share": _saved(cost, strong),
        "cost_usd": dollars(cost),
        "all_strong_cost_usd": dollars(strong),
        "right_share": _share(answered),
        "all_strong_right_share": _share(day.all_strong),
        "human_minutes": round(sum(p.human_seconds for p in day.played) / 60, 1),
        "saved_share_with_people": _saved(cost + people, strong + people),
        "csat": round(sum(scores) / len(scores), 2) if scores else None,
    }


def _saved(cost: int, instead: int) -> float | None:
    return round(1 - cost / instead, 4) if instead else None


def _share(played: Sequence[Played]) -> float | None:
    return round(sum(p.right for p in played) / len(played), 4) if played else None
