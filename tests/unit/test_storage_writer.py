"""The writer thread: batches, savepoints, draining, and errors that reach the right caller."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from supportbot.domain.account import Customer
from supportbot.domain.errors import StorageError
from supportbot.ports import Tx
from supportbot.storage.dialect import connect
from supportbot.storage.schema import upgrade
from supportbot.storage.sqlite.writer import Writer
from supportbot.storage.store import sqlite_url
from supportbot.storage.tables import ChangeRow, table

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    url = sqlite_url(tmp_path / "w.db")
    upgrade(url)
    made = connect(url)
    yield made
    made.dispose()


class Held:
    """A writer whose thread is kept busy until `release`, so that what follows piles up into one batch."""

    def __init__(self, writer: Writer) -> None:
        self._entered, self._go = threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=lambda: writer.write(self._wait))]
        self.threads[0].start()
        self._entered.wait()

    def _wait(self, _: Tx) -> None:
        self._entered.set()
        self._go.wait()

    def start(self, thread: threading.Thread) -> None:
        thread.start()
        self.threads.append(thread)

    def release(self) -> None:
        self._go.set()
        for thread in self.threads:
            thread.join()


def test_waiting_units_share_a_transaction_and_fail_alone(engine: Engine) -> None:
    """Of five units in one batch the failing one is undone and told so; the four others are stored."""
    writer = Writer(engine, "o", lambda _: None)
    held = Held(writer)
    results: dict[int, object] = {}

    def add(tx: Tx, n: int) -> int:
        tx.add_customer(Customer(f"c{n}", T0))
        return 10 // (n - 2)

    def run(n: int) -> None:
        try:
            results[n] = writer.write(lambda tx: add(tx, n))
        except ZeroDivisionError as wrong:
            results[n] = wrong

    for n in range(5):
        held.start(threading.Thread(target=run, args=(n,)))
    held.release()
    writer.close()
    assert isinstance(results.pop(2), ZeroDivisionError)
    assert results == {0: -5, 1: -10, 3: 10, 4: 5}
    assert rows(engine, "SELECT id FROM customer ORDER BY id") == ["c0", "c1", "c3", "c4"]


def test_closing_drains_what_waits_and_refuses_the_rest(engine: Engine) -> None:
    """Work handed over before close is committed; work after it is refused."""
    writer = Writer(engine, "o", lambda _: None)
    held = Held(writer)
    for n in range(5):
        work = lambda tx, n=n: tx.add_customer(Customer(f"c{n}", T0))  # noqa: E731
        held.start(threading.Thread(target=writer.write, args=(work,)))
    closing = threading.Thread(target=writer.close)
    held.release()
    closing.start()
    closing.join()
    with pytest.raises(StorageError, match="closed"):
        writer.write(lambda tx: tx.add_customer(Customer("late", T0)))
    assert len(rows(engine, "SELECT id FROM customer")) == 5


def test_a_lost_transaction_fails_every_unit_in_it(engine: Engine) -> None:
    """When the commit itself cannot happen, each caller of the batch hears of it and nothing is stored."""
    writer = Writer(engine, "o", lambda _: None)

    def breaks(tx: Tx) -> None:
        tx.add_customer(Customer("c", T0))
        tx._connection.exec_driver_sql("ROLLBACK")  # type: ignore[attr-defined]  # as SQLite does by itself on a full disk

    with pytest.raises(StorageError):
        writer.write(breaks)
    writer.write(lambda tx: tx.add_customer(Customer("after", T0)))
    writer.close()
    assert rows(engine, "SELECT id FROM customer") == ["after"]


def test_old_change_rows_are_deleted(engine: Engine) -> None:
    """The rows left for other processes do not grow without end; the newest stay."""
    from supportbot.domain.ticket import Ticket

    writer = Writer(engine, "o", lambda _: None, changes_kept=50)
    writer.write(lambda tx: tx.add_customer(Customer("c", T0)))
    for n in range(200):
        writer.write(lambda tx, n=n: tx.add_ticket(Ticket(f"t{n}", "c", T0, T0)))  # type: ignore[misc]
    writer.close()
    change = table(ChangeRow)
    with engine.connect() as connection:
        count, newest = connection.execute(select(func.count(), func.max(change.c.position)).select_from(change)).one()
    assert newest == 200
    assert 50 <= count <= 60


def rows(engine: Engine, query: str) -> list[object]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())
