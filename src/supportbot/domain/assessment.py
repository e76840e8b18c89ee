"""What triage found in a turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from supportbot.domain.decision import Reason


class Complexity(StrEnum):
    """How hard a ticket is."""

    SIMPLE = "simple"
    MEDIUM = "medium"
    COMPLEX = "complex"


class Guard(StrEnum):
    """Why a turn needs no model."""

    EMPTY = "empty"
    EMOJI = "emoji"
    GREETING = "greeting"
    THANKS = "thanks"
    GIBBERISH = "gibberish"
    OUT_OF_SCOPE = "out_of_scope"
    INJECTION = "injection"
    PERSON = "person"  #: a clear request for a person: obeyed in this turn
    PERSON_MAYBE = "person_maybe"  #: a vague one: an offer with two buttons
    QUEUE = "queue"  #: who waits for a person asks about the wait: told the place
    CALLED_OFF = "called_off"  #: who waits wants no person any more: out of the queue
    SETTLED = "settled"  #: the customer says that it is solved: the ticket is closed
    CRITICAL = "critical"  #: see Assessment.critical


class CriticalClass(StrEnum):
    """Matters that always go to a person in the same turn."""

    LEGAL_THREAT = "legal_threat"
    FRAUD = "fraud"
    ACCOUNT_TAKEOVER = "account_takeover"
    SECURITY_REPORT = "security_report"
    SELF_HARM = "self_harm"
    PRIVACY_REQUEST = "privacy_request"
    LARGE_AMOUNT = "large_amount"


class DatumKind(StrEnum):
    """Kinds of personal data that are detected."""

    CARD = "card"  #: destroyed
    CVV = "cvv"  #: destroyed
    NATIONAL_ID = "national_id"  #: destroyed
    EMAIL = "email"  #: vault
    PHONE = "phone"  #: vault
    IBAN = "iban"  #: vault


#: What is destroyed at once and never stored, not even encrypted.
DESTROYED = frozenset({DatumKind.CARD, DatumKind.CVV, DatumKind.NATIONAL_ID})


@dataclass(frozen=True, slots=True)
class Datum:
    """One personal datum found in a text: `start` and `end` are offsets in the original."""

    kind: DatumKind
    start: int
    end: int
    value: str = field(repr=False)
    placeholder: str = ""  #: what stands in the masked text, such as `[email 1]`


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its personal data, and the data apart."""

    text: str
    data: tuple[Datum, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Guard, signals, risks, request type, language and P(acceptable) per deployment for one turn."""

    complexity: Complexity
    guard: Guard | None
    critical: CriticalClass | None
    request_type: str
    language: str
    query: str  #: the standalone question, follow-ups resolved
    parts: tuple[str, ...] = ()  #: the question's parts, standalone
    signals: Mapping[str, float] = field(default_factory=dict)
    p_acceptable: Mapping[str, float] = field(default_factory=dict)  #: deployment name to probability
    certified: bool = False  #: whether the probabilities carry a certified bound
    needs_person: bool = False  #: asks for something only a person can do (look up or change an order)
    mood: str = "calm"  #: calm, annoyed or angry
    reasons: tuple[Reason, ...] = ()
