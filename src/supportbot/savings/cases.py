"""A ticket with everything the ledger knows of it, read in batches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from supportbot.domain.decision import Tier
from supportbot.domain.ledger import CallOutcome, HumanTime, ModelCall, Purpose
from supportbot.domain.outcome import Outcome, OutcomeKind
from supportbot.domain.ticket import Owner, Ticket
from supportbot.ports import Store, StoredDecision, TicketFilter, Tx
from supportbot.savings.asking import SavingsFilter

#: Tickets per read: small enough for a database's limit on parameters, large enough to be few.
BATCH = 500
#: A ticket on the same matter within this time undoes the resolution.
DURABLE = timedelta(days=7)

_RANK = {Tier.NONE: 0, Tier.FAST: 1, Tier.STRONG: 2, Tier.HUMAN: 3}


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket with its calls, people's time, outcomes and decisions, oldest first."""

    ticket: Ticket
    calls: tuple[ModelCall, ...] = ()
    times: tuple[HumanTime, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    decisions: tuple[StoredDecision, ...] = ()
    handed_off: bool = False
    came_back: bool = False  #: a REOPEN is on it, or a later ticket on the same matter follows it

    @property
    def with_people(self) -> bool:
        """Whether a person ever had or was promised the ticket."""
        ticket = self.ticket
        return bool(
            self.handed_off
            or self.times
            or ticket.queued
            or ticket.owner is not Owner.BOT
            or ticket.first_agent_reply_at is not None
        )

    @property
    def awaits_person(self) -> bool:
        """Whether a person has it or will, and no time of theirs is in the ledger yet."""
        ticket = self.ticket
        return ticket.open and not self.times and (ticket.queued or ticket.owner is not Owner.BOT)

    @property
    def final_answers(self) -> tuple[ModelCall, ...]:
        """The last whole answer call of each turn: the one whose answer stood."""
        last: dict[str, ModelCall] = {}
        for call in self.calls:
            if is_answer(call):
                last[call.started.turn_id or call.started.id] = call
        return tuple(last.values())

    @property
    def tier(self) -> Tier:
        """Human if people ever had it, else the highest tier of the calls that gave its answers, else none."""
        if self.with_people:
            return Tier.HUMAN
        tiers = {c.started.tier for c in self.final_answers}
        return next((tier for tier in (Tier.STRONG, Tier.FAST) if tier in tiers), Tier.NONE)

    @property
    def thumb(self) -> bool | None:
        """The rating that stands: the latest thumb on the ticket that was not taken back."""
        standing: dict[str | None, bool] = {}
        for outcome in self.outcomes:
            if outcome.kind is OutcomeKind.THUMBS_CLEARED:
                standing.pop(outcome.message_id, None)
            elif outcome.kind in (OutcomeKind.THUMBS_UP, OutcomeKind.THUMBS_DOWN):
                standing.pop(outcome.message_id, None)
                standing[outcome.message_id] = outcome.kind is OutcomeKind.THUMBS_UP
        return next(reversed(standing.values()), None)

    @property
    def arm(self) -> str | None:
        """The arm of the experiment it took part in."""
        return self.ticket.arm or next((d.decision.arm for d in self.decisions if d.decision.arm), None)


def is_answer(call: ModelCall) -> bool:
    """Whether *call* gave a whole answer."""
    settled = call.settled
    return call.started.purpose is Purpose.ANSWER and settled is not None and settled.outcome is CallOutcome.OK


def higher(one: str, two: str) -> bool:
    """Whether tier *one* stands above tier *two*."""
    return _RANK[Tier(one)] > _RANK[Tier(two)]


def read_cases(store: Store, which: SavingsFilter) -> list[Case]:
    """Return the cases that match, newest first; the one place where a filter becomes tickets."""
    asked = TicketFilter(since=which.since, until=which.until, demo=which.demo)
    tickets = store.read(lambda tx: tx.tickets(asked))
    reopened = _came_back(store, which, tickets)
    wanted = [t for t in tickets if which.request_type in (None, t.request_type) and _speaks(t, which)]
    cases: list[Case] = []
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        cases += store.read(lambda tx, batch=batch: read_batch(tx, batch))  # type: ignore[misc]
    marked = (replace(c, came_back=True) if c.ticket.id in reopened else c for c in cases)
    return [c for c in marked if which.tier in (None, c.tier) and which.arm in (None, c.arm)]


def _speaks(ticket: Ticket, which: SavingsFilter) -> bool:
    return which.language is None or ticket.language == which.language


def read_batch(tx: Tx, tickets: Sequence[Ticket]) -> list[Case]:
    """Return one case for each of *tickets*, in their order."""
    ids = [t.id for t in tickets]
    calls = _by_ticket((c.started.ticket_id, c) for c in tx.calls(ids))
    times = _by_ticket((t.ticket_id, t) for t in tx.human_times(ids))
    outcomes = _by_ticket((o.ticket_id, o) for o in tx.outcomes(ids))
    decisions = _by_ticket((d.ticket_id, d) for d in tx.decisions(ids))
    handed_off = {h.ticket_id for h in tx.handoffs(ids)}
    return [
        Case(
            ticket,
            tuple(calls.get(ticket.id, ())),
            tuple(times.get(ticket.id, ())),
            tuple(outcomes.get(ticket.id, ())),
            tuple(decisions.get(ticket.id, ())),
            ticket.id in handed_off,
            any(o.kind is OutcomeKind.REOPEN for o in outcomes.get(ticket.id, ())),
        )
        for ticket in tickets
    ]


def _came_back(store: Store, which: SavingsFilter, tickets: Sequence[Ticket]) -> set[str]:
    """The ids of tickets that a later one on the same request type followed within 7 days of their end.

    A ticket of the last day may be followed after the period asked for, so the search runs a week longer.
    """
    later: tuple[Ticket, ...] = ()
    if which.until is not None:
        asked = TicketFilter(since=which.until, until=which.until + DURABLE, demo=which.demo)
        later = store.read(lambda tx: tx.tickets(asked))
    earlier = {t.id: t for t in tickets}
    return {t.follows for t in (*tickets, *later) if t.follows in earlier and _same_matter(t, earlier[t.follows])}


def _same_matter(later: Ticket, earlier: Ticket) -> bool:
    ended = earlier.resolved_at or earlier.updated_at
    return later.request_type == earlier.request_type and later.created_at - ended <= DURABLE


T = TypeVar("T")


def _by_ticket(pairs: Iterable[tuple[str, T]]) -> Mapping[str, list[T]]:
    grouped: defaultdict[str, list[T]] = defaultdict(list)
    for ticket_id, value in pairs:
        grouped[ticket_id].append(value)
    return grouped
