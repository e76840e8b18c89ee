"""The day's budget under turns that run at once: the reservation is checked where it is made."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Condition

import pytest

from supportbot.bootstrap import App, build
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage
from supportbot.domain.handoff import HandoffReason
from supportbot.domain.turn import Turn
from supportbot.knowledge import Knowledge
from supportbot.ports import Chunk, ModelRequest, TicketFilter
from supportbot.privacy import FernetSealer, new_key
from supportbot.settings import load
from supportbot.storage.store import open_store

AT_ONCE = 4

#: One worst case is 100 tokens of output at ten dollars a million, and some input: a little over 1,000 micro-dollars.
CONFIG = """
[limits]
usd_per_day = 0.004

[prices]
"vendor/m" = { input = 0.1, output = 10.0 }

[[deployment]]
name = "fast"
provider = "vendor"
model = "m"
tier = "fast"
max_output_tokens = 100
"""


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


class Gathering:
    """A provider that answers nobody until everybody who can ask has asked: the worst moment for a budget."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = 0
        self._changed = Condition()

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:  # noqa: ARG002  (given by the port)
        with self._changed:
            self.asked += 1
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self.asked + self.away == AT_ONCE, timeout=30)
        yield Chunk("It takes 3 to 5 working days. [1]", final=True)

    def leave(self) -> None:
        """Say that one fewer will ask."""
        with self._changed:
            self.away += 1
            self._changed.notify_all()


@pytest.fixture
def gathering() -> Gathering:
    return Gathering()


@pytest.fixture
def desks(tmp_path: Path, gathering: Gathering) -> Iterator[list[App]]:
    """Two processes' worth of desks on one file."""
    (tmp_path / "supportbot.toml").write_text(CONFIG)
    settings, clock, sealer = load(tmp_path / "supportbot.toml", environ={}), ManualClock(), FernetSealer(new_key())
    opened = [
        build(
            settings,
            store=open_store(None, tmp_path),
            clock=clock,
            models={"vendor": gathering},
            knowledge=articles(),
            sealer=sealer,
        )
        for _ in range(2)
    ]
    yield opened
    for app in opened:
        app.workers.stop()
        app.store.close()


def held(app: App, name: str) -> Turn:
    stage = Stage(app.store, ManualClock(), app.intake, app.workers, app.customers, app.inbox, app.savings)
    said = stage.say(stage.customer(name), "How long does standard delivery take?")
    turn_id = said.turn_id
    assert turn_id is not None
    return app.store.read(lambda tx: tx.turn(turn_id))


def test_turns_that_run_at_once_do_not_overshoot_the_days_budget(desks: list[App], gathering: Gathering) -> None:
    """Three worst cases fit into the budget; the fourth ticket goes to a person, whichever it is."""
    turns = [held(desks[0], f"C{n}") for n in range(AT_ONCE)]

    def run(app: App, turn: Turn) -> None:
        app.workers.run_now(turn)
        gathering.leave()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in [pool.submit(run, desks[n % 2], turn) for n, turn in enumerate(turns)]:
            future.result()
    tickets = [t.id for t in desks[0].store.read(lambda tx: tx.tickets(TicketFilter()))]
    calls = desks[0].store.read(lambda tx: tx.calls(tickets))
    reserved = [c.started.reserved_microusd for c in calls]
    assert len(reserved) == 3
    assert sum(reserved) < 4_000 < sum(reserved) + min(reserved)
    handoffs = desks[0].store.read(lambda tx: tx.handoffs(tickets))
    assert [h.reason for h in handoffs] == [HandoffReason.LIMIT]
    assert desks[0].store.read(lambda tx: tx.spent_since(datetime(2026, 1, 1, tzinfo=UTC))) < 4_000
