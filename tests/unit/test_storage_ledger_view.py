"""The SQL view `ledger_entries`: the ledger for anyone who reads SQL, to the micro-dollar what the store says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from supportbot.domain.account import Customer
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, Purpose
from supportbot.domain.price import Usage
from supportbot.domain.ticket import Ticket
from supportbot.storage.dialect import connect
from supportbot.storage.store import FILE_NAME, open_store, sqlite_url

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

money = st.integers(min_value=0, max_value=10**12)
settlements = st.none() | st.tuples(st.sampled_from(CallOutcome), st.none() | money, st.none() | money, st.booleans())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.tuples(money, settlements), max_size=12))
def test_the_view_sums_to_what_calls_say(tmp_path: Path, calls: list[tuple[int, tuple[object, ...] | None]]) -> None:
    """Settled calls at their cost, open ones at their reservation with outcome `started`; unpriced stays NULL."""
    folder = tmp_path / new_id()
    store = open_store(None, folder)
    store.write(lambda tx: (tx.add_customer(Customer("c", T0)), tx.add_ticket(Ticket("t", "c", T0, T0))))  # type: ignore[func-returns-value]
    for n, (reserved, settlement) in enumerate(calls):
        start = CallStarted(
            f"k{n}", "t", None, "fast", "p", "m", "fast", Purpose.ANSWER, T0 + timedelta(seconds=n), 9, 9, reserved
        )
        store.write(lambda tx, start=start: tx.start_call(start))  # type: ignore[misc]
        if settlement is not None:
            outcome, cost, listed, estimated = settlement
            end = CallSettled(f"k{n}", outcome, Usage(5, 4, 1, estimated), cost, listed, 10, None, T0)  # type: ignore[arg-type]
            store.write(lambda tx, end=end: tx.settle_call(end))  # type: ignore[misc]
    known = store.read(lambda tx: tx.calls(["t"]))
    store.close()
    expected = [
        (c.started.id, 20001, c.settled.outcome.value, c.settled.cost_microusd, int(c.settled.usage.estimated))
        if c.settled
        else (c.started.id, 20001, "started", c.started.reserved_microusd, 1)
        for c in known
    ]
    engine = connect(sqlite_url(folder / FILE_NAME))
    with engine.connect() as connection:
        query = "SELECT call_id, ticket, outcome, cost_microusd, estimated FROM ledger_entries ORDER BY started_at"
        rows = [tuple(row) for row in connection.execute(text(query))]
        total = connection.execute(text("SELECT sum(cost_microusd) FROM ledger_entries")).scalar()
    engine.dispose()
    assert rows == expected
    assert (total or 0) == sum(cost or 0 for _, _, _, cost, _ in expected)
