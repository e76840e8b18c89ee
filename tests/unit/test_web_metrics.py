"""Liveness, readiness, and figures in Prometheus' format, read by a parser of its own."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from supportbot.access import Access, Scrypt
from supportbot.domain.account import Customer
from supportbot.domain.errors import DatabaseUnavailable
from supportbot.domain.handoff import Handoff, HandoffReason
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, Purpose
from supportbot.domain.outcome import Outcome, OutcomeKind
from supportbot.domain.price import Usage
from supportbot.domain.ticket import Owner, Priority, Status, Ticket
from supportbot.domain.turn import Turn
from supportbot.notify import LogJournal, Tally
from supportbot.notify.tally import BOUNDS_S
from supportbot.ports import KnowledgeBase, Store, Tx
from supportbot.settings import load
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import open_store
from supportbot.storage.watched import WatchedStore
from supportbot.web import Hub, WebDeps, routes
from supportbot.web.metrics import FRESH_S
from supportbot.web.prometheus import counter

HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"
_SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d+(?:\.\d+)?)')
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')

_PLAIN = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Series = dict[str, dict[tuple[tuple[str, str], ...], float]]


def parsed(text: str) -> Series:
    """Return every sample by name and labels; fail on anything the format does not allow."""
    found: Series = {}
    kinds: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split(" ")
            assert name not in kinds
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            match = _SAMPLE.fullmatch(line)
            assert match is not None, line
            family = re.sub(r"_(bucket|sum|count)$", "", match[1])
            kind = kinds.get(match[1]) or kinds[family]
            assert (kind == "counter") == match[1].endswith("_total")
            labels = tuple(
                (key, re.sub(r'\\[\\"n]', lambda m: _PLAIN[m[0]], value))
                for key, value in _LABEL.findall(match[2] or "")
            )
            assert labels not in found.setdefault(match[1], {})
            found[match[1]][labels] = float(match[3])
    assert text.endswith("\n")
    return found


class HandClock:
    at = datetime(2026, 3, 2, 9, 7, tzinfo=UTC)
    ticks = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def sleep(self, seconds: float) -> None: ...


class TwoArticles:
    version = "0123456789abcdef"
    loaded: tuple[str, ...] = ("a", "b")

    def articles(self, *, internal: bool = False) -> tuple[str, ...]:
        return self.loaded if internal else self.loaded[:1]


@dataclass
class Desk:
    """The routes, a store, and what the process counted."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    store: Store = field(default_factory=MemoryStore)
    working: bool = True

    def __post_init__(self) -> None:
        (self.folder / "supportbot.toml").touch()
        self.clock, self.tally, self.articles = HandClock(), Tally(), TwoArticles()
        self.journal = LogJournal(self.tally)
        settings = load(self.folder / "supportbot.toml", environ=self.environ)
        access = Access(self.store, self.clock, Scrypt(n=16, r=1, p=1))
        knowledge = cast(KnowledgeBase, self.articles)
        hub = Hub(self.store)
        deps = WebDeps(
            access, self.store, hub, settings, knowledge, self.clock, "0.1.0", lambda: self.working, tally=self.tally
        )
        self.app = Starlette(routes=routes(deps))

    def ask(self, path: str, *, peer: str = HERE, **headers: str) -> httpx.Response:
        sent = {name: value.encode("utf-8") for name, value in headers.items()}

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(peer, 50000))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
                return await client.get(path, headers={k.encode(): v for k, v in sent.items()})

        return asyncio.run(run())

    def figures(self) -> Series:
        return parsed(self.ask("/metrics").text)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Store]:
    store: Store = MemoryStore() if kind == "memory" else open_store(None, folder)
    yield store
    store.close()


def fill(desk: Desk) -> None:
    """Put a ticket that waits, two calls, a handoff and a rating into the store."""
    now = desk.clock.at

    def work(tx: Tx) -> None:
        tx.add_customer(Customer("c", now))
        early = now - timedelta(seconds=90)
        waits = Ticket("t", "c", now, now, owner=Owner.QUEUE, status=Status.WAITING, queued=True, waiting_since=early)
        tx.add_ticket(waits)
        tx.add_turn(Turn("u", "t", now, now, 1, 1))
        for name in "abc":
            tx.start_call(CallStarted(name, "t", "u", "fast", "embedded", "fast", "fast", Purpose.ANSWER, now, 1, 1, 5))
        tx.settle_call(CallSettled("a", CallOutcome.OK, Usage(70, 30), 1234, 2000, 1, 1, now))
        tx.settle_call(CallSettled("b", CallOutcome.FAILED, Usage(5, 0), None, None, 1, None, now))
        tx.add_handoff(Handoff("h", "t", HandoffReason.ANGER, Priority.HIGH, now, "m", None))
        tx.add_outcome(Outcome("o", "t", OutcomeKind.THUMBS_DOWN, now))

    desk.store.write(work)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_the_whole_desk_is_counted_in_its_database(tmp_path: Path, kind: str) -> None:
    """Turns, queue, calls, cost, tokens, handoffs and feedback, alike from any store."""
    with opened(kind, tmp_path) as store:
        desk = Desk(tmp_path, store=store)
        fill(desk)
        found = desk.figures()
    fast = (("deployment", "fast"),)
    assert found["supportbot_up"] == {(): 1}
    assert found["supportbot_turns"][("status", "due"),] == 1
    assert found["supportbot_turns"][("status", "done"),] == 0
    assert (found["supportbot_queue_waiting"], found["supportbot_queue_oldest_seconds"]) == ({(): 1}, {(): 90})
    assert found["supportbot_claimed"] == {(): 0}
    outcomes = {labels[1][1]: n for labels, n in found["supportbot_calls_total"].items()}
    assert outcomes == {"ok": 1, "failed": 1, "open": 1}
    assert found["supportbot_cost_microusd_total"] == {fast: 1234}
    assert found["supportbot_list_cost_microusd_total"] == {fast: 2000}
    assert found["supportbot_tokens_total"] == {(*fast, ("kind", "input")): 75, (*fast, ("kind", "output")): 30}
    assert found["supportbot_handoffs_total"] == {(("reason", "anger"),): 1}
    assert found["supportbot_outcomes_total"] == {(("kind", "thumbs_down"),): 1}
    assert found["supportbot_articles"] == {(): 2}
    assert found["supportbot_info"] == {(("version", "0.1.0"), ("knowledge", "0123456789ab")): 1}


def test_a_process_counts_what_it_did(tmp_path: Path) -> None:
    """Times per tier as cumulative histograms; limits, sign-ins, agents' actions and outages as counters."""
    desk = Desk(tmp_path)
    for ms in (40, 400, 900, 70_000):
        desk.journal.note("turn", tier="fast", outcome="answer", first_text_ms=ms, total_ms=ms)
    desk.journal.note("turn", tier="human", outcome="handoff", total_ms=5)
    desk.journal.note("limited", limit="customer_per_minute", customer="abc")
    desk.journal.note("sign_in", result="wrong")
    desk.journal.note("agent", action="claim", ticket="t", agent="a")
    desk.journal.note("database", state="away", error="DatabaseUnavailable")
    found = desk.figures()
    buckets = found["supportbot_first_text_seconds_bucket"]
    assert [buckets[("tier", "fast"), ("le", end)] for end in ("0.05", "0.25", "0.5", "1", "60", "+Inf")] == [
        1, 1, 2, 3, 3, 4,
    ]  # fmt: skip
    assert found["supportbot_first_text_seconds_count"] == {(("tier", "fast"),): 4}
    assert found["supportbot_first_text_seconds_sum"] == {(("tier", "fast"),): 71.34}
    assert set(found["supportbot_turn_seconds_count"]) == {(("tier", "fast"),), (("tier", "human"),)}
    assert found["supportbot_turns_ended_total"][("tier", "fast"), ("outcome", "answer")] == 4
    assert found["supportbot_limits_hit_total"] == {(("limit", "customer_per_minute"),): 1}
    assert found["supportbot_sign_ins_total"] == {(("result", "wrong"),): 1}
    assert found["supportbot_agent_actions_total"] == {(("action", "claim"),): 1}
    assert found["supportbot_database_total"] == {(("state", "away"),): 1}


def test_the_database_is_asked_once_in_a_while(tmp_path: Path) -> None:
    """Whoever reads every second costs no more than whoever reads every ten."""
    desk = Desk(tmp_path)
    assert desk.figures()["supportbot_queue_waiting"] == {(): 0}
    fill(desk)
    assert desk.figures()["supportbot_queue_waiting"] == {(): 0}
    desk.clock.ticks = FRESH_S
    assert desk.figures()["supportbot_queue_waiting"] == {(): 1}


def test_slow_figures_are_read_less_often(tmp_path: Path) -> None:
    """Of a very large database too, reading takes at most a fiftieth of the time."""

    class Slow(MemoryStore):
        def read(self, work):  # type: ignore[no-untyped-def]
            desk.clock.ticks += 2.0
            return super().read(work)

    desk = Desk(tmp_path, store=Slow())
    desk.figures()
    desk.clock.ticks = 2.0 + 99
    assert desk.figures()["supportbot_up"] == {(): 1}
    assert desk.clock.ticks == 101
    desk.clock.ticks = 2.0 + 100
    desk.figures()
    assert desk.clock.ticks == 104


def test_figures_go_on_without_the_database(tmp_path: Path) -> None:
    """The series of this process stay, and one says that the database is away."""
    desk = Desk(tmp_path)
    desk.store.close()
    found = desk.figures()
    assert found["supportbot_up"] == {(): 0}
    assert "supportbot_turns" not in found
    assert found["supportbot_threads"][()] >= 1


def test_metrics_want_the_token_once_there_is_one(tmp_path: Path) -> None:
    """Then from anywhere with it, and from nowhere without."""
    desk = Desk(tmp_path, {"SUPPORTBOT_METRICS_TOKEN": "tök3n"})

    def status(peer: str, value: str) -> int:
        return desk.ask("/metrics", peer=peer, authorization=value).status_code

    assert status(ELSEWHERE, "Bearer tök3n") == 200
    assert status(ELSEWHERE, "bearer tök3n") == 200
    for wrong in ("Bearer wrong", "Bearer ", "Bearer", "tök3n", "Basic tök3n", "Bearer tök3n2", "Bearer tök3"):
        assert status(HERE, wrong) == 401
    assert desk.ask("/metrics").status_code == 401


def test_without_a_token_only_this_machine_reads(tmp_path: Path) -> None:
    """For a stranger there is nothing here, and no token to guess."""
    desk = Desk(tmp_path)
    assert desk.ask("/metrics").status_code == 200
    assert desk.ask("/metrics", peer=ELSEWHERE).status_code == 404
    assert desk.ask("/metrics", peer=ELSEWHERE, authorization="Bearer ").status_code == 404
    assert desk.ask("/metrics", **{"x-forwarded-for": "127.0.0.1"}).status_code == 404


def test_ready_is_more_than_alive(tmp_path: Path) -> None:
    """Without a worker, articles or the database nobody is answered, while the process goes on."""
    desk = Desk(tmp_path)
    parts = {"database": True, "knowledge": True, "workers": True, "version": "0.1.0"}
    assert desk.ask("/readyz").json() == {"ready": True, **parts}
    desk.working = False
    assert (desk.ask("/readyz").status_code, desk.ask("/readyz").json()["workers"]) == (503, False)
    desk.working, desk.articles.loaded = True, ()
    assert (desk.ask("/readyz").status_code, desk.ask("/readyz").json()["knowledge"]) == (503, False)
    desk.articles.loaded = ("a",)
    desk.store.close()
    assert (desk.ask("/readyz").status_code, desk.ask("/readyz").json()["database"]) == (503, False)
    assert (desk.ask("/healthz").status_code, desk.ask("/healthz").json()) == (200, {"ok": True})


def test_strangers_learn_no_detail(tmp_path: Path) -> None:
    """Only whether: neither which part is missing nor which version runs."""
    desk = Desk(tmp_path, working=False)
    assert desk.ask("/readyz", peer=ELSEWHERE).json() == {"ready": False}
    assert desk.ask("/healthz", peer=ELSEWHERE).json() == {"ok": True}


def test_an_outage_is_noted_once_and_so_is_its_end(tmp_path: Path) -> None:
    """However many requests fail meanwhile; closing is no outage."""

    class Flaky(MemoryStore):
        away = False

        def read(self, work):  # type: ignore[no-untyped-def]
            if self.away:
                raise DatabaseUnavailable("away")
            return super().read(work)

    tally, inner = Tally(), Flaky()
    store = WatchedStore(inner, LogJournal(tally))
    for inner.away in (False, True, True, False, False, True):
        with suppress(DatabaseUnavailable):
            store.read(lambda tx: tx.accounts())
    assert tally.counts("database") == {(("state", "away"),): 2, (("state", "back"),): 1}
    store.close()


@given(st.text(max_size=20))
def test_any_label_survives_the_format(value: str) -> None:
    """Quotes, backslashes and line ends come back as they were."""
    text = "".join(counter("calls", "Calls.", {(("deployment", value),): 1}))
    lines = text.replace("\r", "").split("\n")
    if not set(value) & set("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        assert parsed(text) == {"supportbot_calls_total": {(("deployment", value),): 1}}
    assert len(lines) == 4


def test_bounds_grow() -> None:
    """A histogram's classes are in order."""
    assert list(BOUNDS_S) == sorted(set(BOUNDS_S))
