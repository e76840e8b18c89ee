"""HTTP beside the pages: sign-in, events, health, metrics, and headers on every answer."""

from supportbot.web.deps import WebDeps
from supportbot.web.hub import Hub
from supportbot.web.requests import CUSTOMER_COOKIE, STAFF_COOKIE
from supportbot.web.routes import middleware, routes

__all__ = ["CUSTOMER_COOKIE", "STAFF_COOKIE", "Hub", "WebDeps", "middleware", "routes"]
