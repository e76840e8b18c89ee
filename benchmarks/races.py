"""The desk's invariants under random interleavings, and many hands reaching for the same ticket on SQLite."""

import importlib.util
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from benchmarks.corpus import KNOWLEDGE
from benchmarks.report import Options, Skipped, Table
from supportbot.bootstrap import App, build
from supportbot.domain.account import Account, Actor, Customer, Role
from supportbot.domain.errors import Conflict, IllegalTransition
from supportbot.domain.ids import new_id
from supportbot.knowledge import Knowledge
from supportbot.ports import Tx
from supportbot.settings import load

_MACHINE = Path(__file__).parent.parent / "tests" / "unit" / "test_invariants.py"
_STEPS = 25
_HANDS = 8


def run(options: Options) -> list[Table]:
    """Search for a violation, then race for claims."""
    return [_invariants(options.count(500, 25, 10_000)), _claims(options.count(1_000, 100))]


def _invariants(n: int) -> Table:
    """Run the machine of the test suite with *n* examples, freshly drawn each time."""
    counted: Counter[str] = Counter()
    begun = time.perf_counter()
    violation = ""
    try:
        run_state_machine_as_test(
            _counting(_machine(), counted),
            settings=settings(
                max_examples=n,
                stateful_step_count=_STEPS,
                deadline=None,
                database=None,
                derandomize=False,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception as found:  # whatever broke an interleaving is a violation, and shown below
        violation = f"{type(found).__name__}: {str(found).splitlines()[0] if str(found) else ''}"
    table = Table("races: invariants", ("interleavings", "steps", "violations", "seconds", "bar"))
    took = time.perf_counter() - begun
    table.add(counted["interleavings"], counted["steps"], int(bool(violation)), took, "0 in 10,000")
    if violation:
        table.notes.append(f"The search ends at the first: {violation}. Run the test to see its steps.")
    table.notes.append(f"Up to {_STEPS} steps each, every invariant checked after each step; the store is in memory.")
    return table


def _machine() -> type[RuleBasedStateMachine]:
    if not _MACHINE.exists():
        raise Skipped(f"{_MACHINE} is absent; run from a checkout.")
    spec = importlib.util.spec_from_file_location("test_invariants", _MACHINE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    machine: type[RuleBasedStateMachine] = module.DeskMachine
    return machine


def _counting(machine: type[RuleBasedStateMachine], counted: Counter[str]) -> type[RuleBasedStateMachine]:
    class Counting(machine):  # type: ignore[valid-type,misc]
        """Counts what is played, and takes each desk down."""

        def __init__(self) -> None:
            super().__init__()
            counted["interleavings"] += 1

        @invariant()
        def one_step_more(self) -> None:
            counted["steps"] += 1

        def teardown(self) -> None:
            super().teardown()
            if (app := getattr(self, "app", None)) is not None:
                app.workers.stop()
                app.store.close()

    return Counting


def _claims(n: int) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        apps = [_desk(Path(folder)) for _ in range(2)]
        try:
            waiting, due = _queue(apps[0], n)
            agents = _race(_by_agents(apps, waiting))
            workers = _race(_by_workers(apps))
        finally:
            for app in apps:
                app.workers.stop()
                app.store.close()
    table = Table("races: claims on SQLite", ("what", "offered", "taken", "doubles", "seconds", "bar"))
    for name, offered, (taken, seconds) in (
        ("tickets, by agents", len(waiting), agents),
        ("turns, by workers", due, workers),
    ):
        table.add(name, offered, len(taken), sum(count > 1 for count in taken.values()), seconds, "0 doubles")
    table.notes.append(
        f"{_HANDS} threads over two stores on one file, as two processes have them. Agents meet at a barrier before "
        "each ticket, so that all reach for it at once."
    )
    return table


def _desk(folder: Path) -> App:
    settings_ = load(environ={"SUPPORTBOT_DATA_DIR": str(folder)})
    return build(settings_, knowledge=Knowledge.open(KNOWLEDGE))


def _queue(app: App, n: int) -> tuple[list[str], int]:
    """Put *n* tickets into the queue and make *n* turns due; return the queued tickets and the number of turns."""
    ids: list[str] = []
    for _ in range(n):
        customer = Customer(new_id(), app.clock.now())
        app.store.write(partial(_add, customer))
        app.customers.ask_person(customer.id)
        ids.append(app.customers.view(customer.id).tickets[-1].id)
        other = Customer(new_id(), app.clock.now())
        app.store.write(partial(_add, other))
        app.intake.say(other.id, "How long does standard delivery take?", limited=False)
    return ids, n


def _add(customer: Customer, tx: Tx) -> None:
    tx.add_customer(customer)


def _by_agents(apps: Sequence[App], waiting: Sequence[str]) -> list[Callable[[], list[str]]]:
    barrier = Barrier(_HANDS)

    def hand(app: App, actor: Actor) -> list[str]:
        got: list[str] = []
        for ticket_id in waiting:
            barrier.wait()
            with suppress(Conflict, IllegalTransition):
                app.inbox.claim(actor, ticket_id)
                got.append(ticket_id)
        return got

    agents = [(apps[i % len(apps)], _agent(apps[0], f"Agent {i}")) for i in range(_HANDS)]
    return [partial(hand, app, actor) for app, actor in agents]


def _agent(app: App, name: str) -> Actor:
    account = Account(new_id(), f"{new_id()}@example.com", name, Role.AGENT, app.clock.now())
    app.store.write(lambda tx: tx.add_account(account))
    return Actor(account.id, name, Role.AGENT)


def _by_workers(apps: Sequence[App]) -> list[Callable[[], list[str]]]:
    def hand(app: App, name: str) -> list[str]:
        got: list[str] = []
        now = app.clock.now()
        while turn := app.store.write(lambda tx: tx.claim_turn(name, new_id(), now, now + timedelta(hours=1))):
            got.append(turn.id)
        return got

    return [partial(hand, apps[i % len(apps)], f"worker-{i}") for i in range(_HANDS)]


def _race(hands: Sequence[Callable[[], list[str]]]) -> tuple[Counter[str], float]:
    """Let all hands loose at once; return how often each thing was taken, and the seconds."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(len(hands)) as pool:
        got = [future.result() for future in [pool.submit(hand) for hand in hands]]
    return Counter(one for each in got for one in each), time.perf_counter() - begun
