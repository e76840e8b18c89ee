"""Customers and tickets in SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, update

from supportbot.domain.account import Customer
from supportbot.domain.errors import NotFound, StaleVersion
from supportbot.domain.ticket import Status, Ticket
from supportbot.ports import TicketFilter
from supportbot.storage.mapping import CUSTOMER, NEVER, TICKET
from supportbot.storage.sql.part import SqlPart, chunks
from supportbot.storage.tables import CounterRow, table

_COUNTER = table(CounterRow)
_T = TICKET.table.c
_C = CUSTOMER.table.c
_OPEN = [status.value for status in Status if status is not Status.RESOLVED]

_COUNT = update(_COUNTER).where(_COUNTER.c.name == "ticket").values(value=_COUNTER.c.value + 1)
_NEXT_NUMBER = _COUNT.returning(_COUNTER.c.value)
_OLDEST_WAIT = select(func.min(_T.waits_from)).where(_T.queued.is_(True))
_SWAP = update(TICKET.table).where(_T.id == bindparam("its_id"), _T.version == bindparam("its_version"))


class SqlTickets(SqlPart):
    """The part of the unit of work about customers and tickets."""

    def add_customer(self, customer: Customer) -> None:
        """Store a new customer."""
        self._add(CUSTOMER, customer, "customer")

    def customer(self, customer_id: str) -> Customer:
        """Return a customer."""
        rows = self._list(CUSTOMER, select(*CUSTOMER.columns).where(_C.id == customer_id), held=True)
        if not rows:
            raise NotFound(f"There is no customer {customer_id}; check the id.")
        return rows[0]

    def customer_by_secret(self, secret_hash: str) -> Customer | None:
        """Return the customer whose cookie hashes to this."""
        return self._find(CUSTOMER, _C.secret_hash == secret_hash)

    def customer_by_external_id(self, external_id: str) -> Customer | None:
        """Return the customer a program knows under this id."""
        return self._find(CUSTOMER, _C.external_id == external_id)

    def customers(self, customer_ids: Sequence[str]) -> tuple[Customer, ...]:
        """Return these customers."""
        found = (self._list(CUSTOMER, select(*CUSTOMER.columns).where(_C.id.in_(ids))) for ids in chunks(customer_ids))
        return tuple(customer for some in found for customer in some)

    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Store a new ticket under the next number; a number is never given twice."""
        number = self._change(_NEXT_NUMBER).scalar_one()
        numbered = replace(ticket, number=number)
        self._add(TICKET, numbered, "ticket")
        self._touch(ticket.id)
        return numbered

    def ticket(self, ticket_id: str) -> Ticket:
        """Return a ticket by id."""
        return self._get(TICKET, ticket_id, "ticket", _T.id == ticket_id)

    def ticket_by_number(self, number: int) -> Ticket:
        """Return a ticket by number."""
        return self._get(TICKET, number, "ticket with number", _T.number == number)

    def save_ticket(self, ticket: Ticket) -> Ticket:
        """Compare the version and swap, in one statement."""
        saved = replace(ticket, version=ticket.version + 1)
        if not self._hit(_SWAP, TICKET.row(saved) | {"its_id": ticket.id, "its_version": ticket.version}):
            stored = self.ticket(ticket.id)
            raise StaleVersion(f"Ticket #{stored.number} changed since it was read; read it again and decide anew.")
        self._touch(ticket.id)
        return saved

    def tickets(self, which: TicketFilter) -> tuple[Ticket, ...]:
        """Return the tickets that match, in the filter's order."""
        query = _page(_ordered(select(*TICKET.columns).where(*_conditions(which)), which), which)
        if self._locks is None or which.customer_id is None:
            return self._list(TICKET, query)
        self._find(CUSTOMER, _C.id == which.customer_id)  # held, so that no ticket joins these or leaves them
        return self._list(TICKET, query.with_for_update(), held=True)

    def count_tickets(self, which: TicketFilter) -> int:
        """Return how many match."""
        return int(self._rows(select(func.count()).select_from(TICKET.table).where(*_conditions(which)))[0][0])

    def oldest_wait(self) -> datetime | None:
        """Return since when the longest waits; `waits_from` is in the index of the queue, `waiting_since` is not."""
        since: datetime | None = self._rows(_OLDEST_WAIT)[0][0]
        return None if since == NEVER else since


def _conditions(which: TicketFilter) -> list[ColumnElement[bool]]:
    wanted: list[tuple[ColumnElement[Any], object]] = [
        (_T.customer_id, which.customer_id),
        (_T.agent_id, which.agent_id),
        (_T.queued, which.queued),
        (_T.demo, which.demo),
    ]
    found = [column == value for column, value in wanted if value is not None]
    if which.open is not None:  # named one by one, so that the index on status serves
        found.append(_T.status.in_(_OPEN) if which.open else _T.status == Status.RESOLVED.value)
    if which.statuses:
        found.append(_T.status.in_([str(status) for status in which.statuses]))
    if which.since is not None:
        found.append(_T.created_at >= which.since)
    if which.until is not None:
        found.append(_T.created_at < which.until)
    return found


def _ordered(query: Select[Any], which: TicketFilter) -> Select[Any]:
    if which.order == "queue":
        return query.order_by(_T.rank, _T.waits_from, _T.number)
    if which.customer_id is not None:
        return query.order_by(_T.number.desc())
    return query.order_by(_T.created_at.desc(), _T.number.desc())


def _page(query: Select[Any], which: TicketFilter) -> Select[Any]:
    if which.limit is not None:
        query = query.limit(which.limit)
    return query.offset(which.offset) if which.offset else query
