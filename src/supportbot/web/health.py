"""Whether the desk runs and whether it can work, for load balancers; and figures for Prometheus."""

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from supportbot.domain.errors import SupportbotError
from supportbot.web.deps import WebDeps
from supportbot.web.metrics import Figures
from supportbot.web.requests import is_local

_NO_STORE = {"Cache-Control": "no-store"}


class HealthRoutes:
    """GET /healthz, /readyz and /metrics. The last two run on worker threads, because they read the database."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._figures = Figures(deps)
        token = deps.settings.secrets.metrics_token
        self._token = token.get_secret_value().encode() if token else b""

    async def healthz(self, _request: Request) -> Response:
        """Say that this process answers. Nothing else is asked, so that an outage elsewhere restarts nobody."""
        return JSONResponse({"ok": True}, 200, _NO_STORE)

    def readyz(self, request: Request) -> Response:
        """Say whether customers can be answered: 200 or 503; which part is missing only to who may read metrics."""
        parts = {
            "database": self._database_answers(),
            "knowledge": bool(self._deps.knowledge.articles()),
            "workers": self._deps.working(),
        }
        ready = all(parts.values())
        body: dict[str, object] = {"ready": ready}
        if self._may_read(request):
            body |= {**parts, "version": self._deps.version}
        return JSONResponse(body, 200 if ready else 503, _NO_STORE)

    def metrics(self, request: Request) -> Response:
        """Give the figures to whoever shows the token; without a configured token, to this machine only.

        401 for a wrong token; 404 for strangers where there is none, for then there is nothing to show it to.
        """
        if not self._may_read(request):
            if not self._token:
                return JSONResponse({"error": "There is nothing under this address."}, 404, _NO_STORE)
            return PlainTextResponse("A bearer token is needed.\n", 401, {"WWW-Authenticate": "Bearer", **_NO_STORE})
        return PlainTextResponse(self._figures.text(), 200, _NO_STORE, "text/plain; version=0.0.4; charset=utf-8")

    def _database_answers(self) -> bool:
        try:
            self._deps.store.read(lambda tx: tx.session(""))
        except SupportbotError:
            return False
        return True

    def _may_read(self, request: Request) -> bool:
        if not self._token:
            return is_local(request)
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode("latin-1"), self._token)
