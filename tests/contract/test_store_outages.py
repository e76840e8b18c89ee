"""A PostgreSQL server that goes away and comes back: nobody loses a change, a worker or a subscriber over it."""

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from benchmarks.postgres import ThrowAway
from sqlalchemy import event

from supportbot.domain.account import Customer
from supportbot.domain.errors import DatabaseUnavailable
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Ticket
from supportbot.ports import Tx
from supportbot.storage.postgres import writer
from supportbot.storage.schema import upgrade
from supportbot.storage.store import SqlStore

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE_S = 60


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"{what} did not happen within {PATIENCE_S} s"
        time.sleep(0.02)


@pytest.fixture
def store(own_postgres: ThrowAway) -> Iterator[SqlStore]:
    upgrade(own_postgres.url)
    made = SqlStore(own_postgres.url)
    made.write(lambda tx: tx.add_customer(Customer("c", T0)))
    made.write(lambda tx: [tx.add_ticket(Ticket(name, "c", T0, T0)) for name in ("t", "t2", "t3")])
    yield made
    made.close()


def subject(store: SqlStore, ticket_id: str, text: str) -> None:
    store.write(lambda tx: tx.save_ticket(replace(tx.ticket(ticket_id), subject=text)))


def test_a_restart_of_the_server_goes_unnoticed(own_postgres: ThrowAway, store: SqlStore) -> None:
    """Whoever reads or writes while it restarts just waits a little longer."""
    for end in (own_postgres.stop, own_postgres.kill):
        end()
        starting = threading.Thread(target=own_postgres.start)
        starting.start()
        subject(store, "t", end.__name__)
        assert store.read(lambda tx: tx.ticket("t").subject) == end.__name__
        starting.join()


def test_an_outage_fails_work_in_one_line_and_everything_goes_on_afterwards(
    own_postgres: ThrowAway, store: SqlStore
) -> None:
    """Reads, writes and subscribers of the same store work again, on new connections."""
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    store.subscribe(heard.put)
    own_postgres.stop()
    with pytest.raises(DatabaseUnavailable, match="No PostgreSQL server answers"):
        store.read(lambda tx: tx.ticket("t"))
    with pytest.raises(DatabaseUnavailable, match="No PostgreSQL server answers"):
        subject(store, "t", "lost")
    own_postgres.start()
    subject(store, "t", "kept")
    assert store.read(lambda tx: tx.ticket("t").subject) == "kept"
    assert heard.get(timeout=PATIENCE_S) == "t"


def test_what_others_changed_while_the_line_was_down_is_heard(own_postgres: ThrowAway, store: SqlStore) -> None:
    """A listener that was cut off looks for what it missed, also for what nobody notified."""
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    store.subscribe(heard.put)
    own_postgres.kill()
    own_postgres.start()
    with psycopg.connect(own_postgres.url) as other:
        other.execute("INSERT INTO change (ticket_id, origin) VALUES ('t2', 'elsewhere')")
    assert heard.get(timeout=PATIENCE_S) == "t2"


def test_a_change_that_nobody_notified_is_heard(store: SqlStore, own_postgres: ThrowAway) -> None:
    """A process killed between its commit and its notification leaves the change row, which is found."""
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    store.subscribe(heard.put)
    with psycopg.connect(own_postgres.url) as early, psycopg.connect(own_postgres.url) as late:
        early.execute("INSERT INTO change (ticket_id, origin) VALUES ('t', 'elsewhere')")
        late.execute("INSERT INTO change (ticket_id, origin) VALUES ('t2', 'elsewhere')")
        late.commit()
        assert heard.get(timeout=PATIENCE_S) == "t2"
        early.commit()  # the earlier row becomes visible after the later one
        assert heard.get(timeout=PATIENCE_S) == "t"


@pytest.mark.parametrize("arrived", [True, False], ids=["commit arrived", "commit did not arrive"])
def test_a_commit_of_unknown_fate_happens_once(own_postgres: ThrowAway, store: SqlStore, arrived: bool) -> None:
    """When the connection breaks at the commit, the store asks whether it happened, and repeats it only if not."""
    runs: list[int] = []
    uncut = [True]

    def work(tx: Tx) -> None:
        runs.append(1)
        placed = tx.add_message(Message(f"m{len(runs)}", "t", Sender.CUSTOMER, "x", T0))
        assert placed.seq == 1

    def break_it(connection: object) -> None:
        if runs and uncut:
            uncut.clear()
            raw = connection.connection.driver_connection  # type: ignore[attr-defined]
            if arrived:
                raw.commit()
            os.kill(raw.info.backend_pid, signal.SIGTERM)
            until(lambda: backend_gone(own_postgres.url, raw.info.backend_pid), "the end of the session")

    event.listen(store._engine, "commit", break_it)
    store.write(work)
    assert len(runs) == (1 if arrived else 2)
    assert [m.id for m in store.read(lambda tx: tx.messages("t"))] == [f"m{len(runs)}"]


def backend_gone(url: str, pid: int) -> bool:
    with psycopg.connect(url) as other:
        return other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone() is None


def test_old_change_rows_are_deleted(own_postgres: ThrowAway) -> None:
    """The rows left for other processes do not grow without end; the newest stay."""
    upgrade(own_postgres.url)
    from supportbot.storage.dialect import connect
    from supportbot.storage.postgres.outage import Outage

    engine = connect(own_postgres.url)
    own = writer.PostgresWriter(engine, "o", lambda _: None, Outage(), changes_kept=50)
    own.write(lambda tx: tx.add_customer(Customer("c", T0)))
    for n in range(120):
        own.write(lambda tx, n=n: tx.add_ticket(Ticket(f"t{n}", "c", T0, T0)))  # type: ignore[misc]
    own.close()
    engine.dispose()
    with psycopg.connect(own_postgres.url) as other:
        row = other.execute("SELECT count(*), max(position) FROM change").fetchone()
    assert row is not None
    assert row[1] == 120
    assert 50 <= row[0] <= 60
