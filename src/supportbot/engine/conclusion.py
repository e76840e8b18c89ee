"""How a turn ends, as a value: what is posted, what it rests on, and what goes into the ledger with it."""

from dataclasses import dataclass, field
from enum import StrEnum

from supportbot.domain.decision import Decision
from supportbot.domain.ledger import CallSettled
from supportbot.domain.message import Citation, MessageKind
from supportbot.domain.ticket import Event
from supportbot.engine.understanding import Understanding
from supportbot.handoff import Opening


class End(StrEnum):
    """Why a turn ends without a post of its own."""

    CANCELLED = "cancelled"  #: a newer message or a claim took the ticket
    STOPPED = "stopped"  #: the customer stopped the answer


@dataclass(frozen=True, slots=True)
class Reply:
    """A bot message to post and the event it means for the ticket."""

    text: str
    kind: MessageKind
    event: Event = Event.BOT_ANSWERED
    citations: tuple[Citation, ...] = ()
    gap: bool = False  #: the articles did not cover the question, or a part of it
    then: tuple[Event, ...] = ()  #: what follows from it at once, as far as the ticket still allows


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One of: a reply, a handoff, or an end without either. Settlements are committed in every case."""

    understanding: Understanding | None
    decision: Decision | None
    reply: Reply | None = None
    handoff: Opening | None = None
    end: End | None = None
    settlements: tuple[CallSettled, ...] = field(default=())
