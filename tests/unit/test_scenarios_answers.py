"""What customers come with, played through the real engine: what an answer has to hold.

The numbers are those of the acceptance list. Left out: S08 (the articles do not contradict each other).
"""

from dataclasses import dataclass

import pytest
from chatting import Chat

from supportbot.domain.message import MessageKind, Sender
from supportbot.domain.ticket import ANSWERED, OFFERED

CARD = "4111 1111 1111 1111"
LOG = "2026-11-23 10:00:01 ERROR worker[3] import failed row 17 code 20391\n" * 300


@dataclass(frozen=True)
class Answered:
    """A question the fast model answers alone."""

    id: str
    text: str
    article: str
    says: tuple[str, ...]
    never: tuple[str, ...] = ()


FAST = [
    Answered("S01", "How long does standard delivery take?", "standard-delivery", ("3 to 5 working days",)),
    Answered("S02", "hw do i chnge my pasword thx", "password", ("Account > Security",)),
    Answered("S03", "refund time?", "when-refunds-arrive", ("3 to 5 working days",)),
    Answered("S16", "Why is there a 1.20 fee on my invoice?", "invoice-fees", ("1.20",)),
    Answered("S22", "why the f*** can't I log in", "signing-in", (), ("language", "polite")),
    Answered("S27", "mera refund kab aayega bhai, 10 din ho gaye", "when-refunds-arrive", ("refund",)),
    Answered("S31", f"My card is {CARD} exp 12/27 cvv 123, why was it declined?", "paying", ("declined",), ("4111",)),
    Answered(
        "S37",
        "Can you email me when it ships?",
        "order-notifications",
        ("Account > Notifications",),
        ("I will", "Sure"),
    ),
]


@pytest.mark.parametrize("case", FAST, ids=[c.id for c in FAST])
def test_a_simple_question_costs_one_fast_call_and_cites_its_article(chat: Chat, case: Answered) -> None:
    """At most four sentences from the right article; no strong call, no person, no question back."""
    chat.ask(case.text)
    assert chat.called == ["fast"]
    assert chat.cited == {case.article}
    assert chat.ticket.state == ANSWERED
    assert chat.answer.text.count("[1]") <= 4
    assert not chat.answer.text.rstrip().endswith("?")
    for fact in case.says:
        assert fact in chat.answer.text
    for word in case.never:
        assert word not in chat.answer.text


def test_s04_thanks_are_short_free_and_open_no_second_ticket(chat: Chat) -> None:
    """Thanks after an answer cost nothing; solved, the customer is asked once how it went."""
    chat.ask("How do I download an invoice?", "great, thank you!")
    assert chat.called == ["fast"]
    assert len(chat.tickets) == 1
    assert len(chat.answer.text) < 80
    chat.app.customers.finish(chat.customer)
    assert chat.view.csat_due


def test_s06_both_parts_are_answered_each_with_its_article(chat: Chat) -> None:
    """The address and the warranty stand under their own labels; nothing claims to have changed anything."""
    chat.ask(
        "I moved house, need to change the address on an order placed yesterday, "
        "and does my warranty still hold if I leave the country?"
    )
    assert chat.called == ["strong"]
    assert chat.cited == {"changing-an-order", "warranty"}
    assert chat.answer.text.count("**") == 4
    assert not any(words in chat.answer.text for words in ("I changed", "I have changed", "has been changed"))


def test_s07_a_comparison_rests_on_both_articles(chat: Chat) -> None:
    """Pausing and cancelling are contrasted, and which one keeps the data is said."""
    chat.ask("What is the difference between pausing and cancelling my plan, and which one keeps my data?")
    assert chat.called == ["strong"]
    assert chat.cited >= {"pausing-a-membership", "cancelling-a-membership"}
    assert "keeps all your data" in chat.answer.text


def test_s09_what_no_article_covers_is_said_and_noted_as_a_gap(chat: Chat) -> None:
    """No general knowledge about Okta; a person is offered and the gap is in the list."""
    chat.ask("Do you support SAML with Okta group sync?")
    assert chat.answer.kind is MessageKind.REFUSAL
    assert chat.ticket.state == OFFERED
    assert "Okta" not in chat.answer.text
    assert len(chat.app.store.read(lambda tx: tx.gaps())) == 1


def test_s23_it_stays_the_gold_plan_over_three_turns(chat: Chat) -> None:
    """The subject is carried along and the rewritten question can be seen."""
    chat.ask("What is the fee for the Gold plan?")
    assert "€99" in chat.answer.text
    chat.ask("and does it include phone support?")
    assert "Gold" in chat.decision.assessment.query
    assert "phone support" in chat.answer.text
    chat.ask("how do I switch to it?")
    assert "Gold" in chat.decision.assessment.query
    assert chat.cited == {"switching-plans"}
    assert "strong" not in chat.called


def test_s24_an_abandoned_topic_is_left_alone(chat: Chat) -> None:
    """Only the shop's hours are answered, nothing of returns."""
    chat.ask("How do I return shoes?", "actually forget that, is your Berlin shop open tomorrow?")
    assert chat.cited == {"shops"}
    assert "10:00 to 20:00" in chat.answer.text
    assert "return" not in chat.answer.text.lower()


def test_s26_a_spanish_question_is_answered_in_spanish(chat: Chat) -> None:
    """Both parts, from Spanish articles or from English ones that are named as such."""
    chat.ask("¿Cómo puedo cancelar mi suscripción y recuperar el dinero?")
    assert chat.answer.kind is MessageKind.ANSWER
    assert chat.decision.assessment.language == "es"
    assert "Cancelar suscripción" in chat.answer.text
    assert "cancelar-membresia" in chat.cited


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("so how long does standard delivery take?", "standard-delivery"),
        ("My order was wrong, how do I return it?", "damaged-or-wrong-item"),
    ],
)
def test_s34_the_question_behind_a_long_log_is_answered(chat: Chat, question: str, article: str) -> None:
    """What was cut is told; years and codes in the log are no disputed amounts."""
    said = chat.ask(f"{LOG}{question}")
    assert said.cut_characters > 10_000
    assert any(str(said.cut_characters) in m.text for m in chat.messages if m.sender is Sender.SYSTEM)
    assert article in chat.cited
    assert chat.ticket.critical is None


def test_s34_a_question_about_the_log_itself_is_refused_not_guessed(chat: Chat) -> None:
    """The articles know nothing of imports."""
    chat.ask(f"{LOG} so why does the import fail?")
    assert chat.answer.kind is MessageKind.REFUSAL
    assert chat.ticket.critical is None


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("How long does delivery take?", "3 to 5 working days"),
        ("how long does shipping take", "3 to 5 working days"),
        ("What is the delivery time?", "delivery"),
    ],
)
def test_the_plainest_question_of_all_is_answered(chat: Chat, text: str, fact: str) -> None:
    """Also by those who do not know that there is a standard delivery."""
    chat.ask(text)
    assert fact in chat.answer.text
    assert chat.cited == {"standard-delivery"}


def test_a_complaint_with_something_new_in_it_is_about_the_new(chat: Chat) -> None:
    """What was read already is not answered again; the country is."""
    chat.ask("How long does standard delivery take?", "I already read that, what about Spain?")
    assert "Spain" in chat.decision.assessment.query
    assert "delivery" in chat.decision.assessment.query
