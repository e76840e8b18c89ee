"""What survives when a process dies, and how odd text is kept."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.dialects.sqlite import dialect

from supportbot.domain.account import Customer
from supportbot.domain.errors import Conflict
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Ticket
from supportbot.storage.checking import check
from supportbot.storage.columns import UtcTime, storable
from supportbot.storage.store import FILE_NAME, open_store, sqlite_url

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

WRITER = """
import sys, threading
from datetime import UTC, datetime
from pathlib import Path
from supportbot.domain.account import Customer
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import Ticket
from supportbot.storage.store import open_store

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
store = open_store(None, Path(sys.argv[1]))
names = [f"t{n}" for n in range(4)]
store.write(lambda tx: (tx.add_customer(Customer("c", T0)), [tx.add_ticket(Ticket(t, "c", T0, T0)) for t in names]))

def pair(tx, t, n):
    tx.add_message(Message(f"{t}-{n}-a", t, Sender.CUSTOMER, "x", T0))
    tx.add_message(Message(f"{t}-{n}-b", t, Sender.CUSTOMER, "x", T0))

def run(t):
    for n in range(100_000):
        store.write(lambda tx: pair(tx, t, n))
        sys.stdout.write(f"{t}-{n}\\n")
        sys.stdout.flush()

for t in names:
    threading.Thread(target=run, args=(t,)).start()
"""


@pytest.mark.parametrize("acknowledged", [1, 20, 150])
def test_kill_9_loses_nothing_committed_and_keeps_no_half_unit(acknowledged: int, tmp_path: Path) -> None:
    """Every unit whose write() returned is there afterwards, each whole, and the database opens without repair."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(acknowledged)]
    process.send_signal(signal.SIGKILL)
    told += [line.strip() for line in process.stdout if line.endswith("\n")]
    process.stdout.close()
    process.wait()
    store = open_store(None, tmp_path)
    found = [m.id for n in range(4) for m in store.read(lambda tx, n=n: tx.messages(f"t{n}"))]  # type: ignore[misc]
    store.close()
    halves = [{name[:-2] for name in found if name.endswith(end)} for end in ("-a", "-b")]
    assert halves[0] == halves[1]
    assert set(told) <= halves[0]
    assert check(sqlite_url(tmp_path / FILE_NAME)) == ()


def test_text_no_database_takes_is_kept_readable(tmp_path: Path) -> None:
    """NUL and half a surrogate pair become U+FFFD; everything else, 200,000 characters long, comes back as it was."""
    store = open_store(None, tmp_path)
    long = "Ünï \u202e\u0007 👋" * 20_000
    store.write(lambda tx: (tx.add_customer(Customer("c", T0)), tx.add_ticket(Ticket("t", "c", T0, T0))))  # type: ignore[func-returns-value]
    store.write(lambda tx: tx.add_message(Message("m", "t", Sender.CUSTOMER, f"a\x00b\udc80c{long}", T0)))
    assert store.read(lambda tx: tx.message("m")).text == f"a\ufffdb\ufffdc{long}"
    store.close()
    assert storable("plain") == "plain"


def test_an_error_never_carries_what_a_customer_wrote(tmp_path: Path) -> None:
    """Neither the message nor the chain behind it, which a log would print, has the text of a refused row."""
    store = open_store(None, tmp_path)
    store.write(lambda tx: (tx.add_customer(Customer("c", T0)), tx.add_ticket(Ticket("t", "c", T0, T0))))  # type: ignore[func-returns-value]
    message = Message("m", "t", Sender.CUSTOMER, "my confidential words", T0)
    store.write(lambda tx: tx.add_message(message))
    with pytest.raises(Conflict) as refused:
        store.write(lambda tx: tx.add_message(message))
    chain: BaseException | None = refused.value
    while chain is not None:
        assert "confidential" not in str(chain)
        chain = chain.__cause__ or chain.__context__
    store.close()


def test_a_naive_time_is_refused() -> None:
    """Only aware times are stored, so no zone is ever guessed."""
    with pytest.raises(ValueError, match="aware"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), dialect())  # noqa: DTZ001
