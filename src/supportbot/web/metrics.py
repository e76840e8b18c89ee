"""The desk's figures for monitoring.

Some are the whole desk's, counted in the database that all processes share; the others are this process's own, counted
since it started, and say so.
"""

import resource
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from supportbot.domain.errors import SupportbotError
from supportbot.domain.ticket import Status
from supportbot.domain.turn import TurnStatus
from supportbot.notify.tally import Labels
from supportbot.ports import TicketFilter, Totals, Tx
from supportbot.web.deps import WebDeps
from supportbot.web.prometheus import Values, counter, gauge, histogram

#: The database is asked at most this often, in seconds: whoever reads faster gets the same figures again.
FRESH_S = 10.0
#: And never for more than one part in so many of the time, however many tickets there are.
_SHARE = 50

_COUNTED_HERE = {
    "turns_ended": "Turns by tier and how they ended, in this process.",
    "agent_actions": "What agents did, claims among it, in this process.",
    "sign_ins": "Tries to sign in by result, in this process.",
    "limits_hit": "What a limit refused: messages, wishes for a person, streams; in this process.",
    "database": "How often the database went away and came back, in this process.",
}
_TIMED_HERE = {
    "first_text": "Seconds from the message to the first text of the answer, in this process.",
    "turn": "Seconds from the message to the end of its turn, in this process.",
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one snapshot of the database says."""

    totals: Totals
    waiting: int
    oldest_s: int
    claimed: int


class Figures:
    """Renders every series; a database that does not answer leaves its own out, and `supportbot_up` says so."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._lock = threading.Lock()
        self._begun = deps.clock.now()
        self._next = float("-inf")
        self._kept: _Desk | None = None

    def text(self) -> str:
        """Return the whole page."""
        desk = self._desk()
        lines = [*self._here(up=desk is not None)]
        return "".join([*lines, *(_shared(desk) if desk is not None else ())])

    def _desk(self) -> _Desk | None:
        with self._lock:
            begin = self._deps.clock.monotonic()
            if self._kept is None or begin >= self._next:
                try:
                    self._kept = self._deps.store.read(self._read)
                except SupportbotError:
                    self._kept = None
                end = self._deps.clock.monotonic()
                self._next = end + max(FRESH_S, _SHARE * (end - begin))
            return self._kept

    def _read(self, tx: Tx) -> _Desk:
        """Read everything in one snapshot."""
        waits = [t.waiting_since for t in tx.tickets(TicketFilter(queued=True)) if t.waiting_since is not None]
        oldest = (self._deps.clock.now() - min(waits)).total_seconds() if waits else 0
        claimed = tx.count_tickets(TicketFilter(statuses=(Status.CLAIMED.value,)))
        return _Desk(tx.totals(), tx.count_tickets(TicketFilter(queued=True)), max(0, round(oldest)), claimed)

    def _here(self, *, up: bool) -> Iterator[str]:
        """Yield what this process knows by itself."""
        deps, tally = self._deps, self._deps.tally
        about = (("version", deps.version), ("knowledge", deps.knowledge.version[:12]))
        articles = len(deps.knowledge.articles(internal=True))
        yield from gauge("up", "Whether the database answers.", {(): int(up)})
        yield from gauge("info", "What runs here.", {about: 1})
        yield from gauge("articles", "Articles loaded here, internal ones included.", {(): articles})
        yield from gauge("workers_alive", "Whether turns are answered here.", {(): int(deps.working())})
        yield from gauge("event_streams", "Open event streams here.", {(): deps.hub.listeners})
        yield from _process(int(self._begun.timestamp()))
        for series, text in _COUNTED_HERE.items():
            yield from counter(series, text, tally.counts(series))
        for series, text in _TIMED_HERE.items():
            yield from histogram(f"{series}_seconds", text, tally.spreads(series))


def _process(begun: int) -> Iterator[str]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield from gauge("start_time_seconds", "When this process began, Unix time.", {(): begun})
    yield from counter("cpu_seconds", "Processor time of this process.", {(): round(used.ru_utime + used.ru_stime, 2)})
    yield from gauge("memory_peak_bytes", "Most memory this process ever held.", {(): used.ru_maxrss * 1024})
    yield from gauge("threads", "Threads of this process.", {(): threading.active_count()})


def _shared(desk: _Desk) -> Iterator[str]:
    """Yield what the database says of the whole desk."""
    totals = desk.totals
    turns = {_of("status", status.value): totals.turns.get(status.value, 0) for status in TurnStatus}
    calls: Values = {(("deployment", name), ("outcome", how)): n for (name, how), n in sorted(totals.calls.items())}
    yield from gauge("turns", "Turns by status.", turns)
    yield from gauge("queue_waiting", "Tickets waiting for a person.", {(): desk.waiting})
    yield from gauge("queue_oldest_seconds", "How long the oldest of them waits.", {(): desk.oldest_s})
    yield from gauge("claimed", "Tickets in agents' hands.", {(): desk.claimed})
    yield from counter("calls", "Model calls by deployment and outcome.", calls)
    yield from _used(totals)
    yield from counter("handoffs", "Handoffs by reason.", _by("reason", totals.handoffs))
    yield from counter("outcomes", "Signs of satisfaction by kind, feedback among them.", _by("kind", totals.outcomes))


def _used(totals: Totals) -> Iterator[str]:
    used = sorted(totals.used.items())
    money = "of settled calls, micro-dollars."
    yield from counter("cost_microusd", f"Cost {money}", {_of("deployment", d): u.cost_microusd for d, u in used})
    listed = {_of("deployment", d): u.list_cost_microusd for d, u in used}
    yield from counter("list_cost_microusd", f"Cost at list prices {money}", listed)
    tokens: dict[Labels, float] = {(("deployment", d), ("kind", "input")): u.input_tokens for d, u in used}
    tokens |= {(("deployment", d), ("kind", "output")): u.output_tokens for d, u in used}
    yield from counter("tokens", "Tokens of settled calls.", tokens)


def _of(name: str, value: str) -> tuple[tuple[str, str], ...]:
    return ((name, value),)


def _by(name: str, counts: dict[str, int]) -> Values:
    return {_of(name, value): n for value, n in sorted(counts.items())}
