"""The whole path in a real browser: question, answer with source, person, live reply, resolution, savings."""

import re

import pytest
from browsing import Server, window
from playwright.sync_api import Browser, Page, expect

from supportbot.access import OPERATOR
from supportbot.domain.message import Message
from supportbot.ports import TicketFilter
from supportbot.savings import Assumptions, SavingsFilter

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)

PASSWORD = "seven tall junipers"


def write(page: Page, text: str) -> None:
    """Send a message as the customer does."""
    box = page.get_by_test_id("stChatInput").locator("textarea")
    box.fill(text)
    box.press("Enter")


def become_admin(page: Page, server: Server) -> None:
    """Create the first account with the one-time link."""
    page.goto(server.setup_link)
    page.fill("input[name=name]", "Ana Lindqvist")
    page.fill("input[name=email]", "ana@juniper.example")
    for field in page.query_selector_all("input[type=password]"):
        field.fill(PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/inbox")


def test_a_day_at_the_desk(server: Server, browser: Browser) -> None:
    """A customer asks, is answered, wants a person, gets one live; the savings page shows exactly those calls."""
    with window(browser, 390, 844) as customer, window(browser, 1280, 800) as staff:
        page, desk = customer.page, staff.page
        page.goto(server.url)
        write(page, "How long does standard delivery take?")
        expect(page.get_by_text("3 to 5 working days").first).to_be_visible()
        page.get_by_role("button", name=re.compile("Standard delivery")).first.click()
        expect(page.get_by_text("Open the whole article").first).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("radio", name="Thumbs up").click()
        expect(page.get_by_text("That solved it").first).to_be_visible()

        write(page, "I want to talk to a human please")
        expect(page.get_by_text("Waiting for a person").first).to_be_visible()

        become_admin(desk, server)
        desk.get_by_role("button", name=re.compile("I want to talk to a human please")).first.click()
        desk.get_by_role("button", name="Claim").click()
        expect(page.get_by_text("Ana Lindqvist joined the conversation").first).to_be_visible()

        reply = desk.get_by_placeholder(re.compile("^Write to"))
        reply.fill("Hello, this is Ana. How can I help?")
        desk.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Hello, this is Ana. How can I help?").first).to_be_visible()

        write(page, "All good, thank you!")
        expect(desk.get_by_text("All good, thank you!").first).to_be_visible()
        desk.get_by_role("button", name="Resolve").click()
        expect(page.get_by_text("How did we do?").first).to_be_visible()
        page.get_by_test_id("stFeedbackButton").last.click()
        expect(page.get_by_text("Thank you").last).to_be_visible()

        check_savings(desk, server)
        assert customer.complaints == []
        assert staff.complaints == []
        assert customer.foreign == staff.foreign == [], "nothing is asked of another host"


def check_savings(page: Page, server: Server) -> None:
    """Compare the page with the ledger it was made from."""
    with server.desk() as app:
        report = app.savings.report(SavingsFilter(), Assumptions(), actor=OPERATOR)
        assert report.calls == 1
        assert report.tickets == 1
        number = app.store.read(lambda tx: tx.tickets(TicketFilter()))[0].number
    page.get_by_role("link", name="Savings").click()
    expect(page.get_by_role("heading", name="Savings")).to_be_visible()
    expect(page.get_by_text("Simulated list prices").first).to_be_visible()
    expect(page.get_by_text(f"${report.model.amount_microusd / 1e6:.4f}").first).to_be_visible()
    assert number == 20_001


def test_an_answer_survives_a_closed_tab(server: Server, browser: Browser) -> None:
    """The worker owns the turn: closing the tab right after sending loses neither answer nor cost."""
    with window(browser, 390, 844) as customer:
        customer.page.goto(server.url)
        write(customer.page, "How do I download an invoice?")
        expect(customer.page.get_by_text("How do I download an invoice?").first).to_be_visible()
        customer.page.close()
        again = customer.context.new_page()
        again.goto(server.url)
        expect(again.get_by_text("Download invoice").first).to_be_visible()


def test_a_card_number_never_reaches_the_database_or_the_log(server: Server, browser: Browser) -> None:
    with window(browser, 390, 844) as customer:
        customer.page.goto(server.url)
        write(customer.page, "My card is 4111 1111 1111 1111, why was it declined?")
        expect(customer.page.get_by_text("[card]").first).to_be_visible()
        expect(customer.page.get_by_text("declined", exact=False).nth(1)).to_be_visible()
    raw = files_of(server)
    for trace in (b"4111 1111", b"41111111"):
        assert trace not in raw


def test_a_deleted_conversation_is_gone_from_every_tab_and_every_file(server: Server, browser: Browser) -> None:
    """By keyboard alone; the other tab begins anew by itself, and both hear what comes next."""
    planted = b"a heron named Wilhelmina"
    with window(browser, 390, 844) as customer:
        page, other = customer.page, customer.context.new_page()
        page.goto(server.url)
        write(page, f"Where is the parcel with {planted.decode()}?")
        expect(page.get_by_text("Wilhelmina").first).to_be_visible()
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)
        other.goto(server.url)
        expect(other.get_by_text("Wilhelmina").first).to_be_visible()
        assert planted in files_of(server)

        page.get_by_role("button", name="Delete my conversation").focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Delete your conversation?")
        expect(dialog.get_by_text("This cannot be undone.")).to_be_visible()
        dialog.get_by_role("button", name="Delete for ever").focus()
        page.keyboard.press("Enter")

        for tab in (page, other):
            expect(tab.get_by_text("Your conversation was deleted.").first).to_be_visible()
            expect(tab.get_by_text("Wilhelmina")).to_have_count(0)
        expect(page.locator("[data-live]")).to_contain_text("Your conversation was deleted.")
        assert planted not in files_of(server)
        write(page, "How do I download an invoice?")
        for tab in (page, other):
            expect(tab.get_by_text("Download invoice").first).to_be_visible()
        page.reload()
        expect(page.get_by_text("Download invoice").first).to_be_visible()
        expect(page.get_by_text("Wilhelmina")).to_have_count(0)
        assert customer.complaints == []


def files_of(server: Server) -> bytes:
    """Everything that lies in the data folder, and the log."""
    return b"".join(file.read_bytes() for file in [*server.folder.rglob("*"), server.log] if file.is_file())


def test_a_stranger_sees_no_desk(server: Server, browser: Browser) -> None:
    """Without an account the inbox, the savings and the demo are not there, and one customer cannot hear another."""
    with window(browser, 1280, 800) as stranger:
        for place in ("inbox", "savings", "demo"):
            stranger.page.goto(f"{server.url}/{place}")
            expect(stranger.page.get_by_text(re.compile("Sign in")).first).to_be_visible()
        answer = stranger.context.request.get(f"{server.url}/api/events/inbox")
        assert answer.status == 403
        with server.desk() as app:
            ticket = app.store.read(lambda tx: tx.tickets(TicketFilter()))[0]
        assert stranger.context.request.get(f"{server.url}/api/events/{ticket.id}").status == 403


def test_no_message_of_the_day_is_lost(server: Server) -> None:
    """What the tests above wrote is stored once and in order."""
    with server.desk() as app:
        tickets = app.store.read(lambda tx: tx.tickets(TicketFilter()))
        threads: list[tuple[Message, ...]] = [
            app.store.read(lambda tx, t=t: tx.messages(t.id, private=True))  # type: ignore[misc]
            for t in tickets
        ]
    for thread in threads:
        assert [m.seq for m in thread] == list(range(1, len(thread) + 1))
