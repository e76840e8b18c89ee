"""`supportbot demo`: a labelled day through the real engine, in a throw-away store."""

import importlib

import click

from supportbot.cli.opening import settings
from supportbot.cli.options import Command, Given, json_option
from supportbot.cli.output import emit, table, tell


@click.command(cls=Command, name="demo")
@click.option("--tickets", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Tickets of the day.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed plays the same day.")
@json_option
@click.pass_obj
def command(given: Given, tickets: int, seed: int, as_json: bool) -> None:
    """Play a labelled day and print what routing saved, against the strong model answering the same tickets.

    Nothing of it reaches the desk's own database.
    """
    bootstrap = importlib.import_module("supportbot.bootstrap")
    played = importlib.import_module("supportbot.demo.play")
    maker = bootstrap.stages(settings(given))
    tell(f"Playing {tickets} tickets (seed {seed}).")
    document = played.summary(played.play(maker, tickets, seed))
    if as_json:
        emit(document)
    else:
        table([(key.replace("_", " "), value) for key, value in document.items()])
