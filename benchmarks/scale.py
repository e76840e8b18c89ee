"""What the pages read and do with a full database beside a nearly empty one: real tickets, copied many times over."""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

from benchmarks.corpus import KNOWLEDGE
from benchmarks.report import Options, Table, spread
from supportbot.bootstrap import App, build
from supportbot.demo.day import questions
from supportbot.domain.account import Account, Actor, Customer, Role
from supportbot.domain.ids import new_id
from supportbot.inbox.views import Scope
from supportbot.knowledge import Knowledge
from supportbot.ports import TicketFilter
from supportbot.savings import Assumptions, SavingsFilter
from supportbot.settings import load
from supportbot.storage.store import open_store

#: Tickets that are played for real; the others are their copies.
_PLAYED = 200

#: Of the copies, one in so many keeps its state; the others are resolved, as most of a desk's tickets are.
_LIVE = 4

#: How far a copy's number is from the one before; more than there are tickets before copying.
_STEP = 10 * _PLAYED

#: Columns that name a row or refer to one: a copy's bear its number.
_NAMES = ("id", "ticket_id", "turn_id", "message_id", "call_id", "customer_id", "follows", "external_id", "secret_hash")

#: Columns with a time; a copy is older by an hour for each number.
_TIMES = ("at", "not_before", "waiting_since", "waits_from", "snoozed_until")

_COPIED = ("customer", "ticket", "message", "turn", "decision", "call_started", "call_settled", "human_time",
           "outcome", "gap", "handoff", "alert")  # fmt: skip

_Timings = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class _Desk:
    app: App
    agent: Actor
    customers: list[str]


def run(options: Options) -> list[Table]:
    """Time the same reads and writes before and after the copies are made."""
    wanted = options.count(100_000, 2_000)
    rounds = 8 if options.quick else 40
    with tempfile.TemporaryDirectory() as folder:
        few, played, _ = _measured(Path(folder), rounds, play=True)
        begun = time.perf_counter()
        _multiply(Path(folder) / "supportbot.db", max(1, wanted // played - 1))
        took = time.perf_counter() - begun
        many, tickets, waiting = _measured(Path(folder), rounds, play=False)
        size = (Path(folder) / "supportbot.db").stat().st_size / 1e6
    table = Table(
        f"scale: {played} tickets and {tickets:,} on SQLite",
        ("what", f"p50 ms at {played}", "p95 ms", f"p50 ms at {tickets:,}", "p95 ms", "ratio of p50"),
    )
    for what, values in few.items():
        before, after = spread(values), spread(many[what])
        table.add(what, before[0], before[1], after[0], after[1], after[0] / before[0])
    table.notes += [
        f"{size:,.0f} MB, {waiting:,} waiting; copied in {took:.0f} s. One copy in {_LIVE} keeps its state.",
        "Each figure is one use case as a page calls it, without the page's own time.",
    ]
    return [table]


def _measured(folder: Path, rounds: int, *, play: bool) -> tuple[_Timings, int, int]:
    settings = load(environ={"SUPPORTBOT_DATA_DIR": str(folder)})
    app = build(settings, store=open_store(None, folder), knowledge=Knowledge.open(KNOWLEDGE))
    try:
        desk = _desk(app, play=play)
        timings: _Timings = {}
        for _ in range(2):  # the first round only warms up
            timings = {what: _timed(action, rounds) for what, action in _actions(desk).items()}
        timings["savings: the report"] = _timed(lambda: _report(app), 1)
        timings["monitoring: totals"] = _timed(lambda: app.store.read(lambda tx: tx.totals()), 3)
        waiting = app.inbox.queue(desk.agent, Scope.OPEN, limit=1).waiting
        return timings, app.store.read(lambda tx: tx.count_tickets(TicketFilter())), waiting
    finally:
        app.stop()


def _desk(app: App, *, play: bool) -> _Desk:
    if play:
        agent = Account(new_id(), "ben@example.org", "Ben", Role.LEAD, app.clock.now(), "-")
        app.store.write(lambda tx: tx.add_account(agent))
        _play(app, Actor(agent.id, agent.name, agent.role))
    account = app.store.read(lambda tx: tx.accounts()[0])
    customers = [t.customer_id for t in app.store.read(lambda tx: tx.tickets(TicketFilter(limit=_PLAYED)))]
    return _Desk(app, Actor(account.id, account.name, account.role), customers)


def _play(app: App, agent: Actor) -> None:
    """Let customers ask, some for a person; half of those are answered and resolved."""
    texts = cycle(q.text for q in questions())
    for number in range(_PLAYED):
        customer = _customer(app)
        _say(app, customer, next(texts))
        if number % 10 == 0:
            _say(app, customer, "I want to talk to a human")
    waiting = app.inbox.queue(agent, Scope.OPEN, limit=_PLAYED).rows
    for row in waiting[::2]:
        app.inbox.claim(agent, row.ticket.id)
        app.inbox.reply(agent, row.ticket.id, "I have looked into it: your parcel arrives tomorrow.")
        app.inbox.resolve(agent, row.ticket.id)


def _actions(desk: _Desk) -> Mapping[str, Callable[[], object]]:
    """Return what is timed, by name."""
    app, agent, customers = desk.app, desk.agent, cycle(desk.customers)
    shown = cycle(row.ticket.id for row in app.inbox.queue(agent, Scope.OPEN, limit=20).rows)
    deep = max(0, app.inbox.queue(agent, Scope.OPEN, limit=1).waiting - 50)
    return {
        "inbox: first page": lambda: app.inbox.queue(agent, Scope.ALL),
        "inbox: mine": lambda: app.inbox.queue(agent, Scope.MINE),
        "inbox: last page": lambda: app.inbox.queue(agent, Scope.OPEN, offset=deep),
        "inbox: open a ticket": lambda: app.inbox.open(agent, next(shown)),
        "chat: a conversation": lambda: app.customers.view(next(customers)),
        "chat: message to settled answer": lambda: _say(app, _customer(app), "How long does standard delivery take?"),
        "chat: ask for a person": lambda: app.customers.ask_person(_customer(app)),
        "chat: while waiting": lambda: app.customers.view(_waiting_customer(app)),
        "inbox: claim, reply, resolve": lambda: _serve(app, agent),
        "idle: are there turns": lambda: app.store.read(lambda tx: tx.turn_waits(*_next_lease(app))),
        "idle: claims that lapsed": app.inbox.lapse,
    }


def _next_lease(app: App) -> tuple[datetime, datetime]:
    now = app.clock.now()
    return now, now + timedelta(seconds=15)


def _serve(app: App, agent: Actor) -> None:
    ticket = app.inbox.queue(agent, Scope.OPEN, limit=1).rows[0].ticket
    app.inbox.claim(agent, ticket.id)
    app.inbox.reply(agent, ticket.id, "Your parcel arrives tomorrow.")
    app.inbox.resolve(agent, ticket.id)


def _waiting_customer(app: App) -> str:
    return app.store.read(lambda tx: tx.tickets(TicketFilter(queued=True, limit=1)))[0].customer_id


def _customer(app: App) -> str:
    customer = Customer(new_id(), app.clock.now())
    app.store.write(lambda tx: tx.add_customer(customer))
    return customer.id


def _say(app: App, customer_id: str, text: str) -> None:
    said = app.intake.say(customer_id, text, holder=(app.workers.name, new_id()), limited=False)
    if said.turn_id is not None:
        turn_id = said.turn_id
        app.workers.run_now(app.store.read(lambda tx: tx.turn(turn_id)))


def _report(app: App) -> object:
    lead = app.store.read(lambda tx: tx.accounts()[0])
    return app.savings.report(SavingsFilter(), Assumptions(), actor=Actor(lead.id, lead.name, lead.role))


def _timed(action: Callable[[], object], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        action()
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def _multiply(database: Path, copies: int) -> None:
    """Copy every ticket with all that belongs to it *copies* times, under other names and at other hours."""
    with sqlite3.connect(database) as raw:
        raw.execute("PRAGMA foreign_keys = off")
        raw.execute("CREATE TEMP TABLE copy (k INTEGER PRIMARY KEY)")
        raw.executemany("INSERT INTO copy VALUES (?)", ((k,) for k in range(1, copies + 1)))
        (last,) = raw.execute("SELECT max(number) FROM ticket").fetchone()
        for name in _COPIED:
            columns = [row[1] for row in raw.execute(f"PRAGMA table_info({name})") if row[1] != "position"]
            given = ", ".join(_copied(column) for column in columns)
            raw.execute(
                f"INSERT INTO {name} ({', '.join(columns)}) SELECT {given} FROM {name} AS t, copy ORDER BY k DESC"
            )
        resolved = (
            "UPDATE ticket SET status = 'resolved', owner = 'bot', queued = 0 WHERE number > ? AND number / ? % ?"
        )
        raw.execute(resolved, (last, _STEP, _LIVE))
        raw.execute("UPDATE counter SET value = (SELECT max(number) FROM ticket) WHERE name = 'ticket'")
    raw.close()


def _copied(column: str) -> str:
    """Return the SQL expression for a copy's *column*."""
    if column in _NAMES:
        return f"t.{column} || '-' || k"
    if column == "number":
        return f"t.number + k * {_STEP}"
    if column.endswith("_at") or column in _TIMES:
        return f"strftime('%Y-%m-%d %H:%M:%f', t.{column}, '-' || k || ' hours') || '000'"
    return f"t.{column}"
