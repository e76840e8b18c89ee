"""Migrations of a database full of tickets: told of as they go, and killed without harm."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import func, insert, select

from supportbot.domain.account import Customer
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, Purpose
from supportbot.domain.message import Message, Sender
from supportbot.domain.price import Usage
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.storage import schema
from supportbot.storage.checking import check
from supportbot.storage.dialect import connect, for_writing
from supportbot.storage.mapping import CALL_SETTLED, CALL_STARTED, CUSTOMER, MESSAGE, TICKET, TURN, Mapper, settled_row

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICKETS = 600
AT_ONCE = 1_000


def fill(url: str, tickets: int) -> None:
    """Put so many tickets into the tables, each with a turn, two messages and a settled call."""
    engine = connect(url)
    for start in range(0, tickets, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, tickets))
        at = [T0 + timedelta(seconds=n) for n in numbers]
        both = list(zip(numbers, at, strict=True))
        said = [
            (Message(f"m{n}-{seq}", f"t{n}", sender, "How long does it take? " * 5, when, seq))
            for n, when in both
            for seq, sender in ((1, Sender.CUSTOMER), (2, Sender.BOT))
        ]
        calls = [
            CallStarted(f"k{n}", f"t{n}", f"u{n}", "fast", "p", "m", "fast", Purpose.ANSWER, when, 9, 9, 90)
            for n, when in both
        ]
        ends = [CallSettled(f"k{n}", CallOutcome.OK, Usage(5, 5), n, None, 9, None, when) for n, when in both]
        with for_writing(engine.connect()) as connection, connection.begin():
            rows: tuple[tuple[Mapper[Any], Sequence[Any]], ...] = (
                (CUSTOMER, [Customer(f"c{n}", when) for n, when in both]),
                (TICKET, [Ticket(f"t{n}", f"c{n}", when, when, number=20001 + n) for n, when in both]),
                (TURN, [Turn(f"u{n}", f"t{n}", when, when, 1, 1, status=TurnStatus.DONE) for n, when in both]),
                (MESSAGE, said),
                (CALL_STARTED, calls),
            )
            for mapper, values in rows:
                connection.execute(insert(mapper.table), [mapper.row(value) for value in values])
            connection.execute(insert(CALL_SETTLED), [settled_row(end) for end in ends])
    engine.dispose()


def back_to_the_first(url: str) -> None:
    """Take the database back to the tables of the first revision."""
    engine = connect(url)
    with for_writing(engine.connect()) as connection, connection.begin():
        command.downgrade(schema.config(connection), "0001")
    engine.dispose()


@pytest.mark.parametrize("moment", ["as it begins", "in the middle", "as it ends"])
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_killed_migration_has_not_happened_and_the_next_run_goes_on(
    database: str, moment: str, request: pytest.FixtureRequest
) -> None:
    """Killed at the first word about it, a little later, or at its last: `db upgrade` again makes it whole."""
    url: str = request.getfixturevalue(f"{database}_desk")
    fill(url, TICKETS)
    back_to_the_first(url)
    line = [str(Path(sys.executable).with_name("supportbot")), "db", "upgrade"]
    environment = {"SUPPORTBOT_DATABASE_URL": url}
    doomed = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment)
    assert doomed.stderr is not None
    assert doomed.stderr.readline().startswith("Migration 0002 (")
    if moment == "as it ends":
        doomed.stderr.readline()
    elif moment == "in the middle":
        with suppress(subprocess.TimeoutExpired):
            doomed.wait(timeout=0.01)
    doomed.kill()
    doomed.communicate()
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout.partition(" revision ")[0]) == (0, "The database is at"), done.stderr
    assert check(url) == ()
    engine = connect(url)
    with engine.connect() as connection:
        counts = [connection.scalar(select(func.count()).select_from(m.table)) for m in (TICKET, MESSAGE, TURN)]
        total = connection.scalar(select(func.sum(CALL_SETTLED.c.cost_microusd)))
    engine.dispose()
    assert counts == [TICKETS, 2 * TICKETS, TICKETS]
    assert total == sum(range(TICKETS))
