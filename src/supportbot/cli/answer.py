"""The document of `supportbot ask --json`, read back from the store."""

from collections.abc import Iterable

from supportbot.cli.output import Json
from supportbot.domain.assessment import Assessment
from supportbot.domain.decision import Decision, Reason
from supportbot.domain.handoff import Handoff
from supportbot.domain.ledger import ModelCall
from supportbot.domain.message import Message, Sender
from supportbot.domain.money import dollars
from supportbot.domain.ticket import Ticket
from supportbot.ports import StoredDecision, Tx


def read_answer(tx: Tx, ticket_id: str, turn_id: str | None) -> Json:
    """Return what became of a message; without a turn a person reads it, and there is no answer of the bot."""
    ticket = tx.ticket(ticket_id)
    said = [m for m in tx.messages(ticket_id) if m.sender is Sender.BOT and turn_id and m.turn_id == turn_id]
    decided = [d for d in tx.decisions([ticket_id]) if d.turn_id == turn_id]
    calls = [call_json(c) for c in tx.calls([ticket_id]) if turn_id and c.started.turn_id == turn_id]
    handoffs = tx.handoffs([ticket_id])
    return answer_json(
        ticket, said[-1] if said else None, decided[-1] if decided else None, calls, handoffs[-1] if handoffs else None
    )


def answer_json(
    ticket: Ticket, message: Message | None, stored: StoredDecision | None, calls: list[Json], handoff: Handoff | None
) -> Json:
    """Put the document together."""
    return {
        "ticket_id": ticket.id,
        "complexity": stored.assessment.complexity.value if stored else None,
        "tier": stored.decision.tier.value if stored else None,
        "status": ticket.status.value,
        "owner": ticket.owner.value,
        "answer": message.text if message else None,
        "citations": [
            {"article": c.article_id, "title": c.title, "passage": c.quote}
            for c in (message.citations if message else ())
        ],
        "decision": decision_json(stored.assessment, stored.decision) if stored else None,
        "calls": calls,
        "cost_usd": _sum(call["cost_microusd"] for call in calls),
        "list_cost_usd": _total(call["list_cost_usd"] for call in calls),
        "handoff": handoff_json(ticket, handoff) if handoff else None,
    }


def decision_json(assessment: Assessment, decision: Decision) -> Json:
    """Return what was found and decided."""
    return {
        "guard": assessment.guard.value if assessment.guard else None,
        "request_type": assessment.request_type,
        "language": assessment.language,
        "critical": assessment.critical.value if assessment.critical else None,
        "p_acceptable": probabilities(assessment),
        "certified": assessment.certified,
        "arm": decision.arm,
        "reasons": reasons_json((*decision.reasons, *assessment.reasons)),
        "signals": {name: round(value, 6) for name, value in assessment.signals.items()},
    }


def probabilities(assessment: Assessment) -> dict[str, float]:
    """Return P(acceptable) by deployment."""
    return {name: round(p, 6) for name, p in assessment.p_acceptable.items()}


def reasons_json(reasons: Iterable[Reason]) -> list[Json]:
    """Return each reason once."""
    return [{"code": reason.code, "text": reason.text} for reason in dict.fromkeys(reasons)]


def handoff_json(ticket: Ticket, handoff: Handoff) -> Json:
    """Return why people have the ticket; `waiting`: nobody has taken it yet."""
    return {
        "reason": handoff.reason.value,
        "priority": handoff.priority.name.lower(),
        "waiting": ticket.queued,
    }


def call_json(call: ModelCall) -> Json:
    """Return one call; an unsettled one at its reservation. Costs are null where there is no price."""
    started, settled = call.started, call.settled
    cost = settled.cost_microusd if settled else started.reserved_microusd
    listed = settled.list_cost_microusd if settled else started.reserved_list_microusd
    usage = settled.usage if settled else None
    return {
        "deployment": started.deployment,
        "provider": started.provider,
        "model": (settled.served_model if settled else None) or started.model,
        "purpose": started.purpose.value,
        "outcome": settled.outcome.value if settled else "open",
        "input_tokens": usage.input_tokens if usage else started.reserved_input_tokens,
        "output_tokens": usage.output_tokens if usage else started.reserved_output_tokens,
        "cached_tokens": usage.cached_tokens if usage else 0,
        "cost_usd": None if cost is None else dollars(cost),
        "cost_microusd": cost,
        "list_cost_usd": None if listed is None else dollars(listed),
        "latency_ms": settled.latency_ms if settled else None,
        "estimated": usage.estimated if usage else True,
    }


def _sum(microusd: Iterable[object]) -> float | None:
    """Sum in whole micro-dollars; one unknown amount makes the sum unknown."""
    amounts = list(microusd)
    return None if any(a is None for a in amounts) else dollars(sum(a for a in amounts if isinstance(a, int)))


def _total(usd: Iterable[object]) -> float | None:
    amounts = list(usd)
    return None if any(a is None for a in amounts) else round(sum(a for a in amounts if isinstance(a, float)), 6)
