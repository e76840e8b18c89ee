"""Every page in every light and size: axe finds nothing, nothing scrolls sideways, nothing is asked of other hosts."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Server, window
from playwright.sync_api import Browser, Page, expect

from supportbot.access import OPERATOR
from supportbot.domain.account import Role

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)

PASSWORD = "seven tall junipers"
SHOTS = "PAGE_PICTURES"  #: environment variable: a folder to keep the pictures in
LOOKS = [(1280, 800, False), (1280, 800, True), (390, 844, False), (390, 844, True)]
NAMES = [f"{w}x{h}-{'dark' if dark else 'light'}" for w, h, dark in LOOKS]


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[str]:
    """The session token of an admin."""
    with server.desk() as desk:
        account = desk.access.add_account(OPERATOR, "ana@juniper.example", "Ana Lindqvist", Role.ADMIN, PASSWORD)
        yield desk.access.sign_in(account.email, PASSWORD, "127.0.0.1")


def write(page: Page, text: str) -> None:
    """Send a message as the customer does."""
    box = page.get_by_test_id("stChatInput").locator("textarea")
    box.fill(text)
    box.press("Enter")


def check(page: Page, name: str, tmp_path: Path) -> None:
    """Run axe, look for sideways scrolling, and take a picture."""
    page.wait_for_timeout(700)  # popovers and charts come with a short animation, in which colours are not final
    folder = Path(os.environ.get(SHOTS) or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("width", "height", "dark"), LOOKS, ids=NAMES)
def test_the_customers_page(
    server: Server, browser: Browser, tmp_path: Path, width: int, height: int, dark: bool
) -> None:
    """Welcome, answer with an open source, rated down, waiting for a person."""
    look = f"{width}x{height}-{'dark' if dark else 'light'}"
    with window(browser, width, height, dark=dark) as customer:
        page = customer.page
        page.goto(server.url)
        expect(page.get_by_text("How can we help?")).to_be_visible()
        check(page, f"chat-welcome-{look}", tmp_path)
        write(page, "How long does standard delivery take?")
        page.get_by_role("button", name=re.compile("Standard delivery")).first.click()
        expect(page.get_by_text("Open the whole article").first).to_be_visible()
        check(page, f"chat-source-{look}", tmp_path)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Talk to a person").click()
        expect(page.get_by_text("Waiting for a person")).to_be_visible()
        check(page, f"chat-waiting-{look}", tmp_path)
        assert customer.complaints == []
        assert customer.foreign == []


@pytest.mark.parametrize(("width", "height", "dark"), LOOKS, ids=NAMES)
def test_the_pages_of_people_in_support(
    server: Server, session: str, browser: Browser, tmp_path: Path, width: int, height: int, dark: bool
) -> None:
    """Inbox with an open case, savings, demo."""
    look = f"{width}x{height}-{'dark' if dark else 'light'}"
    with window(browser, width, height, dark=dark) as staff:
        staff.context.add_cookies([{"name": "sb_session", "value": session, "url": server.url}])
        page = staff.page
        page.goto(f"{server.url}/inbox")
        expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
        check(page, f"inbox-list-{look}", tmp_path)
        page.get_by_role("button", name=re.compile("waiting")).first.click()
        expect(page.get_by_role("log", name="Conversation")).to_be_visible()
        check(page, f"inbox-case-{look}", tmp_path)
        page.goto(f"{server.url}/savings")
        expect(page.get_by_text("Conversations behind the figures")).to_be_visible()
        check(page, f"savings-{look}", tmp_path)
        page.goto(f"{server.url}/demo")
        page.get_by_role("button", name="Step").click()
        expect(page.get_by_text("Step 1 of 6")).to_be_visible()
        check(page, f"demo-{look}", tmp_path)
        assert staff.complaints == []
        assert staff.foreign == []
