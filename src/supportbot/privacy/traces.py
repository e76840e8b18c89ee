"""What an erased or expired conversation leaves: facts without words."""

from dataclasses import replace
from hashlib import sha256

from supportbot.domain.decision import Reason
from supportbot.ports import StoredDecision


def wordless(stored: StoredDecision) -> StoredDecision:
    """Return a decision without the customer's words: codes, signals and probabilities stay, sentences go."""
    assessment, decision = stored.assessment, stored.decision
    return replace(
        stored,
        assessment=replace(assessment, query="", parts=(), reasons=_codes(assessment.reasons)),
        decision=replace(decision, reasons=_codes(decision.reasons)),
    )


def _codes(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(Reason(reason.code, "") for reason in reasons)


def subject_of(customer_id: str) -> str:
    """Return a customer as the audit log names them: who knows the id finds the entry, the entry does not tell the id.

    A plain hash suffices because ids are random.
    """
    return f"customer:{sha256(customer_id.encode()).hexdigest()[:16]}"
