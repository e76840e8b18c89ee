"""Critical classes on sentences kept apart: plain, misspelt, shouted, quoted, after a story, and never seen before."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from supportbot.domain.assessment import CriticalClass
from supportbot.triage import critical, detect_language
from supportbot.triage.learnt import judge


def cases(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((Path(__file__).parent / name).read_text("utf-8")))


FIRST, SECOND = cases("critical_heldout.yaml"), cases("critical_heldout_second.yaml")
BLIND = cases("critical_blind.yaml")
KNOWN = [(t, CriticalClass(k)) for c in (FIRST, SECOND) for k, texts in c["critical"].items() for t in texts]
HARMLESS: list[str] = [*FIRST["lookalikes"], *SECOND["lookalikes"]]


def swapped(text: str) -> str:
    """Return *text* with two neighbouring letters swapped in every word of five letters and more."""
    rng = random.Random(text)

    def swap(match: re.Match[str]) -> str:
        word = match.group()
        at = rng.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return re.sub(r"[^\W\d_]{5,}", swap, text)


def after_a_story(text: str) -> str:
    stories: dict[str, str] = FIRST["preambles"]
    return f"{stories.get(detect_language(text), stories['en'])} {text}"


def fired(text: str) -> bool:
    return critical(text, "en") is not None


VARIANTS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "capitals": str.upper,
    "quoted": lambda text: f"“{text}”",
    "after a story": after_a_story,
    "swapped letters": swapped,
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_needs_a_person_is_heard_however_it_is_written(variant: str) -> None:
    """At least 99 % fire; with a swap in every longer word, where some carry two mistakes then, 98 %."""
    missed = [text for text, _ in KNOWN if not fired(VARIANTS[variant](text))]
    assert len(missed) <= (0.02 if variant == "swapped letters" else 0.01) * len(KNOWN), missed


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_only_sounds_like_it_is_left_to_the_bot(variant: str) -> None:
    """At most one look-alike in ten fires."""
    wrong = [text for text in HARMLESS if fired(VARIANTS[variant](text))]
    assert len(wrong) <= 0.1 * len(HARMLESS), wrong


def test_sentences_nothing_was_made_from_are_mostly_heard() -> None:
    """Four in five at least, and one look-alike in ten at most: what to expect of words nobody foresaw."""
    sentences = [text for texts in BLIND["critical"].values() for text in texts]
    missed = [text for text in sentences if not fired(text)]
    wrong = [text for text in BLIND["lookalikes"] if fired(text)]
    assert len(missed) <= 0.2 * len(sentences), len(missed)
    assert len(wrong) <= 0.1 * len(BLIND["lookalikes"]), len(wrong)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sombody uesd my crad", "fraud"),
        ("there are payments I know nothing about", "fraud"),
        ("you charged 2,400 EUR although I ordered for 240", "large_amount"),
        ("You owe me 1.750 eruos", "large_amount"),
        ("My lawyer ordered a kettle", None),
        ("What data do you store about me?", None),
        ("no quiero seguir con gold, cómo me doy de baja", None),
        ("I'd die for that jacket", None),
        ("Bis zu welchem Betrag darf ich zahlen?", None),
    ],
)
def test_known_misses_and_false_alarms_stay_mended(text: str, kind: str | None) -> None:
    """Each was wrong once."""
    found = critical(text, "en")
    assert (found[0].value if found else None) == kind


def test_the_classifier_knows_each_class_by_itself() -> None:
    """Without any rule it is sure of a plain sentence of every class, and of an ordinary one that it is none."""
    plain = {
        "legal_threat": "my lawyer will sue you in court",
        "fraud": "someone used my card without my permission",
        "account_takeover": "somebody hacked my account and changed the password",
        "security_report": "i can see the invoices of other customers",
        "self_harm": "i want to kill myself",
        "privacy_request": "please delete all my personal data",
    }
    for kind, text in plain.items():
        named, likely = judge(text.split())
        assert (named.value, likely > 0.5) == (kind, True), text
    assert judge(["how", "long", "does", "standard", "delivery", "take"])[1] < 0.1
