"""What customers said of their answers, each opinion on the tier that gave the answer at the time. Pure."""

from dataclasses import dataclass

from supportbot.domain.decision import Tier
from supportbot.domain.outcome import Outcome, OutcomeKind
from supportbot.savings.cases import Case

#: From which mark of 1 to 5 a customer counts as satisfied.
SATISFIED_FROM = 4


@dataclass(frozen=True, slots=True)
class Opinion:
    """One thumb that stands, or one mark."""

    tier: Tier
    satisfied: bool


def opinions(case: Case) -> tuple[Opinion, ...]:
    """Return every opinion on a ticket: a thumb counts for the tier of its answer, a mark for who ended the matter.

    A handoff afterwards changes nothing: who rated the fast model's answer has not rated the person's.
    """
    thumbs: dict[str | None, Opinion] = {}
    marks: list[Opinion] = []
    for outcome in case.outcomes:
        if outcome.kind is OutcomeKind.THUMBS_CLEARED:
            thumbs.pop(outcome.message_id, None)
        elif outcome.kind in (OutcomeKind.THUMBS_UP, OutcomeKind.THUMBS_DOWN):
            thumbs[outcome.message_id] = Opinion(_answered_by(case, outcome), outcome.kind is OutcomeKind.THUMBS_UP)
        elif outcome.kind is OutcomeKind.CSAT and outcome.value is not None:
            marks.append(Opinion(_ended_by(case, outcome), outcome.value >= SATISFIED_FROM))
    return (*thumbs.values(), *marks)


def _answered_by(case: Case, outcome: Outcome) -> Tier:
    """The tier the decision of the rated turn names; it was stored with the answer and never changes."""
    return next((d.decision.tier for d in case.decisions if d.turn_id == outcome.turn_id), Tier.NONE)


def _ended_by(case: Case, outcome: Outcome) -> Tier:
    """A person when the mark names one as its handler, else the tier that had answered last by then."""
    if outcome.handler != "bot":
        return Tier.HUMAN
    said = [d.decision.tier for d in case.decisions if d.at <= outcome.at]
    return next((tier for tier in reversed(said) if tier in (Tier.FAST, Tier.STRONG)), Tier.NONE)
