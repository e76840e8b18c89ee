"""kill -9 at random moments and at chosen boundaries of random work; afterwards nothing is lost, doubled or stuck."""

import os
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from sqlalchemy import text

from benchmarks.campaign import desk
from benchmarks.campaign.checking import violations
from benchmarks.campaign.fuses import BOUNDARIES
from benchmarks.campaign.journal import Journal
from benchmarks.campaign.processes import Orders, Place, end, gone, kill, launch, prepare
from benchmarks.campaign.remains import Remains, connect
from benchmarks.postgres import VARIABLE, NoServer, ThrowAway, find_binaries
from benchmarks.postgres import database as fresh_database
from benchmarks.report import Options, Skipped, Table
from supportbot.storage.store import FILE_NAME

#: Kills between two looks at what is left.
_ROUND = 5
#: How long a process lives at most before it is killed wherever it is, in seconds.
_LIFE_S = (0.1, 1.0)
#: How long a desk may take until every turn has ended, in seconds.
_PATIENCE_S = 30.0
#: The last one only where the database is a file of the process itself.
_MISFORTUNES = ("clock ahead", "clock behind", "database", "disk")


@dataclass(slots=True)
class Tally:
    """What a campaign counted."""

    points: int = 0
    burnt: Counter[str] = field(default_factory=Counter)  #: boundaries at which a process killed itself
    faults: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    looks: int = 0
    messages: int = 0
    calls: int = 0
    abandoned: int = 0
    away: int = 0  #: how often somebody was told that the database is away
    backups: int = 0
    seconds: float = 0.0


def run(options: Options) -> list[Table]:
    """Run the campaign on each database asked for."""
    tables = []
    for name in databases(options.database):
        with place(name) as where:
            tally = campaign(where, options.count(200, 15), options.seed)
        tables.append(_table(name, options.seed, tally))
    return tables


def campaign(where: Place, points: int, seed: int) -> Tally:
    """Kill *points* processes at work on one database, looking at what is left after every few."""
    begun = time.perf_counter()
    chance, tally = Random(seed), Tally()
    desk.articles()
    prepare(where)
    while tally.points < points and not tally.found:
        _round(where, chance, tally, min(_ROUND, points - tally.points))
        _recover(where, chance)
        _look(where, tally)
    if not tally.found:
        _recover(where, chance, shift_s=10_800.0)  # claims lapse, orphans are settled, alerts are due again
        _look(where, tally, final=True)
    tally.seconds = time.perf_counter() - begun
    return tally


def _round(where: Place, chance: Random, tally: Tally, kills: int) -> None:
    """Keep two processes at work, and kill one after the other; each leaves a neighbour behind.

    One of the doomed meets another misfortune before: a clock hours off, a full disk, or a database that is away.
    """
    neighbour = launch(where, Orders(chance.getrandbits(32), hands=2, keeping=chance.random() < 0.5))
    unlucky, misfortune = chance.randrange(kills), chance.choice(_MISFORTUNES[: 4 if where.url is None else 3])
    for number in range(kills):
        boundary = chance.choice(BOUNDARIES) if chance.random() < 0.7 else ""
        keeping = chance.random() < 0.3
        orders = Orders(chance.getrandbits(32), boundary, chance.choice((1, 1, 1, 2, 5)), hands=3, keeping=keeping)
        life_s = chance.uniform(*_LIFE_S) + (1.2 if boundary else 0.0)
        if number == unlucky:
            tally.faults[misfortune] += 1
            orders, life_s = _worse(orders, misfortune), life_s + 0.5
        doomed = launch(where, orders)
        if number == unlucky and misfortune == "database":
            _take_away(where, life_s)
        if _burnt(doomed, life_s):
            tally.burnt[boundary] += 1
        else:
            kill(doomed)
        tally.points += 1
    kill(neighbour)


def _worse(orders: Orders, misfortune: str) -> Orders:
    if misfortune == "disk":
        return replace(orders, boundary="", starved=True)
    shifts = {"clock ahead": 7200.0, "clock behind": -7200.0}
    return replace(orders, shift_s=shifts.get(misfortune, 0.0))


def _take_away(where: Place, seconds: float) -> None:
    """Lock the file as another program would, or end the server at once and start it again."""
    journal = Journal(where.folder / "journal-campaign.jsonl")
    journal.note("fault", kind="database")
    journal.close()
    time.sleep(0.2)
    if where.server is not None:
        where.server.kill()
        time.sleep(seconds / 2)
        where.server.start()
    elif where.url is None:
        with closing(sqlite3.connect(where.data / FILE_NAME, isolation_level=None, timeout=20)) as other:
            other.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)


def _burnt(process: int, life_s: float) -> bool:
    """Whether a process's own fuse ended it within *life_s* seconds."""
    until = time.monotonic() + life_s
    while time.monotonic() < until:
        if gone(process):
            return True
        time.sleep(0.01)
    return False


def _recover(where: Place, chance: Random, shift_s: float = 0.0) -> None:
    """Let one process without customers finish what the dead left, then stop it in order."""
    healer = launch(where, Orders(chance.getrandbits(32), shift_s=shift_s))
    until = time.monotonic() + _PATIENCE_S
    while _busy(where) and time.monotonic() < until:
        time.sleep(0.05)
    if shift_s:
        time.sleep(1.2)  # the chores run beside the turns; what they missed is found by the look
    end(healer)


def _busy(where: Place) -> bool:
    engine = connect(where.folder, where.url)
    try:
        with engine.connect() as connection:
            live = text("SELECT count(*) FROM turn WHERE status IN ('due', 'running')")
            return bool(connection.execute(live).scalar_one())
    finally:
        engine.dispose()


def _look(where: Place, tally: Tally, *, final: bool = False) -> None:
    remains = Remains(where.folder, where.url)
    tally.looks += 1
    tally.found += violations(remains, final=final)
    tally.messages, tally.calls = len(remains.rows("message")), len(remains.rows("call_started"))
    tally.away, tally.backups = len(remains.noted("away")), len(remains.noted("backed up"))
    tally.abandoned = sum(c["outcome"] == "abandoned" for c in remains.rows("call_settled"))


def databases(asked: str) -> tuple[str, ...]:
    """Return the databases a campaign runs on; of both, PostgreSQL only where there is a server to be had."""
    if asked != "both":
        return (asked,)
    try:
        _ = os.environ.get(VARIABLE) or find_binaries()
    except NoServer as missing:
        print(f"Without PostgreSQL: {missing}", file=sys.stderr)
        return ("sqlite",)
    return ("sqlite", "postgresql")


@contextmanager
def place(database: str) -> Iterator[Place]:
    """Make a throw-away place on the kind of database named."""
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        if database == "sqlite":
            yield Place(Path(folder))
            return
        try:
            with _server() as (running, own), fresh_database(running) as url:
                yield Place(Path(folder), url, own)
        except NoServer as missing:
            raise Skipped(str(missing)) from missing


@contextmanager
def _server() -> Iterator[tuple[str, ThrowAway | None]]:
    """A server of our own, which may be killed; or the one that is named, which may not."""
    named = os.environ.get(VARIABLE)
    if named:
        yield named, None
        return
    own = ThrowAway(durable=True)
    try:
        yield own.url, own
    finally:
        own.remove()


def _table(name: str, seed: int, tally: Tally) -> Table:
    columns = ("database", "seed", "points", "at a boundary", "messages", "calls", "abandoned", "looks", "violations")
    table = Table("crashes: kill -9 at random points of random work", (*columns, "seconds"))
    burnt = sum(tally.burnt.values())
    counts = (tally.points, burnt, tally.messages, tally.calls, tally.abandoned, tally.looks, len(tally.found))
    table.add(name, str(seed), *counts, tally.seconds)
    table.notes.append(
        f"{len(tally.burnt)} of {len(BOUNDARIES)} kinds of boundary; the others died at a random moment."
    )
    met = ", ".join(f"{count} × {name}" for name, count in sorted(tally.faults.items()))
    table.notes.append(
        f"Misfortunes on the way: {met}. {tally.away} times somebody was told that the database is away."
    )
    table.notes.append(f"{tally.backups} backups were made meanwhile.")
    table.notes += [f"VIOLATION: {line}" for line in tally.found[:20]]
    table.failed = bool(tally.found)
    return table
