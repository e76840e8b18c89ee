"""What the desk holds about a customer, as JSON; docs/reference/export.schema.json describes the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from supportbot.domain.account import AuditEntry, Customer, VaultEntry
from supportbot.domain.errors import BadInput
from supportbot.domain.handoff import Handoff
from supportbot.domain.ledger import HumanTime, ModelCall
from supportbot.domain.message import Message
from supportbot.domain.outcome import Gap, Outcome
from supportbot.domain.ticket import Ticket
from supportbot.ports import Sealer, StoredDecision, Tx

Json = dict[str, Any]

FORMAT = "supportbot-customer"
VERSION = 1

#: Who did something, in place of the ids of people at the desk.
_OTHERS = {"bot", "customer", "erasure", "system", "operator", "nobody"}


@dataclass(frozen=True, slots=True)
class View:
    """How an export reads: what opens sealed data, and whether it holds what agents write for each other."""

    sealer: Sealer
    notes: bool = False


def head(customer: Customer, at: datetime, view: View) -> Json:
    """Return what stands before the tickets."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": _when(at),
        "internal_notes": view.notes,
        "customer": {
            "id": customer.id,
            "external_id": customer.external_id,
            "name": customer.name,
            "recognised_by_cookie": customer.secret_hash is not None,
            "first_seen": _when(customer.created_at),
        },
    }


def ticket_document(tx: Tx, ticket: Ticket, view: View) -> Json:
    """Return one ticket with everything on it; read in the caller's snapshot."""
    ids = [ticket.id]
    return {
        "number": ticket.number,
        "id": ticket.id,
        "opened_at": _when(ticket.created_at),
        "updated_at": _when(ticket.updated_at),
        "resolved_at": _when(ticket.resolved_at),
        "resolved_by": _by(ticket.resolved_by),
        "owner": ticket.owner.value,
        "status": ticket.status.value,
        "priority": ticket.priority.name.lower(),
        "language": ticket.language,
        "request_type": ticket.request_type,
        "critical": ticket.critical,
        "subject": ticket.subject,
        "follows": ticket.follows,
        "messages": [_message(m) for m in tx.messages(ticket.id, private=view.notes)],
        "hidden_data": [_hidden(entry, view.sealer) for entry in tx.vault_entries(ticket.id)],
        "handoffs": [_handoff(h, view.notes) for h in tx.handoffs(ids)],
        "feedback": [_outcome(o) for o in tx.outcomes(ids)],
        "unanswered_questions": [_gap(g) for g in tx.gaps_of(ids)],
        "alerts": [{"at": _when(a.created_at), "kind": a.kind, "text": a.text} for a in tx.alerts_of(ids)],
        "decisions": [_decision(d) for d in tx.decisions(ids)],
        "model_calls": [_call(c) for c in tx.calls(ids)],
        "people_time": [_time(t) for t in tx.human_times(ids)],
    }


def audit_document(entries: Sequence[AuditEntry], numbers: Mapping[str, int]) -> list[Json]:
    """Return what was done with the customer's data; *numbers* by ticket id, for entries that name a ticket by id."""
    return [
        {
            "at": _when(entry.at),
            "action": entry.action,
            "ticket": _numbered(entry.subject, numbers),
            "detail": entry.detail,
            "by": _by(entry.actor_id),
        }
        for entry in entries
    ]


def _numbered(subject: str, numbers: Mapping[str, int]) -> int | None:
    return int(subject[1:]) if subject.startswith("#") else numbers.get(subject)


def _message(message: Message) -> Json:
    return {
        "seq": message.seq,
        "at": _when(message.created_at),
        "sender": message.sender.value,
        "author": message.author_name,
        "kind": message.kind.value,
        "internal": message.private,
        "language": message.language,
        "text": message.text,
        "sources": [{"index": c.index, "title": c.title, "quote": c.quote} for c in message.citations],
    }


def _hidden(entry: VaultEntry, sealer: Sealer) -> Json:
    try:
        value = sealer.open(entry.sealed)
    except BadInput:  # sealed with a key that is gone: nobody can read it any more
        value = None
    return {
        "placeholder": entry.placeholder,
        "kind": entry.kind,
        "value": value,
        "destroyed_at": _when(entry.expires_at),
    }


def _handoff(handoff: Handoff, notes: bool) -> Json:
    packet = asdict(handoff.packet)
    if not notes:  # drafts for agents may stand on internal articles, and so may the list of what was found
        packet["sources"] = [s for s in packet["sources"] if s["visibility"] == "public"]
        packet["suggested_reply"], packet["suggested_sources"] = "", []
    return {
        "at": _when(handoff.created_at),
        "reason": handoff.reason.value,
        "priority": handoff.priority.name.lower(),
        "packet": packet,
    }


def _outcome(outcome: Outcome) -> Json:
    return {
        "at": _when(outcome.at),
        "kind": outcome.kind.value,
        "value": outcome.value,
        "reason": outcome.reason,
        "about": "bot" if outcome.handler == "bot" else "agent",
    }


def _gap(gap: Gap) -> Json:
    return {"at": _when(gap.at), "question": gap.question, "language": gap.language}


def _decision(stored: StoredDecision) -> Json:
    assessment, decision = stored.assessment, stored.decision
    return {
        "at": _when(stored.at),
        "tier": decision.tier.value,
        "route": list(decision.route),
        "arm": decision.arm,
        "reasons": [asdict(reason) for reason in decision.reasons],
        "question": assessment.query,
        "parts": list(assessment.parts),
        "complexity": assessment.complexity.value,
        "guard": assessment.guard.value if assessment.guard else None,
        "critical": assessment.critical.value if assessment.critical else None,
        "request_type": assessment.request_type,
        "language": assessment.language,
        "mood": assessment.mood,
        "p_acceptable": dict(assessment.p_acceptable),
        "signals": dict(assessment.signals),
        "found": [asdict(reason) for reason in assessment.reasons],
        "cited": list(stored.cited),
        "retrieved": list(stored.retrieved),
    }


def _call(call: ModelCall) -> Json:
    started, settled = call.started, call.settled
    return {
        "at": _when(started.started_at),
        "purpose": started.purpose.value,
        "deployment": started.deployment,
        "provider": started.provider,
        "model": (settled.served_model if settled else None) or started.model,
        "tier": started.tier,
        "outcome": settled.outcome.value if settled else "started",
        "input_tokens": settled.usage.input_tokens if settled else started.reserved_input_tokens,
        "output_tokens": settled.usage.output_tokens if settled else started.reserved_output_tokens,
        "cost_microusd": settled.cost_microusd if settled else started.reserved_microusd,
        "list_cost_microusd": settled.list_cost_microusd if settled else started.reserved_list_microusd,
    }


def _time(time: HumanTime) -> Json:
    return {"at": _when(time.started_at), "seconds": time.seconds, "cost_microusd": time.cost_microusd}


def _by(who: str | None) -> str | None:
    return who if who is None or who in _OTHERS else "agent"


def _when(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
