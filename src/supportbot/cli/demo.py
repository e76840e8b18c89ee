"""`supportbot demo`: a labelled day through the real engine, in a throw-away store."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from supportbot.cli.opening import settings
from supportbot.cli.options import Command, Given, json_option
from supportbot.cli.output import Json, emit, table, tell

if TYPE_CHECKING:
    from supportbot.demo.stage import Stage
    from supportbot.settings import Settings

#: The day begins on a Monday morning of no particular year, so that every run is the same day.
_MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)


@click.command(cls=Command, name="demo")
@click.option("--tickets", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Tickets of the day.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed plays the same day.")
@json_option
@click.pass_obj
def command(given: Given, tickets: int, seed: int, as_json: bool) -> None:
    """Play a labelled day and print what routing saved, against the strong model answering the same tickets.

    Nothing of it reaches the desk's own database. Costs are at list price where a model costs nothing: simulated.
    """
    tell(f"Playing {tickets} tickets (seed {seed}).")
    document = play(settings(given), tickets, seed)
    if as_json:
        emit(document)
    else:
        table([(key.replace("_", " "), value) for key, value in document.items()])


def play(found: "Settings", tickets: int, seed: int) -> Json:
    """Play the day on desks in memory and return its figures."""
    from supportbot.demo import play as playing
    from supportbot.knowledge import Knowledge

    knowledge = Knowledge.open(found.knowledge)
    with ExitStack() as closing:
        folder = Path(closing.enter_context(TemporaryDirectory(prefix="supportbot-demo-")))

        def make(strong_only: bool) -> "Stage":
            from supportbot.bootstrap import build
            from supportbot.demo.clock import ManualClock
            from supportbot.demo.stage import Stage
            from supportbot.domain.decision import Tier
            from supportbot.storage.memory import MemoryStore

            usable = tuple(d for d in found.deployments if d.tier is Tier.STRONG or not strong_only)
            clock = ManualClock(_MORNING)
            desk = replace(found, data_dir=folder, deployments=usable)
            app = build(desk, store=MemoryStore(), clock=clock, knowledge=knowledge)
            closing.callback(app.stop)
            return Stage(app.store, clock, app.intake, app.workers, app.customers, app.inbox, app.savings)

        return playing.summary(playing.play(make, tickets, seed))
