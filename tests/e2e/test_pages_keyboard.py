"""Without a mouse, without seeing, with little room: what must be reached is reached, and what is new is announced."""

from collections.abc import Iterator

import pytest
import scenes
from browsing import Server, Window, window
from playwright.sync_api import Browser, Page, expect
from scenes import Scenes

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)

#: What has the focus: its words, and whether a ring around it (or around its box) can be seen.
FOCUS = """() => {
  const it = document.activeElement;
  const ring = (e) => { const s = getComputedStyle(e);
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== 'none'; };
  const box = it.closest('[data-testid=stChatInput], [class*=st-key-box-]');
  const words = it.tagName === 'MAIN' ? 'main' : it.ariaLabel || it.placeholder || it.innerText || it.id;
  return [words.trim(), ring(it) || (box && ring(box)) || false];
}"""


@pytest.fixture(scope="module")
def staged(server: Server) -> Iterator[Scenes]:
    """A customer with an answer, one who waits, and an agent."""
    with server.desk() as desk:
        found = scenes.staged(desk)
        found.asks("answered", "How long does standard delivery take?")
        found.asks("waiting", "I want to talk to a human")
        found.asks("agent", "I want to talk to a human about my delivery")
        desk.inbox.claim(found.ana, found.tickets["agent"])
        yield found


@pytest.fixture
def opened(browser: Browser) -> Iterator[Window]:
    """A desktop window that takes its time for nothing."""
    with window(browser, 1280, 800) as found:
        found.page.emulate_media(reduced_motion="reduce")
        yield found


def customer(opened: Window, server: Server, staged: Scenes, scene: str) -> Page:
    """Open the customer's page of *scene*."""
    opened.context.add_cookies([{"name": "sb_customer", "value": staged.tokens[scene], "url": server.url}])
    opened.page.goto(server.url)
    expect(opened.page.get_by_test_id("stChatInput")).to_be_visible()
    return opened.page


def staff(opened: Window, server: Server, staged: Scenes, place: str) -> Page:
    """Open a page of people in support."""
    opened.context.add_cookies([{"name": "sb_session", "value": staged.session, "url": server.url}])
    opened.page.goto(f"{server.url}/{place}")
    return opened.page


def stops(page: Page, most: int, last: str) -> list[tuple[str, bool]]:
    """Press Tab until *last* has the focus; return every stop."""
    found: list[tuple[str, bool]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        words, ring = page.evaluate(FOCUS)
        found.append((words, ring))
        if last in words:
            return found
    raise AssertionError(f"{last!r} was not reached: {found}")


def test_a_customer_reaches_everything_by_keyboard(opened: Window, server: Server, staged: Scenes) -> None:
    """Skip link, source, thumbs, composer, person: in this order, each with a ring that can be seen."""
    page = customer(opened, server, staged, "answered")
    expect(page.get_by_text("Did this help?").first).to_be_visible()
    found = stops(page, 20, "Talk to a person")
    words = [name for name, _ in found]
    order = ["Skip to the message box", "Standard delivery", "Thumbs", "Write your question", "Talk to a person"]
    places = [next(i for i, name in enumerate(words) if wanted in name) for wanted in order]
    assert places == sorted(places)
    assert [name for name, ring in found if not ring] == []


def test_the_skip_link_leads_to_the_message_box(opened: Window, server: Server, staged: Scenes) -> None:
    """One key press instead of a thread full of buttons."""
    page = customer(opened, server, staged, "answered")
    stops(page, 4, "Skip to the message box")
    page.keyboard.press("Enter")
    expect(page.locator("#place-chat")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)[0] == "Write your question"


def test_what_a_person_writes_is_announced(opened: Window, server: Server, staged: Scenes) -> None:
    """The live region says who wrote what; what was there before is not read again."""
    page = customer(opened, server, staged, "agent")
    region = page.locator("[data-live]")
    expect(region).to_have_attribute("aria-live", "polite")
    expect(region).to_have_text("")
    staged.desk.inbox.reply(staged.ana, staged.tickets["agent"], "Hello, what is it about?")
    expect(region).to_contain_text("Ana Lindqvist: Hello, what is it about?")


def test_the_keyboard_goes_on_after_an_action(opened: Window, server: Server, staged: Scenes) -> None:
    """After a claim by keyboard the conversation is worked from its start, by keyboard alone."""
    page = staff(opened, server, staged, f"inbox?ticket={staged.tickets['waiting']}")
    claim = page.get_by_role("button", name="Claim")
    claim.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Resolve")).to_be_visible()
    page.locator("#place-inbox").focus()
    found = [name for name, _ in stops(page, 12, "Write to the customer")]
    assert any("Snooze" in name for name in found)
    page.keyboard.type("Hello")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Articles", exact=True)).to_be_focused()


def test_nothing_moves_for_who_wants_it_still(opened: Window, server: Server, staged: Scenes) -> None:
    """Reduced motion stops what turns."""
    page = staff(opened, server, staged, "inbox")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    moving = page.evaluate(
        "() => document.getAnimations().filter((a) => a.effect.getComputedTiming().duration > 1).length"
    )
    assert moving == 0


@pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 400)], ids=["320 px", "200 %"])
def test_little_room_is_enough(opened: Window, server: Server, staged: Scenes, width: int, height: int) -> None:
    """Nothing scrolls sideways, and what each page is for can be used: a small phone, or everything twice as large."""
    opened.page.set_viewport_size({"width": width, "height": height})
    page = customer(opened, server, staged, "answered")
    for place, ready in (
        ("", page.get_by_role("button", name="Talk to a person")),
        (f"inbox?ticket={staged.tickets['agent']}", page.get_by_role("button", name="Send")),
        ("savings", page.get_by_role("button", name="Show the conversations: Model cost")),
        ("demo", page.get_by_role("button", name="Step")),
    ):
        staff(opened, server, staged, place)
        ready.scroll_into_view_if_needed()
        expect(ready).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
