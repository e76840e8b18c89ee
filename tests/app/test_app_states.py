"""What pages say when there is nothing, too much, or no database; and how words for times and hours read."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from supportbot import bootstrap
from supportbot.domain.account import Actor, Role
from supportbot.domain.hours import Hours
from supportbot.inbox.views import Scope
from supportbot.ui import wording
from supportbot.ui.visiting import Visitor, shown

Ask = Callable[[str, str], str]
Staff = Callable[..., tuple[Visitor, Actor]]
Away = Callable[..., AbstractContextManager[None]]
MONDAY = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def labels(page: object) -> list[str]:
    """Return what stands on the page's buttons."""
    return [button.label for button in page.button]  # type: ignore[attr-defined]


def test_a_customer_hears_of_an_outage_and_the_message_comes_back(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, away: Away
) -> None:
    """No traceback: what happened, that it is kept, and a way to try again that works."""
    asked(customer_id, "How long does standard delivery take?")
    page = customer.look()
    with away():
        page.chat_input[0].set_value("Is anybody there?")
        customer.run(page)
        words = shown(page)
        assert "We cannot show your conversation just now" in words
        assert "What you wrote last is not sent yet" in words
        assert "Is anybody there?" in words
    page.button(key="again-chat").click()
    customer.run(page)
    customer.run(page)
    assert "3 to 5 working days" in shown(page)
    assert "Is anybody there?" in shown(page)
    assert "Try again" in labels(page)


@pytest.mark.parametrize("table", ["customer", "outcome"])
def test_what_a_customer_presses_in_an_outage_is_no_crash(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, away: Away, table: str
) -> None:
    """Whether the database cannot say who it is or cannot keep the opinion: no traceback, and what was typed stays."""
    asked(customer_id, "How long does standard delivery take?")
    page = customer.look()
    with away(table):
        page.feedback[0].set_value(1)
        customer.run(page)
    customer.run(page)
    with away(table):
        page.chat_input[0].set_value("Is anybody there?")
        customer.run(page)
    customer.run(page)
    assert "Is anybody there?" in shown(page)


@pytest.mark.parametrize("place", ["inbox", "savings"])
@pytest.mark.parametrize("table", ["ticket", "session"])
def test_people_in_support_hear_of_an_outage(staff: Staff, away: Away, place: str, table: str) -> None:
    """Whether a page's own data are away or the database cannot say who is looking."""
    ana, _ = staff(place)
    page = ana.look()
    with away(table):
        ana.run(page)
        assert "The database does not answer just now" in shown(page)
        assert "Try again" in labels(page)
    ana.run(page)
    assert "The database does not answer" not in shown(page)


def test_a_reply_written_in_an_outage_is_kept(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff, away: Away
) -> None:
    """The words are there again when the database is."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, actor = staff("inbox")
    desk.inbox.claim(actor, ticket_id)
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    with away():
        page.text_area(key=f"draft-{ticket_id}").set_value("A reply in an outage")
        page.button(key=f"send-{ticket_id}").click()
        ana.run(page)
        assert "your drafts are kept" in shown(page)
    ana.run(page)
    assert page.text_area(key=f"draft-{ticket_id}").value == "A reply in an outage"


def test_who_loses_a_claim_is_told_by_whom_and_keeps_the_draft(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """The button to claim goes too: there is nothing left to claim."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, _ = staff("inbox")
    _, ben = staff("inbox", "Ben Okafor", Role.AGENT)
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    page.text_area(key=f"draft-{ticket_id}").set_value("My thoughts so far")
    desk.inbox.claim(ben, ticket_id)
    page.button(key=f"claim-{ticket_id}").click()
    ana.run(page)
    assert "Ben Okafor claimed this first. Your draft is kept" in shown(page)
    assert "Claim" not in labels(page)
    assert page.text_area(key=f"draft-{ticket_id}").value == "My thoughts so far"


def test_an_action_gives_its_popover_another_key(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """Another key is another popover, and that one is closed."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, actor = staff("inbox")
    desk.inbox.claim(actor, ticket_id)
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    assert "acted" not in page.session_state
    page.button(key="until-For 2 hours").click()
    ana.run(page)
    assert "Snoozed until" in shown(page)
    assert page.session_state["acted"] == 1


def test_notes_say_what_the_customer_wrote_since(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """What was wanted at the handoff does not pass for what is wanted now."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, actor = staff("inbox")
    desk.inbox.claim(actor, ticket_id)
    desk.inbox.reply(actor, ticket_id, "Hello, what is it about?")
    page = ana.look()
    assert "Replied" in shown(page)
    desk.customers.say(customer_id, "The second parcel is the one I miss")
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    assert 'Since then: <q dir="auto">The second parcel is the one I miss</q>' in shown(page)
    assert "Wrote again" in shown(page)


def test_a_customer_can_end_what_a_person_holds(
    desk: bootstrap.App, customer: Visitor, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """The page speaks to who ended it; the survey follows."""
    _, ana = staff("inbox")
    ticket_id = asked(customer_id, "I want to talk to a human")
    desk.inbox.claim(ana, ticket_id)
    page = customer.look()
    page.button(key="pill-end").click()
    customer.run(page)
    assert "You ended the conversation" in shown(page)
    assert "How did we do?" in shown(page)
    assert not desk.inbox.open(ana, ticket_id).ticket.open


@pytest.mark.parametrize("text", ["   ", "\u200b\u200b", "\n\n"])
def test_a_blank_message_is_answered_with_a_sentence(customer: Visitor, text: str) -> None:
    """Nothing is stored, and no empty bubble is shown."""
    page = customer.look()
    page.chat_input[0].set_value(text)
    customer.run(page)
    assert "Please write your question." in shown(page)
    assert 'class="own unsent"' not in shown(page)


def test_an_empty_list_says_whether_others_wait(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """ "Nobody is waiting" only when nobody is."""
    ana, actor = staff("inbox")
    page = ana.look()
    assert "Nobody is waiting" in shown(page)
    ticket_id = asked(customer_id, "I want to talk to a human")
    page.session_state["scope"] = Scope.MINE
    ana.run(page)
    assert "Nothing is yours" in shown(page)
    assert "1 conversation waits in Open" in shown(page)
    desk.inbox.claim(actor, ticket_id)
    page.session_state["scope"] = Scope.OPEN
    ana.run(page)
    assert "1 conversation in somebody’s hands" in shown(page)


def test_a_desk_at_rest_says_how_much_came(desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff) -> None:
    """So that an empty list is not taken for a broken one."""
    asked(customer_id, "How long does standard delivery take?")
    ana, _ = staff("inbox")
    assert "1 conversation in the last 24 hours" in shown(ana.look())


def test_the_last_step_of_a_story_is_ticked(staff: Staff) -> None:
    """At the end every step is done."""
    ana, _ = staff("demo")
    page = ana.look()
    for _ in range(6):
        page.button(key="step").click()
        ana.run(page)
    assert shown(page).count('<li class="done">') == 6
    assert 'class="now"' not in shown(page)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (Hours(), "08–20 CET"),
        (Hours(weekdays=(0, 1, 2, 3, 4), closes=time(17, 30)), "Mon–Fri 08–17:30 CET"),
        (Hours(zone="America/Sao_Paulo", weekdays=(1, 4)), "Tue, Fri 08–20 UTC-3"),
        (Hours(opens=time(0), closes=time(23, 59, 59)), "24/7"),
    ],
)
def test_opening_hours_name_their_zone(hours: Hours, words: str) -> None:
    """A customer elsewhere must not take them for their own."""
    assert wording.opening_hours(hours, MONDAY) == words


def test_when_people_are_back_is_said_in_both_zones() -> None:
    """The reader's own time is added where it is another one."""
    back = (MONDAY + timedelta(hours=10)).astimezone(BERLIN)
    assert wording.back_at(back, MONDAY, BERLIN) == "tomorrow at 08:00 CET"
    assert wording.back_at(back, MONDAY, ZoneInfo("UTC")) == "tomorrow at 08:00 CET (07:00 for you)"


@pytest.mark.parametrize(("seconds", "words"), [(5, "just now"), (61, "1 min ago"), (7300, "2 h 1 min ago")])
def test_how_long_ago(seconds: int, words: str) -> None:
    """Under a minute is now."""
    assert wording.ago(seconds) == words
