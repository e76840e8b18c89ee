"""Gives every new browser its customer cookie, with the first page it loads."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from supportbot.access import customer_token
from supportbot.access.secrets import well_formed
from supportbot.settings import Server
from supportbot.web.requests import CUSTOMER_COOKIE, is_https

DAYS = 90


class CustomerCookie:
    """Sets `sb_customer` on pages when it is missing or not one of ours; touches nothing else."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the cookie to the answer if it is a page."""
        if scope["type"] != "http" or scope["method"] != "GET" or self._has_cookie(scope):
            await self.app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(scope, message):
                cookie = Response()
                cookie.set_cookie(
                    CUSTOMER_COOKIE,
                    customer_token(),
                    max_age=DAYS * 86_400,
                    path="/",
                    httponly=True,
                    samesite="lax",
                    secure=is_https(Request(scope), self._server),
                )
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", cookie.headers["set-cookie"])
                if "no-store" not in headers.get("cache-control", ""):  # a shared cache must not give it to others
                    headers["cache-control"] = "private, no-cache"
            await send(message)

        await self.app(scope, receive, with_cookie)

    def _has_cookie(self, scope: Scope) -> bool:
        return well_formed(Request(scope).cookies.get(CUSTOMER_COOKIE, ""))


def _is_page(scope: Scope, start: Message) -> bool:
    """Whether a browser shows this answer: HTML, or a 304 for the HTML it still has."""
    if start["status"] == 304:
        return "text/html" in Headers(scope=scope).get("accept", "")
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return start["status"] == 200 and kind.startswith("text/html")
