from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.access import OPERATOR, Access, Scrypt, may, require
from supportbot.access.secrets import digest
from supportbot.domain.account import Actor, Role
from supportbot.domain.errors import BadInput, Conflict, Forbidden, LimitReached, NotFound, NotSignedIn
from supportbot.ports import Store
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import open_store

PASSWORD = "copper lantern tide"
CHEAP = Scrypt(n=16, r=1, p=1)


class HandClock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 7, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = MemoryStore() if request.param == "memory" else open_store(None, tmp_path)
    yield made
    made.close()


@pytest.fixture
def access(store: Store, clock: HandClock) -> Access:
    return Access(store, clock, CHEAP)


def first_admin(access: Access) -> Actor:
    token = access.create_first_admin(access.setup_link(), "ana@juniper.shop", "Ana Lindqvist", PASSWORD)
    actor = access.who(token)
    assert actor is not None
    return actor


def actions(store: Store) -> list[str]:
    return [entry.action for entry in reversed(store.read(lambda tx: tx.audit()))]


def test_each_role_includes_the_lower_ones() -> None:
    """Agent, lead, admin; the operator may do everything; nobody is told to sign in."""
    lead = Actor("1", "Lea", Role.LEAD)
    assert require(lead, Role.AGENT) is lead
    assert may(lead, Role.LEAD)
    assert not may(None, Role.AGENT)
    assert may(Actor("2", "op", Role.AGENT, operator=True), Role.ADMIN)
    with pytest.raises(Forbidden, match="needs the role admin; Lea is lead"):
        require(lead, Role.ADMIN)
    with pytest.raises(NotSignedIn):
        require(None, Role.AGENT)


def test_first_admin_by_one_time_link(access: Access, store: Store) -> None:
    """The link makes one admin, signed in, and then no link can be made or used again."""
    assert access.needs_setup()
    link = access.setup_link()
    token = access.create_first_admin(link, " ana@juniper.shop ", "Ana  Lindqvist", PASSWORD)
    actor = access.who(token)
    assert actor is not None
    assert (actor.name, actor.role) == ("Ana Lindqvist", Role.ADMIN)
    assert not access.needs_setup()
    with pytest.raises(Conflict):
        access.setup_link()
    with pytest.raises(Forbidden, match="used or has expired"):
        access.create_first_admin(link, "eve@juniper.shop", "Eve", PASSWORD)
    assert actions(store) == ["setup_link_made", "account_added"]


def test_setup_link_expires_and_a_newer_one_replaces_it(access: Access, clock: HandClock) -> None:
    """An hour, and only the last printed link."""
    old = access.setup_link()
    new = access.setup_link()
    with pytest.raises(Forbidden):
        access.create_first_admin(old, "ana@juniper.shop", "Ana", PASSWORD)
    clock.sleep(3600)
    with pytest.raises(Forbidden):
        access.create_first_admin(new, "ana@juniper.shop", "Ana", PASSWORD)
    assert access.needs_setup()


def test_bad_details_leave_the_setup_link_good(access: Access) -> None:
    """A short password costs nothing but another try."""
    link = access.setup_link()
    with pytest.raises(BadInput, match="at least 10 characters"):
        access.create_first_admin(link, "ana@juniper.shop", "Ana", "short")
    access.create_first_admin(link, "ana@juniper.shop", "Ana", PASSWORD)


def test_session_lasts_twelve_hours_and_ends_at_sign_out(access: Access, store: Store, clock: HandClock) -> None:
    """Only the token's hash is stored."""
    first_admin(access)
    token = access.sign_in("ANA@juniper.shop", PASSWORD, "10.0.0.1")
    assert store.read(lambda tx: tx.session(token)) is None
    assert store.read(lambda tx: tx.session(digest(token))) is not None
    clock.sleep(12 * 3600 - 1)
    assert access.who(token) is not None
    clock.sleep(1)
    assert access.who(token) is None
    again = access.sign_in("ana@juniper.shop", PASSWORD, "10.0.0.1")
    access.sign_out(again)
    assert access.who(again) is None
    access.sign_out(again)
    assert actions(store)[-3:] == ["signed_in", "signed_in", "signed_out"]


@pytest.mark.parametrize("token", [None, "", "x", "é" * 43, "A" * 43, "A" * 5000])
def test_a_made_up_token_is_nobody(access: Access, token: str | None) -> None:
    """No shape of cookie raises."""
    assert access.who(token) is None


def test_unknown_mail_and_wrong_password_look_alike(access: Access, store: Store) -> None:
    """The error does not tell who has an account; the failure is audited without the address typed."""
    first_admin(access)

    def said(email: str) -> str:
        with pytest.raises(NotSignedIn) as caught:
            access.sign_in(email, "wrong password", "10.0.0.1")
        return str(caught.value)

    assert said("ana@juniper.shop") == said("nobody@juniper.shop")
    assert actions(store)[-2:] == ["sign_in_failed", "sign_in_failed"]
    assert "nobody@juniper.shop" not in repr(store.read(lambda tx: tx.audit()))


def test_five_failures_pause_that_mail_from_that_address(access: Access, clock: HandClock) -> None:
    """Then even the right password waits; another address does not."""
    first_admin(access)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            access.sign_in("ana@juniper.shop", "wrong password", "10.0.0.1")
    with pytest.raises(LimitReached, match="Please wait 8 minutes") as caught:
        access.sign_in("Ana@juniper.shop", PASSWORD, "10.0.0.1")
    assert caught.value.retry_at == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    access.sign_in("ana@juniper.shop", PASSWORD, "10.0.0.2")
    clock.at = caught.value.retry_at
    access.sign_in("ana@juniper.shop", PASSWORD, "10.0.0.1")


def test_success_forgets_the_failures_before_it(access: Access) -> None:
    """Signing in and out all day is not a failure."""
    first_admin(access)
    for _ in range(12):
        with pytest.raises(NotSignedIn):
            access.sign_in("ana@juniper.shop", "wrong password", "10.0.0.1")
        access.sign_in("ana@juniper.shop", PASSWORD, "10.0.0.1")


def test_one_address_cannot_try_many_mails(access: Access) -> None:
    """Thirty tries over all e-mails, then a pause."""
    for number in range(30):
        with pytest.raises(NotSignedIn):
            access.sign_in(f"a{number}@juniper.shop", "wrong password", "10.0.0.1")
    with pytest.raises(LimitReached):
        access.sign_in("b@juniper.shop", "wrong password", "10.0.0.1")


def test_disabling_ends_sessions_at_once(access: Access) -> None:
    """A disabled person is out everywhere and cannot come back."""
    admin = first_admin(access)
    ben = access.add_account(admin, "ben@juniper.shop", "Ben", Role.AGENT, PASSWORD)
    token = access.sign_in("ben@juniper.shop", PASSWORD, "10.0.0.1")
    access.disable(admin, ben.id)
    assert access.who(token) is None
    with pytest.raises(NotSignedIn):
        access.sign_in("ben@juniper.shop", PASSWORD, "10.0.0.1")
    with pytest.raises(Forbidden, match="disabled"):
        access.act_as(OPERATOR, "ben@juniper.shop")


def test_the_last_admin_stays(access: Access) -> None:
    """Nobody could ever add another; with a second one it goes."""
    admin = first_admin(access)
    with pytest.raises(Conflict, match="last admin"):
        access.disable(OPERATOR, admin.id)
    second = access.add_account(OPERATOR, "lea@juniper.shop", "Lea", Role.ADMIN, PASSWORD)
    access.disable(OPERATOR, admin.id)
    with pytest.raises(Conflict, match="last admin"):
        access.disable(OPERATOR, second.id)


@pytest.mark.parametrize(
    "use",
    [
        lambda access, actor: access.add_account(actor, "x@y.z", "X", Role.AGENT, PASSWORD),
        lambda access, actor: access.disable(actor, actor.id),
    ],
)
def test_only_admins_change_accounts(access: Access, use: Callable[[Access, Actor], object]) -> None:
    """A lead is refused, whatever the page showed."""
    admin = first_admin(access)
    lead = access.add_account(admin, "lea@juniper.shop", "Lea", Role.LEAD, PASSWORD)
    with pytest.raises(Forbidden):
        use(access, Actor(lead.id, lead.name, lead.role))


def test_accounts_are_unique_by_mail_and_listed_by_name(access: Access) -> None:
    """Case does not make another address."""
    admin = first_admin(access)
    access.add_account(admin, "ben@juniper.shop", "Ben", Role.AGENT, PASSWORD)
    with pytest.raises(Conflict):
        access.add_account(admin, "BEN@juniper.shop", "Benno", Role.AGENT, PASSWORD)
    assert [account.name for account in access.list_accounts(admin)] == ["Ana Lindqvist", "Ben"]
    with pytest.raises(NotSignedIn):
        access.list_accounts(None)


def test_a_forgotten_password_is_replaced_by_an_admin(access: Access, store: Store) -> None:
    """The old one and its sessions end; an agent may change only their own."""
    admin = first_admin(access)
    ben = access.add_account(admin, "ben@juniper.shop", "Ben", Role.AGENT, PASSWORD)
    token = access.sign_in("ben@juniper.shop", PASSWORD, "10.0.0.1")
    myself = access.who(token)
    with pytest.raises(Forbidden):
        access.set_password(myself, admin.id, "amber pigeon ladder")
    with pytest.raises(BadInput):
        access.set_password(admin, ben.id, "short")
    access.set_password(admin, ben.id, "amber pigeon ladder")
    assert access.who(token) is None
    with pytest.raises(NotSignedIn):
        access.sign_in("ben@juniper.shop", PASSWORD, "10.0.0.1")
    access.set_password(
        access.who(access.sign_in("ben@juniper.shop", "amber pigeon ladder", "10.0.0.1")), ben.id, PASSWORD
    )
    assert actions(store)[-1] == "password_set"


def test_agents_say_when_they_are_away(access: Access, store: Store) -> None:
    """The availability of the signed-in agent is kept and audited."""
    admin = first_admin(access)
    access.set_available(admin, False)
    assert not access.list_accounts(admin)[0].available
    access.set_available(admin, True)
    assert access.list_accounts(admin)[0].available
    assert actions(store)[-2:] == ["away", "available"]


def test_command_line_acts_as_an_agent_with_that_agents_rights(access: Access) -> None:
    """By e-mail or id; nobody else may, and the operator's rights do not come along."""
    admin = first_admin(access)
    ben = access.add_account(OPERATOR, "ben@juniper.shop", "Ben", Role.AGENT, PASSWORD)
    for name in ("Ben@juniper.shop", ben.id):
        assert access.act_as(OPERATOR, name) == Actor(ben.id, "Ben", Role.AGENT)
    with pytest.raises(NotFound):
        access.act_as(OPERATOR, "carl@juniper.shop")
    with pytest.raises(Forbidden):
        access.act_as(admin, "ben@juniper.shop")


@pytest.mark.parametrize(
    ("email", "name"),
    [("", "X"), ("ana", "X"), ("a b@c.d", "X"), ("@c.d", "X"), ("a@", "X"), ("a@b.c", " "), ("a@b.c", "x" * 81),
     ("a@b.c", "A\x07"), ("a\x00@b.c", "X"), ("a" * 251 + "@b.c", "X")],
)  # fmt: skip
def test_unusable_details_are_refused(access: Access, email: str, name: str) -> None:
    """One clear line, nothing stored."""
    with pytest.raises(BadInput):
        access.add_account(OPERATOR, email, name, Role.AGENT, PASSWORD)
    assert access.needs_setup()
