"""What a customer reads when a ticket goes to people: true of what was written, and of when people are back."""

from datetime import UTC, datetime

import pytest

from supportbot.domain.handoff import HandoffReason
from supportbot.domain.hours import Hours
from supportbot.domain.ticket import Ticket
from supportbot.handoff import customer_text, when_back
from supportbot.handoff.wording import phrases

NIGHT = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
SUMMER_NIGHT = datetime(2026, 7, 3, 21, 0, tzinfo=UTC)
TICKET = Ticket("t", "c", NIGHT, NIGHT)


@pytest.mark.parametrize(
    ("language", "at", "zone", "words"),
    [
        ("en", NIGHT, "Europe/Berlin", "back on 24 Nov at 08:00 CET."),
        ("en", SUMMER_NIGHT, "Europe/Berlin", "back on 4 Jul at 08:00 CEST."),
        ("de", NIGHT, "Europe/Berlin", "am 24.11. um 08:00 Uhr MEZ wieder da."),
        ("de", SUMMER_NIGHT, "Europe/Berlin", "am 04.07. um 08:00 Uhr MESZ wieder da."),
        ("es", NIGHT, "Europe/Berlin", "vuelve el 24/11 a las 08:00 CET."),
        ("fr", NIGHT, "America/Sao_Paulo", "back on 24 Nov at 08:00 UTC-3."),
    ],
)
def test_when_people_are_back_is_said_with_its_zone(language: str, at: datetime, zone: str, words: str) -> None:
    """A customer elsewhere must not take the desk's time for their own; unknown languages read English."""
    at = at.replace(hour=23) if zone == "America/Sao_Paulo" else at
    assert words in when_back(language, Hours(zone=zone), at)


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_who_wrote_nothing_is_asked_to(language: str) -> None:
    """Nothing is passed on that was never written; who wrote does not have to repeat it."""
    reason, hours = HandoffReason.CUSTOMER_REQUEST, Hours()
    written = customer_text(TICKET, reason, language, hours, NIGHT)
    blank = customer_text(TICKET, reason, language, hours, NIGHT, wrote=False)
    assert blank != written
    assert blank.startswith({"en": "Of course", "de": "Natürlich", "es": "Por supuesto"}[language])
    for claim in ("everything you wrote", "alles, was Sie geschrieben", "todo lo que ha escrito"):
        assert claim not in blank


def test_each_text_is_there_in_every_language() -> None:
    """No customer reads half a conversation in another language than the rest."""
    assert {frozenset(texts) for texts in phrases().texts.values()} == {frozenset(phrases().texts["en"])}
