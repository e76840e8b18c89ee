"""What the desk keeps about people, by kind: what an erasure takes away and a retention period ends."""

from enum import StrEnum

#: The customer to whom tickets belong while their words are being destroyed; an interrupted erasure goes on from it.
ERASING = "erasing"
#: The customer to whom tickets without words belong. One for all of them, so that nobody's tickets are told apart.
ERASED = "erased"
#: Both: nobody stands behind them.
TOMBSTONES = frozenset({ERASING, ERASED})


class Kept(StrEnum):
    """Kinds of rows that hold words or personal data. The first six belong to a ticket."""

    MESSAGES = "messages"  #: destroyed; by when they were written
    PACKETS = "packets"  #: emptied, the handoff stays; by when it was opened
    VAULT = "vault"  #: sealed data, destroyed; by when they expire
    COMMENTS = "comments"  #: words given with a rating, taken off it; by when it was given
    GAPS = "gaps"  #: questions no article covers, destroyed; by when they were asked
    ALERTS = "alerts"  #: destroyed; by when they were written; unsent ones only with their ticket
    AUDIT = "audit"  #: destroyed; by when it happened
    COUNTS = "counts"  #: what rate limits counted, destroyed; by the window's begin
    SESSIONS = "sessions"  #: destroyed; by when they expired


#: The kinds that belong to a ticket.
OF_TICKETS = (Kept.MESSAGES, Kept.PACKETS, Kept.VAULT, Kept.COMMENTS, Kept.GAPS, Kept.ALERTS)
