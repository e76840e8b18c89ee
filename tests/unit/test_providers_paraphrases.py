"""The embedded answerers on customers' own words: meanings, phrasings, conditions, strange words."""

from dataclasses import replace

import pytest

from supportbot.domain.answer import ABSTAIN
from supportbot.domain.prompt import Prompt, PromptPassage
from supportbot.providers.embedded import FastAnswerer, StrongAnswerer
from supportbot.providers.embedded.relevance import Matcher, ask, read
from supportbot.providers.embedded.splitting import parts

STANDARD = PromptPassage(
    1,
    "Standard delivery",
    "How long standard delivery takes",
    "Standard delivery takes 3 to 5 working days within Germany and Austria. "
    "Standard delivery to every other EU country takes 5 to 8 working days.",
    "en",
    "2026-11-12",
)
COSTS = PromptPassage(
    2,
    "Standard delivery",
    "What standard delivery costs",
    "Standard delivery costs €4.90 within Germany and Austria. Standard delivery is free for orders of €50 or more.",
    "en",
    "2026-11-12",
)
LATE = PromptPassage(
    3,
    "Where is my order",
    "If your order is late",
    "If tracking says delivered, first ask your neighbours. You can see where your order is under Account > Orders.",
    "en",
    "2026-11-12",
)
SHOPS = PromptPassage(
    4,
    "Juniper shops",
    "Berlin shop",
    "The Berlin shop is open Monday to Saturday from 10:00 to 20:00. Its address is Lindenhof 12.",
    "en",
    "2026-11-12",
)
PASSAGES = (STANDARD, COSTS, LATE, SHOPS)


def say(question: str, *passages: PromptPassage) -> str:
    return FastAnswerer.answer_from(Prompt(question, "en", passages or PASSAGES))


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("hey how many days till a normal parcel gets to munich?", "3 to 5"),
        ("What do I pay for postage if I live in Vienna?", "€4.90"),
        ("how much do i have to spend so i dont pay for shipping", "€50"),
        ("whats the delivry cost", "€4.90"),
    ],
)
def test_other_words_places_and_slips_find_the_sentence(question: str, fact: str) -> None:
    """A city stands for its country, postage for delivery, and a slip for the word it was meant to be."""
    assert fact in say(question)


@pytest.mark.parametrize(
    "question",
    [
        "Does the Berlin shop have parking?",
        "Can I pay for delivery with bitcoin?",
        "Do you sell second-hand sofas?",
        "which is the best blender you have",
    ],
)
def test_a_word_that_no_passage_knows_makes_it_abstain(question: str) -> None:
    """The strange word is what is asked about, however many others match."""
    assert say(question) == ABSTAIN


def test_ordinary_words_that_no_passage_has_hardly_count() -> None:
    """ "Usually", "roughly" and figures tell nothing about the matter."""
    plain = say("How long does standard delivery take?")
    assert say("Roughly how long does standard delivery usually take for 3 lamps?") == plain != ABSTAIN


def test_a_sentence_about_a_case_nobody_named_comes_after_the_others() -> None:
    """ "If tracking says delivered" answers who says so, not who asks where the order is."""
    matcher = Matcher(ask("Where can I see my order?", "en"), [read(p) for p in PASSAGES])
    late = read(LATE)
    assert matcher.score(late, 1) > matcher.score(late, 0)
    told = Matcher(ask("Tracking says delivered, but where is my order?", "en"), [read(p) for p in PASSAGES])
    assert told.score(late, 0) > matcher.score(late, 0)


def test_a_phrasing_of_the_passage_counts_as_its_matter() -> None:
    """What customers are known to say leads to the passage, though its own words differ."""
    question = "Does the package come with a bow?"
    assert say(question) == ABSTAIN
    known = replace(STANDARD, asked_as=("Will my package come with a bow on it?",))
    assert say(question, known, COSTS, LATE, SHOPS) != ABSTAIN


def test_a_clause_that_asks_nothing_by_itself_leans_on_what_was_told() -> None:
    """ "What can I do?" is about the sentence before; "can I …, I live far away" about its own clause."""
    assert {t.stem for t in ask("My account is locked, what can I do?", "en").terms if not t.ordinary} == {
        "account",
        "lock",
    }
    asked = ask("can i track my parcel, the fjord ferry was cancelled", "en")
    assert all(t.ordinary for t in asked.terms if t.stem in ("fjord", "ferry"))


def test_a_part_that_only_names_a_case_joins_the_part_that_asks() -> None:
    """ "If I cancel Plus" is no question by itself."""
    prompt = Prompt("", "en", (), parts=("If I cancel Plus", "do I get money back", "what happens to my orders?"))
    assert parts(prompt) == ("If I cancel Plus, do I get money back", "what happens to my orders?")


def test_the_strong_model_answers_what_the_fast_one_answers() -> None:
    """On a question of one part the dearer model is never the worse one."""
    for question in ("What do I pay for postage if I live in Vienna?", "When does the Berlin shop open?"):
        prompt = Prompt(question, "en", PASSAGES)
        assert FastAnswerer.answer_from(prompt).split("[")[0] in StrongAnswerer.answer_from(prompt)
