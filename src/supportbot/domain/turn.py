"""A turn: one burst of customer messages being answered by a worker that holds a lease."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: How far the clocks of two machines may be apart before a time in the future means that a clock was set back.
CLOCKS_APART = timedelta(minutes=1)


class TurnStatus(StrEnum):
    """Where a turn stands."""

    DUE = "due"  #: nobody works on it yet
    RUNNING = "running"  #: a worker holds the lease
    DONE = "done"  #: answered, refused or handed off; settled
    SUPERSEDED = "superseded"  #: a newer message restarted it
    STOPPED = "stopped"  #: the customer stopped it
    ABANDONED = "abandoned"  #: the ticket left the bot before release


class Step(StrEnum):
    """What a running turn is doing, told to the customer as a status, never as text of an answer."""

    READING = "reading"  #: triage reads the message and searches the articles
    WRITING = "writing"  #: a model writes; what it wrote is checked before it is shown


@dataclass(frozen=True, slots=True)
class Turn:
    """One burst being answered. `lease` is the secret of the present holder; an expired lease may be taken over."""

    id: str
    ticket_id: str
    created_at: datetime
    not_before: datetime  #: a fragment waits until then for its other half
    first_seq: int
    last_seq: int  #: the newest customer message this turn answers
    status: TurnStatus = TurnStatus.DUE
    step: Step = Step.READING
    worker: str | None = None
    lease: str | None = None
    lease_expires_at: datetime | None = None
    attempt: int = 0
    stop_requested: bool = False
    minimum_tier: str | None = None  #: raised after a thumbs down or a repeat
    message_id: str | None = None  #: the bot message, once released
    finished_at: datetime | None = None
    first_released_at: datetime | None = None
