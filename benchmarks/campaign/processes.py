"""Real processes that run the real engine on one database: forked from a parent that has loaded everything once."""

import gc
import json
import logging
import os
import resource
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread

from benchmarks.campaign import desk
from benchmarks.campaign.crowd import SAYINGS, Crowd
from benchmarks.campaign.fuses import Fuse, FusedStore, Vendor
from benchmarks.campaign.journal import Journal
from benchmarks.postgres import ThrowAway
from supportbot.access import OPERATOR
from supportbot.bootstrap import App, throwaway
from supportbot.domain.account import Customer
from supportbot.domain.errors import StorageError
from supportbot.domain.ids import new_id
from supportbot.notify import log_to_stderr
from supportbot.providers.catalogue import provider
from supportbot.savings import Assumptions, SavingsFilter
from supportbot.settings import load
from supportbot.storage.backup import back_up
from supportbot.storage.store import FILE_NAME, open_store, sqlite_url


@dataclass(frozen=True, slots=True)
class Place:
    """Where a campaign happens: a folder with everything in it, and a database if it is not SQLite.

    *server* is its server if it may be killed.
    """

    folder: Path
    url: str | None = None
    server: ThrowAway | None = None

    @property
    def data(self) -> Path:
        """The data folder of the desk."""
        return self.folder / "data"

    @property
    def backups(self) -> Path:
        """Where backups are put."""
        return self.folder / "backups"

    @property
    def address(self) -> str:
        """The address of the database, whichever it is."""
        return self.url or sqlite_url(self.data / FILE_NAME)


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process is told: its seed, where its fuse lies, how many hands act in it, how far its clock is off.

    *starved*: its disk is full for a while, as far as the database's files are concerned. *keeping*: it backs the
    database up again and again.
    """

    seed: int
    boundary: str = ""
    count: int = 1
    hands: int = 0
    shift_s: float = 0.0
    starved: bool = False
    keeping: bool = False


#: When a starved process finds its disk full, and for how long, in seconds.
_FULL_FROM_S, _FULL_FOR_S = 0.2, 0.6
#: What a starved process may still write to any one file: its journal and its log are smaller.
_ENOUGH_BYTES = 200_000


def launch(place: Place, orders: Orders) -> int:
    """Fork a process that follows *orders* until SIGTERM; return its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        _live(place, orders)
        code = 0
    except BaseException:
        logging.getLogger(__name__).exception("The process broke.")
    finally:
        logging.shutdown()
        os._exit(code)


def kill(process: int) -> None:
    """End a process as power loss would, and wait for it; one that is gone already is fine."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def gone(process: int) -> bool:
    """Whether a process has ended; it is then forgotten."""
    return os.waitpid(process, os.WNOHANG)[0] == process


def end(process: int, patience_s: float = 30.0) -> int:
    """Ask a process to stop in order and return its exit code; -9 when it had to be killed."""
    os.kill(process, signal.SIGTERM)
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    kill(process)
    return -9


def open_app(
    place: Place, fuse: Fuse, journal: Journal, chance: Random, *, shift_s: float = 0.0, failing: float = 0.06
) -> App:
    """Return the desk at *place* with a fuse in its store and in its models."""
    chosen = desk.settings(place.folder, place.url)
    store = FusedStore(open_store(chosen.database_url, chosen.ready_data_dir()), fuse)
    vendor = Vendor(provider("embedded"), journal, fuse, chance, failing)
    return desk.open_desk(chosen, store, vendor, desk.ShiftedClock(shift_s))


def _live(place: Place, orders: Orders) -> None:
    told = Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    _log_to(place.folder / f"log-{os.getpid()}.log")
    journal = Journal(place.folder / f"journal-{os.getpid()}.jsonl")
    chance = Random(orders.seed)
    fuse = Fuse(orders.boundary, orders.count)
    app = open_app(place, fuse, journal, chance, shift_s=orders.shift_s)
    app.start()
    people = desk.population(place.folder)
    crowds = [Crowd(app, people, journal, Random(chance.random())) for _ in range(orders.hands)]
    threads = [Thread(target=crowd.go_on, args=(told,)) for crowd in crowds]
    if orders.keeping:
        threads.append(Thread(target=_keep, args=(place, journal, told)))
    for thread in threads:
        thread.start()
    if orders.starved:
        journal.note("fault", kind="disk")
        _starve(place, told)
    if orders.shift_s:
        journal.note("fault", kind="clock")
    while not told.wait(0.5):
        pass
    for thread in threads:
        thread.join()
    app.workers.stop()  # with their chores, so that nothing is entered after the report
    write_report(app, place.folder / "report.json")
    app.stop()


def _keep(place: Place, journal: Journal, told: Event) -> None:
    """Back the database up until told otherwise."""
    place.backups.mkdir(exist_ok=True)
    number = 0
    while not told.is_set():
        number += 1
        file = place.backups / f"{os.getpid()}-{number}.backup"
        try:
            back_up(place.address, file)
        except StorageError as away:
            journal.note("away", error=f"{type(away).__name__}: {away}")
        except Exception as error:
            journal.note("broke", error=f"backup: {type(error).__name__}: {error}")
        else:
            journal.note("backed up", file=file.name)
        told.wait(0.1)


def _starve(place: Place, told: Event) -> None:
    """Let no file of the database grow for a while: what is written to it fails as on a full disk."""
    told.wait(_FULL_FROM_S)
    grown = max((file.stat().st_size for file in place.data.glob("*.db*")), default=0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(grown, _ENOUGH_BYTES), before[1]))
    told.wait(_FULL_FOR_S)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _log_to(file: Path) -> None:
    """Send everything this process would print or log to a file of its own."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(handle, stream)
    log_to_stderr("logfmt", "info")


def write_report(app: App, file: Path) -> None:
    """Write what the savings panel says, for the checker to compare with the raw rows."""
    report = app.savings.report(SavingsFilter(), Assumptions(), actor=OPERATOR)
    said = {"model": report.model.amount_microusd, "human": report.human.amount_microusd, "tickets": report.tickets}
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(said), encoding="utf-8")
    temporary.replace(file)


def prepare(place: Place) -> None:
    """Load everything a process needs before its first turn; make the database and its population.

    The database is made in a process of its own, so that the parent keeps neither a thread nor a connection.
    """
    _load_all()
    in_child(lambda: _prepare(place))


def _load_all() -> None:
    """Play a turn of each tier in memory: what that imports and caches, forks have from the start."""
    app = throwaway(load(environ={}), knowledge=desk.articles())
    customer = Customer(new_id(), app.clock.now())
    app.store.write(lambda tx: tx.add_customer(customer))
    for text in SAYINGS[:3]:
        said = app.intake.say(customer.id, text, holder=("rehearsal", new_id()))
        app.workers.run_now(app.store.read(lambda tx, said=said: tx.turn(str(said.turn_id))))  # type: ignore[misc]
    app.workers.stop()
    app.store.close()
    gc.collect()
    gc.freeze()


def _prepare(place: Place) -> None:
    chosen = desk.settings(place.folder, place.url)
    store = open_store(chosen.database_url, chosen.ready_data_dir())
    desk.remember(desk.populate(store, desk.ShiftedClock().now()), place.folder)
    store.close()


def in_child(work: Callable[[], None]) -> None:
    """Run *work* in a forked process; raise RuntimeError when it does not end well."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("A process of the campaign broke; its words are above.")
