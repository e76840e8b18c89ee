"""Whether the desk works, for load balancers; and figures for Prometheus."""

import hmac
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from supportbot.domain.errors import SupportbotError
from supportbot.domain.turn import TurnStatus
from supportbot.ports import TicketFilter, Totals, Tx
from supportbot.web.deps import WebDeps
from supportbot.web.requests import is_local

_NO_STORE = {"Cache-Control": "no-store"}


class HealthRoutes:
    """GET /healthz and GET /metrics. Both run on worker threads, because they read the database."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        token = deps.settings.secrets.metrics_token
        self._token = token.get_secret_value() if token else ""

    def healthz(self, _request: Request) -> Response:
        """Say whether the database answers and how many articles are loaded; 503 when the database does not."""
        try:
            self._deps.store.read(lambda tx: tx.session(""))
            database = "ok"
        except SupportbotError:
            database = "unavailable"
        body = {
            "ok": database == "ok",
            "database": database,
            "articles": len(self._deps.knowledge.articles(internal=True)),
            "version": self._deps.version,
        }
        return JSONResponse(body, 200 if body["ok"] else 503, _NO_STORE)

    def metrics(self, request: Request) -> Response:
        """Give the figures to whoever shows the token; without a configured token, to this machine only."""
        if not self._may_read(request):
            remedy = "Send the token of SUPPORTBOT_METRICS_TOKEN as a bearer token."
            return PlainTextResponse(f"{remedy}\n", 401, {"WWW-Authenticate": "Bearer", **_NO_STORE})
        try:
            text = self._figures()
        except SupportbotError:
            return PlainTextResponse("The database does not answer.\n", 503, _NO_STORE)
        return PlainTextResponse(text, 200, _NO_STORE, "text/plain; version=0.0.4; charset=utf-8")

    def _may_read(self, request: Request) -> bool:
        if not self._token:
            return is_local(request)
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode("latin-1"), f"Bearer {self._token}".encode())

    def _figures(self) -> str:
        totals, waiting, oldest = self._deps.store.read(self._read)
        turns = {f'status="{s.value}"': totals.turns.get(s.value, 0) for s in TurnStatus}
        calls = {f'deployment="{_label(d)}",outcome="{_label(o)}"': n for (d, o), n in sorted(totals.calls.items())}
        families = (
            _family("supportbot_turns", "gauge", "Turns by status.", turns),
            _family("supportbot_queue_waiting", "gauge", "Tickets waiting for a person.", {"": waiting}),
            _family("supportbot_queue_oldest_seconds", "gauge", "How long the oldest of them waits.", {"": oldest}),
            _family("supportbot_calls_total", "counter", "Model calls by deployment and outcome.", calls),
            _family("supportbot_cost_microusd_total", "counter", "Cost of settled calls.", {"": totals.cost_microusd}),
            _family("supportbot_event_streams", "gauge", "Open event streams here.", {"": self._deps.hub.listeners}),
        )
        return "".join(line for family in families for line in family)

    def _read(self, tx: Tx) -> tuple[Totals, int, int]:
        """Read everything in one snapshot."""
        queued = TicketFilter(queued=True)
        waits = [t.waiting_since for t in tx.tickets(queued) if t.waiting_since is not None]
        oldest = (self._deps.clock.now() - min(waits)).total_seconds() if waits else 0
        return tx.totals(), tx.count_tickets(queued), max(0, round(oldest))


def _family(name: str, kind: str, text: str, values: Mapping[str, int]) -> Iterable[str]:
    """Yield one metric in Prometheus' text format."""
    yield f"# HELP {name} {text}\n# TYPE {name} {kind}\n"
    for labels, value in values.items():
        yield f"{name}{{{labels}}} {value}\n" if labels else f"{name} {value}\n"


def _label(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
