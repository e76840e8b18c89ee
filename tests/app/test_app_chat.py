"""The customer's page."""

import re
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from supportbot import bootstrap
from supportbot.domain.account import Actor
from supportbot.domain.message import MessageKind
from supportbot.ui.visiting import Visitor, shown

Ask = Callable[[str, str], str]
Staff = Callable[..., tuple[Visitor, Actor]]


def button(test: AppTest, label: str) -> bool:
    """Whether the page has a button with this label."""
    return any(b.label == label for b in test.button)


def test_a_new_visitor_is_welcomed(customer: Visitor) -> None:
    """Welcome, starter questions, the composer, and the way to a person."""
    page = customer.look()
    assert "How can we help?" in shown(page)
    assert button(page, "Where is my order?")
    assert len(page.chat_input) == 1
    assert any(b.key == "pill-person" for b in page.button)


def test_without_a_cookie_the_page_says_why_it_cannot_help(desk: bootstrap.App) -> None:
    """A browser that blocks cookies gets a sentence, not an anonymous conversation."""
    page = Visitor({}).look()
    assert "needs a cookie" in shown(page)
    assert not page.chat_input


def test_what_is_typed_is_taken_in_and_its_working_shown(customer: Visitor) -> None:
    """The page hands the text over and shows the steps; it does not wait for the answer."""
    page = customer.look()
    page.chat_input[0].set_value("How long does standard delivery take?")
    customer.run(page)
    words = shown(page)
    assert "How long does standard delivery take?" in words
    assert "Looking this up" in words
    assert button(page, "Stop")


def test_an_answer_shows_its_source_and_asks_whether_it_helped(customer: Visitor, customer_id: str, asked: Ask) -> None:
    """Citation mark, quoted passage, the whole article, thumbs."""
    asked(customer_id, "How long does standard delivery take?")
    page = customer.look()
    words = shown(page)
    assert 'class="cite"' in words
    assert "<blockquote" in words
    assert button(page, "Open the whole article")
    assert len(page.feedback) == 1


def test_the_whole_article_opens_in_a_dialog(customer: Visitor, customer_id: str, asked: Ask) -> None:
    """From the chip to the article."""
    asked(customer_id, "How long does standard delivery take?")
    page = customer.look()
    next(b for b in page.button if b.label == "Open the whole article").click()
    customer.run(page)
    assert 'class="article"' in shown(page)


def test_a_rating_is_stored_and_can_say_why(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask
) -> None:
    """Thumbs down brings the reasons."""
    asked(customer_id, "How long does standard delivery take?")
    page = customer.look()
    page.feedback[0].set_value(0)
    customer.run(page)
    view = desk.customers.view(customer_id)
    assert "down" in view.ratings.values()
    assert any(getattr(group, "label", "") == "What was wrong?" for group in page.get("button_group"))


def test_a_person_is_one_tap_away(desk: bootstrap.App, customer: Visitor, customer_id: str) -> None:
    """Also without a question before."""
    page = customer.look()
    page.button(key="pill-person").click()
    customer.run(page)
    view = desk.customers.view(customer_id)
    assert view.waiting is not None
    assert page.button(key="pill-leave")
    assert [m.kind for m in view.messages] == [MessageKind.HANDOFF]
    assert "Please write here what it is about" in shown(page)
    assert "everything you wrote" not in shown(page)


def test_a_card_number_is_gone_before_it_is_shown(customer: Visitor) -> None:
    """The page shows the placeholder and says what was removed."""
    page = customer.look()
    page.chat_input[0].set_value("My card 4111 1111 1111 1111 was charged twice")
    customer.run(page)
    words = shown(page)
    assert "4111" not in words
    assert "We removed a card number" in words


def test_a_limit_is_told_and_the_text_kept(desk: bootstrap.App, customer: Visitor, customer_id: str) -> None:
    """Beyond the limit the customer sees why and how long, each once, keeps the text, and can still reach a person."""
    for number in range(desk.settings.limits.customer_per_minute):
        desk.customers.say(customer_id, f"Question number {number}, please")
    page = customer.look()
    page.chat_input[0].set_value("One more question")
    customer.run(page)
    words = shown(page)
    assert "One more question" in words
    assert words.count("You sent more than 10 messages in one minute.") == 1
    assert len(re.findall(r"again in \d+ seconds?, at \d\d:\d\d, or ask for a person\.", words)) == 1
    assert len(re.findall("again (?:in|now)", words)) == 1
    assert button(page, "Try again")
    next(b for b in page.button if b.label == "Leave it to a person").click()
    customer.run(page)
    assert desk.customers.view(customer_id).waiting is not None


def test_markup_of_a_customer_stays_text(customer: Visitor) -> None:
    """What a customer types is never read as HTML."""
    page = customer.look()
    page.chat_input[0].set_value("<img src=x onerror=alert(1)> **bold** $x$")
    customer.run(page)
    words = shown(page)
    assert "<img src=x" not in words
    assert "&lt;img src=x" in words
    assert "**bold** $x$" in words


def test_after_the_end_the_page_asks_once_how_it_went(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """The score goes into the ledger of outcomes; then the page thanks."""
    _, ana = staff("inbox")
    ticket_id = asked(customer_id, "I want to talk to a human")
    desk.inbox.claim(ana, ticket_id)
    desk.inbox.reply(ana, ticket_id, "Hello, I am Ana.")
    desk.inbox.resolve(ana, ticket_id)
    page = customer.look()
    assert "How did we do?" in shown(page)
    page.feedback[-1].set_value(4)
    customer.run(page)
    assert desk.customers.view(customer_id).csat == 5
    assert "Thank you" in shown(page)


def test_a_person_who_joins_is_named_and_marked(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """Customers always see whether a person or the assistant speaks."""
    _, ana = staff("inbox")
    ticket_id = asked(customer_id, "I want to talk to a human")
    desk.inbox.claim(ana, ticket_id)
    desk.inbox.reply(ana, ticket_id, "Hello, I am Ana.")
    page = customer.look()
    words = shown(page)
    assert "Person" in words
    assert "Automatic" in words
    assert page.chat_input[0].placeholder == "Write to Ana"


def test_of_a_long_thread_the_last_fifty_are_shown(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """Earlier ones come on request."""
    _, ana = staff("inbox")
    ticket_id = asked(customer_id, "I want to talk to a human")
    desk.inbox.claim(ana, ticket_id)
    for number in range(60):
        desk.inbox.reply(ana, ticket_id, f"Line {number}.")
    page = customer.look()
    assert "Line 59." in shown(page)
    assert "Line 5." not in shown(page)
    page.button(key="show-earlier").click()
    customer.run(page)
    assert "Line 5." in shown(page)
