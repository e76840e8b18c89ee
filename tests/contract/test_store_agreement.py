"""Random work does the same in memory and in SQL: same results, same errors, same contents."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from supportbot.domain.account import Customer
from supportbot.domain.errors import Conflict, NotFound, SupportbotError
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, Purpose
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.price import Usage
from supportbot.domain.ticket import Owner, Priority, Status, Ticket
from supportbot.domain.turn import Step, Turn, TurnStatus
from supportbot.ports import PostGuard, Store, TicketFilter, Tx
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import SqlStore, open_store

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Work = Callable[[Tx], object]

tickets = st.sampled_from(["t1", "t2", "t3"])
turns = st.sampled_from(["u1", "u2", "u3"])
leases = st.sampled_from(["L1", "L2"])
ids = st.sampled_from(["m1", "m2", "m3", "m4", "m5"])
calls = st.sampled_from(["k1", "k2", "k3"])
moments = st.integers(0, 5).map(lambda s: T0 + timedelta(seconds=s))
senders = st.sampled_from(Sender)
ended = st.sampled_from([TurnStatus.DONE, TurnStatus.STOPPED, TurnStatus.SUPERSEDED])
guards = st.builds(PostGuard, tickets, turns, leases, st.integers(0, 3))


def add_ticket(ticket_id: str, at: datetime, priority: Priority, queued: bool) -> Work:
    made = Ticket(ticket_id, "c", at, at, priority=priority, queued=queued, waiting_since=at if queued else None)
    return lambda tx: tx.add_ticket(made)


def save(ticket_id: str, owner: Owner, status: Status, stale: bool) -> Work:
    def work(tx: Tx) -> object:
        found = tx.ticket(ticket_id)
        return tx.save_ticket(replace(found, owner=owner, status=status, version=found.version - stale))

    return work


def add_turn(turn_id: str, ticket_id: str, at: datetime, wait: int) -> Work:
    made = Turn(turn_id, ticket_id, at, at + timedelta(seconds=wait), 1, 1)
    return lambda tx: (tx.add_turn(made), turn_id)[1]  # type: ignore[func-returns-value]


def start_call(call_id: str, ticket_id: str, turn_id: str, at: datetime) -> Work:
    made = CallStarted(call_id, ticket_id, turn_id, "fast", "p", "m", "fast", Purpose.CHECK, at, 1, 2, 30)
    return lambda tx: (tx.start_call(made), call_id)[1]  # type: ignore[func-returns-value]


def settle(call_id: str, cost: int | None) -> Work:
    made = CallSettled(call_id, CallOutcome.OK, Usage(1, 2), cost, None, 5, None, T0)
    return lambda tx: tx.settle_call(made)


def message(message_id: str, ticket_id: str, sender: Sender) -> Message:
    return Message(message_id, ticket_id, sender, "x", T0, final=sender is not Sender.BOT)


kinds = st.sampled_from([None, *MessageKind])
works = st.one_of(
    st.builds(add_ticket, tickets, moments, st.sampled_from(Priority), st.booleans()),
    st.builds(save, tickets, st.sampled_from(Owner), st.sampled_from(Status), st.booleans()),
    st.builds(lambda m, t, s: lambda tx: tx.add_message(message(m, t, s)), ids, tickets, senders),
    st.builds(lambda m, g: lambda tx: tx.post_bot_message(message(m, g.ticket_id, Sender.BOT), g), ids, guards),
    st.builds(
        lambda m, f, g, k: lambda tx: tx.extend_bot_message(m, "more", (), f, g, k), ids, st.booleans(), guards, kinds
    ),
    st.builds(add_turn, turns, tickets, moments, st.integers(0, 2)),
    st.builds(lambda x, n: lambda tx: tx.claim_turn("w", x, n, n + timedelta(seconds=1)), leases, moments),
    st.builds(lambda u, x, n: lambda tx: tx.extend_lease(u, x, n), turns, leases, moments),
    st.builds(lambda u, x: lambda tx: tx.set_step(u, x, Step.WRITING), turns, leases),
    st.builds(lambda u, x, s, n: lambda tx: tx.finish_turn(u, x, s, n, None), turns, leases, ended, moments),
    st.builds(lambda t, s, n: lambda tx: tx.end_turns(t, s, n), tickets, ended, moments),
    st.builds(lambda u: lambda tx: tx.request_stop(u), turns),
    st.builds(start_call, calls, tickets, turns, moments),
    st.builds(settle, calls, st.none() | st.integers(0, 99)),
)


def outcome(store: Store, unit: list[Work], fails: bool) -> object:
    """Run one unit of several works; return its results, or the class of its error.

    A row whose id is taken and whose ticket is missing may be refused for either.
    """

    def work(tx: Tx) -> list[object]:
        results = [one(tx) for one in unit]
        if fails:
            raise ZeroDivisionError
        return results

    try:
        return store.write(work)
    except (SupportbotError, ZeroDivisionError) as wrong:
        return "refused" if type(wrong) in (NotFound, Conflict) else type(wrong)


def contents(tx: Tx) -> list[object]:
    """Everything the works above can have changed, in the order the store gives it."""
    names = ["t1", "t2", "t3"]
    found: list[object] = [tx.messages(name, private=True) for name in names]
    found += [tx.turns(name) for name in names]
    found += [tx.unsettled_calls(turn) for turn in ("u1", "u2", "u3")]
    found += [tx.calls(names), tx.spent_since(T0 + timedelta(seconds=2))]
    for order in ("queue", "newest"):
        found += [tx.tickets(TicketFilter(order=order)), tx.tickets(TicketFilter(order=order, queued=True, limit=1))]
    return [*found, tx.count_tickets(TicketFilter(open=True))]


units_of_work = st.lists(st.tuples(st.lists(works, min_size=1, max_size=3), st.booleans()), max_size=25)


def play(sql: Store, units: list[tuple[list[Work], bool]]) -> None:
    """Fail unless every unit ends the same in memory and in *sql*, and both hold the same afterwards."""
    memory = MemoryStore()
    for store in (memory, sql):
        store.write(lambda tx: tx.add_customer(Customer("c", T0)))
        store.write(lambda tx: tx.add_ticket(Ticket("t1", "c", T0, T0)))
    for unit, fails in units:
        assert outcome(memory, unit, fails) == outcome(sql, unit, fails)
    assert memory.read(contents) == sql.read(contents)


@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(units=units_of_work)
def test_random_units_do_the_same_in_memory_and_in_sqlite(units: list[tuple[list[Work], bool]]) -> None:
    """Unit by unit the same results or the same class of error, and the same contents in the end."""
    with tempfile.TemporaryDirectory() as folder:
        sql = open_store(None, Path(folder))
        try:
            play(sql, units)
        finally:
            sql.close()


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(units=units_of_work)
def test_random_units_do_the_same_in_memory_and_in_postgresql(
    postgres_desk: str, units: list[tuple[list[Work], bool]]
) -> None:
    """As above; the tables are emptied between examples."""
    sql = SqlStore(postgres_desk)
    try:
        play(sql, units)
    finally:
        sql.close()
        empty(postgres_desk)


def empty(url: str) -> None:
    """Remove every row that the works above make."""
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE customer, change CASCADE")
        connection.execute("UPDATE counter SET value = 20000")
