"""A desk of its own for each test, and visitors of its pages."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from supportbot import bootstrap
from supportbot.access import OPERATOR, customer_token
from supportbot.domain.account import Account, Actor, Role
from supportbot.domain.ids import new_id
from supportbot.ui.visiting import Visitor

PASSWORD = "a long and quiet sentence"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[bootstrap.App]:
    """The process's desk, on a data folder of this test; its turns run when the test says so."""
    monkeypatch.setenv("SUPPORTBOT_DATA_DIR", str(tmp_path))
    bootstrap.app.cache_clear()
    found = bootstrap.app()
    yield found
    found.store.close()
    bootstrap.app.cache_clear()


@pytest.fixture
def customer(desk: bootstrap.App) -> Visitor:
    """A new customer."""
    return Visitor({"sb_customer": customer_token()})


@pytest.fixture
def customer_id(desk: bootstrap.App, customer: Visitor) -> str:
    """The id of that customer."""
    return desk.access.enrol(customer.cookies["sb_customer"]).id


@pytest.fixture
def account(desk: bootstrap.App) -> Callable[..., Account]:
    """Adds an account."""

    def add(name: str = "Ana Lindqvist", role: Role = Role.ADMIN) -> Account:
        return desk.access.add_account(OPERATOR, f"{name.split()[0].lower()}@example.com", name, role, PASSWORD)

    return add


@pytest.fixture
def staff(desk: bootstrap.App, account: Callable[..., Account]) -> Callable[..., tuple[Visitor, Actor]]:
    """Signs somebody in, looking at a page."""

    def sign_in(page: str, name: str = "Ana Lindqvist", role: Role = Role.ADMIN) -> tuple[Visitor, Actor]:
        added = account(name, role)
        token = desk.access.sign_in(added.email, PASSWORD, "127.0.0.1")
        return Visitor({"sb_session": token}, page), Actor(added.id, added.name, added.role)

    return sign_in


@pytest.fixture
def asked(desk: bootstrap.App) -> Callable[[str, str], str]:
    """Says something as a customer and lets the turn run; returns the ticket's id."""

    def ask(customer_id: str, text: str) -> str:
        said = desk.intake.say(customer_id, text, holder=(desk.workers.name, new_id()))
        turn_id = said.turn_id
        if turn_id is not None:
            desk.workers.run_now(desk.store.read(lambda tx: tx.turn(turn_id)))
        return said.ticket_id

    return ask


@pytest.fixture
def away(desk: bootstrap.App, tmp_path: Path) -> Callable[..., AbstractContextManager[None]]:
    """Takes a table away from under the desk, as a database does that cannot be read."""

    @contextmanager
    def taken(table: str = "ticket") -> Iterator[None]:
        with closing(sqlite3.connect(tmp_path / "supportbot.db", isolation_level=None)) as database:
            database.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
            try:
                yield
            finally:
                database.execute(f"ALTER TABLE {table}_away RENAME TO {table}")

    return taken
