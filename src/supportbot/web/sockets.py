"""How many pages one network address may hold open: each costs this process memory and a thread now and then."""

from collections import Counter

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from supportbot.access.limits import address_key
from supportbot.ports import Journal
from supportbot.settings import Server
from supportbot.web.requests import address_of


class SocketLimit:
    """Refuses a page's websocket when its address has too many open in this process."""

    def __init__(self, app: ASGIApp, server: Server, journal: Journal, most: int) -> None:
        self.app = app
        self._server = server
        self._journal = journal
        self._most = most
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a websocket for as long as it is open; pass everything else on."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        network = address_key(address_of(HTTPConnection(scope), self._server))
        if self._open[network] >= self._most:
            self._journal.note("limited", limit="streams_per_address", network=network[:12])
            await send({"type": "websocket.close", "code": 1008})
            return
        self._open[network] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]
