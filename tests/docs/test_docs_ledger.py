"""The ledger's SQL page: its columns are the view's, and its queries run on a real database."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from supportbot.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "ledger.md").read_text("utf-8")
QUERIES = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
QUESTIONS = (
    "How long does standard delivery take?",
    "How long does standard delivery take and how do I return an item?",
    "Do you support SAML with Okta group sync?",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a desk that has answered three questions."""
    made = tmp_path_factory.mktemp("ledger")
    for question in QUESTIONS:
        done = CliRunner().invoke(main, ["ask", question, *_desk(made)])
        assert done.exit_code == 0, done.output
    return made


@pytest.fixture
def ledger(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database, read only."""
    with closing(sqlite3.connect(f"file:{folder / 'supportbot.db'}?mode=ro", uri=True)) as connection:
        yield connection


def _desk(folder: Path) -> list[str]:
    return ["--config", str(ROOT / "supportbot.toml"), "--data-dir", str(folder)]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_every_query_of_the_page_gives_rows(ledger: sqlite3.Connection, query: str) -> None:
    """The examples can be pasted as they are."""
    assert ledger.execute(query).fetchall()


def test_the_page_lists_the_columns_of_the_view(ledger: sqlite3.Connection) -> None:
    """No column is missing, none is invented."""
    columns = [row[1] for row in ledger.execute("PRAGMA table_info(ledger_entries)")]
    section = PAGE.partition("## Columns")[2].partition("## Examples")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(name for cell in cells for name in re.findall(r"`(\w+)`", cell)) == sorted(columns)


def test_the_view_and_the_report_agree(folder: Path, ledger: sqlite3.Connection) -> None:
    """The view's sums are the report's, to the micro-dollar."""
    report = json.loads(CliRunner().invoke(main, ["report", "--json", *_desk(folder)]).stdout)
    query = "SELECT count(*), sum(cost_microusd), sum(list_cost_microusd), sum(estimated) FROM ledger_entries"
    found = ledger.execute(query).fetchone()
    named = ("calls", "paid_microusd", "simulated_microusd", "estimated_calls")
    assert found == tuple(report[name] for name in named)
    assert report["calls"] >= len(QUESTIONS)
