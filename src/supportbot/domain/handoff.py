"""Bot to person: why, and everything the person needs on one screen."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from supportbot.domain.ticket import Priority


class HandoffReason(StrEnum):
    """Why a ticket goes to people."""

    CUSTOMER_REQUEST = "customer_request"
    CRITICAL = "critical"
    MISSING_KNOWLEDGE = "missing_knowledge"
    NEEDS_PERSON = "needs_person"  #: account data, an exception, an action the bot cannot take
    REPEATED = "repeated"  #: thumbs down twice, or the same question three times
    ANGER = "anger"
    MODEL_FAILURE = "model_failure"
    LIMIT = "limit"  #: a money or rate limit
    RECOVERY = "recovery"  #: the turn could not be finished after restarts


@dataclass(frozen=True, slots=True)
class Tried:
    """One bot answer in a line, and how it was received."""

    text: str
    tier: str
    rating: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An article the agent can open."""

    article_id: str
    title: str
    visibility: str
    cited: bool
    score: float


@dataclass(frozen=True, slots=True)
class Packet:
    """What the agent sees, in this order. Customer text in it is quoted, never obeyed."""

    why: str
    trigger: str = ""  #: the words or rule that fired, quoted
    wants: str = ""
    open_questions: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    sources: tuple[Source, ...] = ()
    suggested_reply: str = ""
    suggested_sources: tuple[str, ...] = ()  #: article ids
    mood: str = "calm"
    language: str = "en"
    extracted: tuple[tuple[str, str], ...] = ()  #: amounts, order numbers
    injection_suspected: bool = False


@dataclass(frozen=True, slots=True)
class Handoff:
    """A handoff as stored: reason, packet, priority and the one message the customer saw."""

    id: str
    ticket_id: str
    reason: HandoffReason
    priority: Priority
    created_at: datetime
    message_id: str
    turn_id: str | None
    packet: Packet = field(default_factory=lambda: Packet(why=""))


@dataclass(frozen=True, slots=True)
class Alert:
    """An outbox row: somebody must be told. Written with the handoff, sent later, once."""

    id: str
    ticket_id: str
    kind: str
    text: str
    created_at: datetime
    sent_at: datetime | None = None
