"""Counting and destroying what holds words or personal data in memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from supportbot.domain.account import AuditEntry, VaultEntry
from supportbot.domain.errors import Conflict
from supportbot.domain.handoff import Alert, Packet
from supportbot.domain.kept import OF_TICKETS, TOMBSTONES, Kept
from supportbot.domain.outcome import COMMENTED, Gap, Outcome
from supportbot.domain.ticket import Owner, Ticket
from supportbot.storage.memory.shelf import Shelf
from supportbot.storage.memory.tables import MemoryPart, Tables, found

_EMPTY = Packet(why="")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a kind lies: its shelf, how old a value is, whether it holds something, what takes it away (None: all)."""

    shelf: Callable[[Tables], Shelf[Any, Any]]
    time: Callable[[Any, Any], datetime]  #: of key and value
    holds: Callable[[Any], bool] = lambda _: True
    emptied: Callable[[Any], Any] | None = None


def _commented(outcome: Outcome) -> bool:
    return outcome.reason is not None and outcome.kind in COMMENTED


_PLACES = {
    Kept.MESSAGES: _Place(lambda t: t.messages, lambda _, m: m.created_at),
    Kept.PACKETS: _Place(
        lambda t: t.handoffs,
        lambda _, h: h.created_at,
        lambda h: h.packet != _EMPTY,
        lambda h: replace(h, packet=_EMPTY),
    ),
    Kept.VAULT: _Place(lambda t: t.vault, lambda _, v: v.expires_at),
    Kept.COMMENTS: _Place(lambda t: t.outcomes, lambda _, o: o.at, _commented, lambda o: replace(o, reason=None)),
    Kept.GAPS: _Place(lambda t: t.gaps, lambda _, g: g.at),
    Kept.ALERTS: _Place(lambda t: t.alerts, lambda _, a: a.created_at),
    Kept.AUDIT: _Place(lambda t: t.audit, lambda _, e: e.at),
    Kept.COUNTS: _Place(lambda t: t.hits, lambda hit, _: hit[1]),
    Kept.SESSIONS: _Place(lambda t: t.sessions, lambda _, s: s.expires_at),
}


class MemoryKept(MemoryPart):
    """The part of the unit of work about erasure and retention."""

    def vault_entries_of(self, kind: str) -> tuple[VaultEntry, ...]:
        """Return every sealed datum of a kind, oldest first."""
        return tuple(entry for entry in self._t.vault if entry.kind == kind)

    def count_kept(self, kind: Kept, *, ticket_ids: Sequence[str] | None = None, before: datetime | None = None) -> int:
        """Return how many values `forget_kept` would meet without a limit."""
        return len(self._meant(kind, ticket_ids, before))

    def forget_kept(
        self,
        kind: Kept,
        *,
        ticket_ids: Sequence[str] | None = None,
        before: datetime | None = None,
        limit: int | None = None,
    ) -> int:
        """Destroy values of *kind*, or the words in them; return how many."""
        place = _PLACES[kind]
        shelf = place.shelf(self._t)
        meant = self._meant(kind, ticket_ids, before)[:limit]
        for key, value in meant:
            if place.emptied is None:
                shelf.drop(key)
            else:
                shelf.put(key, place.emptied(value))
        for ticket_id in ticket_ids or ():
            self._touch(ticket_id)
        return len(meant)

    def tickets_keeping(self, kind: Kept, before: datetime, limit: int) -> tuple[str, ...]:
        """Return tickets with values of *kind* older than *before*; none that a person has or awaits."""
        ids = dict.fromkeys(value.ticket_id for _, value in self._meant(kind, None, before))
        return tuple(ids)[:limit]

    def idle_customers(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Return customers whom nobody heard of since *before*, the first ones by id."""
        lively = {t.customer_id for t in self._t.tickets if t.updated_at >= before or _with_people(t)}
        seen = (c.id for c in self._t.customers if c.created_at < before)
        return tuple(sorted(set(seen) - lively - TOMBSTONES))[:limit]

    def remove_customer(self, customer_id: str) -> None:
        """Forget a customer who has no tickets any more."""
        if any(t.customer_id == customer_id for t in self._t.tickets):
            raise Conflict("This customer still has tickets; give those away first.")
        customer = found(self._t.customers, customer_id, "customer")
        self._t.customers.drop(customer_id)
        if customer.secret_hash is not None:
            self._t.secrets.drop(customer.secret_hash)
        if customer.external_id is not None:
            self._t.external_ids.drop(customer.external_id)

    def gaps_of(self, ticket_ids: Sequence[str]) -> tuple[Gap, ...]:
        """Return the gaps recorded on these tickets, oldest first."""
        return tuple(_on(self._t.gaps, ticket_ids))

    def alerts_of(self, ticket_ids: Sequence[str]) -> tuple[Alert, ...]:
        """Return the alerts about these tickets, oldest first."""
        return tuple(_on(self._t.alerts, ticket_ids))

    def audit_of(self, subjects: Sequence[str]) -> tuple[AuditEntry, ...]:
        """Return the entries of the audit log on these subjects, oldest first."""
        named = set(subjects)
        return tuple(sorted((e for e in self._t.audit if e.subject in named), key=lambda e: e.at))

    def _meant(self, kind: Kept, ticket_ids: Sequence[str] | None, before: datetime | None) -> list[tuple[Any, Any]]:
        """The keys and values a call is about, oldest first."""
        place = _PLACES[kind]
        shelf = place.shelf(self._t)
        every = ((key, shelf.get(key)) for key in shelf.every_key())
        meant = [
            (key, value)
            for key, value in every
            if (before is None or place.time(key, value) < before)
            and place.holds(value)
            and self._on_meant_ticket(kind, value, ticket_ids)
        ]
        return sorted(meant, key=lambda row: place.time(*row))

    def _on_meant_ticket(self, kind: Kept, value: Any, ticket_ids: Sequence[str] | None) -> bool:
        if ticket_ids is not None:
            return value.ticket_id in ticket_ids
        if kind not in OF_TICKETS or kind is Kept.VAULT:  # sealed data expire, whoever has the ticket
            return True
        sent = kind is not Kept.ALERTS or value.sent_at is not None
        return sent and not _with_people(found(self._t.tickets, value.ticket_id, "ticket"))


def _with_people(ticket: Ticket) -> bool:
    return ticket.queued or (ticket.owner is Owner.AGENT and ticket.open)


def _on(shelf: Shelf[str, Any], ticket_ids: Sequence[str]) -> Iterable[Any]:
    named = set(ticket_ids)
    return [value for value in shelf if value.ticket_id in named]
