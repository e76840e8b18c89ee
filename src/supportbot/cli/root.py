"""The command's entry: which commands there are, options that work everywhere, errors as one line and an exit code.

A command's module is imported when the command is used, so that `supportbot --help` needs none of them.
"""

import importlib
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import click

from supportbot.cli.options import Given, shared
from supportbot.domain.errors import BadInput, SupportbotError

#: Command to its module and what it does, in one line.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "ask": ("ask", "Answer a customer's question."),
    "triage": ("triage", "Judge tickets from JSON lines; spends nothing."),
    "search": ("search", "Search the articles."),
    "knowledge": ("knowledge", "Look after the articles."),
    "inbox": ("inbox", "Do what agents do."),
    "ticket": ("ticket", "Show a ticket."),
    "feedback": ("feedback", "Rate the newest answer on a ticket."),
    "report": ("report", "Print the figures of the savings panel."),
    "serve": ("serve", "Serve the pages."),
    "worker": ("worker", "Answer waiting turns until told to stop."),
    "demo": ("demo", "Play a labelled day through the real engine."),
    "agent": ("agent", "Add, list and disable accounts."),
    "privacy": ("privacy", "Export or erase a customer, and end what is too old."),
    "db": ("db", "Look after the database."),
    "doctor": ("doctor", "Show what is in force and what is wrong."),
}


class Desk(click.Group):
    """The root: finds commands by name, and turns whatever goes wrong into one line and an exit code."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"supportbot.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; the name of a missing one is quoted without what a terminal cannot show."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command {args[0][:40]!a}.", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that has seen enough (`| head`) ends it quietly."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _abandon_stdout()
            return 0
        return result

    def main(self, args: Sequence[str] | None = None, *_: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run and exit: 0 on success, 2 for bad input, 1 for a failure, 130 when interrupted."""
        given = Given()
        extra |= {"prog_name": "supportbot", "obj": given}
        try:
            code = super().main(args, standalone_mode=False, **extra)
        except Exception as error:
            code = _explain(error, given.debug)
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code


def _explain(error: Exception, debug: bool) -> int:
    """Say in one line what went wrong; return the exit code."""
    if debug:
        traceback.print_exception(error)
    match error:
        case click.Abort():
            return _say("Stopped.", 130)
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "supportbot"
            return _say(f"{error.format_message()} See `{path} --help`.", 2)
        case click.ClickException():
            return _say(error.format_message(), 2)
        case BadInput():
            return _say(str(error), 2)
        case SupportbotError():
            return _say(str(error), 1)
        case OSError():
            _abandon_stdout()
            return _say(f"The system refused: {error.strerror or type(error).__name__}.", 1)
        case _:
            kind = type(error).__name__
            return _say(f"Something went wrong inside ({kind}). Add --debug for the details.", 1)


def _say(text: str, code: int) -> int:
    plain = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    click.echo(f"supportbot: {plain}", err=True)
    return code


def _abandon_stdout() -> None:
    """Let the interpreter flush into nothing at its end instead of complaining."""
    import os

    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


@click.group(
    cls=Desk, params=[*shared()], context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="supportbot", message="supportbot %(version)s")
def main() -> None:
    """A support desk that knows what every answer costs."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
