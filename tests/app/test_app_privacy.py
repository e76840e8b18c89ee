"""The page for privacy requests: leads find, export and erase; agents have no such page."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from supportbot import bootstrap
from supportbot.domain.account import Actor, Role
from supportbot.ports import TicketFilter
from supportbot.ui.visiting import Visitor, shown

Ask = Callable[[str, str], str]
Staff = Callable[..., tuple[Visitor, Actor]]

QUESTION = "How long does standard delivery take?"


@pytest.fixture
def lead(desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff) -> tuple[Visitor, AppTest]:
    """A lead at the page, of a desk where one customer asked something: ticket #20001."""
    asked(customer_id, QUESTION)
    visitor, _ = staff("privacy", "Lea Sand", Role.LEAD)
    return visitor, visitor.look()


def look_up(visitor: Visitor, page: AppTest, who: str) -> str:
    page.text_input(key="privacy-who").set_value(who)
    return shown(visitor.run(page))


def erase(visitor: Visitor, page: AppTest, word: str) -> str:
    page.text_input(key="privacy-word").set_value(word)
    page.button(key="privacy-go").click()
    return shown(visitor.run(page))


def test_agents_have_no_privacy_page(staff: Staff) -> None:
    """Neither in the navigation nor by its address."""
    ben, _ = staff("privacy", "Ben Okafor", Role.AGENT)
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        ben.look()


def test_the_page_begins_with_a_question_and_the_days(lead: tuple[Visitor, AppTest]) -> None:
    """Nothing is counted until somebody asks for it."""
    visitor, page = lead
    text = shown(page)
    assert "What goes by itself" in text
    assert "730 days" in text
    assert "Due now" not in text
    page.button(key="privacy-count").click()
    assert "Due now" in shown(visitor.run(page))


def test_a_customer_is_found_and_what_would_go_is_told(lead: tuple[Visitor, AppTest]) -> None:
    """By the ticket's number; whoever cannot be found is told how to ask."""
    visitor, page = lead
    assert "There is no customer" in look_up(visitor, page, "#99999")
    text = look_up(visitor, page, "#20001")
    assert "2 messages" in text
    assert "1 model call" in text


def test_without_the_word_nothing_is_erased_and_with_it_all_is(
    desk: bootstrap.App, customer_id: str, lead: tuple[Visitor, AppTest]
) -> None:
    """The receipt is shown; the customer is gone; the page is ready for the next."""
    visitor, page = lead
    look_up(visitor, page, "#20001")
    assert "Type ERASE first" in erase(visitor, page, "yes")
    assert len(desk.store.read(lambda tx: tx.tickets(TicketFilter(customer_id=customer_id)))) == 1
    text = erase(visitor, page, "ERASE")
    assert "Erased 1 ticket. Receipt" in text
    assert desk.store.read(lambda tx: tx.tickets(TicketFilter(customer_id=customer_id))) == ()
    assert page.text_input(key="privacy-who").value == ""


def test_a_waiting_customer_is_erased_only_with_the_box_ticked(
    desk: bootstrap.App, customer_id: str, lead: tuple[Visitor, AppTest], asked: Ask
) -> None:
    """The page says who would lose what; the use case refuses by itself."""
    visitor, page = lead
    asked(customer_id, "I want to talk to a human")
    assert "loses the case" in look_up(visitor, page, "#20001")
    assert "is open with a person" in erase(visitor, page, "ERASE")
    page.checkbox(key="privacy-force").check()
    assert "Erased" in erase(visitor, page, "ERASE")


def test_a_session_that_ended_erases_nothing(
    desk: bootstrap.App, customer_id: str, lead: tuple[Visitor, AppTest]
) -> None:
    """The click is checked as the page is: by the database, when it happens."""
    visitor, page = lead
    look_up(visitor, page, "#20001")
    desk.access.sign_out(visitor.cookies["sb_session"])
    page.text_input(key="privacy-word").set_value("ERASE")
    page.button(key="privacy-go").click()
    visitor.run(page)
    assert len(desk.store.read(lambda tx: tx.tickets(TicketFilter(customer_id=customer_id)))) == 1
