"""Everything supportbot raises on purpose.

SupportbotError
├── BadInput                 what the caller gave is wrong; the command line ends with 2
│   ├── ConfigurationError   a setting or a file the operator wrote
│   └── KnowledgeError       an article; names file and line
├── NotFound
├── Forbidden                the actor's role does not allow this
├── NotSignedIn
├── LimitReached             a rate or size limit; carries when to try again
├── IllegalTransition        the ticket's owner and status do not allow this event
├── Conflict                 somebody was faster
│   ├── StaleVersion
│   └── AlreadyClaimed       carries who holds the claim
├── StorageError             the database cannot be used now
│   ├── DatabaseUnavailable
│   ├── DatabaseTooNew
│   └── ReadOnlyData
├── DeliveryFailed           an alert did not reach its receiver; it is tried again
└── ProviderError            a model call failed
    ├── ProviderUnavailable  cannot be reached, or has a fault of its own
    ├── ProviderTimeout
    ├── ProviderRateLimited  carries Retry-After in milliseconds
    ├── ProviderRefused      a safety refusal; never carried to another vendor
    ├── ContextOverflow
    ├── StreamBroken         cut or stalled in the middle of an answer
    └── CallCancelled        we stopped the call ourselves

Each message says what happened and what to do about it.
"""

from datetime import datetime


class SupportbotError(Exception):
    """Root of every error raised on purpose."""


class BadInput(SupportbotError):
    """The input cannot be used; the message names the remedy."""


class ConfigurationError(BadInput):
    """A setting is unknown, missing or out of range."""


class KnowledgeError(BadInput):
    """An article cannot be read; the message begins with `file:line:`."""


class NotFound(SupportbotError):
    """There is nothing under this id."""


class Forbidden(SupportbotError):
    """The actor's role does not allow this."""


class NotSignedIn(SupportbotError):
    """There is no valid session; sign in first."""


class LimitReached(SupportbotError):
    """A limit was reached; `retry_at` says when to try again (None: not by waiting), `what` only what happened."""

    def __init__(self, message: str, *, limit: str, retry_at: datetime | None = None, what: str = "") -> None:
        super().__init__(message)
        self.limit = limit
        self.retry_at = retry_at
        self.what = what or message


class IllegalTransition(SupportbotError):
    """The ticket's owner and status do not allow this event."""


class Conflict(SupportbotError):
    """Somebody else was faster; read again and decide anew."""


class StaleVersion(Conflict):
    """The ticket changed since it was read."""


class AlreadyClaimed(Conflict):
    """Another agent holds the claim; `by` is that agent's name."""

    def __init__(self, message: str, *, by: str) -> None:
        super().__init__(message)
        self.by = by


class StorageError(SupportbotError):
    """The database cannot be used now."""


class DatabaseUnavailable(StorageError):
    """The database cannot be opened or reached."""


class DatabaseTooNew(StorageError):
    """The database was written by a newer version of supportbot."""


class ReadOnlyData(StorageError):
    """The data folder cannot be written."""


class DeliveryFailed(SupportbotError):
    """An alert did not reach its receiver; the outbox tries again."""


class ProviderError(SupportbotError):
    """A model call failed."""


class ProviderUnavailable(ProviderError):
    """The provider cannot be reached, or has a fault of its own; another may answer, and so may it in a while."""


class ProviderTimeout(ProviderError):
    """A connect, first-token, idle or total time-out passed."""


class ProviderRateLimited(ProviderError):
    """The provider asked us to slow down; `retry_after_ms` is its wish, if it gave one."""

    def __init__(self, message: str, *, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class ProviderRefused(ProviderError):
    """The provider refused for safety; the request is not carried to another vendor."""


class ContextOverflow(ProviderError):
    """The prompt is larger than the deployment's context."""


class StreamBroken(ProviderError):
    """The stream ended before the answer did."""


class CallCancelled(ProviderError):
    """The call was stopped by us: a newer message, a stop, or a claim."""
