"""The listener's thread: nothing that other processes commit is missed, also when it cannot be read at once."""

import queue
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from supportbot.domain.account import Customer
from supportbot.domain.ticket import Ticket
from supportbot.storage.dialect import connect
from supportbot.storage.sqlite.listener import Listener
from supportbot.storage.store import FILE_NAME, open_store, sqlite_url

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_change_that_could_not_be_read_is_read_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One failing look does not lose what it was to see, even if nothing is committed after it."""
    other = open_store(None, tmp_path)
    other.write(lambda tx: tx.add_customer(Customer("c", T0)))
    engine = connect(sqlite_url(tmp_path / FILE_NAME))
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    failures = iter([True])
    listener = Listener(engine, "mine")
    listener.subscribe(heard.put)

    def fail_once(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "position >" in statement and next(failures, False):
            raise OSError("disk away")

    event.listen(engine, "before_cursor_execute", fail_once)
    other.write(lambda tx: tx.add_ticket(Ticket("t", "c", T0, T0)))
    assert heard.get(timeout=30) == "t"
    assert caplog.text.count("cannot be read (OSError)") == 1
    listener.close()
    engine.dispose()
    other.close()
