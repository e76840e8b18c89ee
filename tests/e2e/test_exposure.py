"""What the running server shows to the outside: headers on every answer, nothing to upload or frame, no words."""

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browsing import Server, window
from playwright.sync_api import Browser, Page, expect

from supportbot.access import OPERATOR
from supportbot.domain.account import Role

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)

PASSWORD = "seven tall junipers"
PLANTED = "the walrus sang in the pantry"
MAIL, CARD = "walrus@pantry.example", "4111 1111 1111 1111"
ADDRESSES = [
    "/", "/?embed=true", "/inbox", "/savings", "/nowhere", "/favicon.png", "/app/static/mark.svg",
    "/app/static/nowhere",
    "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/nowhere", "/static/nowhere.js",
    "/media/nowhere.png", "/component/nowhere", "/account/sign-in", "/account/setup", "/account/nowhere",
    "/api/nowhere",
    "/api/events/me", "/healthz", "/readyz", "/metrics", "/inbox/", "//nowhere", "/..%2f..%2fetc/passwd",
]  # fmt: skip
#: Collects what the browser refused, before any page runs.
_WATCH = """
window.__refused = [];
document.addEventListener('securitypolicyviolation', (e) =>
  window.__refused.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}`));
"""


def ask(
    server: Server, path: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Message, str]:
    """Send one request; return status, headers and text, whatever the status."""
    request = urllib.request.Request(f"{server.url}{path}", data=body, method=method, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode("utf-8", "replace")


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[str]:
    """The session token of an admin."""
    with server.desk() as desk:
        account = desk.access.add_account(OPERATOR, "ana@juniper.example", "Ana Lindqvist", Role.ADMIN, PASSWORD)
        yield desk.access.sign_in(account.email, PASSWORD, "127.0.0.1")


def script_of(server: Server) -> str:
    """The address of Streamlit's own program."""
    found = re.search(r'src="\.(/static/js/index[^"]+)"', ask(server, "/")[2])
    assert found is not None
    return found[1]


def test_every_answer_is_protected(server: Server) -> None:
    """Pages, Streamlit's own files, errors and redirects alike; no answer is meant for another site."""
    for path in [*ADDRESSES, script_of(server)]:
        status, headers, _ = ask(server, path)
        assert status < 500, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "frame-ancestors" in headers["Content-Security-Policy"], path
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert headers["Access-Control-Allow-Origin"] is None, path
        assert headers["Strict-Transport-Security"] is None, path
        for cookie in headers.get_all("Set-Cookie") or []:
            assert "samesite" in cookie.lower(), path
            # Streamlit's token for uploads is compared by its script, which must read it; there are no uploads.
            assert "httponly" in cookie.lower() or cookie.startswith("_streamlit_xsrf="), path


def test_https_of_a_proxy_on_this_machine_counts(server: Server) -> None:
    """Its word brings Secure cookies and Strict-Transport-Security."""
    _, headers, _ = ask(server, "/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
    assert headers["Strict-Transport-Security"] == f"max-age={180 * 86_400}"
    ours = [c for c in headers.get_all("Set-Cookie") or [] if c.startswith("sb_customer=")]
    assert len(ours) == 1
    assert "Secure" in ours[0]


def test_nothing_can_be_uploaded(server: Server) -> None:
    """Neither by Streamlit's address for files nor by any other; the body is not even read."""
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        for path in ("/_stcore/upload_file/a/b", "/_stcore/upload_file", "/media/x", "/", "/inbox", "/_stcore/health"):
            status, _, _ = ask(
                server, path, method, b"x" * 100_000, {"Content-Type": "multipart/form-data; boundary=x"}
            )
            assert status in (404, 405), f"{method} {path}"


def test_mistaken_addresses_are_not_answered_with_a_page(server: Server) -> None:
    """A program that calls them learns that there is nothing, as JSON."""
    for path in ("/api", "/api/nowhere", "/api/events", "/account", "/account/login", "/_stcore/metrics"):
        status, headers, text = ask(server, path)
        assert (status, headers.get_content_type()) == (404, "application/json"), path
        assert "error" in text


def test_no_page_breaks_its_own_policy(server: Server, session: str, browser: Browser) -> None:
    """Chat with an answer and its source, sign-in, inbox, savings with its chart, demo: the browser refuses nothing."""
    with window(browser, 1280, 800) as opened:
        opened.context.add_init_script(_WATCH)
        page = opened.page
        page.goto(server.url)
        box = page.get_by_test_id("stChatInput").locator("textarea")
        box.fill(f"How long does standard delivery take? {PLANTED} {MAIL} {CARD}")
        box.press("Enter")
        page.get_by_role("button", name=re.compile("delivery", re.I)).first.click()
        expect(page.get_by_text("Open the whole article").first).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Talk to a person").click()
        expect(page.get_by_text("Waiting for a person")).to_be_visible()
        refused = _refused(page)
        page.goto(f"{server.url}/account/sign-in")
        expect(page.get_by_role("button", name="Show password")).to_be_visible()
        refused += _refused(page)
        opened.context.add_cookies([{"name": "sb_session", "value": session, "url": server.url}])
        page.goto(f"{server.url}/inbox")
        page.get_by_role("button", name=re.compile("waiting")).first.click()
        expect(page.get_by_role("log", name="Conversation")).to_be_visible()
        refused += _refused(page)
        page.goto(f"{server.url}/savings")
        expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
        refused += _refused(page)
        page.goto(f"{server.url}/demo")
        expect(page.get_by_role("button", name="Step")).to_be_visible()
        refused += _refused(page)
        assert refused == []
        assert opened.complaints == []
        assert opened.foreign == []


def _refused(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.__refused")
    return found


def test_another_site_can_neither_frame_nor_read(server: Server, browser: Browser) -> None:
    """A page of another origin gets an empty frame, and a stream of events not at all."""
    with _site(f'<iframe src="{server.url}/"></iframe>') as other, window(browser, 800, 600) as opened:
        page = opened.page
        page.goto(other)
        page.wait_for_function("document.querySelector('iframe') !== null")
        page.wait_for_timeout(500)  # the frame's refusal has no event to wait for
        assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]
        read = "(url) => fetch(url).then(() => 'read', () => 'refused')"
        assert page.evaluate(read, f"{server.url}/healthz") == "refused"
    status, _, _ = ask(server, "/api/events/me", headers={"Origin": "https://shop.example"})
    assert status == 403
    status, _, _ = ask(server, "/api/events/me", headers={"Sec-Fetch-Site": "cross-site"})
    assert status == 403


class _site:
    """A page of somebody else's, on another origin of this machine."""

    def __init__(self, html: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_the_servers_log_holds_ids_and_no_words(server: Server, browser: Browser) -> None:
    """After a message with an address and a card number in it: a line for the turn, one for the handoff, no text."""
    with window(browser, 1280, 800) as opened:
        page = opened.page
        page.goto(f"{server.url}/?note=walrus")
        box = page.get_by_test_id("stChatInput").locator("textarea")
        box.fill(f"I want a person, {PLANTED}, {MAIL}, {CARD}")
        box.press("Enter")
        expect(page.get_by_text("Waiting for a person")).to_be_visible()
    said = server.log.read_text()
    assert re.search(r"event=turn ticket=[0-9a-f]{32} turn=[0-9a-f]{32} customer=[0-9a-f]{12}", said)
    assert re.search(r"event=handoff ticket=[0-9a-f]{32}", said)
    assert [word for word in ("walrus", "pantry", "4111", "Lindqvist") if word in said] == []
