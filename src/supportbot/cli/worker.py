"""`supportbot worker`: answers waiting turns beside the process that serves the pages."""

import signal
from threading import Event

import click

from supportbot.cli.opening import opened
from supportbot.cli.options import Command, Given
from supportbot.cli.output import tell


@click.command(cls=Command, name="worker")
@click.pass_obj
def command(given: Given) -> None:
    """Answer waiting turns, also those of a process that died, until SIGTERM or Ctrl-C.

    What is being answered then is finished first. Any number of workers may run on one database.
    """
    told = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    from supportbot import bootstrap

    with opened(given) as app:
        bootstrap.log(app.settings)
        app.warm()
        app.start()
        tell(f"{app.workers.name} is answering. Stop it with Ctrl-C.")
        while not told.wait(1.0):
            pass
        tell("Finishing what is being answered.")
