"""The event stream: who may listen to what."""

from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from supportbot.access.limits import address_key
from supportbot.domain.errors import LimitReached, NotFound
from supportbot.web.deps import WebDeps
from supportbot.web.hub import INBOX, ME, Hub, Listener
from supportbot.web.requests import CUSTOMER_COOKIE, STAFF_COOKIE, address_of, from_own_page

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventRoutes:
    """GET /api/events/{topic}: says only *that* something changed; the page reads what, with its own rights."""

    def __init__(self, deps: WebDeps) -> None:
        self._access = deps.access
        self._store = deps.store
        self._hub = deps.hub
        self._server = deps.settings.server
        self._limits = deps.settings.limits
        self._journal = deps.journal

    async def events(self, request: Request) -> Response:
        """Open a stream, or say 403 for a topic that is not the reader's."""
        topic = request.path_params["topic"]
        if not from_own_page(request):
            return JSONResponse({"error": "Only our own pages may listen."}, 403, _HEADERS)
        owner = await run_in_threadpool(self._owner, request, topic)
        if owner is None:
            return JSONResponse({"error": "This topic is not yours."}, 403, _HEADERS)
        network = address_key(address_of(request, self._server))
        try:
            listener = self._hub.open(topic, owner, network, self._limits)
        except LimitReached as reached:
            self._journal.note("limited", limit=reached.limit, network=network[:12])
            return JSONResponse({"error": str(reached)}, 429, _HEADERS)
        return _Stream(self._hub, listener, self._hub.follow(listener, self._still(request, owner)))

    def _owner(self, request: Request, topic: str) -> str | None:
        """Return on whose behalf *topic* may be heard: a customer's own tickets, anything for an agent."""
        customer = self._access.recognise(request.cookies.get(CUSTOMER_COOKIE)) if topic != INBOX else None
        if customer is not None and (topic == ME or self._belongs(topic, customer.id)):
            return customer.id
        if topic == ME:
            return None
        agent = self._access.who(request.cookies.get(STAFF_COOKIE))
        return f"agent:{agent.id}" if agent is not None else None

    def _belongs(self, ticket_id: str, customer_id: str) -> bool:
        try:
            return self._store.read(lambda tx: tx.ticket(ticket_id).customer_id) == customer_id
        except NotFound:
            return False

    def _still(self, request: Request, owner: str) -> Callable[[], bool] | None:
        """An agent's stream ends with the session; a customer's cookie does not expire under way."""
        if not owner.startswith("agent:"):
            return None
        token = request.cookies.get(STAFF_COOKIE)
        return lambda: self._access.who(token) is not None


class _Stream(StreamingResponse):
    """A stream that forgets its listener however it ends, even before its first byte."""

    def __init__(self, hub: Hub, listener: Listener, content: AsyncIterator[bytes]) -> None:
        super().__init__(content, media_type="text/event-stream", headers=_HEADERS)
        self._hub = hub
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the reader leaves."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.close(self._listener)
