"""Erasing a customer: nothing of them is left anywhere but in the ledger, which leads to nobody."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from planting import Planting, everything, ledger, privacy_request
from sqlalchemy.dialects import sqlite

from supportbot.access import OPERATOR, customer_token
from supportbot.bootstrap import App, build, throwaway
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage
from supportbot.domain.account import Account, Actor, Customer, Role
from supportbot.domain.errors import BadInput, Forbidden, IllegalTransition, NotFound, NotSignedIn
from supportbot.domain.ids import new_id
from supportbot.domain.kept import ERASED, ERASING
from supportbot.domain.outcome import COMMENTED
from supportbot.domain.ticket import (
    ANSWERED,
    CLAIMED,
    LENT,
    RESOLVED_BY_AGENT,
    SNOOZED,
    TRANSITIONS,
    WAITING,
    State,
    Status,
    Ticket,
)
from supportbot.domain.turn import TurnStatus
from supportbot.knowledge import Knowledge
from supportbot.ports import Store, TicketFilter, Tx
from supportbot.privacy import Erasure, FernetSealer
from supportbot.privacy.erasing import STEP
from supportbot.privacy.traces import subject_of
from supportbot.savings import Assumptions, SavingsFilter
from supportbot.settings import load
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import FILE_NAME, SqlStore, open_store
from supportbot.storage.tables import Row

T = TypeVar("T")

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
STATES = sorted({state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()), key=str)
SEALER = FernetSealer(Fernet.generate_key().decode())
LEAD = Actor("lea", "Lea", Role.LEAD)
BEN = Actor("agent", "Ben", Role.AGENT)
RATE = 25_000_000
NAMES = count()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def kept(request: pytest.FixtureRequest) -> Iterator[tuple[Store, str | None]]:
    """A store with its address."""
    url = None if request.param == "memory" else request.getfixturevalue(f"{request.param}_desk")
    store: Store = MemoryStore() if url is None else SqlStore(url)
    store.write(lambda tx: tx.add_account(Account("agent", "ben@example.com", "Ben", Role.AGENT, T0)))
    yield store, url
    store.close()


def eraser(store: Store) -> Erasure:
    return Erasure(store, ManualClock(T0 + timedelta(days=1)), SEALER, RATE)


def planted(store: Store, states: list[State], spice: str = "") -> Planting:
    """Store one more customer whose fields all bear marks."""
    planting = Planting(f"{next(NAMES):05d}", T0, spice)
    store.write(lambda tx: planting.fill(tx, SEALER, states))
    return planting


def of(store: Store, customer_id: str) -> tuple[Ticket, ...]:
    return store.read(lambda tx: tx.tickets(TicketFilter(customer_id=customer_id)))


def snapshot(store: Store, customer_id: str) -> list[object]:
    """Return everything of a customer that other use cases read."""

    def work(tx: Tx) -> list[object]:
        ids = [ticket.id for ticket in tx.tickets(TicketFilter(customer_id=customer_id))]
        talk = [tx.messages(one, private=True) for one in ids] + [tx.vault_entries(one) for one in ids]
        rows = [
            tx.decisions(ids),
            tx.handoffs(ids),
            tx.outcomes(ids),
            tx.gaps_of(ids),
            tx.alerts_of(ids),
            tx.calls(ids),
        ]
        return [tx.customer(customer_id), [tx.ticket(one) for one in ids], *talk, *rows]

    return store.read(work)


#: Without shrinking: every example is four tickets on a real database.
BRIEF = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@BRIEF
@given(
    states=st.lists(st.sampled_from(STATES), max_size=4),
    spice=st.sampled_from(["", "Ü", " \u2028", "'", '"}', "%", "\\", "\x00", "x" * 3_000]),
)
def test_after_erasing_no_mark_is_left_anywhere(
    kept: tuple[Store, str | None], states: list[State], spice: str
) -> None:
    """Whatever stands in any field, on a ticket in any state: no table holds it, others and the ledger stay."""
    store, url = kept
    gone, other = planted(store, states, spice), planted(store, [ANSWERED, CLAIMED], spice)
    before, money = snapshot(store, other.marks[0]), ledger(store)
    held = everything(store, url)
    assert [mark for mark in gone.marks if mark.encode() not in held and mark not in gone.sealed] == []
    erased = eraser(store).erase(OPERATOR, gone.marks[0], force=True)
    assert (erased.tickets, erased.later, erased.scrubbed) == (len(states), 0, True)
    assert f"mark-{gone.who}-".encode() not in everything(store, url)
    assert snapshot(store, other.marks[0]) == before
    assert ledger(store) == money
    assert all(ticket.status is Status.RESOLVED for ticket in of(store, ERASED))
    assert of(store, ERASING) == ()


def test_every_column_that_can_hold_words_is_accounted_for() -> None:
    """A new text or JSON column has to be named here, and planted above, before anybody can forget to erase it."""
    gone = {
        "customer.id", "customer.secret_hash", "customer.external_id", "customer.name", "ticket.subject",
        "message.text", "message.citations", "decision.assessment", "decision.decision", "outcome.reason",
        "gap.question", "handoff.packet", "alert.text", "vault.placeholder", "hit.key",
    }  # fmt: skip
    staff = {"message.author_name", "account.email", "account.name", "account.email_key", "account.password_hash"}
    codes = {
        "ticket": "customer_id owner status lane language request_type critical follows arm agent_id resolved_by",
        "message": "ticket_id sender kind turn_id author_id language",
        "turn": "ticket_id status step worker lease minimum_tier message_id",
        "decision": "turn_id ticket_id cited retrieved knowledge_version",
        "call_started": "ticket_id turn_id deployment provider model tier purpose",
        "call_settled": "call_id outcome served_model error price_source",
        "human_time": "ticket_id agent_id",
        "outcome": "ticket_id kind message_id turn_id handler",
        "gap": "ticket_id turn_id language",
        "handoff": "ticket_id reason message_id turn_id",
        "alert": "ticket_id kind",
        "account": "role",
        "session": "token_hash account_id",
        "setup_link": "token_hash",
        "audit": "actor_id action subject detail",
        "vault": "ticket_id message_id kind",
        "change": "ticket_id origin",
        "counter": "name",
    }
    known = gone | staff | {f"{table}.{column}" for table, columns in codes.items() for column in columns.split()}
    text = {
        f"{table.name}.{column.name}"
        for table in Row.metadata.tables.values()
        for column in table.columns
        if column.type.compile(sqlite.dialect()) in ("VARCHAR", "TEXT", "JSON")
    }
    assert sorted(name for name in text - known if not name.endswith(".id")) == []
    assert sorted(known - text) == []


@pytest.fixture
def store() -> Iterator[Store]:
    made = MemoryStore()
    made.write(lambda tx: tx.add_account(Account("agent", "ben@example.com", "Ben", Role.AGENT, T0)))
    yield made
    made.close()


def test_only_leads_erase(store: Store) -> None:
    """The role is checked in the use case; a refused call changes nothing."""
    mark = planted(store, [ANSWERED]).marks[0]
    for call in (eraser(store).preview, eraser(store).erase):
        with pytest.raises(Forbidden, match="role lead"):
            call(BEN, mark)
        with pytest.raises(NotSignedIn):
            call(None, mark)
    assert len(of(store, mark)) == 1


def test_the_preview_counts_what_then_goes(store: Store) -> None:
    """Kind by kind the same numbers, and nothing is changed by looking."""
    planting = planted(store, [ANSWERED, RESOLVED_BY_AGENT])
    held = everything(store, None)
    found = eraser(store).preview(LEAD, planting.marks[0])
    assert everything(store, None) == held
    assert found.goes == {
        "messages": 10, "packets": 2, "vault": 2, "comments": 2 * len(COMMENTED), "gaps": 2, "alerts": 2,
        "decisions": 2, "subjects": 2, "customer": 1,
    }  # fmt: skip
    assert (found.stays["calls"], found.stays["human_times"], found.with_people) == (2, 2, ())
    gone = eraser(store).erase(LEAD, planting.marks[0]).gone
    assert gone == {kind: found.goes[kind] for kind in gone}


@pytest.mark.parametrize("state", [WAITING, LENT, CLAIMED, SNOOZED])
def test_a_ticket_with_a_person_is_erased_only_by_force(store: Store, state: State) -> None:
    """The refusal names it and is no step on the way; with force it is closed, and a claim's time is booked."""
    planting = planted(store, [ANSWERED, state])
    number = max(ticket.number for ticket in of(store, planting.marks[0]))
    held = everything(store, None)
    assert eraser(store).preview(LEAD, planting.marks[0]).with_people == (number,)
    with pytest.raises(BadInput, match=f"#{number} is open with a person"):
        eraser(store).erase(LEAD, planting.marks[0])
    assert everything(store, None) == held
    eraser(store).erase(LEAD, planting.marks[0], force=True)
    assert {ticket.status for ticket in of(store, ERASED)} == {Status.RESOLVED}


def test_a_privacy_request_and_ones_own_case_do_not_stand_in_the_way(store: Store) -> None:
    """Erasing is what they ask for, and who erases knows of the own claim."""
    planting = planted(store, [WAITING, CLAIMED])

    def mark(tx: Tx) -> None:
        for ticket in tx.tickets(TicketFilter(customer_id=planting.marks[0])):
            tx.save_ticket(privacy_request(ticket) if ticket.queued else replace(ticket, agent_id=LEAD.id))

    store.write(mark)
    assert eraser(store).erase(LEAD, planting.marks[0]).tickets == 2


def test_time_a_person_spent_enters_the_ledger_when_the_claim_ends(store: Store) -> None:
    """An hour at the desk's rate, as at any end of a claim."""
    planting = planted(store, [CLAIMED])
    begun = T0 + timedelta(hours=23)

    def claim(tx: Tx) -> None:
        tx.save_ticket(replace(tx.tickets(TicketFilter(customer_id=planting.marks[0]))[0], claimed_at=begun))

    store.write(claim)
    before = ledger(store)
    eraser(store).erase(LEAD, planting.marks[0], force=True)
    after = ledger(store)
    assert (after[2] - before[2], after[3] - before[3]) == (1, RATE)


def test_who_is_found_by_ticket_id_or_your_own_id(store: Store) -> None:
    """A number that is also somebody's own id is refused until it is said which is meant."""
    planting = planted(store, [ANSWERED])
    ticket = of(store, planting.marks[0])[0]
    store.write(lambda tx: tx.add_customer(Customer("other", T0, external_id=str(ticket.number), name="Other")))
    store.write(lambda tx: tx.add_customer(Customer("mail", T0, external_id="eve@example.com")))
    look = eraser(store).preview
    for who in (
        planting.marks[0],
        f"id:{planting.marks[0]}",
        planting.marks[2],
        f"external:{planting.marks[2]}",
        f"#{ticket.number}",
        ticket.id,
    ):
        assert look(LEAD, who).customer.id == planting.marks[0]
    assert look(LEAD, "Eve@Example.com").customer.id == "mail"
    with pytest.raises(BadInput, match="names 2 customers"):
        look(LEAD, str(ticket.number))
    assert look(LEAD, f"external:{ticket.number}").customer.id == "other"
    for nobody in ("", "#", "#99999", "nobody", "external:", "id:", "9" * 30, "eve@elsewhere.example"):
        with pytest.raises(BadInput, match="There is no customer"):
            look(LEAD, nobody)


def test_an_address_written_in_a_conversation_proves_nothing(store: Store) -> None:
    """It is found in the vault, and the tickets are named, but nobody is erased by it."""
    planting = planted(store, [ANSWERED])
    (address,) = planting.sealed
    ticket = of(store, planting.marks[0])[0]
    store.write(
        lambda tx: tx.add_vault_entry(replace(tx.vault_entries(ticket.id)[0], id="e", sealed=SEALER.seal("eve@x.y")))
    )
    with pytest.raises(BadInput, match=rf"written on #{ticket.number}: make sure"):
        eraser(store).erase(LEAD, "Eve@x.y")
    assert address


def test_an_erased_customers_ticket_leads_to_nobody(store: Store) -> None:
    """Asked again by its number, it says so, and erases no other erased ticket."""
    planting = planted(store, [ANSWERED])
    number = of(store, planting.marks[0])[0].number
    eraser(store).erase(LEAD, planting.marks[0])
    for who in (f"#{number}", ERASED):
        with pytest.raises(BadInput, match="was erased"):
            eraser(store).erase(LEAD, who)


def test_the_audit_tells_who_erased_and_when_but_not_whom(store: Store) -> None:
    """Whoever knows the id can find the entry; the entry gives no id away."""
    planting = planted(store, [ANSWERED])
    receipt = eraser(store).erase(LEAD, planting.marks[0]).receipt
    (entry,) = [e for e in store.read(lambda tx: tx.audit()) if e.action == "customer.erased"]
    assert (entry.id, entry.actor_id, entry.detail) == (receipt, "lea", "tickets=1")
    assert planting.marks[0] not in entry.subject
    assert store.read(lambda tx: tx.audit_of([subject_of(planting.marks[0])])) == (entry,)


# -- interrupted


class Dies(Exception):
    """The process is gone."""


class Mortal:
    """A store whose process dies before the write with this number."""

    def __init__(self, store: Store, last: int) -> None:
        self._store, self._left = store, last

    def write(self, work: Callable[[Tx], T]) -> T:
        if self._left == 0:
            raise Dies
        self._left -= 1
        return self._store.write(work)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("last", range(4))
def test_an_interrupted_erasure_is_finished_by_the_chore(store: Store, last: int) -> None:
    """Whichever step was the last: before the first nothing happened, after it nobody stands behind the tickets."""
    planting = planted(store, [ANSWERED] * (2 * STEP + 1))
    mark = f"mark-{planting.who}-".encode()
    mortal: Any = Mortal(store, last)
    with pytest.raises(Dies):
        eraser(mortal).erase(LEAD, planting.marks[0])
    if last == 0:
        assert len(of(store, planting.marks[0])) == 2 * STEP + 1
        return
    assert of(store, planting.marks[0]) == ()
    assert mark in everything(store, None)
    assert eraser(store).resume() == 2 * STEP + 1 - STEP * (last - 1)
    assert mark not in everything(store, None)
    assert eraser(store).resume() == 0


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, "tests/unit")
import test_privacy_erasing as t
from supportbot.storage.store import open_store
store = open_store(None, Path(sys.argv[1]))
class Killed(t.Mortal):
    def write(self, work):
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().write(work)
t.eraser(Killed(store, 2)).erase(t.LEAD, sys.argv[2])
"""


def test_a_killed_erasure_goes_on_in_another_process(tmp_path: Path, project: Path) -> None:
    """kill -9 between two steps, on SQLite: the next start finishes it, and no byte of it stays in the files."""
    store = open_store(None, tmp_path)
    planting = planted(store, [ANSWERED] * (STEP + 1))
    other = planted(store, [ANSWERED])
    store.close()
    command = [sys.executable, "-c", _KILLED, str(tmp_path), planting.marks[0]]
    assert subprocess.run(command, cwd=project, check=False).returncode == -9
    store = open_store(None, tmp_path)
    assert b"mark-" in in_files(tmp_path, planting.who)
    assert eraser(store).resume() == 1
    assert in_files(tmp_path, planting.who) == b""
    assert in_files(tmp_path, other.who) != b""
    store.close()


def in_files(folder: Path, who: str) -> bytes:
    """Return the mark of *who* if any byte of the database's files spells it."""
    mark = f"mark-{who}-".encode()
    return mark if any(mark in file.read_bytes() for file in folder.glob(f"{FILE_NAME}*")) else b""


def grow(store: Store, longer: Ticket) -> None:
    """Write a ticket that got longer: its shorter self is left behind somewhere in the file."""
    store.write(lambda tx: tx.save_ticket(longer))


def test_the_database_files_hold_no_byte_of_it(tmp_path: Path) -> None:
    """Neither in free pages nor in the log, among tickets long and short that stay and a row that grew in between."""
    store = open_store(None, tmp_path)
    kept = [planted(store, [ANSWERED], "k" * size) for size in (0, 50, 900, 5_000)]
    gone = [planted(store, [ANSWERED] * 3, "g" * size) for size in (0, 50, 900, 5_000)]
    kept += [planted(store, [ANSWERED], "k" * size) for size in (5_000, 70)]
    for planting in gone:
        for ticket in of(store, planting.marks[0]):
            grow(store, replace(ticket, subject=ticket.subject + planting.mark() * 40))
        assert in_files(tmp_path, planting.who) != b""
    assert all(eraser(store).erase(LEAD, planting.marks[0]).scrubbed for planting in gone)
    assert [planting.who for planting in gone if in_files(tmp_path, planting.who)] == []
    assert all(in_files(tmp_path, planting.who) for planting in kept)
    store.close()


# -- with the real engine


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


class Desk:
    """A desk in memory, with the real engine, on a clock that moves when told."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.app: App = throwaway(load(environ={}), clock=self.clock, knowledge=articles())
        app = self.app
        self.stage = Stage(app.store, self.clock, app.intake, app.workers, app.customers, app.inbox, app.savings)

    def report(self) -> Any:
        return self.app.savings.report(SavingsFilter(demo=True), Assumptions(), actor=OPERATOR)


def test_the_savings_panel_says_the_same_after_an_erasure() -> None:
    """Answered, rated, handed off and resolved: every figure of the report stays, to the micro-dollar."""
    desk = Desk()
    eve, tom = desk.stage.customer("Eve"), desk.stage.customer("Tom")
    agent = desk.stage.agent("Ana")
    for customer in (eve, tom):
        desk.stage.ask(customer, "How long does standard delivery take?")
        answer = desk.app.customers.view(customer).messages[-1]
        desk.app.customers.rate(customer, answer.id, True)
        desk.app.customers.finish(customer)
        desk.app.customers.score(customer, 5)
        desk.clock.advance(600)
        ticket_id = desk.stage.ask(customer, "I want to talk to a human").ticket_id
        desk.app.inbox.claim(agent, ticket_id)
        desk.clock.advance(240)
        desk.app.inbox.resolve(agent, ticket_id)
    before, money = desk.report(), ledger(desk.app.store)
    desk.app.erasure.erase(OPERATOR, eve)
    after = desk.report()
    assert ledger(desk.app.store) == money
    assert money[1] + money[3] > 0
    for name in (f.name for f in fields(before)):
        assert getattr(after, name) == getattr(before, name), name


def test_a_running_turn_is_stopped_and_what_its_worker_still_writes_is_swept() -> None:
    """The worker finds its turn ended and posts nothing; the decision it leaves is gone after the next chore."""
    desk = Desk()
    eve = desk.stage.customer("Eve")
    words = "How long does standard delivery take to Kiruna?"
    said = desk.app.customers.say(eve, words)
    now = desk.clock.now()
    turn = desk.app.store.write(lambda tx: tx.claim_turn("slow", new_id(), now, now + timedelta(seconds=15)))
    assert turn is not None
    erased = desk.app.erasure.erase(OPERATOR, eve)
    assert erased.later == 1
    desk.app.workers.run_now(turn)
    ended = desk.app.store.read(lambda tx: (tx.turn(turn.id).status, tx.messages(said.ticket_id, private=True)))
    assert ended == (TurnStatus.ABANDONED, ())
    desk.clock.advance(20 * 60)
    assert desk.app.erasure.resume() == 1
    assert b"Kiruna" not in everything(desk.app.store, None)


def test_a_customer_erases_themselves_and_comes_back_as_somebody_new() -> None:
    """The cookie is the authority; the same browser is a stranger afterwards, whose page is empty."""
    desk = Desk()
    token = customer_token()
    eve = desk.app.access.enrol(token)
    desk.stage.ask(eve.id, "How long does standard delivery take?")
    assert desk.app.erasure.erase_own(eve.id).tickets == 1
    assert desk.app.access.recognise(token) is None
    again = desk.app.access.enrol(token)
    assert again.id != eve.id
    assert desk.app.customers.view(again.id).messages == ()
    with pytest.raises(NotFound):
        desk.app.customers.say(eve.id, "Am I still here?")
    with pytest.raises(NotFound):
        desk.app.erasure.erase_own(eve.id)


def test_an_own_erasure_asks_again_while_a_person_has_the_case() -> None:
    """Nobody loses a running case by accident; confirmed, it ends, and no agent can go on with it."""
    desk = Desk()
    eve, agent = desk.stage.customer("Eve"), desk.stage.agent("Ana")
    ticket_id = desk.stage.ask(eve, "I want to talk to a human").ticket_id
    desk.app.inbox.claim(agent, ticket_id)
    with pytest.raises(BadInput, match="open with a person"):
        desk.app.erasure.erase_own(eve)
    desk.app.erasure.erase_own(eve, force=True)
    with pytest.raises(IllegalTransition):
        desk.app.inbox.reply(agent, ticket_id, "Hello?")
    case = desk.app.inbox.open(agent, ticket_id)
    assert (case.customer.name, case.messages, case.hidden_data) == ("Erased customer", (), ())


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_who_still_writes_while_being_erased_leaves_nothing(request: pytest.FixtureRequest, database: str) -> None:
    """Messages that come in meanwhile are either erased with the rest or refused; none finds a ticket afterwards."""
    url = request.getfixturevalue(f"{database}_desk")
    clock = ManualClock()
    app = build(load(environ={}), store=SqlStore(url), clock=clock, knowledge=articles(), sealer=SEALER)
    app.store.write(lambda tx: tx.add_customer(Customer("eve", clock.now())))
    app.customers.say("eve", "mark-first: how long does delivery take?")

    def write(number: int) -> str:
        try:
            app.intake.say("eve", f"mark-{number}: and express?", limited=False)
        except NotFound:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(4) as pool:
        said = [pool.submit(write, number) for number in range(24)]
        erased = app.erasure.erase(OPERATOR, "eve")
        outcomes = [one.result() for one in said]
    assert set(outcomes) <= {"taken", "refused"}
    assert write(99) == "refused"
    clock.advance(20 * 60)
    assert app.erasure.resume() == erased.later
    assert b"mark-" not in everything(app.store, url)
    app.store.close()
