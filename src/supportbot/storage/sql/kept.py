"""Counting and destroying what holds words or personal data in SQL."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Text, cast, delete, exists, func, not_, or_, select, tuple_, update

from supportbot.domain.account import AuditEntry, VaultEntry
from supportbot.domain.errors import Conflict, NotFound
from supportbot.domain.handoff import Alert, Packet
from supportbot.domain.kept import OF_TICKETS, TOMBSTONES, Kept
from supportbot.domain.outcome import COMMENTED, Gap
from supportbot.domain.ticket import Owner, Status
from supportbot.storage.mapping import (
    ALERT,
    AUDIT,
    CUSTOMER,
    GAP,
    HANDOFF,
    MESSAGE,
    OUTCOME,
    SESSION,
    TICKET,
    VAULT,
    json_codec,
)
from supportbot.storage.sql.part import SqlPart, chunks
from supportbot.storage.tables import HitRow, table

_T = TICKET.table.c
_C = CUSTOMER.table.c
_VAULT = VAULT.table.c
_AUDIT = AUDIT.table.c
_EMPTY: dict[str, Any] = json_codec(Packet)[0](Packet(why=""))
_WITH_PEOPLE = or_(_T.queued, (_T.owner == Owner.AGENT.value) & (_T.status != Status.RESOLVED.value))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a kind lies: which rows hold something, how old they are, and what takes it away (None: deletion)."""

    table: Table
    time: Column[Any]
    holds: tuple[ColumnElement[bool], ...] = ()
    emptied: dict[str, Any] | None = None

    @property
    def key(self) -> ColumnElement[Any]:
        """The primary key."""
        columns = list(self.table.primary_key.columns)
        return columns[0] if len(columns) == 1 else tuple_(*columns)


_HITS = table(HitRow)
_COMMENTED = OUTCOME.table.c.kind.in_([kind.value for kind in COMMENTED])
_PLACES = {
    Kept.MESSAGES: _Place(MESSAGE.table, MESSAGE.table.c.created_at),
    Kept.PACKETS: _Place(
        HANDOFF.table,
        HANDOFF.table.c.created_at,
        (cast(HANDOFF.table.c.packet, Text) != json.dumps(_EMPTY),),
        {"packet": _EMPTY},
    ),
    Kept.VAULT: _Place(VAULT.table, _VAULT.expires_at),
    Kept.COMMENTS: _Place(
        OUTCOME.table, OUTCOME.table.c.at, (OUTCOME.table.c.reason.is_not(None), _COMMENTED), {"reason": None}
    ),
    Kept.GAPS: _Place(GAP.table, GAP.table.c.at),
    Kept.ALERTS: _Place(ALERT.table, ALERT.table.c.created_at),
    Kept.AUDIT: _Place(AUDIT.table, _AUDIT.at),
    Kept.COUNTS: _Place(_HITS, _HITS.c.window),
    Kept.SESSIONS: _Place(SESSION.table, SESSION.table.c.expires_at),
}


class SqlKept(SqlPart):
    """The part of the unit of work about erasure and retention."""

    def vault_entries_of(self, kind: str) -> tuple[VaultEntry, ...]:
        """Return every sealed datum of a kind, oldest first."""
        return self._list(VAULT, select(*VAULT.columns).where(_VAULT.kind == kind).order_by(_VAULT.position))

    def count_kept(self, kind: Kept, *, ticket_ids: Sequence[str] | None = None, before: datetime | None = None) -> int:
        """Return how many rows `forget_kept` would meet without a limit."""
        place = _PLACES[kind]
        return sum(
            int(self._rows(select(func.count()).select_from(place.table).where(*_which(kind, ids, before)))[0][0])
            for ids in _pieces(ticket_ids)
        )

    def forget_kept(
        self,
        kind: Kept,
        *,
        ticket_ids: Sequence[str] | None = None,
        before: datetime | None = None,
        limit: int | None = None,
    ) -> int:
        """Destroy rows of *kind*, or the words in them; return how many."""
        forgotten = 0
        for ids in _pieces(ticket_ids):
            left = None if limit is None else limit - forgotten
            self._hold(*ids or ())
            forgotten += self._forget(_PLACES[kind], _which(kind, ids, before), left)
            for ticket_id in ids or ():
                self._touch(ticket_id)
        return forgotten

    def _forget(self, place: _Place, which: list[ColumnElement[bool]], limit: int | None) -> int:
        if limit is not None:
            which = [
                place.key.in_(select(*place.table.primary_key.columns).where(*which).order_by(place.time).limit(limit))
            ]
        if place.emptied is None:
            return self._change(delete(place.table).where(*which)).rowcount
        return self._change(update(place.table).where(*which).values(place.emptied)).rowcount

    def tickets_keeping(self, kind: Kept, before: datetime, limit: int) -> tuple[str, ...]:
        """Return tickets with rows of *kind* older than *before*; none that a person has or awaits."""
        ticket_id = _PLACES[kind].table.c.ticket_id
        rows = self._rows(select(ticket_id).where(*_which(kind, None, before)).distinct().limit(limit))
        return tuple(row[0] for row in rows)

    def idle_customers(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Return customers whom nobody heard of since *before*, the first ones by id."""
        lively = exists().where(_T.customer_id == _C.id, or_(_T.updated_at >= before, _WITH_PEOPLE))
        idle = select(_C.id).where(_C.created_at < before, _C.id.not_in(TOMBSTONES), not_(lively))
        return tuple(row[0] for row in self._rows(idle.order_by(_C.id).limit(limit)))

    def remove_customer(self, customer_id: str) -> None:
        """Forget a customer who has no tickets any more."""
        if self._rows(select(_T.id).where(_T.customer_id == customer_id).limit(1)):
            raise Conflict("This customer still has tickets; give those away first.")
        if not self._hit(delete(CUSTOMER.table).where(_C.id == customer_id)):
            raise NotFound(f"There is no customer {customer_id}; check the id.")

    def gaps_of(self, ticket_ids: Sequence[str]) -> tuple[Gap, ...]:
        """Return the gaps recorded on these tickets, oldest first."""
        return self._of_tickets(GAP, ticket_ids)

    def alerts_of(self, ticket_ids: Sequence[str]) -> tuple[Alert, ...]:
        """Return the alerts about these tickets, oldest first."""
        return self._of_tickets(ALERT, ticket_ids)

    def audit_of(self, subjects: Sequence[str]) -> tuple[AuditEntry, ...]:
        """Return the entries of the audit log on these subjects, oldest first."""
        found: list[AuditEntry] = []
        for some in chunks(subjects):
            query = select(*AUDIT.columns).where(_AUDIT.subject.in_(some)).order_by(_AUDIT.at, _AUDIT.position)
            found += self._list(AUDIT, query)
        return tuple(sorted(found, key=lambda entry: entry.at))


def _pieces(ticket_ids: Sequence[str] | None) -> Sequence[list[str] | None]:
    return [None] if ticket_ids is None else list(chunks(ticket_ids))


def _which(kind: Kept, ticket_ids: list[str] | None, before: datetime | None) -> list[ColumnElement[bool]]:
    place = _PLACES[kind]
    found = [*place.holds]
    if before is not None:
        found.append(place.time < before)
    if ticket_ids is not None:
        found.append(place.table.c.ticket_id.in_(ticket_ids))
    elif kind in OF_TICKETS and kind is not Kept.VAULT:  # sealed data expire, whoever has the ticket
        found.append(exists().where(_T.id == place.table.c.ticket_id, not_(_WITH_PEOPLE)))
        if kind is Kept.ALERTS:
            found.append(ALERT.table.c.sent_at.is_not(None))
    return found
