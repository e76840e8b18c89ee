"""What a customer's page shows, read in one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from supportbot.domain.account import Customer
from supportbot.domain.message import Message
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Step


@dataclass(frozen=True, slots=True)
class Submission:
    """A message that was taken in. `turn_id` is None when a person, not the bot, will read it."""

    ticket_id: str
    number: int
    message_id: str
    turn_id: str | None
    masked_kinds: tuple[str, ...] = ()  #: kinds of personal data taken out of the text
    cut_characters: int = 0  #: how much of an over-long message was left out


@dataclass(frozen=True, slots=True)
class Running:
    """The turn being worked on."""

    turn_id: str
    step: Step
    since: datetime
    released: bool  #: whether its message is already growing in the thread


@dataclass(frozen=True, slots=True)
class Waiting:
    """The customer's place in the queue of people."""

    ahead: int
    minutes: float | None  #: measured from recent waits; None when there is nothing to measure yet
    since: datetime
    lent: bool  #: the bot is answering meanwhile
    critical: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything the chat page draws. Messages run over all of the customer's tickets, oldest first."""

    customer: Customer
    messages: tuple[Message, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    current: Ticket | None = None  #: the newest ticket, open or resolved
    ratings: Mapping[str, str] = field(default_factory=dict)  #: message id to `up` or `down`
    running: Running | None = None
    waiting: Waiting | None = None
    agent_name: str | None = None  #: who has claimed the ticket
    offer: bool = False  #: show "Talk to a person" / "Keep going"
    csat_due: bool = False  #: ask once how it went
    csat: int | None = None  #: what was answered, 1 to 5
    people_open: bool = True
    people_back: datetime | None = None  #: when people are back, in the desk's zone
