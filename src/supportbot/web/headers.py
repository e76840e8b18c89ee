"""Security headers on every answer."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from supportbot.settings import Server

#: `same-origin` and not `no-referrer`: with that, browsers send `Origin: null` with our own forms.
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


class SecurityHeaders:
    """Adds what browsers need to protect a page. Only the customers' page may be framed by other sites."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self._customers = " ".join(["frame-ancestors 'self'", *server.frame_ancestors])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                if message["status"] == 304 or headers.get("content-type", "").startswith("text/html"):
                    policy = self._customers if scope["path"] == "/" else "frame-ancestors 'self'"
                    headers.setdefault("Content-Security-Policy", policy)
            await send(message)

        await self.app(scope, receive, with_headers)
