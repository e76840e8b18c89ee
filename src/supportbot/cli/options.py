"""Options and argument types that several commands share."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Given:
    """What the options that work everywhere say; None where they are not given."""

    config: Path | None = None
    data_dir: Path | None = None
    knowledge: Path | None = None
    debug: bool = False


def shared() -> tuple[click.Option, ...]:
    """Return the options that may stand before or after any command; each writes into the one `Given`."""
    path = click.Path(path_type=Path)
    return (
        click.Option(["--config"], type=path, metavar="FILE", help="supportbot.toml.", **_KEPT),
        click.Option(["--data-dir"], type=path, metavar="DIR", help="Where everything is written.", **_KEPT),
        click.Option(["--knowledge"], type=path, metavar="DIR", help="The articles.", **_KEPT),
        click.Option(["--debug"], is_flag=True, default=None, help="Show where an error comes from.", **_KEPT),
    )


def _keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
    if value is not None:
        setattr(ctx.ensure_object(Given), param.name or "", value)


_KEPT: dict[str, Any] = {"expose_value": False, "callback": _keep}


class Command(click.Command):
    """A command that also takes the options that work everywhere."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters and the shared ones."""
        own = super().get_params(ctx)
        return [*own[:-1], *shared(), own[-1]] if own else [*shared()]


class Group(click.Group):
    """A group whose commands take the options that work everywhere."""

    command_class = Command

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the group's own parameters and the shared ones."""
        own = super().get_params(ctx)
        return [*own[:-1], *shared(), own[-1]] if own else [*shared()]


class Text(click.ParamType[str]):
    """Words of a person. Bytes that are not UTF-8 become �; `-` reads standard input, for texts of any length."""

    name = "text"

    def convert(self, value: Any, *_: object) -> str:
        """Return the text as it can be stored and printed."""
        if value == "-":
            return sys.stdin.buffer.read().decode("utf-8", "replace") if _is_binary(sys.stdin) else sys.stdin.read()
        return whole(str(value))


class Name(click.ParamType[str]):
    """An id, a number or an address: as given, but printable."""

    name = "name"

    def convert(self, value: Any, *_: object) -> str:
        """Return the name without surrounding blanks."""
        return whole(str(value)).strip()


def whole(text: str) -> str:
    """Return *text* without halves of characters, which the operating system passes on for broken UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def _is_binary(stream: object) -> bool:
    return isinstance(getattr(stream, "buffer", None), io.BufferedIOBase)


def json_option(command: F) -> F:
    """Add `--json`, passed as *as_json*."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def agent_option(required: bool = True) -> Callable[[F], F]:
    """Add `--as AGENT`, passed as *agent*."""
    note = "" if required else " Without it: the operator."
    return click.option(
        "--as", "agent", type=Name(), metavar="AGENT", required=required, help=f"E-mail or id of the agent.{note}"
    )
