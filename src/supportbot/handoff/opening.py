"""The one way a ticket gets from the bot to people."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.domain.assessment import Guard
from supportbot.domain.handoff import Alert, Handoff, HandoffReason, Packet
from supportbot.domain.ids import new_id
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.outcome import Outcome, OutcomeKind
from supportbot.domain.ticket import Event, Priority, Ticket, moved
from supportbot.domain.turn import TurnStatus
from supportbot.ports import PostGuard, Tx

_PRIORITY = {
    HandoffReason.CRITICAL: Priority.URGENT,
    HandoffReason.ANGER: Priority.HIGH,
    HandoffReason.REPEATED: Priority.HIGH,
}


#: How long after leaving the queue the place can be had back.
_REGRET = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a handoff is opened with; *text* is the one message the customer sees."""

    reason: HandoffReason
    text: str
    packet: Packet
    language: str
    turn_id: str | None = None
    priority: Priority | None = None


def open_handoff(tx: Tx, ticket: Ticket, opening: Opening, at: datetime, guard: PostGuard | None = None) -> bool:
    """Write message, packet, queue row, alert and outcome; False (and nothing written) when *guard* does not hold.

    Without a guard (the customer pressed the button) every running turn of the ticket is ended first, so the bot cannot
    speak afterwards. Raises IllegalTransition when the ticket is not the bot's.
    """
    message = Message(
        id=new_id(),
        ticket_id=ticket.id,
        sender=Sender.BOT,
        text=opening.text,
        created_at=at,
        kind=MessageKind.HANDOFF,
        turn_id=opening.turn_id,
        language=opening.language,
    )
    if guard is None:
        tx.end_turns(ticket.id, TurnStatus.ABANDONED, at)
        tx.add_message(message)
    elif tx.post_bot_message(message, guard) is None:
        return False
    after = moved(ticket, Event.HANDED_OFF, at)
    priority = max(ticket.priority, opening.priority or _PRIORITY.get(opening.reason, Priority.NORMAL))
    since = _place_kept(tx, ticket.id, at) or after.waiting_since
    saved = tx.save_ticket(replace(after, priority=priority, language=opening.language, waiting_since=since))
    handoff = Handoff(
        new_id(), ticket.id, opening.reason, saved.priority, at, message.id, opening.turn_id, opening.packet
    )
    tx.add_handoff(handoff)
    tx.add_alert(Alert(new_id(), ticket.id, "handoff", f"#{ticket.number} needs a person: {opening.reason}", at))
    tx.add_outcome(
        Outcome(new_id(), ticket.id, OutcomeKind.HANDOFF, at, message.id, opening.turn_id, reason=opening.reason)
    )
    return True


def _place_kept(tx: Tx, ticket_id: str, at: datetime) -> datetime | None:
    """Since when a customer waits who called the person off by words, and thought better of it within minutes."""
    called_off = [d.at for d in tx.decisions([ticket_id]) if d.assessment.guard is Guard.CALLED_OFF]
    before = tx.handoffs([ticket_id])
    return before[-1].created_at if called_off and before and at - called_off[-1] <= _REGRET else None
