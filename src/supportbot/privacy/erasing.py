"""Erasing a customer: words and identity go, the ledger stays and leads to nobody.

First, in one transaction, nobody stands behind the tickets any more: running turns end, the tickets pass to a customer
called ERASING, and the row with cookie, id and name is gone. Then the words go in steps of some tickets each, which
pass on to ERASED. Whatever is interrupted in between, `resume` finds under ERASING.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.access import require
from supportbot.access.limits import customer_keys
from supportbot.domain.account import Actor, AuditEntry, Customer, Role
from supportbot.domain.assessment import CriticalClass
from supportbot.domain.errors import BadInput, NotFound
from supportbot.domain.ids import new_id
from supportbot.domain.kept import ERASED, ERASING, OF_TICKETS
from supportbot.domain.ledger import HumanTime
from supportbot.domain.ticket import Event, Owner, Ticket, moved
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.ports import Clock, Sealer, Store, TicketFilter, Tx
from supportbot.privacy.finding import find_customer
from supportbot.privacy.traces import subject_of, wordless

_LOG = logging.getLogger(__name__)

#: Tickets whose words go in one transaction.
STEP = 25
#: How long after a turn was ended its worker, slow or cut off, may still write what it found: longer than any call.
_STRAGGLER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would take away and leave, by kind; `with_people` are open tickets a person has or owes."""

    customer: Customer
    tickets: tuple[int, ...]
    goes: Mapping[str, int]
    stays: Mapping[str, int]
    with_people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took away. `receipt` is its entry in the audit log.

    `later`: tickets looked at once more by the hourly chore, because a turn ran on them a moment ago. `scrubbed`: the
    database's own files hold nothing of it any more.
    """

    receipt: str
    tickets: int
    gone: Mapping[str, int]
    later: int
    scrubbed: bool


class Erasure:
    """Erases customers, on a lead's word, on their own, or because nobody heard of them for long."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer, rate_microusd_per_hour: int) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._rate = rate_microusd_per_hour

    def preview(self, actor: Actor | None, who: str) -> Preview:
        """Return what `erase` would do; changes nothing. Raises BadInput unless *who* names one customer."""
        by = require(actor, Role.LEAD)
        return self._store.read(lambda tx: _preview(tx, find_customer(tx, self._sealer, who), by.id))

    def erase(self, actor: Actor | None, who: str, *, force: bool = False) -> Erased:
        """Erase the customer *who* names; see `preview`. It cannot be taken back.

        Raises BadInput while a person has or owes an open ticket of theirs, unless *force* or the matter is a privacy
        request itself.
        """
        by = require(actor, Role.LEAD)
        customer = self._store.read(lambda tx: find_customer(tx, self._sealer, who))
        return self._erase(by.id, customer.id, force)

    def erase_own(self, customer_id: str, *, force: bool = False) -> Erased:
        """Erase the customer whose cookie was just checked, at their own wish. Raises as `erase` does."""
        return self._erase("customer", customer_id, force)

    def erase_idle(self, before: datetime, most: int) -> int:
        """Erase up to *most* customers whom nobody heard of since *before*; return how many."""
        idle = self._store.read(lambda tx: tx.idle_customers(before, most))
        for customer_id in idle:
            self._erase("system", customer_id, force=False, scrub=False)
        return len(idle)

    def resume(self) -> int:
        """Finish what was interrupted, or had to wait for a straggler; return how many tickets are done with."""
        waiting = self._store.read(lambda tx: tx.tickets(TicketFilter(customer_id=ERASING)))
        ids = [ticket.id for ticket in waiting]
        _, later = self._destroy(ids)
        if ids:
            _LOG.info("erasure: %d tickets finished, %d to be looked at again", len(ids) - later, later)
            self._store.scrub()
        return len(ids) - later

    def _erase(self, actor_id: str, customer_id: str, force: bool, *, scrub: bool = True) -> Erased:
        now, receipt = self._clock.now(), new_id()
        ids = self._store.write(lambda tx: self._part(tx, customer_id, actor_id, receipt, now, force))
        gone, later = self._destroy(ids)
        return Erased(receipt, len(ids), gone, later, scrub and self._store.scrub())

    def _part(self, tx: Tx, customer_id: str, actor_id: str, receipt: str, now: datetime, force: bool) -> list[str]:
        """Take the person away from the tickets; return the tickets' ids."""
        tickets = tx.tickets(TicketFilter(customer_id=customer_id))
        owed = _with_people(tickets, actor_id)
        if owed and not force:
            raise BadInput(
                f"{_numbers(owed)} is open with a person, who would lose it. Finish it first, or force the erasure."
            )
        for tombstone in (ERASING, ERASED):
            _ensure(tx, tombstone, now)
        for ticket in tickets:
            self._take_over(tx, ticket, now)
        for key in customer_keys(customer_id):
            tx.forget_hits(key)
        tx.remove_customer(customer_id)
        detail = f"tickets={len(tickets)}{' forced' if owed else ''}"
        tx.add_audit(AuditEntry(receipt, now, actor_id, "customer.erased", subject_of(customer_id), detail))
        return [ticket.id for ticket in tickets]

    def _take_over(self, tx: Tx, ticket: Ticket, now: datetime) -> None:
        """End whatever goes on on a ticket and pass it to ERASING. Time a person spent on it enters the ledger."""
        tx.end_turns(ticket.id, TurnStatus.ABANDONED, now)
        if ticket.claimed_at is not None and ticket.agent_id is not None:
            seconds = max(0, round((now - ticket.claimed_at).total_seconds()))
            cost = round(seconds * self._rate / 3600)
            tx.add_human_time(HumanTime(new_id(), ticket.id, ticket.agent_id, ticket.claimed_at, seconds, cost))
        if ticket.open:
            ticket = replace(moved(ticket, Event.ERASED, now), resolved_by="erasure")
        tx.save_ticket(replace(ticket, customer_id=ERASING, subject=""))

    def _destroy(self, ids: Sequence[str]) -> tuple[dict[str, int], int]:
        """Destroy the words on tickets of ERASING; return how much of each kind, and how many tickets must wait."""
        gone: dict[str, int] = {}
        later = 0
        for start in range(0, len(ids), STEP):
            step = ids[start : start + STEP]
            destroyed, waiting = self._store.write(lambda tx, step=step: self._step(tx, step))  # type: ignore[misc]
            gone = {kind: gone.get(kind, 0) + count for kind, count in destroyed.items()}
            later += waiting
        return gone, later

    def _step(self, tx: Tx, ids: Sequence[str]) -> tuple[dict[str, int], int]:
        gone = {kind.value: tx.forget_kept(kind, ticket_ids=ids) for kind in OF_TICKETS}
        gone["decisions"] = take_words(tx, ids)
        later, calm = 0, self._clock.now() - _STRAGGLER
        for ticket in map(tx.ticket, ids):
            if any(_may_straggle(turn, calm) for turn in tx.turns(ticket.id)):
                later += 1
            elif ticket.customer_id == ERASING:
                tx.save_ticket(replace(ticket, customer_id=ERASED))
        return gone, later


def take_words(tx: Tx, ids: Sequence[str], before: datetime | None = None) -> int:
    """Take the customers' words out of the decisions on these tickets; return how many decisions had any."""
    stored = [d for d in tx.decisions(ids) if (before is None or d.at < before) and wordless(d) != d]
    for one in stored:
        tx.add_decision(wordless(one))
    return len(stored)


def _preview(tx: Tx, customer: Customer, actor_id: str) -> Preview:
    tickets = tx.tickets(TicketFilter(customer_id=customer.id))
    ids = [ticket.id for ticket in tickets]
    decisions, calls, outcomes = tx.decisions(ids), tx.calls(ids), tx.outcomes(ids)
    goes = {kind.value: tx.count_kept(kind, ticket_ids=ids) for kind in OF_TICKETS}
    goes["decisions"] = sum(wordless(d) != d for d in decisions)
    goes["subjects"] = sum(bool(ticket.subject) for ticket in tickets)
    goes["customer"] = 1
    stays = {
        "tickets": len(tickets),
        "decisions": len(decisions),
        "calls": len(calls),
        "human_times": len(tx.human_times(ids)),
        "outcomes": len(outcomes),
        "handoffs": len(tx.handoffs(ids)),
    }
    numbers = tuple(sorted(ticket.number for ticket in tickets))
    owed = tuple(sorted(ticket.number for ticket in _with_people(tickets, actor_id)))
    return Preview(customer, numbers, goes, stays, owed)


def _with_people(tickets: Sequence[Ticket], actor_id: str) -> list[Ticket]:
    """Tickets a person has or owes; not those of who erases, nor privacy requests, which the erasure answers."""
    return [
        t
        for t in tickets
        if t.open
        and (t.queued or t.owner is Owner.AGENT)
        and t.agent_id != actor_id
        and t.critical != CriticalClass.PRIVACY_REQUEST.value
    ]


def _may_straggle(turn: Turn, calm: datetime) -> bool:
    """Whether a worker may not have heard yet that its turn was ended from outside."""
    return turn.status is not TurnStatus.DONE and (turn.finished_at is None or turn.finished_at > calm)


def _numbers(tickets: Sequence[Ticket]) -> str:
    return "Ticket " + ", ".join(f"#{ticket.number}" for ticket in sorted(tickets, key=lambda t: t.number))


def _ensure(tx: Tx, tombstone: str, now: datetime) -> None:
    try:
        tx.customer(tombstone)
    except NotFound:
        tx.add_customer(Customer(tombstone, now, name="Erased customer"))
