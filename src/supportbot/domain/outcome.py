"""What shows whether an answer was acceptable."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OutcomeKind(StrEnum):
    """Kinds of evidence."""

    THUMBS_UP = "thumbs_up"
    THUMBS_DOWN = "thumbs_down"
    THUMBS_CLEARED = "thumbs_cleared"  #: the customer took a rating back
    REPEAT = "repeat"  #: the same question again
    HANDOFF = "handoff"
    REOPEN = "reopen"
    CORRECTION = "correction"  #: an agent flagged the bot's answer
    CSAT = "csat"  #: `value` 1 to 5


#: The kinds whose reason is what somebody wrote; the reason of others is a code or an id.
COMMENTED = frozenset(
    {
        OutcomeKind.THUMBS_UP,
        OutcomeKind.THUMBS_DOWN,
        OutcomeKind.THUMBS_CLEARED,
        OutcomeKind.CORRECTION,
        OutcomeKind.CSAT,
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One piece of evidence; the handler is a snapshot taken when it was given."""

    id: str
    ticket_id: str
    kind: OutcomeKind
    at: datetime
    message_id: str | None = None
    turn_id: str | None = None
    value: int | None = None
    reason: str | None = None
    handler: str = "bot"  #: `bot` or the agent's id


@dataclass(frozen=True, slots=True)
class Gap:
    """A question nobody could answer from the articles."""

    id: str
    ticket_id: str
    turn_id: str
    question: str  #: masked
    language: str
    at: datetime


_RATING = {OutcomeKind.THUMBS_UP: "up", OutcomeKind.THUMBS_DOWN: "down", OutcomeKind.THUMBS_CLEARED: ""}


def ratings(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Return message id to `up` or `down`, oldest first in, so that the last word counts."""
    rated = {o.message_id: _RATING[o.kind] for o in outcomes if o.kind in _RATING and o.message_id}
    return {message_id: word for message_id, word in rated.items() if word}
