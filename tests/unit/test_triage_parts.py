"""Questions taken apart: where a joiner is none."""

import pytest

from supportbot.triage import asked_only, split_parts


def test_a_plan_named_plus_does_not_cut_a_question() -> None:
    """After "or" and "and", "Plus" is a name and no joiner."""
    whole = "Does Gold or Plus include phone support?"
    assert split_parts(whole, "en") == (whole,)


@pytest.mark.parametrize(
    ("text", "language", "parts"),
    [
        (
            "tell me the opening hours in Berlin, the return period and the price of Gold",
            "en",
            ("the opening hours in Berlin", "the return period", "the price of Gold"),
        ),
        (
            "Sagen Sie mir bitte die Lieferzeit nach Wien, die Versandkosten und die Rückgabefrist.",
            "de",
            ("die Lieferzeit nach Wien", "die Versandkosten", "die Rückgabefrist"),
        ),
        (
            "quiero saber el plazo de entrega, el precio del envío y la dirección de la tienda",
            "es",
            ("el plazo de entrega", "el precio del envío", "la dirección de la tienda"),
        ),
        ("I want the red one and the blue one", "en", ("I want the red one and the blue one",)),
        ("The parcel, the lamp and the shade are broken", "en", ("The parcel, the lamp and the shade are broken",)),
    ],
)
def test_what_a_wish_lists_are_parts(text: str, language: str, parts: tuple[str, ...]) -> None:
    """A wish for several things asks for each; a list that nobody asks for is none."""
    assert split_parts(text, language) == parts


def test_a_line_that_announces_questions_is_no_part() -> None:
    """What stands before a colon stays with the first question."""
    parts = split_parts("Two things: how do I reset my password, and how do I change my address?", "en")
    assert parts == ("Two things: how do I reset my password", "how do I change my address?")


def test_what_is_told_beside_a_question_can_be_left_out() -> None:
    """Only sentences that end in a question mark are left; where all do, or none, nothing is to be left out."""
    assert (
        asked_only("My aunt loves plums. How long does delivery take? It is for her.") == "How long does delivery take?"
    )
    assert asked_only("How long does it take? And what does it cost?") is None
    assert asked_only("my parcel never came") is None
