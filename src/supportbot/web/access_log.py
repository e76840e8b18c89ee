"""One line per request: which route, which answer, how long. No query, no address, no path that somebody made up."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from supportbot.ports import Clock, Journal

_STATIC = ("/static/", "/app/static/", "/media/", "/_stcore/")
_PAGES = frozenset({"/", "/inbox", "/savings", "/demo"})


class AccessLog:
    """Notes each request once its answer has begun; outermost, so that refusals are noted too."""

    def __init__(self, app: ASGIApp, journal: Journal, clock: Clock, routes: Sequence[BaseRoute]) -> None:
        self.app = app
        self._journal = journal
        self._clock = clock
        self._routes = [route for route in routes if isinstance(route, Route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it was answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin = self._clock.monotonic()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                ms = round((self._clock.monotonic() - begin) * 1000)
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._journal.note("request", method=method, route=self._name(scope), status=message["status"], ms=ms)
            await send(message)

        await self.app(scope, receive, noted)

    def _name(self, scope: Scope) -> str:
        """Return the pattern of the route, for a path may hold anything."""
        path = scope["path"]
        if path in _PAGES:
            return str(path)
        folder = next((prefix for prefix in _STATIC if path.startswith(prefix)), None)
        if folder is not None:
            return f"{folder}*"
        return next((route.path for route in self._routes if route.matches(scope)[0] is not Match.NONE), "other")


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
