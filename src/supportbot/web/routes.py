"""Every address beside the pages, and what wraps every answer."""

from collections.abc import Awaitable, Callable

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from supportbot.domain.errors import StorageError
from supportbot.web.access_log import AccessLog
from supportbot.web.account import AccountRoutes
from supportbot.web.closed import ClosedAddresses
from supportbot.web.customer import CustomerCookie
from supportbot.web.deps import WebDeps
from supportbot.web.events import EventRoutes
from supportbot.web.headers import SecurityHeaders
from supportbot.web.health import HealthRoutes
from supportbot.web.sockets import SocketLimit

Endpoint = Callable[[Request], Awaitable[Response]]
_OURS = ("/account", "/account/{rest:path}", "/api", "/api/{rest:path}")


def routes(deps: WebDeps) -> list[BaseRoute]:
    """Return the routes for `st.App(routes=…)`."""
    account, events, health = AccountRoutes(deps), EventRoutes(deps), HealthRoutes(deps)
    return [
        Route("/account/sign-in", _steady(account.sign_in), methods=["GET", "POST"]),
        Route("/account/sign-out", _steady(account.sign_out), methods=["POST"]),
        Route("/account/setup", _steady(account.setup), methods=["GET", "POST"]),
        Route("/api/events/{topic}", _steady(events.events), methods=["GET"]),
        Route("/healthz", health.healthz, methods=["GET"]),
        Route("/readyz", health.readyz, methods=["GET"]),
        Route("/metrics", health.metrics, methods=["GET"]),
        # Everything unknown below these is a mistake; without this Streamlit would answer it with its page and 200.
        *(Route(path, _nothing_here) for path in _OURS),
    ]


def middleware(deps: WebDeps) -> list[Middleware]:
    """Return the middleware for `st.App(middleware=…)`, outermost first."""
    server, most = deps.settings.server, deps.settings.limits.streams_per_address
    noted = Middleware(AccessLog, journal=deps.journal, clock=deps.clock, routes=routes(deps))
    return [
        *([noted] if deps.settings.telemetry.access_log else []),
        Middleware(SecurityHeaders, server=server),
        Middleware(ClosedAddresses),
        Middleware(SocketLimit, server=server, journal=deps.journal, most=most),
        Middleware(CustomerCookie, server=server),
    ]


def _steady(endpoint: Endpoint) -> Endpoint:
    """Answer 503 in one line while the database cannot be used."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except StorageError:
            text = "The desk cannot reach its database just now. Please try again in a minute.\n"
            return PlainTextResponse(text, 503, {"Retry-After": "30", "Cache-Control": "no-store"})

    return guarded


async def _nothing_here(_request: Request) -> Response:
    return JSONResponse({"error": "There is nothing under this address."}, 404)
