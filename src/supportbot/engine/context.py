"""What a turn starts from, read in one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass

from supportbot.domain.assessment import Guard
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.outcome import ratings
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn
from supportbot.ports import StoredDecision, Tx
from supportbot.triage import similar, unhelped


@dataclass(frozen=True, slots=True)
class TurnContext:
    """The ticket, the burst to answer, and what came before it on this ticket only."""

    turn: Turn
    ticket: Ticket
    burst: tuple[Message, ...]  #: the customer messages this turn answers
    before: tuple[Message, ...]  #: everything said earlier on this ticket
    ratings: Mapping[str, str]
    decisions: tuple[StoredDecision, ...]
    summary: str = ""  #: of the ticket this one follows; never its messages
    released: Message | None = None  #: what an interrupted attempt of this very turn already showed

    @property
    def history(self) -> tuple[str, ...]:
        """The customer's earlier messages, oldest first."""
        return tuple(m.text for m in self.before if m.sender is Sender.CUSTOMER)

    @property
    def answers(self) -> tuple[Message, ...]:
        """The bot's earlier answers on this ticket, without the one being replaced."""
        return tuple(m for m in self.before if m.kind is MessageKind.ANSWER)

    @property
    def thumbs_down(self) -> int:
        """How many of the bot's messages are rated down now."""
        return sum(rating == "down" for rating in self.ratings.values())

    @property
    def failures(self) -> int:
        """How many of the bot's messages did not help: rated down, or met by the customer saying so."""
        failed = {m for m, rating in self.ratings.items() if rating == "down"}
        said: Message | None = None
        for message in (*self.before, *self.burst):
            if message.kind in (MessageKind.ANSWER, MessageKind.REFUSAL):
                said = message
            elif said is not None and message.sender is Sender.CUSTOMER and unhelped(message.text):
                failed.add(said.id)
        return len(failed)

    @property
    def person_offered(self) -> bool:
        """Whether the newest thing said before was the bot asking whether a person should come."""
        spoken = [m for m in self.before if m.sender is not Sender.SYSTEM]
        if not spoken:
            return False
        last = spoken[-1]
        asked = {d.turn_id for d in self.decisions if d.assessment.guard is Guard.PERSON_MAYBE}
        return last.kind is MessageKind.REFUSAL or (last.kind is MessageKind.GUARD and last.turn_id in asked)

    @property
    def tiers(self) -> Mapping[str, str]:
        """Turn id to the tier that was decided for it."""
        return {d.turn_id: d.decision.tier for d in self.decisions}

    def repeats(self, text: str) -> int:
        """How many earlier messages asked the same as *text*."""
        return sum(similar(text, earlier) for earlier in self.history)


def load_context(tx: Tx, turn: Turn) -> TurnContext:
    """Read the context of *turn*."""
    ticket = tx.ticket(turn.ticket_id)
    messages = tx.messages(ticket.id)
    burst = tuple(m for m in messages if m.sender is Sender.CUSTOMER and turn.first_seq <= m.seq <= turn.last_seq)
    own = [m for m in messages if m.turn_id == turn.id and m.sender is Sender.BOT]
    return TurnContext(
        turn=turn,
        ticket=ticket,
        burst=burst,
        before=tuple(m for m in messages if m not in burst and m not in own),
        ratings=ratings(tx.outcomes([ticket.id])),
        decisions=tx.decisions([ticket.id]),
        summary=_summary(tx, ticket),
        released=own[-1] if own else None,
    )


def _summary(tx: Tx, ticket: Ticket) -> str:
    """A line on the ticket this one follows: its subject and how it ended, without a word of its messages' flow."""
    if ticket.follows is None:
        return ""
    earlier = tx.ticket(ticket.follows)
    who = "the bot" if _by_bot(earlier) else "people"
    return f"Earlier request ({earlier.request_type}), {earlier.status} by {who}."


def _by_bot(ticket: Ticket) -> bool:
    return ticket.resolved_by in (None, "bot", "customer") and ticket.first_agent_reply_at is None
