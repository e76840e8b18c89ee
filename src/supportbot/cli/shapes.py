"""Tickets, messages and cases as JSON."""

from dataclasses import asdict

from supportbot.cli.output import Json, when
from supportbot.domain.account import Account
from supportbot.domain.handoff import Handoff
from supportbot.domain.message import Message
from supportbot.domain.money import dollars
from supportbot.domain.ticket import Ticket
from supportbot.inbox.views import Case, Queue, QueueRow


def ticket_json(ticket: Ticket) -> Json:
    """Return a ticket."""
    return {
        "ticket_id": ticket.id,
        "number": ticket.number,
        "subject": ticket.subject,
        "owner": ticket.owner.value,
        "status": ticket.status.value,
        "waiting": ticket.queued,
        "priority": ticket.priority.name.lower(),
        "lane": ticket.lane.value,
        "language": ticket.language,
        "request_type": ticket.request_type,
        "critical": ticket.critical,
        "agent_id": ticket.agent_id,
        "follows": ticket.follows,
        "created_at": when(ticket.created_at),
        "waiting_since": when(ticket.waiting_since),
        "resolved_at": when(ticket.resolved_at),
        "resolved_by": ticket.resolved_by,
    }


def message_json(message: Message) -> Json:
    """Return a message."""
    return {
        "message_id": message.id,
        "ticket_id": message.ticket_id,
        "seq": message.seq,
        "at": when(message.created_at),
        "sender": message.sender.value,
        "kind": message.kind.value,
        "private": message.private,
        "author": message.author_name,
        "text": message.text,
        "citations": [{"article": c.article_id, "title": c.title, "passage": c.quote} for c in message.citations],
    }


def case_json(case: Case) -> Json:
    """Return a ticket with everything an agent sees."""
    return {
        "ticket": ticket_json(case.ticket),
        "customer": {"id": case.customer.id, "external_id": case.customer.external_id, "name": case.customer.name},
        "agent": case.agent_name,
        "handoff": _handoff(case.handoff) if case.handoff else None,
        "messages": [message_json(m) | {"rating": case.ratings.get(m.id)} for m in case.messages],
        "cost_usd": dollars(case.cost_microusd),
        "list_cost_usd": dollars(case.list_cost_microusd),
        "human_usd": dollars(case.human_microusd),
        "human_seconds": case.human_seconds,
        "earlier": [{"ticket_id": t.id, "number": t.number, "status": t.status.value} for t in case.earlier],
        "hidden_data": list(case.hidden_data),
    }


def _handoff(handoff: Handoff) -> Json:
    return {
        "reason": handoff.reason.value,
        "priority": handoff.priority.name.lower(),
        "at": when(handoff.created_at),
        "packet": asdict(handoff.packet),
    }


def queue_json(queue: Queue) -> Json:
    """Return a page of the inbox."""
    return {
        "tickets": [_row(row) for row in queue.rows],
        "counts": {str(scope): n for scope, n in queue.counts.items()},
        "waiting": queue.waiting,
        "longest_seconds": queue.longest_seconds,
    }


def _row(row: QueueRow) -> Json:
    return ticket_json(row.ticket) | {
        "customer": row.customer_name,
        "preview": row.preview,
        "waiting_seconds": row.waiting_seconds,
        "sla_left_seconds": row.sla_left_seconds,
        "agent": row.agent_name,
        "unread": row.unread,
    }


def account_json(account: Account) -> Json:
    """Return an account without its password."""
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "role": account.role.value,
        "disabled": account.disabled,
        "available": account.available,
        "created_at": when(account.created_at),
    }
