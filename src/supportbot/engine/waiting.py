"""What a customer who waits for a person is told: the place, the wait as measured, and the way out of the queue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from supportbot import triage
from supportbot.domain.assessment import Complexity, Guard
from supportbot.domain.decision import Reason
from supportbot.domain.hours import Hours
from supportbot.engine.context import TurnContext
from supportbot.engine.understanding import Understanding
from supportbot.engine.views import Waiting
from supportbot.engine.wording import phrases
from supportbot.handoff import when_back

_WHY = {
    Guard.QUEUE: "The customer waits for a person and asks about the wait",
    Guard.CALLED_OFF: "The customer wants no person any more",
    Guard.SETTLED: "The customer says that it is solved",
}
#: A greeting from the queue ("hello??") asks whether anybody is there.
_CALLS = (Guard.GREETING, Guard.PERSON_MAYBE)
_QUOTED = 60


def of_the_wait(context: TurnContext, understanding: Understanding) -> Understanding:
    """Return *understanding* with the guard of a message about the wait itself, if it is one.

    Only who waits asks about the wait or calls a person off; that it is solved can be said after any answer, too. A
    critical matter is never called off.
    """
    found, ticket = understanding.assessment, context.ticket
    if found.critical is not None or ticket.critical or found.guard is Guard.PERSON:
        return understanding
    wish = _wish([m.text for m in context.burst], understanding)
    meant = ticket.queued or (wish is Guard.SETTLED and bool(context.answers))
    if wish is None or not meant:
        return understanding
    said = context.burst[-1].text[:_QUOTED]
    assessment = replace(
        found,
        guard=wish,
        complexity=Complexity.SIMPLE,
        needs_person=False,
        signals={},
        p_acceptable={},
        reasons=(Reason(f"guard_{wish}", f"{_WHY[wish]}: “{said}”."),),
    )
    return replace(understanding, assessment=assessment, passages=(), repeats=0, trigger=said)


def _wish(burst: Sequence[str], understanding: Understanding) -> Guard | None:
    """The newest message decides what is wanted; who also asks something else wants that answered first."""
    wishes = [triage.about_waiting(text) for text in burst]
    newest = wishes[-1] if wishes else None
    if newest in (Guard.CALLED_OFF, Guard.SETTLED):
        return newest
    if understanding.assessment.guard in _CALLS or (wishes and all(wishes)):
        return Guard.QUEUE
    return None


def queue_line(waiting: Waiting, language: str, hours: Hours, now: datetime) -> str:
    """Say where the customer stands in the queue and how long it takes, as far as that has been measured."""
    book = phrases()
    place = {0: "queue_first", 1: "queue_second"}.get(waiting.ahead, "queue_place")
    if not hours.is_open(now):
        wait = when_back(language, hours, now)
    elif waiting.minutes is None:
        wait = book.say(language, "queue_unmeasured")
    else:
        wait = book.say(language, "queue_measured", minutes=max(1, round(waiting.minutes)))
    stay = book.say(language, "queue_critical" if waiting.critical else "queue_stay")
    return f"{book.say(language, place, ahead=waiting.ahead)} {wait} {stay}"
