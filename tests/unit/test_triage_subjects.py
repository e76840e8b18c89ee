"""A new matter starts afresh; what points back keeps the subject it points at."""

import pytest
from chatting import Chat

from supportbot.triage import detect_language, standalone

SHOES = ["How do I return shoes?"]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("One more thing: how long is the warranty?", "how long is the warranty?"),
        ("another question: do you deliver to Spain?", "do you deliver to Spain?"),
        ("Changing the subject, how do I pause my plan?", "how do I pause my plan?"),
        ("different topic - what about gift cards?", "what about gift cards?"),
        ("New question. How do I pay?", "How do I pay?"),
        ("Noch eine Frage: wie kündige ich?", "wie kündige ich?"),
        ("Themenwechsel: wie bezahle ich?", "wie bezahle ich?"),
        ("Otra pregunta: ¿hacen envíos a Italia?", "¿hacen envíos a Italia?"),
        ("cambiando de tema, ¿cómo pago?", "¿cómo pago?"),
    ],
)
def test_an_announced_new_matter_carries_nothing_of_the_old(text: str, question: str) -> None:
    """Neither the old subject's words nor the announcement are searched for."""
    assert standalone(text, SHOES, detect_language(text)) == question


@pytest.mark.parametrize(
    "text", ["and does it cost anything?", "what about boots?", "one more thing: can I return it by post?"]
)
def test_what_points_back_keeps_its_subject(text: str) -> None:
    """Also behind an announcement."""
    assert "shoes" in standalone(text, SHOES, "en")


def test_a_follow_up_after_the_new_matter_is_about_that_one() -> None:
    """It is the warranty that is asked about, not the shoes."""
    said = [*SHOES, "One more thing: how long is the warranty?"]
    resolved = standalone("and does it cost anything?", said, "en")
    assert "warranty" in resolved
    assert "shoes" not in resolved


def test_a_new_matter_is_answered_from_its_own_article(chat: Chat) -> None:
    """Through the whole engine."""
    chat.ask("How do I return shoes?", "One more thing: how long does standard delivery take?")
    assert chat.cited == {"standard-delivery"}


@pytest.mark.parametrize("text", ["7" * 4000, "12 34 " * 700, "[card] [email 1] " * 200])
def test_digits_and_placeholders_tell_nothing_of_the_language(text: str) -> None:
    """The customer's language stays what it was; no model of languages is asked."""
    assert detect_language(text, default="es") == "es"
