import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from supportbot.access import OPERATOR, Access, Scrypt, customer_token
from supportbot.domain.account import Role
from supportbot.ports import KnowledgeBase, Store
from supportbot.settings import load
from supportbot.storage.memory import MemoryStore
from supportbot.web import CUSTOMER_COOKIE, STAFF_COOKIE, Hub, WebDeps, middleware, routes

PASSWORD = "copper lantern tide"
HERE = "http://127.0.0.1:8501"
OWN = {"origin": HERE}
LOCAL, ELSEWHERE = "127.0.0.1", "192.0.2.7"


class HandClock:
    at = datetime(2026, 3, 2, 9, 7, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None: ...


class TwoArticles:
    def articles(self, *, internal: bool = False) -> tuple[str, ...]:
        return ("a", "b") if internal else ("a",)


class Desk:
    """The routes around a stand-in for Streamlit's page, over a store in memory."""

    def __init__(
        self,
        folder: Path,
        configuration: str = "",
        environ: Mapping[str, str] | None = None,
        store: Store | None = None,
    ) -> None:
        (folder / "supportbot.toml").write_text(configuration)
        self.clock = HandClock()
        self.store = store or MemoryStore()
        self.access = Access(self.store, self.clock, Scrypt(n=16, r=1, p=1))
        settings = load(folder / "supportbot.toml", environ=environ or {})
        knowledge = cast(KnowledgeBase, TwoArticles())
        deps = WebDeps(self.access, self.store, Hub(self.store), settings, knowledge, self.clock, "0.1.0")
        pages = [Route("/", _page), Route("/inbox", _page), Route("/data", _data)]
        self.app = Starlette(routes=[*routes(deps), *pages], middleware=middleware(deps))

    def ask(
        self,
        method: str,
        path: str,
        *,
        peer: str = LOCAL,
        at: str = HERE,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        sent = {name.encode(): value.encode("latin-1") for name, value in (headers or {}).items()}
        if cookies:
            sent[b"cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
        if form is not None:
            sent.setdefault(b"content-type", b"application/x-www-form-urlencoded")

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(peer, 50000))
            async with httpx.AsyncClient(transport=transport, base_url=at) as client:
                return await client.request(method, path, content=urlencode(form) if form else None, headers=sent)

        return asyncio.run(run())

    def sign_in(self, **more: str) -> httpx.Response:
        form = {"email": "ana@juniper.shop", "password": PASSWORD, **more}
        return self.ask("POST", "/account/sign-in", form=form, headers=OWN)


async def _page(request: Request) -> HTMLResponse:
    return HTMLResponse("<!doctype html>", int(request.query_params.get("status", "200")))


async def _data(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("{}")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def staffed(desk: Desk) -> Desk:
    desk.access.add_account(OPERATOR, "ana@juniper.shop", "Ana", Role.ADMIN, PASSWORD)
    return desk


def cookie(answer: httpx.Response) -> str:
    return str(answer.headers.get("set-cookie", ""))


def test_signing_in_sets_a_hidden_cookie_and_opens_the_inbox(staffed: Desk) -> None:
    """HttpOnly, Lax, twelve hours; the cookie names the session, and the form then leads straight on."""
    answer = staffed.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "../inbox")
    assert re.search(r"sb_session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=lax$", cookie(answer))
    token = answer.cookies[STAFF_COOKIE]
    actor = staffed.access.who(token)
    assert actor is not None
    assert actor.name == "Ana"
    assert staffed.ask("GET", "/account/sign-in", cookies={STAFF_COOKIE: token}).status_code == 303


def test_signing_out_ends_the_session(staffed: Desk) -> None:
    """In the database, not only in the browser."""
    token = staffed.sign_in().cookies[STAFF_COOKIE]
    answer = staffed.ask("POST", "/account/sign-out", headers=OWN, cookies={STAFF_COOKIE: token})
    assert answer.status_code == 303
    assert 'sb_session=""' in cookie(answer)
    assert staffed.access.who(token) is None


def test_a_wrong_password_keeps_the_mail_and_says_one_line(staffed: Desk) -> None:
    """401 with the form again; what was typed is shown as text, never as markup."""
    answer = staffed.sign_in(email='"><script>alert(1)</script>', password="wrong")
    assert answer.status_code == 401
    assert "E-mail and password do not match. After 5 tries we pause for 15 minutes." in answer.text
    assert "<script>alert" not in answer.text
    assert "&quot;&gt;&lt;script&gt;alert(1)" in answer.text
    assert answer.text.count('role="alert"') == 1


def test_too_many_tries_are_told_to_wait(staffed: Desk) -> None:
    """429, also for the right password."""
    for _ in range(5):
        assert staffed.sign_in(password="wrong").status_code == 401
    answer = staffed.sign_in()
    assert answer.status_code == 429
    assert "Please wait 8 minutes" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "null"}, {"origin": "https://evil.example"}, {"origin": "http://127.0.0.1:9999"},
     {"origin": HERE, "sec-fetch-site": "cross-site"}],
)  # fmt: skip
@pytest.mark.parametrize("path", ["sign-in", "sign-out", "setup"])
def test_posts_from_elsewhere_are_refused(desk: Desk, path: str, headers: dict[str, str]) -> None:
    """Another site cannot sign anybody in or out."""
    assert desk.ask("POST", f"/account/{path}", form={"email": "a"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/json", "application/x-www-form-urlencoded"]
)
def test_only_small_forms_are_read(staffed: Desk, kind: str) -> None:
    """Anything else is one line, not an error page."""
    form = {"email": "a" * (20_000 if kind.endswith("urlencoded") else 5)}
    answer = staffed.ask("POST", "/account/sign-in", form=form, headers={**OWN, "content-type": kind})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_first_admin_by_link_on_this_machine(desk: Desk) -> None:
    """The link's page creates the admin, signs in, and closes for good."""
    link = desk.access.setup_link()
    assert "one-time link" in desk.ask("GET", "/account/sign-in").text
    page = desk.ask("GET", f"/account/setup?token={link}")
    assert page.status_code == 200
    assert f'name="token" value="{link}"' in page.text
    form = {"token": link, "name": "Ana Lindqvist", "email": "ana@juniper.shop", "password": "short"}
    short = desk.ask("POST", "/account/setup", form=form, headers=OWN)
    assert (short.status_code, "at least 10 characters" in short.text) == (400, True)
    assert 'value="Ana Lindqvist"' in short.text
    done = desk.ask("POST", "/account/setup", form={**form, "password": PASSWORD}, headers=OWN)
    assert (done.status_code, done.headers["location"]) == (303, "../inbox")
    assert desk.access.who(done.cookies[STAFF_COOKIE]) is not None
    assert desk.ask("GET", f"/account/setup?token={link}").status_code == 410


def test_links_cannot_be_guessed_for_ever(desk: Desk) -> None:
    """After thirty tries even the right link has to wait."""
    link = desk.access.setup_link()
    form = {"name": "Eve", "email": "eve@x.y", "password": PASSWORD}
    for number in range(30):
        wrong = desk.ask("POST", "/account/setup", form={**form, "token": f"guess{number}"}, headers=OWN)
        assert wrong.status_code == 403
    late = desk.ask("POST", "/account/setup", form={**form, "token": link}, headers=OWN)
    assert (late.status_code, "Please wait" in late.text) == (429, True)
    assert desk.access.needs_setup()


def test_a_wrong_link_creates_nobody(desk: Desk) -> None:
    """Being on the machine is not enough."""
    desk.access.setup_link()
    form = {"token": "guess", "name": "Eve", "email": "eve@x.y", "password": PASSWORD}
    assert desk.ask("POST", "/account/setup", form=form, headers=OWN).status_code == 403
    assert desk.access.needs_setup()


@pytest.mark.parametrize(
    ("peer", "at", "headers"),
    [
        (ELSEWHERE, HERE, {}),
        (LOCAL, "http://desk.example:8501", {}),
        (LOCAL, HERE, {"x-forwarded-for": "127.0.0.1"}),
        (LOCAL, HERE, {"forwarded": "for=127.0.0.1"}),
    ],
)
@pytest.mark.parametrize("path", ["/account/setup", "/metrics"])
def test_local_pages_are_closed_to_everybody_else(
    desk: Desk, path: str, peer: str, at: str, headers: dict[str, str]
) -> None:
    """Another machine, a rebound name, a proxy on this machine."""
    assert desk.ask("GET", path, peer=peer, at=at, headers=headers).status_code in (403, 404)


def test_account_pages_load_nothing_from_elsewhere(desk: Desk) -> None:
    """No address of another host, one script allowed by its hash, never framed, never stored."""
    answer = desk.ask("GET", "/account/sign-in")
    assert not re.findall(r"(?:src|href|url\()[=\"']*(?:https?:)?//", answer.text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'sha256-" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert CUSTOMER_COOKIE in cookie(answer)


def test_a_new_browser_becomes_a_customer_with_its_first_page(desk: Desk) -> None:
    """Ninety days, not readable by scripts; only on pages, only when missing or not ours."""
    first = desk.ask("GET", "/")
    assert re.search(r"sb_customer=[\w-]{43}; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax$", cookie(first))
    mine = {CUSTOMER_COOKIE: customer_token()}
    assert cookie(desk.ask("GET", "/", cookies=mine)) == ""
    assert "sb_customer=" in cookie(desk.ask("GET", "/", cookies={CUSTOMER_COOKIE: "guessable"}))
    assert cookie(desk.ask("GET", "/data")) == ""
    assert cookie(desk.ask("GET", "/?status=404")) == ""
    assert "sb_customer=" in cookie(desk.ask("GET", "/?status=304", headers={"accept": "text/html,*/*"}))
    assert cookie(desk.ask("GET", "/?status=304", headers={"accept": "image/png"})) == ""
    assert cookie(desk.ask("GET", "/")) != cookie(first)


def test_a_page_that_brings_a_cookie_is_kept_by_no_shared_cache(desk: Desk) -> None:
    """A proxy that gave it to the next visitor would make two people one customer."""
    mine = {CUSTOMER_COOKIE: customer_token()}
    assert desk.ask("GET", "/").headers["cache-control"] == "private, no-cache"
    assert "private" not in desk.ask("GET", "/", cookies=mine).headers.get("cache-control", "")


def test_cookies_are_secure_behind_https(tmp_path: Path) -> None:
    """The word of a trusted proxy counts, a stranger's does not."""
    desk = Desk(tmp_path, '[server]\ntrusted_proxies = ["10.0.0.0/8"]')
    https = {"x-forwarded-proto": "https"}
    assert "; Secure" in cookie(desk.ask("GET", "/", peer="10.1.2.3", headers=https))
    assert "; Secure" not in cookie(desk.ask("GET", "/", peer=ELSEWHERE, headers=https))
    assert "; Secure" in cookie(desk.ask("GET", "/", at="https://desk.example"))


def test_every_answer_carries_the_protecting_headers(tmp_path: Path) -> None:
    """Only the customers' page may be framed by the configured sites."""
    desk = Desk(tmp_path, '[server]\nframe_ancestors = ["https://shop.example"]')
    for path in ("/", "/inbox", "/data", "/healthz"):
        headers = desk.ask("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert (
        desk.ask("GET", "/").headers["content-security-policy"].endswith("frame-ancestors 'self' https://shop.example")
    )
    for path in ("/inbox", "/data", "/healthz", "/account/sign-in"):
        headers = desk.ask("GET", path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/account/login", "/account/", "/api/event", "/api/events/a/b"])
def test_a_mistyped_address_is_not_found(desk: Desk, path: str) -> None:
    """Streamlit would answer with its page and 200."""
    assert desk.ask("GET", path).status_code == 404


def test_an_outage_is_told_in_one_line(desk: Desk) -> None:
    """503 and when to try again, never a reason; the process itself is alive."""
    desk.store.close()
    mine = {CUSTOMER_COOKIE: customer_token(), STAFF_COOKIE: customer_token()}
    for path in ("/account/sign-in", "/account/setup", "/api/events/me"):
        answer = desk.ask("GET", path, cookies=mine)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert desk.sign_in().status_code == 503
    assert desk.ask("GET", "/healthz").status_code == 200
