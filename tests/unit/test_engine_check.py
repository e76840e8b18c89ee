"""The draft check: what is released is cited, supported, true in its figures, and promises nothing."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from supportbot.domain.answer import ABSTAIN, Draft, Sentence
from supportbot.domain.prompt import PromptPassage
from supportbot.engine.check import Verdict, check, check_sentence

DELIVERY = PromptPassage(
    1,
    "Standard delivery",
    "How long it takes",
    "Standard delivery takes 3 to 5 working days within Germany. It costs €4.90.\n"
    "Delivery is free from €50. Ask us at help@juniper.example or see https://juniper.example/delivery.",
    "en",
    "2026-03-01",
)
RETURNS = PromptPassage(
    2,
    "Returning an item",
    "How long",
    "You can return an item within 30 days of delivery. We refund the full price within 5 working days.\n"
    "Worn shoes cannot be returned.",
    "en",
    "2026-02-01",
)
PASSAGES = (DELIVERY, RETURNS)


def verdict(text: str, *, language: str = "en", avoid: tuple[str, ...] = ()) -> Verdict:
    return check(Draft(text), PASSAGES, "How long does delivery take?", language, avoid=avoid)


def codes(text: str, language: str = "en") -> set[str]:
    return {reason.code for reason in verdict(text, language=language).reasons}


def test_a_cited_verbatim_answer_is_released_whole() -> None:
    """What stands in the article, cited to it, scores 1."""
    text = "Standard delivery takes 3 to 5 working days within Germany. [1] It costs €4.90. [1]"
    assert verdict(text) == Verdict(True, 1.0, False, False, (), text)


def test_a_close_paraphrase_is_released() -> None:
    """Most content words in the cited passage suffice."""
    assert verdict("Within Germany, standard delivery takes between 3 and 5 working days. [1]").ok


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Standard delivery takes 3 to 5 working days.", "uncited"),
        ("Standard delivery takes 3 to 5 working days within Germany. [7]", "unknown_passage"),
        ("You can return an item within 30 days of delivery. [1]", "figure"),
        ("Standard delivery takes 3 to 6 working days within Germany. [1]", "figure"),
        ("Standard delivery takes 5 to 5 working days within Germany. [1]", "figure"),
        ("Our couriers wear green hats and sing loudly on Sundays. [1]", "unsupported"),
        ("Standard delivery is described at https://evil.example/delivery. [1]", "foreign_link"),
        ("Ask help@evil.example about delivery. [1]", "foreign_link"),
        ("Worn shoes can be returned. [2]", "negation"),
        ("", "empty"),
    ],
)
def test_what_is_not_grounded_fails_for_its_own_reason(text: str, code: str) -> None:
    """Each rule names itself, and nothing of a failed sentence is kept."""
    assert codes(text) == {code}
    assert verdict(text).kept == ""
    assert not verdict(text).ok


@pytest.mark.parametrize(
    "text",
    [
        "I will email you the label. [2]",
        "I'll refund the full price. [2]",
        "I have refunded the full price. [2]",
        "I've cancelled your delivery. [1]",
        "We'll call you back within 5 working days. [2]",
        "We will refund the full price. [2]",
        "Your refund has been processed. [2]",
        "A colleague will contact you within 5 working days. [2]",
        "Ich schicke Ihnen das Etikett. [2]",
        "Wir rufen Sie innerhalb von 5 Tagen zurück. [2]",
        "Ihre Bestellung wurde storniert. [2]",
        "Le enviaré la etiqueta. [2]",
        "Hemos reembolsado el precio. [2]",
        "Su pedido ha sido cancelado. [2]",
        "Let me check your order. [1]",
    ],
)
def test_a_promise_is_never_released(text: str) -> None:
    """The bot cannot act, so it says neither that it will nor that it did, in any of our languages."""
    assert "promise" in codes(text)
    assert verdict(text).kept == ""


def test_what_the_company_does_may_be_quoted_word_for_word() -> None:
    """Company voice straight from the article is a fact about the company, not a promise of the bot."""
    assert verdict("We refund the full price within 5 working days. [2]").ok
    assert "promise" in codes("We refund the full price at once. [2]")


def test_a_failed_sentence_is_cut_and_the_rest_kept() -> None:
    """What remains can be released after the strong tier."""
    found = verdict("It costs €4.90. [1] I will email you. [1]")
    assert not found.ok
    assert found.kept == "It costs €4.90. [1]"
    assert 0 < found.score < 1


def test_labels_and_lead_ins_need_no_citation() -> None:
    """A label or a short line that ends with a colon introduces cited sentences."""
    text = "**How long does it take**\nEl artículo está en inglés:\nIt costs €4.90. [1]"
    found = verdict(text, language="es")
    assert found.ok
    assert found.kept == text


def test_a_lead_in_cannot_smuggle_a_fact() -> None:
    """A figure no passage has, or a promise, fails behind a colon too."""
    assert "uncited" in codes("You get €500 back:\nIt costs €4.90. [1]")
    assert "promise" in codes("I will email you the following:\nIt costs €4.90. [1]")


def test_steps_keep_their_numbers() -> None:
    """A numbered list is checked line by line and its numbers are not figures."""
    text = "1. Standard delivery takes 3 to 5 working days within Germany. [1]\n2. It costs €4.90. [1]"
    assert verdict(text).ok
    assert verdict(text).kept == text


def test_abstention_is_seen_and_nothing_released() -> None:
    """A model that says so is believed."""
    found = verdict(ABSTAIN)
    assert (found.ok, found.abstained, found.kept, found.score) == (False, True, "", 0.0)


def test_a_part_not_covered_is_named_and_left_out() -> None:
    """The covered part is releasable; the label of the other is reported."""
    found = verdict(f"**How much is it**\nIt costs €4.90. [1]\n\n**Do you sell kayaks**\n{ABSTAIN}")
    assert found.ok
    assert found.partly_abstained
    assert found.uncovered == ("Do you sell kayaks",)
    assert found.kept == "**How much is it**\nIt costs €4.90. [1]"


def test_a_label_with_nothing_behind_it_is_left_out_wherever_it_stands() -> None:
    """Also before another part, with an empty line between: its part is told below as not covered."""
    found = verdict(f"**Do you sell kayaks**\n{ABSTAIN}\n\n**How much is it**\nIt costs €4.90. [1]")
    assert found.uncovered == ("Do you sell kayaks",)
    assert found.kept == "**How much is it**\nIt costs €4.90. [1]"


def test_an_answer_that_did_not_help_is_not_given_again() -> None:
    """Marks, spacing and case do not make it another answer."""
    found = verdict("It costs €4.90. [1]", avoid=("it costs  €4.90. [2]",))
    assert not found.ok
    assert found.kept == ""
    assert {r.code for r in found.reasons} == {"repeated"}


def test_a_translation_is_let_through_unmeasured_but_not_its_figures() -> None:
    """Words of another language cannot be compared; figures can."""
    good = verdict("El envío estándar tarda de 3 a 5 días laborables en Alemania y es para todos. [1]", language="es")
    assert good.ok
    assert good.score == 0.5
    assert "figure" in codes("El envío estándar tarda de 3 a 9 días laborables en Alemania. [1]", "es")


VOCABULARY = "delivery parcel label shop order price return refund gift plan card colour size week"
WORD = st.sampled_from(VOCABULARY.split())
FIGURE = st.one_of(
    st.integers(0, 99_999).map(str),
    st.decimals(0, 999, places=2).map(lambda d: f"€{d}"),
    st.integers(1, 100).map(lambda n: f"{n}%"),
    st.dates().map(str),
    st.integers(1_000, 999_999).map(lambda n: f"{n:,}"),
)
SENTENCE = st.tuples(st.lists(WORD, min_size=3, max_size=8), FIGURE, st.lists(WORD, min_size=1, max_size=4)).map(
    lambda t: f"{' '.join(t[0])} {t[1]} {' '.join(t[2])}.".capitalize()
)
TEXTS = st.lists(SENTENCE, min_size=1, max_size=4, unique_by=lambda s: re.sub(r"\d", "", s))


@given(TEXTS, st.data(), st.sampled_from([" ", "\n", "\n\n"]))
def test_a_verbatim_sentence_cited_to_its_passage_always_passes(
    texts: list[str], data: st.DataObject, between: str
) -> None:
    """Whatever the article says may be said."""
    passage = replace(DELIVERY, text=between.join(texts))
    assert check_sentence(Sentence(data.draw(st.sampled_from(texts)), (1,)), [passage], "en").ok


@given(TEXTS, st.data())
def test_changing_any_digit_always_fails(texts: list[str], data: st.DataObject) -> None:
    """A figure is right or the sentence is not released."""
    passage = replace(DELIVERY, text=" ".join(texts))
    sentence = data.draw(st.sampled_from(texts))
    at = data.draw(st.sampled_from([m.start() for m in re.finditer(r"\d", sentence)]))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != sentence[at]]))
    changed = sentence[:at] + digit + sentence[at + 1 :]
    assume(changed not in texts)
    assert not check_sentence(Sentence(changed, (1,)), [passage], "en").ok


@given(TEXTS, st.integers(0, 99), st.booleans())
def test_a_citation_of_a_passage_that_was_not_given_always_fails(texts: list[str], index: int, also: bool) -> None:
    """Even beside a right one: a mark that leads nowhere is never shown."""
    assume(index != 1)
    passage = replace(DELIVERY, text=" ".join(texts))
    assert not check_sentence(Sentence(texts[0], (1, index) if also else (index,)), [passage], "en").ok


@given(st.text(max_size=300))
def test_any_text_at_all_gets_a_verdict(text: str) -> None:
    """Nothing a model writes breaks the check, and what is kept always passes it again."""
    found = verdict(text)
    assert 0.0 <= found.score <= 1.0
    assert not found.kept or found.ok or verdict(found.kept).ok
