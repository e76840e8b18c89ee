"""Every page in every state: axe finds nothing, nothing scrolls sideways, nothing is asked of other hosts.

The states take turns: desktop light, phone dark, desktop dark, phone light. With PAGE_LOOKS=all each state is looked at
in all four ways, which takes about three times as long.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import scenes
from axe_playwright_python.sync_playwright import Axe
from browsing import Server, Window, window
from playwright.sync_api import Browser, Locator, Page, expect
from scenes import Scenes

from supportbot.ui.style import TOKENS

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)

SHOTS = "PAGE_PICTURES"  #: environment variable: a folder to keep the pictures in
DESKTOP, PHONE = (1280, 800), (390, 844)
LOOKS = [(DESKTOP, "light"), (PHONE, "dark"), (DESKTOP, "dark"), (PHONE, "light")]
#: By how many pixels the page is wider than its window.
WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"
#: Beside axe's usual rules: what is to be hit is 24 px wide and high, or stands apart.
RULES = {"rules": {"target-size": {"enabled": True}}}


@dataclass
class Eyes:
    """A window that looks at states one after the other, each in one look or in all."""

    server: Server
    folder: Path | None
    window: Window
    turn: int = 0
    found: dict[str, object] = field(default_factory=dict)

    def see(self, name: str, ready: Locator, *, wide: bool = False) -> None:
        """Check the state shown now, which is there once *ready* is seen; what is wrong is kept under its name.

        What only a *wide* window shows is looked at there alone.
        """
        page = self.window.page
        mine = [look for look in LOOKS if look[0] == DESKTOP or not wide]
        self.turn += 1
        for (width, height), shade in mine if os.environ.get("PAGE_LOOKS") == "all" else [mine[self.turn % len(mine)]]:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=shade, reduced_motion="reduce")  # type: ignore[arg-type]
            expect(ready).to_be_visible()
            self._settled(page, shade)
            look = f"{name}-{width}-{shade}"
            if self.folder is not None:
                page.screenshot(path=self.folder / f"{look}.png")
            self._judge(page, look)
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})

    @staticmethod
    def _settled(page: Page, shade: str) -> None:
        """Wait until page and charts have followed the theme, and for the short animation of what opens."""
        page.wait_for_timeout(100)
        app = page.locator(".stApp")
        if app.count():
            expect(app).to_have_css("color-scheme", shade)
        if page.locator(".st-key-chart-days").count():  # charts cannot read CSS: the page is drawn anew for them
            colour = TOKENS["accent"][shade == "dark"]
            expect(page.locator(f".st-key-chart-days .marks [fill='{colour}']").first).to_be_visible()
        page.wait_for_timeout(200)

    def _judge(self, page: Page, look: str) -> None:
        violations = Axe().run(page, options=RULES).response["violations"]
        if violations:  # on a busy machine something may still have been fading in: only what stays is wrong
            page.wait_for_timeout(1_500)
            violations = Axe().run(page, options=RULES).response["violations"]
        wrong: list[object] = []
        for v in violations:  # a toast is Streamlit's own, and loses the name of its dialog while it goes away
            nodes = [n["html"][:200] for n in v["nodes"] if 'data-testid="stToast"' not in n["html"]]
            wrong += [(v["id"], nodes[:4])] if nodes else []
        if page.evaluate(WIDE) > 0:
            wrong.append(("scrolls sideways", page.evaluate(WIDE)))
        if wrong:
            self.found[look] = wrong


@dataclass
class Visits(Eyes):
    """Eyes at a desk with a conversation in every state."""

    scenes: Scenes = field(kw_only=True)

    def customer(self, scene: str) -> Page:
        """Open the customer's page as the customer of *scene*."""
        context = self.window.context
        context.clear_cookies()
        context.add_cookies([{"name": "sb_customer", "value": self.scenes.tokens[scene], "url": self.server.url}])
        self.window.page.goto(self.server.url)
        return self.window.page

    def staff(self, place: str) -> Page:
        """Open a page of people in support as an admin."""
        context = self.window.context
        context.add_cookies([{"name": "sb_session", "value": self.scenes.session, "url": self.server.url}])
        self.window.page.goto(f"{self.server.url}/{place}")
        return self.window.page

    def case(self, scene: str) -> Page:
        """Open the conversation of *scene* in the inbox."""
        return self.staff(f"inbox?ticket={self.scenes.tickets[scene]}")


@pytest.fixture(scope="module")
def staged(server: Server) -> Iterator[Scenes]:
    """Conversations in every state, in the server's database."""
    with server.desk() as desk:
        found = scenes.staged(desk)
        scenes.conversations(found)
        with scenes.working(found):
            yield found


@pytest.fixture
def opened(browser: Browser) -> Iterator[Window]:
    """A window that complains of nothing and asks nothing of other hosts."""
    with window(browser, *DESKTOP) as found:
        yield found
        assert found.complaints == []
        assert found.foreign == []


@pytest.fixture
def early(server: Server, opened: Window) -> Iterator[Eyes]:
    """Eyes at a desk as it was first started; at the end every state looked at has to be without fault."""
    looking = Eyes(server, pictures(), opened)
    yield looking
    assert looking.found == {}


@pytest.fixture
def eyes(server: Server, staged: Scenes, opened: Window) -> Iterator[Visits]:
    """Eyes at a desk at work; at the end every state looked at has to be without fault."""
    looking = Visits(server, pictures(), opened, scenes=staged)
    yield looking
    assert looking.found == {}


def pictures() -> Path | None:
    """Return the folder that keeps the pictures, if there is to be one."""
    if not os.environ.get(SHOTS):
        return None
    folder = Path(os.environ[SHOTS])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_before_and_after_the_first_account(early: Eyes) -> None:
    """The first admin, an empty inbox, the savings of one question. It comes first: later there are accounts."""
    page, url = early.window.page, early.server.url
    page.goto(early.server.setup_link)
    early.see("set-up", page.get_by_role("button", name="Create"))
    page.fill("input[name=name]", "First Admin")
    page.fill("input[name=email]", "first@juniper.example")
    for field_ in page.query_selector_all("input[type=password]"):
        field_.fill(scenes.PASSWORD)
    page.click("button[type=submit]")
    early.see("inbox-empty", page.get_by_text("Nobody is waiting").first)
    page.goto(f"{url}/savings")
    early.see("savings-empty", page.get_by_text("No conversations yet"))
    page.goto(url)
    write(page, "How long does standard delivery take?")
    expect(page.get_by_text("Did this help?").first).to_be_visible()
    page.goto(f"{url}/savings")
    early.see("savings-one", page.get_by_text("Conversations behind the figures"))


CHAT: list[tuple[str, Callable[[Page], Locator]]] = [
    ("welcome", lambda page: page.get_by_text("How can we help?")),
    ("answering", lambda page: page.get_by_text("Looking this up").first),
    ("offer", lambda page: page.get_by_role("button", name="Keep going")),
    ("waiting", lambda page: page.get_by_text("Waiting for a person")),
    ("agent", lambda page: page.get_by_role("button", name="End the conversation")),
    ("resolved", lambda page: page.get_by_text("How did we do?")),
    ("thanked", lambda page: page.get_by_role("heading", name="Thank you")),
    ("long", lambda page: page.get_by_text("Line 299 of a long conversation.").first),
    ("odd", lambda page: page.get_by_text("A long reply.").first),
]


def test_the_customers_page_in_every_state(eyes: Visits) -> None:
    """From the first visit to a conversation of three hundred messages."""
    for scene, ready in CHAT:
        eyes.see(f"chat-{scene}", ready(eyes.customer(scene)))


def test_sources_articles_limits_and_ratings(eyes: Visits) -> None:
    """What opens on the customer's page: a source, the whole article, reasons, the notice of a limit."""
    page = eyes.customer("answered")
    page.get_by_role("button", name=re.compile("Standard delivery")).first.click()
    eyes.see("chat-source", page.get_by_text("Open the whole article").first)
    page.get_by_text("Open the whole article").first.click()
    eyes.see("chat-article", page.get_by_role("dialog", name="Help article"))
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Delete my conversation").click()
    eyes.see("chat-delete", page.get_by_role("button", name="Delete for ever"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("radio", name="Thumbs up").click()
    eyes.see("chat-rated", page.get_by_role("button", name="That solved it"))
    customer_id = eyes.scenes.desk.access.enrol(eyes.scenes.tokens["offer"]).id
    limit = eyes.scenes.desk.settings.limits.customer_per_minute
    page = eyes.customer("offer")
    again = page.get_by_role("button", name="Try again")
    for round_ in ("first", "second"):  # a minute may end in between, and the limit with it
        scenes.exhausted(eyes.scenes.desk.customers, customer_id, limit, "Question {}, please".format)
        write(page, f"My {round_} question more")
        expect(page.get_by_text(f"My {round_} question more").first).to_be_visible()
        if again.count():
            break
    eyes.see("chat-limited", again)


def write(page: Page, text: str) -> None:
    """Send a message as the customer does."""
    box = page.get_by_test_id("stChatInput").locator("textarea")
    box.fill(text)
    box.press("Enter")


INBOX: list[tuple[str, Callable[[Page], Locator]]] = [
    ("waiting", lambda page: page.get_by_role("button", name="Claim")),
    ("agent", lambda page: page.get_by_role("button", name="Resolve")),
    ("other", lambda page: page.get_by_text("Ben Okafor claimed this")),
    ("snoozed", lambda page: page.get_by_text("Snoozed until")),
    ("resolved", lambda page: page.get_by_text("Resolved Today")),
    ("answering", lambda page: page.get_by_text("The assistant is answering")),
    ("odd", lambda page: page.get_by_text("A long reply.").first),
    ("named", lambda page: page.get_by_text("Nobody has this yet")),
    ("long", lambda page: page.get_by_text("Line 299 of a long conversation.").first),
]


def test_the_inbox_with_each_kind_of_conversation(eyes: Visits) -> None:
    """Unclaimed, mine, somebody else's, put aside, closed, the assistant's; long, wide and right to left."""
    for scene, ready in INBOX:
        eyes.see(f"inbox-{scene}", ready(eyes.case(scene)))


def test_what_opens_in_the_inbox(eyes: Visits) -> None:
    """Snooze, transfer, articles, an article, revealed data, notes on a narrow window."""
    page = eyes.case("agent")
    for name, ready in (("Snooze", "For 30 minutes"), ("Transfer", "To whom"), ("Back to assistant", "Why, for")):
        page.get_by_role("button", name=name).first.click()
        eyes.see(f"inbox-{name.split()[0].lower()}", page.get_by_text(ready).first)
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    page.get_by_role("button", name="Articles", exact=True).click()
    page.get_by_role("textbox", name="Search the articles").fill("refund")
    page.keyboard.press("Enter")
    eyes.see("inbox-search", page.get_by_role("button", name="Insert").last)
    page.get_by_role("button", name="Open", exact=True).first.click()
    eyes.see("inbox-article", page.get_by_role("dialog", name="Help article"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Reveal email 1").click()
    eyes.see("inbox-revealed", page.get_by_text("lea@example.com"), wide=True)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.get_by_role("button", name="Notes").click()
    expect(page.get_by_text("lea@example.com")).to_be_visible()


def test_savings_demo_and_privacy(eyes: Visits) -> None:
    """Figures and a drill-down; a story idle and done, a day; what people's data come to."""
    page = eyes.staff("savings")
    eyes.see("savings", page.get_by_text("Conversations behind the figures"))
    page.get_by_role("button", name="Show the conversations: People").click()
    eyes.see("savings-people", page.get_by_text(re.compile("^People · .* conversation")))
    page = eyes.staff("demo")
    eyes.see("demo-idle", page.get_by_text("Step 0 of 6"))
    for step in range(1, 7):
        page.get_by_role("button", name="Step").click()
        expect(page.get_by_text(f"Step {step} of 6")).to_be_visible()
    expect(page.locator("ol.story li.done")).to_have_count(6)
    eyes.see("demo-done", page.get_by_role("button", name="Again"))
    page.get_by_role("button", name="Play the day").click()
    eyes.see("demo-day", page.get_by_text(re.compile("conversations")).last)
    page = eyes.staff("privacy")
    page.get_by_role("textbox", name="Whose data?").fill("#20002")
    page.keyboard.press("Enter")
    eyes.see("privacy", page.get_by_text("Would go"))
    page.get_by_role("button", name="Erase", exact=True).click()
    eyes.see("privacy-erase", page.get_by_role("textbox", name="Type ERASE to confirm"))


def test_pages_around_the_desk(eyes: Visits) -> None:
    """Signing in, a wrong password, setting up, a closed door, a conversation that is not there, an embedded page."""
    page, url = eyes.window.page, eyes.server.url
    page.goto(f"{url}/account/sign-in")
    eyes.see("sign-in", page.get_by_role("button", name="Sign in"))
    page.fill("input[name=email]", "ana@juniper.example")
    page.fill("input[name=password]", "not the password")
    page.get_by_role("button", name="Sign in").click()
    eyes.see("sign-in-wrong", page.get_by_role("alert"))
    eyes.window.complaints.clear()  # the browser reports the 401 itself
    page.goto(f"{url}/account/setup?token=none")
    eyes.see("set-up-closed", page.get_by_role("heading"))
    eyes.window.complaints.clear()  # and the 410
    page.goto(f"{url}/inbox")
    eyes.see("door", page.get_by_role("link", name="Sign in"))
    page = eyes.staff("inbox?ticket=nowhere")
    eyes.see("inbox-missing", page.get_by_text("This conversation is not there"))
    page = eyes.customer("answered")
    page.goto(f"{url}/?embed=true")
    eyes.see("chat-embedded", page.get_by_text("Did this help?").first)


def test_while_the_database_is_away(eyes: Visits) -> None:
    """Pages say so, keep what was written, and come back by themselves or on a tap."""
    page = eyes.customer("answered")
    expect(page.get_by_text("Did this help?").first).to_be_visible()
    file = eyes.server.folder / "supportbot.db"
    with closing(sqlite3.connect(file, isolation_level=None, timeout=20)) as database:
        database.execute("ALTER TABLE ticket RENAME TO ticket_away")
        try:
            write(page, "Is anybody there?")
            eyes.see("chat-away", page.get_by_text("Is anybody there?").first)
            expect(page.get_by_text("What you wrote last is not sent yet")).to_be_visible()
        finally:
            database.execute("ALTER TABLE ticket_away RENAME TO ticket")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Did this help?").first).to_be_visible()
    expect(page.get_by_text("Is anybody there?").first).to_be_visible()
