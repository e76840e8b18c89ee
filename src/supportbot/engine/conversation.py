"""Reads what the chat page shows."""

from datetime import datetime, timedelta
from statistics import median

from supportbot.domain.hours import Hours
from supportbot.domain.outcome import OutcomeKind, ratings
from supportbot.domain.ticket import LENT, OFFERED, Owner, Status, Ticket
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.engine.views import Conversation, Running, Waiting
from supportbot.ports import TicketFilter, Tx

#: How many tickets of one customer a thread goes back.
_THREAD = 20

#: How many places in the queue are counted before "many" is told.
_QUEUE = 200

#: Ask how it went at most this long after the end.
_ASK_FOR = timedelta(days=1)


def read_conversation(tx: Tx, customer_id: str, hours: Hours, now: datetime, limit: int) -> Conversation:
    """Return the thread of a customer; an unknown one raises NotFound."""
    customer = tx.customer(customer_id)
    tickets = tx.tickets(TicketFilter(customer_id=customer_id, limit=_THREAD))
    if not tickets:
        return Conversation(customer, people_open=hours.is_open(now), people_back=hours.next_open(now))
    current = tickets[0]
    messages = tuple(m for t in reversed(tickets) for m in tx.messages(t.id))[-limit:]
    outcomes = tx.outcomes([t.id for t in tickets])
    scored = [o.value for o in outcomes if o.kind is OutcomeKind.CSAT and o.ticket_id == current.id]
    due = not scored and not current.open and not current.critical and _fresh(current, now)
    return Conversation(
        customer=customer,
        messages=messages,
        tickets=tickets,
        current=current,
        ratings=ratings(outcomes),
        running=_running(tx, current),
        waiting=queue_place(tx, current),
        agent_name=_agent(tx, current),
        offer=current.state == OFFERED,
        csat_due=due and bool(messages),
        csat=scored[0] if scored else None,
        people_open=hours.is_open(now),
        people_back=hours.next_open(now),
    )


def _fresh(ticket: Ticket, now: datetime) -> bool:
    return ticket.resolved_at is not None and now - ticket.resolved_at <= _ASK_FOR


def _running(tx: Tx, ticket: Ticket) -> Running | None:
    if ticket.status is not Status.ANSWERING:
        return None
    live: list[Turn] = [t for t in tx.turns(ticket.id) if t.status in (TurnStatus.DUE, TurnStatus.RUNNING)]
    if not live:
        return None
    turn = live[-1]
    released = any(m.turn_id == turn.id for m in tx.messages(ticket.id))
    return Running(turn.id, turn.step, turn.created_at, released)


def _agent(tx: Tx, ticket: Ticket) -> str | None:
    return tx.account(ticket.agent_id).name if ticket.owner is Owner.AGENT and ticket.agent_id and ticket.open else None


def queue_place(tx: Tx, ticket: Ticket) -> Waiting | None:
    """Return where *ticket* stands in the queue of people; None when it does not wait."""
    if not ticket.queued or ticket.waiting_since is None:
        return None
    queue = tx.tickets(TicketFilter(queued=True, open=True, order="queue", limit=_QUEUE))
    ahead = next((place for place, other in enumerate(queue) if other.id == ticket.id), len(queue))
    return Waiting(
        ahead=ahead,
        minutes=_wait_minutes(tx, ahead),
        since=ticket.waiting_since,
        lent=ticket.state == LENT,
        critical=ticket.critical is not None,
    )


def _wait_minutes(tx: Tx, ahead: int) -> float | None:
    """The median of the last twenty measured waits, stretched by who is ahead; None below three of them."""
    recent = [t for t in tx.tickets(TicketFilter(limit=100)) if t.first_agent_reply_at][:20]
    handoffs = tx.handoffs([t.id for t in recent])
    handed = {h.ticket_id: h.created_at for h in reversed(handoffs)}  # the first of a ticket: the reply ended its wait
    waits = [
        (t.first_agent_reply_at - handed[t.id]).total_seconds() / 60
        for t in recent
        if t.first_agent_reply_at and t.id in handed
    ]
    return median(waits) * (1 + ahead / 4) if len(waits) >= 3 else None
