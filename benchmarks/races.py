"""The desk's invariants under random interleavings, and many processes reaching for the same ticket."""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from benchmarks.campaign import desk
from benchmarks.campaign.processes import Place
from benchmarks.campaign.storm import play
from benchmarks.crashes import databases, place
from benchmarks.report import Options, Table
from supportbot.bootstrap import App, build
from supportbot.domain.account import Customer
from supportbot.domain.errors import Conflict, IllegalTransition
from supportbot.domain.handoff import HandoffReason
from supportbot.domain.ids import new_id
from supportbot.domain.price import Usage
from supportbot.ports import Chunk, ModelRequest, TicketFilter, Tx
from supportbot.settings import load
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import open_store

T = TypeVar("T")

_HANDS = 8
#: One interleaving in so many is played on a database as well; it takes some ten times as long there.
_ON_DATABASE = 50
#: Micro-dollars a day, and a desk on which an answer costs a little over a tenth of that at worst.
_BUDGET = 40_000
_PAID = """
[limits]
usd_per_day = 0.04

[prices]
"vendor/m" = { input = 0.1, output = 10.0 }

[[deployment]]
name = "fast"
provider = "vendor"
model = "m"
tier = "fast"
max_output_tokens = 350
"""
_FORK = multiprocessing.get_context("fork")


def run(options: Options) -> list[Table]:
    """Search for a violation, then race for claims and for the day's budget."""
    count, claims = options.count(10_000, 100), options.count(1_000, 100)
    tables = [_interleavings(count, options)]
    for name in databases(options.database):
        with place(name) as found:
            where = Place(found.folder, found.url)  # what other processes need of it
            tables.append(_claims(name, where, min(claims, 1_000)))
            tables.append(_budget(name, where))
    return tables


def _interleavings(n: int, options: Options) -> Table:
    """Play *n* interleavings in memory, divided among the processors, and a share of them on databases."""
    desk.articles()
    columns = ("store", "seeds", "interleavings", "steps", "violations", "seconds", "bar")
    table = Table("races: invariants", columns)
    first = options.seed * 1_000_000
    shares: list[tuple[str, int]] = [("memory", n)]
    shares += [(name, max(4, n // _ON_DATABASE)) for name in databases(options.database)]
    for name, count in shares:
        begun = time.perf_counter()
        with _FORK.Pool(os.cpu_count()) as pool:
            played = pool.map(partial(_play, name), range(first, first + count), chunksize=8)
        broken = [f"seed {seed}: {line}" for seed, _, lines in played for line in lines[:1]]
        steps = sum(steps for _, steps, _ in played)
        table.add(name, f"{first:,}…", count, steps, len(broken), time.perf_counter() - begun, "0 in 10,000")
        table.notes += [f"VIOLATION on {name}, {line}" for line in broken[:10]]
        table.failed = table.failed or bool(broken)
    table.notes.append("A seed plays the same interleaving again: `benchmarks.campaign.storm.play(seed, store)`.")
    return table


def _play(database: str, seed: int) -> tuple[int, int, list[str]]:
    if database == "memory":
        played = play(seed, MemoryStore(), watched=True)
        return seed, played.steps, played.broken
    with place(database) as where:
        store = open_store(where.url, where.folder)
        try:
            played = play(seed, store)
        finally:
            store.close()
    return seed, played.steps, played.broken


def _claims(name: str, where: Place, n: int) -> Table:
    """Let eight processes reach for the same tickets, and for the same turns."""
    waiting = _in_process(partial(_queue, where, n))
    agents = _race(partial(_claim_tickets, where, waiting))
    turns = _race(partial(_claim_turns, where))
    table = Table(f"races: claims on {name}", ("what", "offered", "taken", "doubles", "seconds", "bar"))
    for what, (taken, seconds) in (("tickets, by agents", agents), ("turns, by workers", turns)):
        doubles = sum(count > 1 for count in taken.values())
        table.add(what, n, len(taken), doubles, seconds, "0 doubles")
        table.failed = table.failed or doubles > 0 or len(taken) != n
    table.notes.append(f"{_HANDS} processes. Agents meet before each ticket, so that all reach for it at once.")
    return table


def _desk(where: Place) -> App:
    settings = load(environ={"SUPPORTBOT_DATA_DIR": str(where.folder)})
    return build(settings, store=open_store(where.url, where.folder), knowledge=desk.articles())


def _queue(where: Place, n: int) -> list[str]:
    """Put *n* tickets into the queue and make *n* turns due; return the tickets."""
    app, ids = _desk(where), []
    for _ in range(n):
        customer, other = (Customer(new_id(), app.clock.now()) for _ in range(2))
        app.store.write(partial(_add, (customer, other)))
        app.customers.ask_person(customer.id)
        ids.append(app.customers.view(customer.id).tickets[-1].id)
        app.intake.say(other.id, "How long does standard delivery take?", limited=False)
    desk.remember(desk.populate(app.store, app.clock.now(), customers=0, agents=_HANDS), where.folder)
    app.store.close()
    return ids


def _add(customers: Sequence[Customer], tx: Tx) -> None:
    for customer in customers:
        tx.add_customer(customer)


def _claim_tickets(where: Place, waiting: Sequence[str], number: int, together: Any) -> list[str]:
    app, got = _desk(where), []
    actor = desk.population(where.folder).actors[number]
    for ticket_id in waiting:
        together.wait()
        with suppress(Conflict, IllegalTransition):
            app.inbox.claim(actor, ticket_id)
            got.append(ticket_id)
    app.store.close()
    return got


def _claim_turns(where: Place, number: int, together: Any) -> list[str]:
    app, got = _desk(where), []
    now = app.clock.now()
    together.wait()
    while turn := app.store.write(
        lambda tx: tx.claim_turn(f"worker-{number}", new_id(), now, now + timedelta(hours=1))
    ):
        got.append(turn.id)
    app.store.close()
    return got


def _budget(name: str, where: Place) -> Table:
    """Let eight processes answer at once where the day's budget pays for some of the calls only."""
    _in_process(partial(_due, where, 4 * _HANDS))
    begun = time.perf_counter()
    _race(partial(_answer_all, where))
    took = time.perf_counter() - begun
    spent, calls, handoffs = _in_process(partial(_spent, where))
    table = Table(
        f"races: the day's budget on {name}", ("turns", "calls", "to people", "micro-dollars", "of", "seconds")
    )
    table.add(4 * _HANDS, calls, handoffs, spent, _BUDGET, took)
    table.failed = spent >= _BUDGET or calls == 0 or calls + handoffs != 4 * _HANDS
    table.notes.append(
        "Reservations and their settlements, whichever is dearer at the moment; the bar is 0 over the budget."
    )
    return table


def _due(where: Place, n: int) -> None:
    app = _paid(where)
    for _ in range(n):
        customer = Customer(new_id(), app.clock.now())
        app.store.write(partial(_add, (customer,)))
        app.intake.say(customer.id, "How long does standard delivery take?", limited=False)
    app.store.close()


def _paid(where: Place) -> App:
    """A desk with one deployment that costs money, and a little of it a day."""
    file = where.folder / "paid.toml"
    file.write_text(_PAID, encoding="utf-8")
    settings = load(file, environ={"SUPPORTBOT_DATA_DIR": str(where.folder)})
    store = open_store(where.url, where.folder)
    return build(settings, store=store, models={"vendor": _Vendor()}, knowledge=desk.articles())


class _Vendor:
    """Answers a fixed sentence at its worst-case length, after a moment in which others ask too."""

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        time.sleep(0.05)
        usage = Usage(2_000, request.max_output_tokens)
        yield Chunk("It takes 3 to 5 working days. [1]", usage=usage, final=True)


def _answer_all(where: Place, number: int, together: Any) -> list[str]:
    app = _paid(where)
    together.wait()
    now = app.clock.now()
    until = now + timedelta(hours=1)
    while turn := app.store.write(lambda tx: tx.claim_turn(f"worker-{number}", new_id(), now, until)):
        app.workers.run_now(turn)
    app.workers.stop()
    app.store.close()
    return []


def _spent(where: Place) -> tuple[int, int, int]:
    app = _paid(where)
    answered = TicketFilter(since=app.clock.now() - timedelta(hours=1))
    ids = [t.id for t in app.store.read(lambda tx: tx.tickets(answered))]
    calls, handoffs = app.store.read(lambda tx: (tx.calls(ids), tx.handoffs(ids)))
    limited = sum(h.reason is HandoffReason.LIMIT for h in handoffs)
    spent = app.store.read(lambda tx: tx.spent_since(app.clock.now() - timedelta(days=1)))
    app.store.close()
    return spent, len(calls), limited


def _in_process(work: Callable[[], T]) -> T:
    """Run *work* in a process of its own and return what it returns: this one keeps neither thread nor connection."""
    with _FORK.Pool(1) as pool:
        return pool.apply(work)


def _race(hand: Callable[[int, Any], list[str]]) -> tuple[Counter[str], float]:
    """Let all processes loose at once; return how often each thing was taken, and the seconds."""
    together, results = _FORK.Barrier(_HANDS), _FORK.SimpleQueue()
    hands = [_FORK.Process(target=_take, args=(hand, n, together, results)) for n in range(_HANDS)]
    begun = time.perf_counter()
    for process in hands:
        process.start()
    taken = Counter(one for _ in hands for one in results.get())
    for process in hands:
        process.join()
    return taken, time.perf_counter() - begun


def _take(hand: Callable[[int, Any], list[str]], number: int, together: Any, results: Any) -> None:
    results.put(hand(number, together))
