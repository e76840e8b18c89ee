"""A ticket, who owns it, how it stands, and the one table that says what may happen next."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from supportbot.domain.errors import IllegalTransition


class Owner(StrEnum):
    """Who must act next."""

    BOT = "bot"  #: the model side
    QUEUE = "queue"  #: nobody yet; every agent sees it
    AGENT = "agent"  #: one person


class Status(StrEnum):
    """How the ticket stands."""

    NEW = "new"  #: opened, nothing done
    ANSWERING = "answering"  #: a turn is running or due
    ANSWERED = "answered"  #: the bot answered
    OFFERED = "offered"  #: the bot could not answer and offered a person
    PARKED = "parked"  #: waiting for quota
    WAITING = "waiting"  #: waiting for a person
    CLAIMED = "claimed"  #: an agent has it
    SNOOZED = "snoozed"  #: an agent put it aside until a time
    RESOLVED = "resolved"  #: done


class Lane(StrEnum):
    """Whether somebody waits for the answer."""

    INTERACTIVE = "interactive"
    BATCH = "batch"


class Priority(IntEnum):
    """Higher comes first in the queue."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


class Event(StrEnum):
    """What can happen to a ticket."""

    CUSTOMER_WROTE = "customer_wrote"  #: a message the bot must answer
    CUSTOMER_ADDED = "customer_added"  #: a message for the person who has or will have the ticket
    LENT = "lent"  #: waiting, but the bot may answer meanwhile; the place in the queue is kept
    BOT_ANSWERED = "bot_answered"
    BOT_OFFERED = "bot_offered"  #: the articles do not cover it; a person was offered
    OFFER_MADE = "offer_made"  #: a person was offered after the answer, because it did not help
    OFFER_DECLINED = "offer_declined"  #: the customer goes on with the bot
    PARKED = "parked"
    UNPARKED = "unparked"
    HANDED_OFF = "handed_off"  #: bot to queue
    LEFT_QUEUE = "left_queue"  #: the customer no longer wants a person
    CLAIMED = "claimed"
    CLAIM_LAPSED = "claim_lapsed"  #: the agent fell silent
    RELEASED = "released"  #: the agent gave it back to the queue
    AGENT_REPLIED = "agent_replied"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    HANDED_BACK = "handed_back"  #: agent to bot
    RESOLVED = "resolved"  #: by the agent who has it
    CUSTOMER_ENDED = "customer_ended"  #: the customer says that it is settled, whoever has it
    ERASED = "erased"  #: the customer's data were destroyed, and whatever was still to do with them


@dataclass(frozen=True, slots=True)
class State:
    """Owner, status, and whether the ticket holds a place in the queue of people."""

    owner: Owner
    status: Status
    queued: bool = False

    def __str__(self) -> str:
        """Show the state as the documentation writes it."""
        return f"{self.owner}/{self.status}{' (queued)' if self.queued else ''}"


def _bot(status: Status, queued: bool = False) -> State:
    return State(Owner.BOT, status, queued)


NEW = _bot(Status.NEW)
ANSWERING = _bot(Status.ANSWERING)
ANSWERED = _bot(Status.ANSWERED)
OFFERED = _bot(Status.OFFERED)
PARKED = _bot(Status.PARKED)
LENT = _bot(Status.ANSWERING, queued=True)
WAITING = State(Owner.QUEUE, Status.WAITING, queued=True)
CLAIMED = State(Owner.AGENT, Status.CLAIMED)
SNOOZED = State(Owner.AGENT, Status.SNOOZED)
RESOLVED_BY_BOT = _bot(Status.RESOLVED)
RESOLVED_BY_AGENT = State(Owner.AGENT, Status.RESOLVED)

#: Every transition there is. What is not in this table raises IllegalTransition.
TRANSITIONS: dict[tuple[State, Event], State] = {
    **{(s, Event.CUSTOMER_WROTE): ANSWERING for s in (NEW, ANSWERING, ANSWERED, OFFERED)},
    (PARKED, Event.CUSTOMER_WROTE): PARKED,
    (LENT, Event.CUSTOMER_WROTE): LENT,
    (WAITING, Event.LENT): LENT,
    **{(s, Event.CUSTOMER_ADDED): s for s in (WAITING, CLAIMED)},
    (SNOOZED, Event.CUSTOMER_ADDED): CLAIMED,
    (ANSWERING, Event.BOT_ANSWERED): ANSWERED,
    (LENT, Event.BOT_ANSWERED): WAITING,
    (ANSWERING, Event.BOT_OFFERED): OFFERED,
    (LENT, Event.BOT_OFFERED): WAITING,
    (ANSWERED, Event.OFFER_MADE): OFFERED,
    (OFFERED, Event.OFFER_DECLINED): ANSWERED,
    (ANSWERING, Event.PARKED): PARKED,
    (PARKED, Event.UNPARKED): ANSWERING,
    **{(s, Event.HANDED_OFF): WAITING for s in (NEW, ANSWERING, ANSWERED, OFFERED, PARKED)},
    (LENT, Event.HANDED_OFF): WAITING,
    (WAITING, Event.LEFT_QUEUE): ANSWERED,
    (LENT, Event.LEFT_QUEUE): ANSWERING,
    **{(s, Event.CLAIMED): CLAIMED for s in (WAITING, LENT, NEW, ANSWERING, ANSWERED, OFFERED, PARKED)},
    **{(s, Event.CLAIM_LAPSED): WAITING for s in (CLAIMED, SNOOZED)},
    **{(s, Event.RELEASED): WAITING for s in (CLAIMED, SNOOZED)},
    (CLAIMED, Event.AGENT_REPLIED): CLAIMED,
    (CLAIMED, Event.SNOOZED): SNOOZED,
    (SNOOZED, Event.WOKEN): CLAIMED,
    **{(s, Event.HANDED_BACK): ANSWERED for s in (CLAIMED, SNOOZED)},
    **{(s, Event.RESOLVED): RESOLVED_BY_AGENT for s in (CLAIMED, SNOOZED)},
    **{(s, Event.CUSTOMER_ENDED): RESOLVED_BY_BOT for s in (ANSWERED, OFFERED, WAITING, LENT)},
    **{(s, Event.CUSTOMER_ENDED): RESOLVED_BY_AGENT for s in (CLAIMED, SNOOZED)},
    **{(s, Event.ERASED): RESOLVED_BY_AGENT for s in (CLAIMED, SNOOZED)},
    **{(s, Event.ERASED): RESOLVED_BY_BOT for s in (NEW, ANSWERING, ANSWERED, OFFERED, PARKED, WAITING, LENT)},
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request from first message to resolution. Times are aware UTC.

    `version` grows by one with every saved change; writers compare and swap on it. `waiting_since` is set while a
    person is awaited or at work and starts the clock. `agent_id` and `claim_expires_at` are the claim's lease.
    """

    id: str
    customer_id: str
    created_at: datetime
    updated_at: datetime
    number: int = 0  #: what people call it; given by the store
    version: int = 0
    owner: Owner = Owner.BOT
    status: Status = Status.NEW
    queued: bool = False
    lane: Lane = Lane.INTERACTIVE
    priority: Priority = Priority.NORMAL
    language: str = "en"
    request_type: str = "general"
    critical: str | None = None  #: the critical class, once one was found; never cleared
    subject: str = ""  #: first words of the first message, masked
    follows: str | None = None  #: id of the earlier ticket on the thread
    arm: str | None = None
    waiting_since: datetime | None = None
    agent_id: str | None = None
    claimed_at: datetime | None = None  #: start of the claim's stretch that is not yet in the ledger of human time
    claim_expires_at: datetime | None = None
    snoozed_until: datetime | None = None
    first_agent_reply_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None  #: `bot`, `customer`, `erasure` or an agent's id
    demo: bool = False  #: opened by the demo; labelled wherever shown

    @property
    def state(self) -> State:
        """Owner, status and place in the queue as one value."""
        return State(self.owner, self.status, self.queued)

    @property
    def open(self) -> bool:
        """Whether the ticket still needs somebody."""
        return self.status is not Status.RESOLVED


def allowed(state: State, event: Event) -> bool:
    """Whether *event* may happen in *state*."""
    return (state, event) in TRANSITIONS


def moved(ticket: Ticket, event: Event, at: datetime) -> Ticket:
    """Return the ticket after *event*, or raise IllegalTransition.

    Keeps the clock (`waiting_since`) and the claim in step with the state. The store checks `version` and raises it.
    """
    target = TRANSITIONS.get((ticket.state, event))
    if target is None:
        raise IllegalTransition(f"Ticket #{ticket.number} is {ticket.state}: {event} cannot happen now.")
    with_people = target.queued or (target.owner is Owner.AGENT and target.status is not Status.RESOLVED)
    return replace(
        ticket,
        owner=target.owner,
        status=target.status,
        queued=target.queued,
        updated_at=at,
        waiting_since=(ticket.waiting_since or at) if with_people else None,
        agent_id=ticket.agent_id if target.owner is Owner.AGENT else None,
        claimed_at=ticket.claimed_at if target == CLAIMED else None,
        claim_expires_at=ticket.claim_expires_at if target == CLAIMED else None,
        snoozed_until=ticket.snoozed_until if target == SNOOZED else None,
        resolved_at=at if target.status is Status.RESOLVED else None,
    )
