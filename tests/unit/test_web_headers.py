"""What protects a page, around stand-ins for Streamlit's own addresses."""

import asyncio
import base64
import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from supportbot.settings import Server
from supportbot.web.closed import ClosedAddresses
from supportbot.web.headers import STREAMLIT_INLINE, SecurityHeaders

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


async def _reached(request: Request) -> Response:
    """Stand in for whatever Streamlit would answer."""
    kind = request.query_params.get("kind", "text/html")
    if kind == "text/html":
        return HTMLResponse("<!doctype html>", headers={"Access-Control-Allow-Origin": "*"})
    return Response("x", media_type=kind)


def ask(
    path: str,
    method: str = "GET",
    server: Server | None = None,
    at: str = "http://127.0.0.1:8501",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    stack = [Middleware(SecurityHeaders, server=server or Server()), Middleware(ClosedAddresses)]
    app = Starlette(routes=[Route("/{rest:path}", _reached, methods=METHODS)], middleware=stack)

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=("10.0.0.2", 5000))
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(method, f"{at}{path}", headers=headers)

    return asyncio.run(run())


def policy(answer: httpx.Response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize(
    "path",
    ["/_stcore/upload_file/s/f", "/_stcore/upload_file", "/_stcore/metrics", "/_stcore/script-health-check",
     "/_stcore/agent/interact", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/_stcore/", "/_stcore",
     "/_stcore/%75pload_file/s/f", "//_stcore/metrics", "/_stcore/metrics/", "/_stcore/streams",
     "/auth/login", "/auth/logout", "/oauth2callback", "/component/x/index.html"],
)  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_what_the_desk_does_not_use_is_not_there(path: str, method: str) -> None:
    """Uploads, Streamlit's metrics and agent API, its own sign-in: 404 as JSON, whatever the method."""
    answer = ask(path, method)
    assert (answer.status_code, "error" in answer.json()) == (404, True)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/_stcore/health", "/_stcore/host-config", "/_stcore/bidi-components/a/b.js", "/static/js/a.js", "/inbox",
             "/media/x", "/authors"],
)  # fmt: skip
def test_what_pages_need_can_be_read_and_only_read(path: str) -> None:
    """Streamlit's own addresses answer a GET; nothing but the account forms takes anything else."""
    assert ask(path).status_code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        refused = ask(path, method)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert ask("/account/sign-in", "POST").status_code == 200


def test_a_page_runs_our_scripts_and_nobody_elses() -> None:
    """No inline script but Streamlit's one, no eval, nothing from other hosts, no plug-ins, no frames."""
    found = policy(ask("/"))
    assert found["default-src"] == "'none'"
    assert found["script-src"] == f"'self' blob: 'wasm-unsafe-eval' '{STREAMLIT_INLINE}'"
    assert not re.search(r"https?:|\*|'unsafe-eval", ask("/").headers["content-security-policy"])
    assert [name for name, value in found.items() if "unsafe-inline" in value] == ["style-src"]
    assert not {"object-src", "frame-src", "child-src"} & set(found)


def test_the_inline_script_is_the_one_streamlit_has() -> None:
    """Another Streamlit may bring another script: then this fails, and the policy has to follow."""
    streamlit = find_spec("streamlit")
    assert streamlit is not None
    assert streamlit.origin is not None
    page = (Path(streamlit.origin).parent / "static" / "index.html").read_text()
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    assert [f"sha256-{found}" for found in hashes] == [STREAMLIT_INLINE]


def test_only_the_customers_page_may_be_framed() -> None:
    """By this site and by the sites named; every other page by nobody, in old browsers too."""
    shop = Server(frame_ancestors=("https://shop.example",))
    assert policy(ask("/"))["frame-ancestors"] == "'self'"
    assert policy(ask("/", server=shop))["frame-ancestors"] == "'self' https://shop.example"
    assert "x-frame-options" not in ask("/", server=shop).headers
    for path in ("/inbox", "/savings", "/demo", "/account/sign-in"):
        answer = ask(path, server=shop)
        assert policy(answer)["frame-ancestors"] == "'none'"
        assert answer.headers["x-frame-options"] == "DENY"


def test_what_is_no_page_may_do_nothing() -> None:
    """An image or a JSON document opened by itself runs nothing; a script may start what a page may."""
    assert policy(ask("/media/x?kind=image/svg%2Bxml"))["default-src"] == "'none'"
    assert "script-src" not in policy(ask("/media/x?kind=image/svg%2Bxml"))
    assert "worker-src" in policy(ask("/static/js/w.js?kind=text/javascript"))


def test_nothing_is_meant_for_other_sites() -> None:
    """Streamlit's permission for every origin is taken off; resources stay with their own origin."""
    headers = ask("/").headers
    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_browsers_are_kept_on_https_only_over_https() -> None:
    """Ours, or a trusted proxy's; a stranger's word does not count, and 0 days switch it off."""
    behind = Server(trusted_proxies=("10.0.0.0/8",), hsts_days=2)
    https = {"X-Forwarded-Proto": "https"}
    name = "strict-transport-security"
    assert ask("/", server=behind, headers=https).headers[name] == "max-age=172800"
    assert name not in ask("/", server=behind).headers
    assert name not in ask("/", headers=https).headers
    assert ask("/", at="https://desk.example").headers[name] == f"max-age={180 * 86_400}"
    assert name not in ask("/", at="https://desk.example", server=Server(hsts_days=0)).headers


def test_an_answers_own_policy_is_kept() -> None:
    """The account pages are stricter than what Streamlit needs."""

    async def own(_request: Request) -> Response:
        return JSONResponse({}, headers={"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"})

    app = SecurityHeaders(Starlette(routes=[Route("/", own)]), Server())

    async def run() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get("/")

    assert asyncio.run(run()).headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
