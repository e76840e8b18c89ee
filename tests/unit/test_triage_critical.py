"""Critical classes reach a person; look-alikes do not."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from supportbot.domain.assessment import CriticalClass
from supportbot.triage import critical, detect_language

CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "triage_cases.yaml").read_text("utf-8"))
POSITIVES = [(text, CriticalClass(kind)) for kind, texts in CASES["critical"].items() for text in texts]
LOOKALIKES: list[str] = CASES["lookalikes"]
PREAMBLE: str = CASES["preambles"]["en"]


def misspelt(text: str, seed: int) -> str:
    """Return *text* with one typo in every word of more than five letters."""
    rng = random.Random(f"{seed}{text}")

    def typo(match: re.Match[str]) -> str:
        word = match.group()
        at = rng.randrange(1, len(word) - 1)
        kind = rng.randrange(3)
        if kind == 0:
            return word[:at] + word[at + 1 :]
        if kind == 1:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :]

    return re.sub(r"[^\W\d_]{6,}", typo, text)


def fired(text: str) -> bool:
    return critical(text, detect_language(text)) is not None


def test_there_are_enough_cases() -> None:
    """The table holds at least 120 of each kind."""
    assert len(POSITIVES) >= 120
    assert len(LOOKALIKES) >= 120


VARIANTS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "preamble": lambda text: f"{PREAMBLE} {text}",
    "typos": lambda text: misspelt(text, 1),
    "other typos": lambda text: misspelt(text, 2),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_critical_messages_are_recognised(variant: str) -> None:
    """At least 99 % fire: plain, after 200 benign words, and with a typo in each long word."""
    missed = [text for text, _ in POSITIVES if not fired(VARIANTS[variant](text))]
    assert len(missed) <= 0.01 * len(POSITIVES), missed


@pytest.mark.parametrize("variant", VARIANTS)
def test_lookalikes_do_not_escalate(variant: str) -> None:
    """At most one look-alike in ten fires, in the same variants."""
    wrong = [text for text in LOOKALIKES if fired(VARIANTS[variant](text))]
    assert len(wrong) <= 0.1 * len(LOOKALIKES), wrong


def test_the_class_is_the_right_one() -> None:
    """The class named for the handoff is the labelled one in at least nine cases of ten."""
    named = [(text, kind, critical(text, "en")) for text, kind in POSITIVES]
    wrong = [(text, kind, found) for text, kind, found in named if found is None or found[0] is not kind]
    assert len(wrong) <= 0.1 * len(POSITIVES), wrong


def test_words_that_fired_are_quoted_from_the_text() -> None:
    """The quotation stands in the customer's message."""
    for text, _ in POSITIVES:
        found = critical(text, "en")
        assert found is None or found[1] in text


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("You billed us 900 EUR instead of 90.", 1000, False),
        ("You billed us 900 EUR instead of 90.", 500, True),
        ("Sie haben 48.200 € statt 4.820 € abgebucht.", 1000, True),
    ],
)
def test_a_disputed_amount_counts_from_the_limit(text: str, limit: int, expected: bool) -> None:
    """The limit is in units of the currency in the text, written either way."""
    found = critical(text, "en", limit)
    assert (found is not None and found[0] is CriticalClass.LARGE_AMOUNT) is expected
