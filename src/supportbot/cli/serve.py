"""`supportbot serve`: the pages, through Streamlit's own command, so that its STREAMLIT_* variables keep working."""

import gc
import os
import runpy
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportbot.cli.opening import checkout, settings
from supportbot.cli.options import Command, Given, Name
from supportbot.cli.output import tell
from supportbot.domain.errors import BadInput, Conflict, SupportbotError

if TYPE_CHECKING:
    from supportbot.settings import Settings

_ANYWHERE = ("0.0.0.0", "::", "")


@click.command(cls=Command, name="serve")
@click.option("--port", type=click.IntRange(1, 65_535), help="Instead of the one in the settings.")
@click.option("--address", type=Name(), help="Instead of the one in the settings.")
@click.pass_obj
def command(given: Given, port: int | None, address: str | None) -> None:
    """Serve the pages until Ctrl-C.

    With no account yet, a one-time link is printed that creates the first one, on this machine and within an hour.
    """
    found = settings(given)
    page = _page()
    address = address or os.environ.get("STREAMLIT_SERVER_ADDRESS") or found.server.address
    port = port or _port(os.environ.get("STREAMLIT_SERVER_PORT")) or found.server.port
    _refuse_used(address, port)
    _trust(found.server.trusted_proxies)
    with _collector_paused():
        _prepare(found)
    tell(f"supportbot: http://{_host(address)}:{port}")
    _become_streamlit(page, address, port)


def _prepare(found: "Settings") -> None:
    """Open the desk the pages will use: what is wrong with it is told in one line before the server starts."""
    from supportbot import bootstrap

    os.environ["SUPPORTBOT_DATA_DIR"] = str(found.data_dir)
    os.environ["SUPPORTBOT_KNOWLEDGE"] = str(found.knowledge)
    if found.file is not None:
        os.environ["SUPPORTBOT_CONFIG"] = str(found.file)
    bootstrap.app()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Load without looking for garbage again and again, as app.py does: there is none yet (0.2 s)."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _trust(proxies: Sequence[str]) -> None:
    """Let the web server believe the same proxies about addresses as the desk does, and those on this machine."""
    os.environ.setdefault("FORWARDED_ALLOW_IPS", ",".join(("127.0.0.1", "::1", *proxies)))


def _page() -> Path:
    """Return the web app's entry."""
    page = checkout() / "app.py"
    if not page.is_file():
        raise SupportbotError(f"{page} is missing; the pages are served from a checkout. Get the whole repository.")
    return page


def _port(given: str | None) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and 0 < int(given) <= 65_535):
        raise BadInput(f"STREAMLIT_SERVER_PORT is {given[:20]!a}; a port is a number from 1 to 65535.")
    return int(given)


def _refuse_used(address: str, port: int) -> None:
    """Raise when nothing can listen there, before anything else is done."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as refused:
        raise Conflict(
            f"Port {port} of {address} cannot be used ({refused.strerror}). Name another with --port."
        ) from refused


def _host(address: str) -> str:
    if address in _ANYWHERE:
        return "127.0.0.1"
    return f"[{address}]" if ":" in address else address


def _become_streamlit(page: Path, address: str, port: int) -> None:
    """Go on as Streamlit's own command, which reads its theme and settings from the folder of the page."""
    options = ["--server.address", address, "--server.port", str(port), "--server.headless", "true"]
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(page.parent)
    sys.argv = ["streamlit", "run", str(page), *options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
