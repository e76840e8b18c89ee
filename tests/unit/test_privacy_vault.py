import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from supportbot.access import OPERATOR
from supportbot.domain.account import Account, Actor, Customer, Role
from supportbot.domain.assessment import Datum, DatumKind
from supportbot.domain.errors import BadInput, ConfigurationError, Forbidden, NotFound, NotSignedIn, ReadOnlyData
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Event, Owner, Status, Ticket, moved
from supportbot.ports import Tx
from supportbot.privacy import FernetSealer, Vault, key_from_file, vault_entries_for, vault_keys
from supportbot.storage.memory import MemoryStore

KEY = Fernet.generate_key().decode()
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BEN = Actor("ben", "Ben", Role.AGENT)
LEA = Actor("lea", "Lea", Role.LEAD)


class HandClock:
    at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None: ...


def datum(kind: DatumKind, value: str, placeholder: str) -> Datum:
    return Datum(kind, 0, len(value), value, placeholder)


FOUND = (
    datum(DatumKind.EMAIL, "eve@example.com", "[email 1]"),
    datum(DatumKind.CARD, "4111111111111111", "[card]"),
    datum(DatumKind.EMAIL, "eve@example.com", "[email 1]"),
    datum(DatumKind.PHONE, "+49 151 23456789", "[phone 1]"),
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def vault(store: MemoryStore, clock: HandClock) -> Vault:
    """A ticket claimed by Ben, with one message in which four data were masked."""
    sealer = FernetSealer(KEY)
    entries = vault_entries_for(FOUND, sealer, "t", "m", START, 30)
    ticket = Ticket("t", "c", START, START, owner=Owner.AGENT, status=Status.CLAIMED, agent_id="ben")

    def fill(tx: Tx) -> None:
        tx.add_account(Account("ben", "ben@x.y", "Ben", Role.AGENT, START))
        tx.add_customer(Customer("c", START))
        tx.add_ticket(ticket)
        tx.add_message(Message("m", "t", Sender.CUSTOMER, "I am [email 1]", START))
        for entry in entries:
            tx.add_vault_entry(entry)

    store.write(fill)
    return Vault(store, sealer, clock)


@given(st.text(max_size=200))
def test_what_is_sealed_opens_again(value: str) -> None:
    """Any text; the sealed form never contains it."""
    sealer = FernetSealer(KEY)
    sealed = sealer.seal(value)
    assert sealer.open(sealed) == value
    assert len(value) < 8 or value.encode("utf-8", "surrogatepass") not in sealed


def test_another_key_does_not_open() -> None:
    """The error names the variable to set."""
    other = FernetSealer(Fernet.generate_key().decode())
    with pytest.raises(BadInput, match="SUPPORTBOT_VAULT_KEY"):
        other.open(FernetSealer(KEY).seal("eve@example.com"))


def test_keys_can_be_replaced() -> None:
    """The new key comes first and seals; the old one still opens."""
    old = FernetSealer(KEY).seal("eve@example.com")
    new = Fernet.generate_key().decode()
    both = FernetSealer(f"{new}, {KEY}")
    assert both.open(old) == "eve@example.com"
    assert FernetSealer(new).open(both.seal("eve")) == "eve"


@pytest.mark.parametrize(
    "key", ["", "secret", "é" * 44, KEY[:-5], f"{KEY},"], ids=["empty", "word", "é", "short", "comma"]
)
def test_a_key_of_the_wrong_shape_is_refused(key: str) -> None:
    """The message says how to make one and does not repeat it."""
    with pytest.raises(ConfigurationError, match="openssl rand") as caught:
        FernetSealer(key)
    assert KEY[:-5] not in str(caught.value)


def test_key_file_is_private_and_stays(tmp_path: Path) -> None:
    """Made once, for its owner's eyes only; many at once get the same one."""
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(key_from_file, [tmp_path] * 16))
    assert len(keys) == 1
    assert stat.S_IMODE(os.stat(tmp_path / "vault.key").st_mode) == 0o600
    assert os.listdir(tmp_path) == ["vault.key"]
    FernetSealer(keys.pop())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """One line with the remedy."""
    with pytest.raises(ReadOnlyData, match="or set SUPPORTBOT_VAULT_KEY"):
        key_from_file(tmp_path / "missing")


def test_destroyed_kinds_never_reach_the_vault() -> None:
    """Cards, CVVs and national ids get no entry; a value that occurs twice gets one."""
    entries = vault_entries_for(FOUND, FernetSealer(KEY), "t", "m", START, 30)
    assert [(e.kind, e.placeholder) for e in entries] == [("email", "[email 1]"), ("phone", "[phone 1]")]
    assert all(e.expires_at == START + timedelta(days=30) for e in entries)
    for kind in (DatumKind.CARD, DatumKind.CVV, DatumKind.NATIONAL_ID):
        assert vault_entries_for([datum(kind, "1", "[x]")], FernetSealer(KEY), "t", "m", START, 30) == ()


def test_who_has_claimed_the_ticket_may_reveal_and_it_is_audited(vault: Vault, store: MemoryStore) -> None:
    """The audit names person, ticket and kind, never the value."""
    assert vault.reveal(BEN, "t", "[email 1]") == "eve@example.com"
    entry = store.read(lambda tx: tx.audit())[0]
    assert (entry.actor_id, entry.action, entry.subject, entry.detail) == ("ben", "revealed", "t", "email")


def test_once_resolved_the_agent_may_reveal_no_more(vault: Vault, store: MemoryStore) -> None:
    """The right ends with the work, though the ticket still names who resolved it."""

    def resolve(tx: Tx) -> None:
        tx.save_ticket(moved(tx.ticket("t"), Event.RESOLVED, START))

    store.write(resolve)
    assert store.read(lambda tx: tx.ticket("t")).agent_id == "ben"
    with pytest.raises(Forbidden, match="Claim ticket"):
        vault.reveal(BEN, "t", "[email 1]")


def test_other_agents_may_not_reveal(vault: Vault, store: MemoryStore) -> None:
    """A lead and the operator may; an agent without the claim, and nobody at all, may not."""
    with pytest.raises(Forbidden, match="Claim ticket"):
        vault.reveal(Actor("carl", "Carl", Role.AGENT), "t", "[email 1]")
    with pytest.raises(NotSignedIn):
        vault.reveal(None, "t", "[email 1]")
    assert store.read(lambda tx: tx.audit()) == ()
    assert vault.reveal(LEA, "t", "[phone 1]") == "+49 151 23456789"
    assert vault.reveal(OPERATOR, "t", "[phone 1]", "m") == "+49 151 23456789"


@pytest.mark.parametrize(("placeholder", "message"), [("[card]", None), ("[email 9]", None), ("[email 1]", "other")])
def test_what_is_not_kept_cannot_be_revealed(vault: Vault, placeholder: str, message: str | None) -> None:
    """A destroyed card, an unknown placeholder, another message."""
    with pytest.raises(NotFound, match="Nothing is kept"):
        vault.reveal(BEN, "t", placeholder, message)


def test_after_thirty_days_nothing_can_be_revealed(vault: Vault, clock: HandClock) -> None:
    """Expired data stay closed even before retention destroys them."""
    clock.at = START + timedelta(days=30)
    with pytest.raises(NotFound):
        vault.reveal(BEN, "t", "[email 1]")


def test_a_look_is_in_the_audit_log_even_if_the_key_does_not_fit(store: MemoryStore, clock: HandClock) -> None:
    """The entry is committed before anything is opened; the error is one line that names the remedy."""
    other = FernetSealer(Fernet.generate_key().decode())
    entry = vault_entries_for(FOUND, other, "t", "m", START, 30)[0]

    def fill(tx: Tx) -> None:
        tx.add_customer(Customer("c", START))
        tx.add_ticket(Ticket("t", "c", START, START))
        tx.add_vault_entry(entry)

    store.write(fill)
    with pytest.raises(BadInput, match="does not fit") as refused:
        Vault(store, FernetSealer(KEY), clock).reveal(LEA, "t", "[email 1]")
    assert "\n" not in str(refused.value)
    assert [e.action for e in store.read(lambda tx: tx.audit())] == ["revealed"]


def test_a_key_file_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """Copied back from a backup with another mode, it is 0600 again after the next start."""
    key = key_from_file(tmp_path)
    os.chmod(tmp_path / "vault.key", 0o644)
    assert key_from_file(tmp_path) == key
    assert stat.S_IMODE(os.stat(tmp_path / "vault.key").st_mode) == 0o600


def test_a_given_key_seals_and_the_file_still_opens(tmp_path: Path) -> None:
    """Whoever moves from the key file to a variable loses nothing, and no file is made for a given key."""
    old = FernetSealer(vault_keys(None, tmp_path)).seal("eve@example.com")
    both = FernetSealer(vault_keys(KEY, tmp_path))
    assert both.open(old) == "eve@example.com"
    assert FernetSealer(KEY).open(both.seal("eve")) == "eve"
    assert vault_keys(KEY, tmp_path / "elsewhere") == KEY
