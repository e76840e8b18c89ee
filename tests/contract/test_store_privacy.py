"""What every store promises to erasure and retention: it counts, finds and destroys the same rows."""

# Units of work are lambdas here, and a list of calls is their loop.
# mypy: disable-error-code="func-returns-value"

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.domain.account import Account, AuditEntry, Customer, Role, Session, VaultEntry
from supportbot.domain.errors import Conflict, NotFound
from supportbot.domain.handoff import Alert, Handoff, HandoffReason, Packet, Tried
from supportbot.domain.kept import ERASED, OF_TICKETS, Kept
from supportbot.domain.message import Message, Sender
from supportbot.domain.outcome import Gap, Outcome, OutcomeKind
from supportbot.domain.ticket import Owner, Priority, Status, Ticket
from supportbot.ports import Store, Tx
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import FILE_NAME, SqlStore, open_store

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = T0 + 100 * DAY
PACKET = Packet(why="asked", wants="a person", tried=(Tried("text", "fast"),))


STORES: dict[str, Callable[[pytest.FixtureRequest], Store]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda request: SqlStore(request.getfixturevalue("sqlite_desk")),
    "postgres": lambda request: SqlStore(request.getfixturevalue("postgres_desk")),
}


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    made = STORES[request.param](request)
    yield made
    made.close()


def fill(tx: Tx, ticket_id: str, at: datetime, **more: object) -> None:
    """Store one ticket with one row of each kind, all of time *at*."""
    tx.add_ticket(replace(Ticket(ticket_id, "c", at, at), **more))  # type: ignore[arg-type]
    tx.add_message(Message(f"m-{ticket_id}", ticket_id, Sender.CUSTOMER, "words", at))
    tx.add_handoff(Handoff(f"h-{ticket_id}", ticket_id, HandoffReason.REPEATED, Priority.HIGH, at, "m", None, PACKET))
    tx.add_vault_entry(VaultEntry(f"v-{ticket_id}", ticket_id, "m", "[email 1]", "email", b"sealed", at))
    tx.add_outcome(Outcome(f"o-{ticket_id}", ticket_id, OutcomeKind.THUMBS_DOWN, at, reason="words"))
    tx.add_outcome(Outcome(f"r-{ticket_id}", ticket_id, OutcomeKind.REOPEN, at, reason="another ticket"))
    tx.add_gap(Gap(f"g-{ticket_id}", ticket_id, "u", "words", "en", at))
    tx.add_alert(Alert(f"a-{ticket_id}", ticket_id, "handoff", "words", at))
    tx.mark_sent(f"a-{ticket_id}", at)


@pytest.fixture
def desk(store: Store) -> Store:
    """Customer `c` with three tickets: old, new, and an old one that a person has."""

    def work(tx: Tx) -> None:
        tx.add_customer(Customer("c", T0, "secret", "shop-7", "Eve"))
        tx.add_account(Account("ana", "ana@example.com", "Ana", Role.LEAD, T0))
        fill(tx, "old", T0)
        fill(tx, "new", LATER)
        fill(tx, "held", T0, owner=Owner.AGENT, status=Status.CLAIMED, agent_id="ana")

    store.write(work)
    return store


@pytest.mark.parametrize("kind", OF_TICKETS)
def test_each_kind_is_counted_and_destroyed_on_the_tickets_named(desk: Store, kind: Kept) -> None:
    """One row each; a second time there is nothing left, and other tickets keep theirs."""
    assert desk.read(lambda tx: tx.count_kept(kind, ticket_ids=["old", "held"])) == 2
    assert desk.write(lambda tx: tx.forget_kept(kind, ticket_ids=["old", "held"])) == 2
    assert desk.write(lambda tx: tx.forget_kept(kind, ticket_ids=["old", "held"])) == 0
    assert desk.read(lambda tx: tx.count_kept(kind, ticket_ids=["old", "new", "held"])) == 1
    assert desk.read(lambda tx: tx.count_kept(kind, ticket_ids=[])) == 0


@pytest.mark.parametrize("kind", OF_TICKETS)
def test_what_is_old_is_found_unless_a_person_has_the_ticket(desk: Store, kind: Kept) -> None:
    """Sealed data expire all the same; `before` leaves the new ones alone."""
    cut = T0 + DAY
    old = {"old", "held"} if kind is Kept.VAULT else {"old"}
    assert set(desk.read(lambda tx: tx.tickets_keeping(kind, cut, 10))) == old
    assert desk.read(lambda tx: tx.count_kept(kind, before=cut)) == len(old)
    assert desk.read(lambda tx: tx.count_kept(kind, before=T0)) == 0
    assert desk.write(lambda tx: tx.forget_kept(kind, before=cut)) == len(old)
    assert desk.read(lambda tx: tx.tickets_keeping(kind, cut, 10)) == ()
    assert desk.read(lambda tx: tx.count_kept(kind, ticket_ids=["new"])) == 1


def test_what_is_taken_away_and_what_stays(desk: Store) -> None:
    """Handoffs and ratings stay as facts; their words, messages, gaps, alerts and sealed data do not."""
    ids = ["old"]
    desk.write(lambda tx: [tx.forget_kept(kind, ticket_ids=ids) for kind in OF_TICKETS])

    def read(tx: Tx) -> None:
        assert tx.messages("old", private=True) == ()
        assert (tx.vault_entries("old"), tx.gaps_of(ids), tx.alerts_of(ids)) == ((), (), ())
        (handoff,) = tx.handoffs(ids)
        assert (handoff.packet, handoff.reason) == (Packet(why=""), HandoffReason.REPEATED)
        found = {o.kind: o.reason for o in tx.outcomes(ids)}
        assert found == {OutcomeKind.THUMBS_DOWN: None, OutcomeKind.REOPEN: "another ticket"}

    desk.read(read)


def test_an_alert_nobody_was_told_of_is_not_old(desk: Store) -> None:
    """It is destroyed with its ticket only."""
    desk.write(lambda tx: tx.add_alert(Alert("pending", "old", "handoff", "words", T0)))
    desk.write(lambda tx: tx.forget_kept(Kept.ALERTS, before=LATER))
    assert [a.id for a in desk.read(lambda tx: tx.alerts_of(["old"]))] == ["pending"]
    assert desk.write(lambda tx: tx.forget_kept(Kept.ALERTS, ticket_ids=["old"])) == 1


def test_a_limit_takes_the_oldest_first(store: Store) -> None:
    """In bounded steps, until nothing is left."""
    ages = [T0 + n * DAY for n in (3, 1, 2)]

    def work(tx: Tx) -> None:
        for n, at in enumerate(ages):
            tx.add_audit(AuditEntry(f"e{n}", at, "ana", "did", "subject"))
            tx.count_hit(f"key:{n}", at)

    store.write(work)
    assert store.write(lambda tx: tx.forget_kept(Kept.AUDIT, before=LATER, limit=2)) == 2
    assert [e.id for e in store.read(lambda tx: tx.audit())] == ["e0"]
    assert store.write(lambda tx: tx.forget_kept(Kept.COUNTS, before=ages[0], limit=5)) == 2
    assert store.write(lambda tx: tx.count_hit("key:0", ages[0])) == 2
    assert store.read(lambda tx: tx.count_kept(Kept.COUNTS)) == 1


def test_sessions_end_with_their_time(desk: Store) -> None:
    """An expired one is destroyed, a live one stays."""
    desk.write(lambda tx: [tx.add_session(Session(h, "ana", T0, T0 + n * DAY)) for n, h in enumerate("ab", 1)])
    assert desk.write(lambda tx: tx.forget_kept(Kept.SESSIONS, before=T0 + 2 * DAY, limit=10)) == 1
    assert desk.read(lambda tx: (tx.session("a"), tx.session("b") is not None)) == (None, True)


def test_a_customer_goes_only_without_tickets(desk: Store) -> None:
    """Afterwards no cookie and no id leads to anybody, and both may be used again."""
    with pytest.raises(Conflict, match="still has tickets"):
        desk.write(lambda tx: tx.remove_customer("c"))

    def give_away(tx: Tx) -> None:
        tx.add_customer(Customer(ERASED, T0))
        for ticket_id in ("old", "new", "held"):
            tx.save_ticket(replace(tx.ticket(ticket_id), customer_id=ERASED))
        tx.remove_customer("c")

    desk.write(give_away)
    found = desk.read(lambda tx: (tx.customer_by_secret("secret"), tx.customer_by_external_id("shop-7")))
    assert found == (None, None)
    with pytest.raises(NotFound):
        desk.write(lambda tx: tx.remove_customer("c"))
    desk.write(lambda tx: tx.add_customer(Customer("c2", T0, "secret", "shop-7")))


def test_idle_customers_are_those_nobody_heard_of(store: Store) -> None:
    """Not who was touched since, not whom a person serves, no tombstone; the first ones by id."""

    def work(tx: Tx) -> None:
        for name in ("a", "b", "c", "d", "e", ERASED):
            tx.add_customer(Customer(name, T0))
        tx.add_customer(Customer("new", LATER))
        tx.add_ticket(Ticket("ta", "a", T0, T0))
        tx.add_ticket(Ticket("tb", "b", T0, LATER))
        tx.add_ticket(Ticket("tc", "c", T0, T0, owner=Owner.QUEUE, status=Status.WAITING, queued=True))
        tx.add_ticket(Ticket("td", "d", T0, T0, owner=Owner.AGENT, status=Status.RESOLVED))

    store.write(work)
    assert store.read(lambda tx: tx.idle_customers(LATER, 10)) == ("a", "d", "e")
    assert store.read(lambda tx: tx.idle_customers(LATER, 1)) == ("a",)
    assert store.read(lambda tx: tx.idle_customers(T0, 10)) == ()


def test_rows_are_read_back_for_an_export(desk: Store) -> None:
    """By ticket or by subject, oldest first."""
    desk.write(lambda tx: [tx.add_audit(AuditEntry(s, T0, "ana", "did", s)) for s in ("x", "y")])
    assert [g.id for g in desk.read(lambda tx: tx.gaps_of(["new", "old"]))] == ["g-old", "g-new"]
    assert [a.id for a in desk.read(lambda tx: tx.alerts_of(["new", "old"]))] == ["a-old", "a-new"]
    assert [e.subject for e in desk.read(lambda tx: tx.audit_of(["y"]))] == ["y"]
    assert len(desk.read(lambda tx: tx.vault_entries_of("email"))) == 3
    assert desk.read(lambda tx: tx.vault_entries_of("phone")) == ()


def test_scrubbing_says_that_nothing_is_left(desk: Store) -> None:
    """With nobody reading it succeeds at once, and work goes on afterwards."""
    assert desk.scrub() is True
    assert desk.write(lambda tx: tx.forget_kept(Kept.GAPS, ticket_ids=["old"])) == 1


def test_scrubbing_gives_up_while_somebody_reads(tmp_path: Path) -> None:
    """On SQLite a reader may still need the log; once it is done, the log is emptied."""
    store = open_store(None, tmp_path)
    reader = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    store.write(lambda tx: tx.add_customer(Customer("c", T0)))
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM customer").fetchall()
    store.write(lambda tx: tx.remove_customer("c"))
    assert store.scrub() is False
    reader.execute("ROLLBACK")
    assert store.scrub() is True
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size == 0
    reader.close()
    store.close()
