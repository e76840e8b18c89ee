"""The one sentence or two a customer reads when a ticket goes to people."""

from datetime import datetime
from functools import cache
from importlib.resources import files

import yaml

from supportbot.domain.handoff import HandoffReason
from supportbot.domain.hours import Hours
from supportbot.domain.phrasebook import Phrasebook
from supportbot.domain.ticket import Ticket

_DAY = {"en": "%d %b, %H:%M", "de": "am %d.%m. um %H:%M Uhr", "es": "el %d/%m a las %H:%M"}


@cache
def phrases() -> Phrasebook:
    """Return the reviewed texts of this package."""
    return Phrasebook(yaml.safe_load((files(__package__) / "texts.yaml").read_text("utf-8")))


def customer_text(
    ticket: Ticket,
    reason: HandoffReason,
    language: str,
    hours: Hours,
    at: datetime,
    crisis_line: str | None = None,
    critical: str | None = None,
) -> str:
    """Return the handoff's message for the customer: the critical class's own text if there is one."""
    key = critical if reason is HandoffReason.CRITICAL and critical else reason.value
    book = phrases()
    crisis = (
        book.say(language, "crisis_line", line=crisis_line) if crisis_line else book.say(language, "crisis_default")
    )
    return book.say(language, key, number=ticket.number, when=when_back(language, hours, at), crisis=crisis)


def when_back(language: str, hours: Hours, at: datetime) -> str:
    """Say honestly whether people are there now, and if not when they are."""
    if hours.is_open(at):
        return phrases().say(language, "open")
    back = hours.next_open(at)
    if back is None:
        return phrases().say(language, "never")
    shown = back.strftime(_DAY.get(language, _DAY["en"]))
    return phrases().say(language, "closed", back=shown)
