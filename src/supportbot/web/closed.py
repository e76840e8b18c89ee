"""Closes every address of Streamlit's that this desk does not use, and every method that no page sends."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

#: All of Streamlit's own addresses that the pages need. Uploads, its metrics, script checks and agent API are not here.
_CORE = "/_stcore/"
_OPEN_CORE = frozenset({"/_stcore/health", "/_stcore/host-config", "/_stcore/stream"})
_OPEN_COMPONENTS = "/_stcore/bidi-components/"
_UNUSED = ("/auth/login", "/auth/logout", "/oauth2callback", "/component/")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: Forms are sent to these and nowhere else.
_FORMS = "/account/"


class ClosedAddresses:
    """Answers 404 for what is closed and 405 for what can only be read, before anything behind it sees the request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or end it here without reading its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _closed(scope["path"]):
            await JSONResponse({"error": "There is nothing under this address."}, 404)(scope, receive, send)
        elif scope["method"] not in _READING and not scope["path"].startswith(_FORMS):
            answer = JSONResponse({"error": "This address can only be read."}, 405, {"Allow": "GET, HEAD"})
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _closed(path: str) -> bool:
    at = "/" + path.lstrip("/")
    if f"{at}/".startswith(_CORE):
        return at not in _OPEN_CORE and not at.startswith(_OPEN_COMPONENTS)
    return f"{at}/".startswith(tuple(f"{unused.rstrip('/')}/" for unused in _UNUSED))
