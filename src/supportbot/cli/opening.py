"""From options to a desk: which settings apply, and the desk opened and closed around a command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import supportbot
from supportbot.access.roles import OPERATOR
from supportbot.cli.options import Given
from supportbot.domain.account import Actor, Customer
from supportbot.domain.errors import BadInput, NotFound
from supportbot.domain.ids import new_id
from supportbot.domain.ticket import Ticket

if TYPE_CHECKING:
    from supportbot.bootstrap import App
    from supportbot.ports import Store, Tx
    from supportbot.settings import Settings

_LONGEST_NUMBER = 15
_LONGEST_NAME = 200


def settings(given: Given) -> "Settings":
    """Return the settings in force.

    Away from any desk (no --config, no SUPPORTBOT_CONFIG, neither supportbot.toml nor articles in the working folder)
    the desk of the checkout is meant.
    """
    from supportbot.settings import load

    return load(given.config or _of_checkout(), given.data_dir, given.knowledge)


def checkout() -> Path:
    """Return the folder that holds app.py when supportbot runs from a checkout."""
    return Path(supportbot.__file__).parents[2]


def _of_checkout() -> Path | None:
    here = (Path("supportbot.toml"), Path("knowledge"))
    if os.environ.get("SUPPORTBOT_CONFIG") or any(one.exists() for one in here):
        return None
    file = checkout() / "supportbot.toml"
    return file if file.is_file() else None


@contextmanager
def opened(given: Given) -> Iterator["App"]:
    """Open the desk without starting background work, and close it afterwards."""
    from supportbot.bootstrap import build

    app = build(settings(given))
    try:
        yield app
    finally:
        app.stop()


def acting(app: "App", agent: str | None) -> Actor:
    """Return the agent to act for, or the operator; raise BadInput for an unknown one."""
    if agent is None:
        return OPERATOR
    try:
        return app.access.act_as(OPERATOR, agent)
    except NotFound as unknown:
        raise BadInput(str(unknown)) from unknown


def find_ticket(store: "Store", reference: str) -> Ticket:
    """Return the ticket with this id or number (`20001` or `#20001`); raise BadInput when there is none."""
    number = reference.removeprefix("#")

    def work(tx: "Tx") -> Ticket:
        if number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER:
            return tx.ticket_by_number(int(number))
        return tx.ticket(reference)

    try:
        return store.read(work)
    except NotFound as unknown:
        raise BadInput(
            f"There is no ticket '{reference[:40]}'. `supportbot inbox list` shows those waiting."
        ) from unknown


def find_customer(app: "App", external_id: str | None) -> Customer:
    """Return the customer a program knows under this id, stored now if new; without an id a fresh one."""
    if external_id is not None and not (0 < len(external_id) <= _LONGEST_NAME and external_id.isprintable()):
        raise BadInput(f"A customer's id has 1 to {_LONGEST_NAME} printable characters.")
    fresh = Customer(new_id(), app.clock.now(), external_id=external_id)

    def work(tx: "Tx") -> Customer:
        known = tx.customer_by_external_id(external_id) if external_id else None
        if known is None:
            tx.add_customer(fresh)
        return known or fresh

    return app.store.write(work)
