"""A customer deletes the conversation: asked first, gone everywhere, a fresh page with one quiet line."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from streamlit.testing.v1 import AppTest

from supportbot import bootstrap
from supportbot.domain.account import Actor
from supportbot.ports import TicketFilter
from supportbot.ui.visiting import Visitor, shown

Ask = Callable[[str, str], str]
Staff = Callable[..., tuple[Visitor, Actor]]
Away = Callable[..., AbstractContextManager[None]]

QUESTION = "How long does standard delivery take?"


def choose(customer: Visitor, page: AppTest) -> str:
    """Open the dialog."""
    return press(customer, page, "delete-ask")


def press(customer: Visitor, page: AppTest, key: str) -> str:
    """Press a button of the dialog, and let the page be drawn anew."""
    page.button(key=key).click()
    return shown(customer.run(page))


def tickets(desk: bootstrap.App, customer_id: str) -> int:
    """How many conversations the desk holds of somebody."""
    return len(desk.store.read(lambda tx: tx.tickets(TicketFilter(customer_id=customer_id))))


def test_there_is_nothing_to_delete_before_the_first_word(customer: Visitor) -> None:
    """No such button on a fresh page."""
    assert [b.key for b in customer.look().button if b.key == "delete-ask"] == []


def test_the_dialog_says_what_goes_what_stays_and_that_it_is_final(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask
) -> None:
    """Asking deletes nothing, and keeping it closes the dialog."""
    asked(customer_id, QUESTION)
    page = customer.look()
    words = choose(customer, page)
    for part in ("What is deleted", "What stays", "Figures without text", "This cannot be undone"):
        assert part in words
    words = press(customer, page, "delete-keep")
    assert "What is deleted" not in words
    assert QUESTION in words
    assert tickets(desk, customer_id) == 1


def test_after_it_the_page_begins_anew_here_and_in_another_tab(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask
) -> None:
    """Neither tab shows a word of it, both say it is done, and the next question begins a new conversation."""
    asked(customer_id, QUESTION)
    page, other = customer.look(), customer.look()
    choose(customer, page)
    for words in (press(customer, page, "delete-go"), shown(customer.run(other))):
        assert "Your conversation was deleted." in words
        assert "How can we help?" in words
        assert QUESTION not in words
    assert tickets(desk, customer_id) == 0
    page.chat_input[0].set_value("Do you sell gift cards?")
    words = shown(customer.run(page))
    assert "Do you sell gift cards?" in words
    assert "was deleted" not in words


def test_a_message_that_was_never_sent_goes_as_well(desk: bootstrap.App, customer: Visitor, customer_id: str) -> None:
    """What a limit refused is kept in the page only, and must not outlive the conversation there."""
    for number in range(desk.settings.limits.customer_per_minute):
        desk.customers.say(customer_id, f"Question number {number}, please")
    page = customer.look()
    page.chat_input[0].set_value("One more question")
    assert "One more question" in shown(customer.run(page))
    choose(customer, page)
    assert "One more question" not in press(customer, page, "delete-go")


def test_while_a_person_works_on_it_the_dialog_asks_once_more(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """The first word deletes nothing; the second does, and the agent finds the case gone."""
    _, ana = staff("inbox")
    ticket_id = asked(customer_id, "I want to talk to a human")
    desk.inbox.claim(ana, ticket_id)
    page = customer.look()
    choose(customer, page)
    words = press(customer, page, "delete-go")
    assert "A person still works on your question" in words
    assert tickets(desk, customer_id) == 1
    assert "Your conversation was deleted." in press(customer, page, "delete-go")
    assert tickets(desk, customer_id) == 0
    assert not desk.inbox.open(ana, ticket_id).ticket.open


def test_when_the_database_fails_nothing_is_deleted_and_the_page_says_so(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, away: Away
) -> None:
    """The dialog stays, and the second try goes through."""
    asked(customer_id, QUESTION)
    page = customer.look()
    choose(customer, page)
    with away("audit"):
        assert "It could not be deleted just now" in press(customer, page, "delete-go")
    assert tickets(desk, customer_id) == 1
    assert "Your conversation was deleted." in press(customer, page, "delete-go")


@pytest.mark.parametrize("kept", [True, False])
def test_what_was_being_answered_is_told_of(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, kept: bool
) -> None:
    """A turn that ran a moment ago may still write what it found; that goes within the hour."""
    asked(customer_id, QUESTION) if kept else desk.customers.say(customer_id, QUESTION)
    page = customer.look()
    choose(customer, page)
    assert ("within the hour" in press(customer, page, "delete-go")) is not kept
