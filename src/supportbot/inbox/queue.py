"""Reads a page of the queue."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from supportbot.domain.account import Actor
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.ticket import Status, Ticket
from supportbot.inbox.views import Queue, QueueRow, Scope
from supportbot.ports import TicketFilter, Tx

_PREVIEW = 90

#: How far back an empty queue looks, to say that the desk is alive.
_RECENT = timedelta(days=1)

_MINE = (Status.CLAIMED.value, Status.SNOOZED.value)


def read_queue(
    tx: Tx, actor: Actor, scope: Scope, now: datetime, sla_minutes: Sequence[int], limit: int, offset: int
) -> Queue:
    """Return a page of *scope* and the counters of every scope."""
    filters = {
        Scope.MINE: TicketFilter(agent_id=actor.id, statuses=_MINE, order="queue"),
        Scope.OPEN: TicketFilter(queued=True, open=True, order="queue"),
    }
    mine, waiting = (tx.count_tickets(filters[s]) for s in (Scope.MINE, Scope.OPEN))
    held = tx.count_tickets(TicketFilter(statuses=_MINE))
    since = tx.oldest_wait()
    tickets = _page(tx, filters, scope, waiting, limit, offset)
    return Queue(
        rows=_rows(tx, tickets, now, sla_minutes),
        counts={Scope.MINE: mine, Scope.OPEN: waiting, Scope.ALL: waiting + held},
        recent=0 if waiting + held else tx.count_tickets(TicketFilter(since=now - _RECENT)),
        waiting=waiting,
        longest_seconds=max(0, round((now - since).total_seconds())) if since else 0,
    )


def _page(
    tx: Tx, filters: dict[Scope, TicketFilter], scope: Scope, waiting: int, limit: int, offset: int
) -> tuple[Ticket, ...]:
    """Return the tickets of a page; ALL lists those waiting first, then those in somebody's hands."""
    if scope is not Scope.ALL:
        return tx.tickets(replace(filters[scope], limit=limit, offset=offset))
    first = tx.tickets(replace(filters[Scope.OPEN], limit=limit, offset=offset)) if offset < waiting else ()
    left = limit - len(first)
    if left <= 0:
        return first
    held = TicketFilter(statuses=_MINE, order="queue", limit=left, offset=max(0, offset - waiting))
    return (*first, *tx.tickets(held))


def _rows(tx: Tx, tickets: Sequence[Ticket], now: datetime, sla_minutes: Sequence[int]) -> tuple[QueueRow, ...]:
    """Return the lines of a page, read with three questions however long it is."""
    names = {c.id: c.name for c in tx.customers([t.customer_id for t in tickets])}
    agents = {a.id: a.name for a in tx.accounts()} if any(t.agent_id for t in tickets) else {}
    said: dict[str, list[Message]] = defaultdict(list)
    for message in tx.last_messages([t.id for t in tickets]):
        said[message.ticket_id].append(message)

    def row(ticket: Ticket) -> QueueRow:
        waited = max(0, round((now - (ticket.waiting_since or ticket.created_at)).total_seconds()))
        last = sorted(said[ticket.id], key=lambda m: m.seq)
        return QueueRow(
            ticket=ticket,
            customer_name=names[ticket.customer_id],
            preview=_preview(last, ticket),
            waiting_seconds=waited,
            sla_left_seconds=sla_minutes[ticket.priority] * 60 - waited,
            agent_name=agents.get(ticket.agent_id or ""),
            unread=_unread(last),
        )

    return tuple(row(ticket) for ticket in tickets)


def _preview(messages: Sequence[Message], ticket: Ticket) -> str:
    said = [m.text for m in messages if m.sender is Sender.CUSTOMER]
    flat = " ".join((said[-1] if said else ticket.subject or "Asked for a person").split())
    return flat if len(flat) <= _PREVIEW else flat[: _PREVIEW - 1] + "…"


def _unread(messages: Sequence[Message]) -> bool:
    """Whether the customer (or nobody yet) spoke after the last agent."""
    spoken = [m.sender for m in messages if m.sender in (Sender.CUSTOMER, Sender.AGENT) and m.kind is MessageKind.TEXT]
    return not spoken or spoken[-1] is Sender.CUSTOMER
