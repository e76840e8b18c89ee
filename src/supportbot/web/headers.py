"""Security headers on every answer, Streamlit's own included."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from supportbot.settings import Server
from supportbot.web.requests import is_https

#: The one inline script of Streamlit's page; tests compare it with the installed Streamlit.
STREAMLIT_INLINE = "sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA="
#: As little as Streamlit's pages work with: `blob:` runs components given as text, WebAssembly counts in 64 bits for
#: its messages, and styles are made at run time.
_PAGE = (
    f"default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval' '{STREAMLIT_INLINE}'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'self'; form-action 'self'"
)
#: What is no page needs nothing; opened by itself, an image may have its styles.
_REST = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_NOBODY = "frame-ancestors 'none'"
_OFF = ("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get",
        "screen-wake-lock", "usb", "xr-spatial-tracking")  # fmt: skip

#: `same-origin` and not `no-referrer`: with that, browsers send `Origin: null` with our own forms.
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _OFF),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
_DAY = 86_400


class SecurityHeaders:
    """Adds what browsers need to protect a page. Only the customers' page may be framed, by this site and those named.

    HTTPS alone (ours or a trusted proxy's) brings Strict-Transport-Security, as long as the settings say.
    """

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self._server = server
        self._customers = " ".join(["frame-ancestors 'self'", *server.frame_ancestors])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(scope, message)
            await send(message)

        await self.app(scope, receive, with_headers)

    def _complete(self, scope: Scope, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        del headers["access-control-allow-origin"]  # nothing here is meant for other sites
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", self._policy(scope, start["status"], headers))
        if _NOBODY in headers["Content-Security-Policy"]:
            headers.setdefault("X-Frame-Options", "DENY")
        if self._server.hsts_days and is_https(Request(scope), self._server):
            headers.setdefault("Strict-Transport-Security", f"max-age={self._server.hsts_days * _DAY}")

    def _policy(self, scope: Scope, status: int, headers: MutableHeaders) -> str:
        """Return the policy of a page, or of what is none; a 304 confirms the policy the browser has kept."""
        kind = headers.get("content-type", "")
        if status == 304 or kind.startswith("text/html"):
            return f"{_PAGE}; {self._customers if scope['path'] == '/' else _NOBODY}"
        return f"{_PAGE}; {_NOBODY}" if "javascript" in kind else _REST
