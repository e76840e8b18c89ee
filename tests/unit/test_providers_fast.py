"""The fast embedded answerer: one passage, verbatim sentences, or an honest abstention."""

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from supportbot.domain.answer import ABSTAIN, Draft, sentences
from supportbot.domain.prompt import Prompt, PromptPassage, data, instructions
from supportbot.providers.embedded import FastAnswerer

STANDARD = PromptPassage(
    1,
    "Standard delivery",
    "How long it takes",
    "Standard delivery takes 3 to 5 working days within Germany. It costs €4.90. Parcels go out from Leipzig.",
    "en",
    "2026-03-01",
)
EXPRESS = PromptPassage(
    2,
    "Express delivery",
    "How fast it is",
    "Express delivery arrives on the next working day. Express delivery costs €9.90 per order.",
    "en",
    "2026-03-01",
)
RETURNS = PromptPassage(
    3,
    "Returning an item",
    "How to return an item",
    "To return an item:\n\n1. Open Account > Orders.\n2. Choose the item.\n3. Print the label.\n\nA return is free.",
    "en",
    "2026-03-01",
)
PASSAGES = (STANDARD, EXPRESS, RETURNS)


def say(question: str, *passages: PromptPassage, language: str = "en", avoid: tuple[str, ...] = ()) -> str:
    prompt = Prompt(question, language, passages or PASSAGES, avoid=avoid)
    return str(FastAnswerer().invoke([SystemMessage(instructions(prompt)), HumanMessage(data(prompt))]).text)


def test_a_plain_question_gets_the_sentence_that_answers_it() -> None:
    """The direct answer comes first, with its mark."""
    assert say("How long does standard delivery take?").startswith(
        "Standard delivery takes 3 to 5 working days within Germany. [1]"
    )


def test_a_question_about_money_prefers_the_sentence_with_the_amount() -> None:
    """ "How much" wants an amount even where another sentence shares more words."""
    assert say("How much is express shipping?").startswith("Express delivery costs €9.90 per order. [2]")


def test_a_how_to_question_gets_the_steps_in_order() -> None:
    """Steps stay a list, each cited, under the line that opens them."""
    assert say("How do I return an item?") == (
        "To return an item:\n1. Open Account > Orders. [3]\n2. Choose the item. [3]\n3. Print the label. [3]"
    )


@pytest.mark.parametrize("question", ["how long does standart delivery take", "How long does standard delivry take?"])
def test_a_typing_slip_changes_nothing(question: str) -> None:
    """Words that no passage knows are matched within one slip."""
    assert say(question).startswith("Standard delivery takes 3 to 5 working days")


@pytest.mark.parametrize(
    "question",
    ["Do you sell kayaks?", "What is the capital of France?", "How long does delivery to the moon take?", "", "???"],
)
def test_what_the_passages_do_not_cover_is_not_answered(question: str) -> None:
    """Uncovered content words make it abstain in the agreed word."""
    assert say(question) == ABSTAIN


def test_every_sentence_is_verbatim_and_cites_the_one_passage_it_used() -> None:
    """Fast looks at one passage only."""
    draft = Draft(say("How long does standard delivery take and how do I return an item?"))
    assert len(draft.cites) == 1
    used = next(p for p in PASSAGES if p.index == draft.cites[0])
    assert all(s.text.rstrip(".") in used.text for s in sentences(draft.text) if s.cites)
