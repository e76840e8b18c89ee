"""Terms and figures: what two texts are compared by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.words import alike, figures, fold, links, mistyped, plain, stem, terms


def test_figures_have_one_spelling() -> None:
    """Thousands separators, decimal commas and empty decimals do not make another number."""
    assert figures("€1,250.00 or 1.250,00 €") == ("1250", "1250")
    assert figures("3–5 days, 20%, 14:00, 2026-03-01") == ("3", "5", "20", "14:00", "2026", "03", "01")


def test_links_are_compared_without_scheme_and_closing_mark() -> None:
    """Where a link ends and a sentence goes on."""
    assert links("See https://www.juniper.example/Help, or mail Help@juniper.example.") == (
        "help@juniper.example",
        "juniper.example/help",
    )


@pytest.mark.parametrize(("one", "other"), [("cancel", "cancellation"), ("deliver", "delivery"), ("return", "return")])
def test_forms_of_one_word_are_alike(one: str, other: str) -> None:
    """One continues the other."""
    assert alike(one, other)
    assert not alike("international", "internal")


def test_a_slip_of_the_finger_is_seen_and_another_word_is_not() -> None:
    """One slip from five letters on, never in the first."""
    assert mistyped("retrun", "return")
    assert mistyped("delivry", "delivery")
    assert not mistyped("fold", "gold")
    assert not mistyped("store", "return")


def test_terms_leave_filler_out_in_each_language() -> None:
    """What is left carries the meaning."""
    assert terms("How long does it take to be delivered?", "en") == ("deliver",)
    assert terms("Wie lange dauert die Lieferung?", "de") == ("liefer",)
    assert terms("¿Cuánto tarda la entrega?", "es") == ("entreg",)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    """Folding is stable, and nothing raises."""
    assert fold(fold(text)) == fold(text)
    assert plain(plain(text)) is not None
    assert all(stem(word, "en") for word in terms(text, "en"))
    assert len(figures(text)) >= 0
