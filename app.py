"""The web app: pages, routes beside them, and the desk they share. `streamlit run app.py`, or `supportbot serve`."""

import gc
import importlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

import streamlit as st

gc.disable()  # until `_preload` is through: what loads now stays, and looking through it again and again takes 0.3 s

from supportbot import __version__, bootstrap  # noqa: E402
from supportbot.web import Hub, WebDeps, middleware, routes  # noqa: E402

#: Loaded behind the first page, so that neither it nor the savings page waits for imports.
_HEAVY = ("altair", "pandas", "supportbot.ui.components", "supportbot.engine", "supportbot.inbox", "supportbot.savings")
#: How long the processor is left to the first page, in seconds.
_FIRST_PAGE_S = 2.0

_desk = bootstrap.app()
_hub = Hub(_desk.store)
_deps = WebDeps(
    _desk.access,
    _desk.store,
    _hub,
    _desk.settings,
    _desk.knowledge,
    _desk.clock,
    __version__,
    working=lambda: _desk.workers.alive,
    journal=_desk.engine.journal,
    tally=_desk.tally,
)


@asynccontextmanager
async def _running(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Run the desk's background work and the event hub for as long as the server runs."""
    bootstrap.log(_desk.settings)  # only now: the web server has set up its own log meanwhile
    _desk.start()
    await _hub.start()
    _welcome_first_admin()
    Thread(target=_preload, name="preload", daemon=True).start()
    try:
        yield {}
    finally:
        await _hub.stop()
        _desk.stop()


def _preload() -> None:
    """Load heavy modules and the models behind the first page, then tell the collector that they stay."""
    try:
        _desk.clock.sleep(_FIRST_PAGE_S)
        _desk.warm()
        for name in _HEAVY:
            importlib.import_module(name)
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()


def _welcome_first_admin() -> None:
    """Write the one-time link that creates the first admin to the console, as long as there is no account."""
    if not _desk.access.needs_setup():
        return
    address = f"http://127.0.0.1:{st.get_option('server.port')}/account/setup?token={_desk.access.setup_link()}"
    sys.stderr.write(f"\n  Create the first admin here, within an hour, on this machine:\n  {address}\n\n")


app = st.App("src/supportbot/ui/main.py", routes=routes(_deps), middleware=middleware(_deps), lifespan=_running)
