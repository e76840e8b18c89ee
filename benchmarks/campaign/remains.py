"""What a campaign left behind: every row by plain SQL, every line of the journals, every log."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, inspect, text

from benchmarks.campaign.fuses import MARK
from benchmarks.campaign.journal import read_journals
from supportbot.storage.store import FILE_NAME, sqlite_url

Row = Mapping[str, Any]

_ORDERS = {"message": "ticket_id, seq", "ticket": "number", "turn": "position", "call_started": "position"}


class Remains:
    """Everything that can be read once the processes are gone. Nothing here goes through the product's own code."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self.url = url
        engine = connect(folder, url)
        with engine.connect() as connection:
            self.tables = {name: _rows(connection, name) for name in inspect(connection).get_table_names()}
            self.entries = _rows(connection, "ledger_entries")
            self.damage = _damage(connection)
        engine.dispose()
        self.lines = tuple(read_journals(folder))

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table."""
        return self.tables[table]

    def noted(self, what: str) -> list[Row]:
        """Return what was noted in the journals about *what*."""
        return [line for line in self.lines if line["what"] == what]

    @cached_property
    def messages(self) -> Mapping[str, list[Row]]:
        """Messages by ticket, in order."""
        return grouped(self.rows("message"), "ticket_id")

    @cached_property
    def turns(self) -> Mapping[str, list[Row]]:
        """Turns by ticket, in order of arrival."""
        return grouped(self.rows("turn"), "ticket_id")

    @cached_property
    def marks(self) -> Mapping[str, list[Row]]:
        """Customers' messages by the mark they carry."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for message in self.rows("message"):
            if message["sender"] == "customer":
                for mark in MARK.findall(message["text"]):
                    found[mark].append(message)
        return found

    @cached_property
    def logs(self) -> str:
        """Everything the processes logged or printed."""
        return "\n".join(file.read_text("utf-8", "replace") for file in sorted(self.folder.glob("log-*.log")))

    @cached_property
    def report(self) -> Row | None:
        """What the savings panel said at the end."""
        file = self.folder / "report.json"
        return json.loads(file.read_text("utf-8")) if file.exists() else None


def connect(folder: Path, url: str | None) -> Engine:
    """Return a way to the database of a desk in *folder*: the one at *url*, else its SQLite file."""
    if url is None:
        return create_engine(sqlite_url(folder / "data" / FILE_NAME))
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def grouped(rows: Iterable[Row], key: str) -> Mapping[str, list[Row]]:
    """Return *rows* by the value of *key*; an unknown one has none."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def at(value: Any) -> datetime:
    """Return a stored time as an aware one, whatever the database gave."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def decoded(value: Any) -> Any:
    """Return a stored JSON document, whatever the database gave."""
    return json.loads(value) if isinstance(value, str) else value


def digits(value: str) -> str:
    """Return *value* without what separates groups of digits or letters."""
    return re.sub(r"[\s.-]", "", value)


def _rows(connection: Connection, name: str) -> list[Row]:
    order = f" ORDER BY {_ORDERS[name]}" if name in _ORDERS else ""
    return [dict(row) for row in connection.execute(text(f'SELECT * FROM "{name}"{order}')).mappings()]


def _damage(connection: Connection) -> list[str]:
    """What SQLite itself finds broken; PostgreSQL checks its pages as it reads them."""
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
    orphans = [f"orphaned row in {row[0]}" for row in connection.execute(text("PRAGMA foreign_key_check"))]
    return [line for line in found if line != "ok"] + orphans
