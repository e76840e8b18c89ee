"""The one sentence or two a customer reads when a ticket goes to people."""

from datetime import datetime
from functools import cache
from importlib.resources import files

import yaml

from supportbot.domain.handoff import HandoffReason
from supportbot.domain.hours import Hours, zone_of
from supportbot.domain.phrasebook import Phrasebook
from supportbot.domain.ticket import Ticket

_DAY = {
    "en": "on {at.day} {at:%b} at {at:%H:%M}",
    "de": "am {at:%d.%m.} um {at:%H:%M} Uhr",
    "es": "el {at:%d/%m} a las {at:%H:%M}",
}
_ZONES = {"de": {"CET": "MEZ", "CEST": "MESZ", "WET": "WEZ", "WEST": "WESZ", "EET": "OEZ", "EEST": "OESZ"}}


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
    wrote: bool = True,
) -> str:
    """Return the handoff's message for the customer: the critical class's own text if there is one.

    Who *wrote* nothing yet, and pressed the button alone, is asked to.
    """
    key = critical if reason is HandoffReason.CRITICAL and critical else reason.value
    if not wrote and reason is HandoffReason.CUSTOMER_REQUEST:
        key = "nothing_written"
    book = phrases()
    crisis = (
        book.say(language, "crisis_line", line=crisis_line) if crisis_line else book.say(language, "crisis_default")
    )
    return book.say(language, key, number=ticket.number, when=when_back(language, hours, at), crisis=crisis)


def when_back(language: str, hours: Hours, at: datetime) -> str:
    """Say honestly whether people are there now, and if not when they are, in the desk's time zone and by its name.

    The customer may be elsewhere, and reads it on another day.
    """
    if hours.is_open(at):
        return phrases().say(language, "open")
    back = hours.next_open(at)
    if back is None:
        return phrases().say(language, "never")
    spoken = language if language in _DAY else "en"
    zone = _ZONES.get(spoken, {}).get(zone_of(back), zone_of(back))
    return phrases().say(language, "closed", back=f"{_DAY[spoken].format(at=back)} {zone}")
