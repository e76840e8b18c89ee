"""Tells the journal how a turn ended: ids, names and figures, never a word of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from supportbot.access import pseudonym
from supportbot.domain.errors import LimitReached
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn
from supportbot.engine.conclusion import Conclusion
from supportbot.ports import Journal


def tell_turn(journal: Journal, ticket: Ticket, turn: Turn, conclusion: Conclusion, posted: bool) -> None:
    """Note the turn, and the handoff if it was one; *turn* is as it was stored at its end."""
    understanding, decision, handoff = conclusion.understanding, conclusion.decision, conclusion.handoff
    guard = understanding.assessment.guard if understanding else None
    settled = conclusion.settlements
    end = turn.finished_at
    journal.note(
        "turn",
        ticket=turn.ticket_id,
        turn=turn.id,
        customer=pseudonym(ticket.customer_id),
        lane=ticket.lane.value,
        language=ticket.language,
        attempt=turn.attempt,
        guard=guard.value if guard else None,
        tier=decision.tier.value if decision else None,
        outcome=_outcome(conclusion, posted),
        calls=len(settled),
        cost_microusd=sum(s.cost_microusd or 0 for s in settled),
        list_cost_microusd=sum(s.list_cost_microusd or 0 for s in settled),
        input_tokens=sum(s.usage.input_tokens for s in settled),
        output_tokens=sum(s.usage.output_tokens for s in settled),
        first_text_ms=_since(turn.created_at, turn.first_released_at or (end if posted else None)),
        total_ms=_since(turn.created_at, end),
    )
    if posted and handoff is not None:
        tell_handoff(journal, ticket, handoff.reason.value, turn.id)


def tell_handoff(journal: Journal, ticket: Ticket, reason: str, turn_id: str | None = None) -> None:
    """Note that a ticket went to people."""
    journal.note("handoff", ticket=ticket.id, customer=pseudonym(ticket.customer_id), turn=turn_id, reason=reason)


@contextmanager
def limits_told(journal: Journal, customer_id: str) -> Iterator[None]:
    """Note a limit that is reached within, and let it pass on."""
    try:
        yield
    except LimitReached as reached:
        journal.note("limited", limit=reached.limit, customer=pseudonym(customer_id))
        raise


def _outcome(conclusion: Conclusion, posted: bool) -> str:
    if conclusion.end is not None:
        return conclusion.end.value
    if not posted:
        return "overtaken"
    return "handoff" if conclusion.handoff else conclusion.reply.kind.value if conclusion.reply else "none"


def _since(begin: datetime, end: datetime | None) -> int | None:
    """Return whole milliseconds, 0 when the clock was set back meanwhile."""
    return None if end is None else max(0, round((end - begin).total_seconds() * 1000))
