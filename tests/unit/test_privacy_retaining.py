"""What is older than its days goes by itself, in bounded steps; the ledger and people's open cases stay."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from planting import Planting, everything, ledger

from supportbot.access import OPERATOR
from supportbot.demo.clock import ManualClock
from supportbot.domain.account import Account, Actor, AuditEntry, Customer, Role, Session
from supportbot.domain.errors import Forbidden, NotSignedIn
from supportbot.domain.kept import ERASED, Kept
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import ANSWERED, CLAIMED, Ticket
from supportbot.ports import Store, TicketFilter, Tx
from supportbot.privacy import Erasure, FernetSealer, Periods, Retention
from supportbot.privacy.retaining import CHORE_STEPS, TALKS
from supportbot.settings.document import Privacy
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import SqlStore

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEALER = FernetSealer(Fernet.generate_key().decode())
DAYS = Privacy().days
OF_A_TALK = ("messages", "packets", "comments", "gaps", "alerts", "vault")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    memory = request.param == "memory"
    made: Store = MemoryStore() if memory else SqlStore(request.getfixturevalue("sqlite_desk"))
    made.write(lambda tx: tx.add_account(Account("agent", "ben@example.com", "Ben", Role.AGENT, T0)))
    yield made
    made.close()


def retention(store: Store, days: float) -> Retention:
    """Return retention as it runs *days* after T0."""
    clock = ManualClock(T0 + timedelta(days=days))
    return Retention(store, clock, Periods(DAYS), Erasure(store, clock, SEALER, 25_000_000))


def planted(store: Store, who: str, states: list[object], at: datetime = T0) -> Planting:
    planting = Planting(who, at)
    store.write(lambda tx: planting.fill(tx, SEALER, states))  # type: ignore[arg-type]

    def send(tx: Tx) -> None:
        for alert in tx.alerts(pending=True):
            tx.mark_sent(alert.id, at)

    store.write(send)
    return planting


def counts(store: Store, days: float) -> dict[str, int]:
    return {due.kind: due.count for due in retention(store, days).due(OPERATOR)}


def test_every_kind_has_its_days() -> None:
    """Each kind a store knows, and customers; a new kind without a setting would never go."""
    assert set(DAYS) == {kind.value for kind in Kept} | {"customers"}


@pytest.mark.parametrize("kind", OF_A_TALK)
def test_each_kind_goes_on_its_day_and_not_before(store: Store, kind: str) -> None:
    """The dry run tells, the run does the same, and a second one finds nothing."""
    planted(store, "eve", [ANSWERED])
    day = DAYS[kind]
    assert counts(store, day - 0.01)[kind] == 0
    expected = counts(store, day + 0.01)[kind]
    assert expected > 0
    done = {due.kind: due.count for due in retention(store, day + 0.01).run(OPERATOR)}
    assert done[kind] == expected
    assert counts(store, day + 0.01)[kind] == 0


def test_when_messages_go_so_do_the_words_taken_from_them(store: Store) -> None:
    """Subject and decisions lose their words with the messages; figures and codes stay, and so does the ledger."""
    eve = planted(store, "eve", [ANSWERED, ANSWERED])
    money = ledger(store)
    retention(store, 800).run(OPERATOR)
    ids = [t.id for t in store.read(lambda tx: tx.tickets(TicketFilter(customer_id=eve.marks[0])))]

    def look(tx: Tx) -> None:
        assert [tx.ticket(one).subject for one in ids] == ["", ""]
        assert [tx.messages(one, private=True) for one in ids] == [(), ()]
        for stored in tx.decisions(ids):
            assert (stored.assessment.query, stored.assessment.parts) == ("", ())
            assert [r.code for r in stored.decision.reasons] == ["chosen"]
            assert stored.assessment.p_acceptable == {"fast": 0.9}

    store.read(look)
    assert ledger(store) == money


def test_a_case_with_a_person_keeps_everything_but_sealed_data(store: Store) -> None:
    """However old it is: the agent needs it. Its end lets it go."""
    planted(store, "eve", [CLAIMED])
    found = counts(store, 5_000)
    assert {kind: found[kind] for kind in (*OF_A_TALK, "customers")} == dict.fromkeys((*OF_A_TALK, "customers"), 0) | {
        "vault": 1
    }


def test_a_customer_nobody_heard_of_is_erased(store: Store) -> None:
    """Without a trace but the ledger; who was here lately stays."""
    planted(store, "eve", [ANSWERED, ANSWERED])
    planted(store, "tom", [ANSWERED], T0 + timedelta(days=1_090))
    money = ledger(store)
    done = {due.kind: due.count for due in retention(store, 1_096).run(OPERATOR)}
    assert done["customers"] == 1
    held = everything(store, None if isinstance(store, MemoryStore) else str(store._engine.url))  # type: ignore[attr-defined]
    assert b"mark-eve" not in held
    assert b"mark-tom" in held
    assert len(store.read(lambda tx: tx.tickets(TicketFilter(customer_id=ERASED)))) == 2
    assert ledger(store) == money


def test_audit_sessions_and_counts_have_their_days(store: Store) -> None:
    """They belong to no ticket."""

    def work(tx: Tx) -> None:
        tx.add_audit(AuditEntry("e", T0, "agent", "did", "x"))
        tx.add_session(Session("s", "agent", T0, T0))
        tx.count_hit("key:m", T0)

    store.write(work)
    early = counts(store, 0.5)
    assert (early["audit"], early["sessions"], early["counts"]) == (0, 0, 0)
    retention(store, 2).run(OPERATOR)
    assert store.read(lambda tx: tx.session("s")) is None
    assert store.write(lambda tx: tx.count_hit("key:m", T0)) == 1
    retention(store, 1_100).run(OPERATOR)
    assert [e.action for e in store.read(lambda tx: tx.audit())] == ["retention"]


def test_the_chore_takes_bounded_steps_and_comes_back(store: Store) -> None:
    """More than one call may do is left for the next; a person at the command line waits for all of it."""

    def work(tx: Tx) -> None:
        tx.add_customer(Customer("c", T0))
        for n in range(CHORE_STEPS * TALKS + 5):
            tx.add_ticket(Ticket(f"t{n}", "c", T0, T0))
            tx.add_message(Message(f"m{n}", f"t{n}", Sender.CUSTOMER, "words", T0))

    store.write(work)
    late = retention(store, 740)
    late.chore()
    assert counts(store, 740)["messages"] == 5
    late.chore()
    assert counts(store, 740)["messages"] == 0


def test_a_run_is_audited_with_counts_and_one_without_work_is_not(store: Store) -> None:
    """No words, no ids of tickets; told step by step to whoever watches."""
    planted(store, "eve", [ANSWERED])
    told: list[tuple[str, int]] = []
    retention(store, 31).run(OPERATOR, lambda kind, number: told.append((kind, number)))
    retention(store, 31).chore()
    (entry,) = [e for e in store.read(lambda tx: tx.audit()) if e.action == "retention"]
    assert (entry.actor_id, entry.subject, entry.detail) == ("operator", "desk", "vault=1 counts=3")
    assert told == [("vault", 1), ("counts", 3)]


def test_only_leads_may_look_or_run(store: Store) -> None:
    """The chore alone needs nobody."""
    ben = Actor("ben", "Ben", Role.AGENT)
    for call in (retention(store, 1).due, retention(store, 1).run):
        with pytest.raises(Forbidden):
            call(ben)
        with pytest.raises(NotSignedIn):
            call(None)
