"""`supportbot ask` goes the way of every message, and its turn has ended when the command has."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from supportbot.cli import main

PROJECT = Path(__file__).parents[2]


def run(data: Path, *args: str) -> Any:
    """Run a command with `--json` on the desk in *data* and return its document."""
    done = CliRunner().invoke(
        main, ["--config", str(PROJECT / "supportbot.toml"), "--data-dir", str(data), *args, "--json"]
    )
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_customer_goes_on_with_the_open_ticket(tmp_path: Path) -> None:
    """The same external id is the same customer; a fresh one is somebody else."""
    first = run(tmp_path, "ask", "How long does standard delivery take?", "--customer", "shop-7")
    second = run(tmp_path, "ask", "What does it cost?", "--customer", "shop-7")
    other = run(tmp_path, "ask", "What does standard delivery cost?")
    assert first["ticket_id"] == second["ticket_id"] != other["ticket_id"]


def test_a_ticket_is_found_by_id_and_by_number(tmp_path: Path) -> None:
    """`20001`, `#20001` and the id mean the same ticket."""
    ticket = run(tmp_path, "ask", "How long does standard delivery take?")["ticket_id"]
    for reference in ("20001", "#20001", ticket):
        assert run(tmp_path, "ask", "What does it cost?", "--ticket", reference)["ticket_id"] == ticket


def test_a_message_after_resolution_opens_a_following_ticket(tmp_path: Path) -> None:
    """The new ticket names the old one."""
    CliRunner().invoke(
        main,
        ["agent", "add", "ana@example.com", "--name", "Ana", "--data-dir", str(tmp_path)],
        input="a-long-enough-passphrase\n",
    )
    ticket = run(tmp_path, "ask", "I want to talk to a human")["ticket_id"]
    run(tmp_path, "inbox", "claim", ticket, "--as", "ana@example.com")
    run(tmp_path, "inbox", "resolve", ticket, "--as", "ana@example.com")
    again = run(tmp_path, "ask", "How long does standard delivery take?", "--ticket", ticket)
    assert again["ticket_id"] != ticket
    assert run(tmp_path, "ticket", "show", again["ticket_id"])["ticket"]["follows"] == ticket


def test_a_critical_matter_waits_for_a_person_and_costs_nothing(tmp_path: Path) -> None:
    """No call is made; the answer is the reviewed text, and the class is named."""
    document = run(tmp_path, "ask", "My lawyer is filing against you")
    assert (document["calls"], document["cost_usd"], document["tier"]) == ([], 0.0, "human")
    assert document["decision"]["critical"] == "legal_threat"
    assert document["handoff"]["waiting"] is True
    assert document["handoff"]["priority"] == "urgent"


def test_two_parts_are_both_answered_with_their_articles(tmp_path: Path) -> None:
    """A two-part question goes to the strong tier, and each part has its citation."""
    document = run(tmp_path, "ask", "How long does standard delivery take, and how do I return an item?")
    assert document["tier"] == "strong"
    assert {"standard-delivery", "returning-an-item"} <= {c["article"] for c in document["citations"]}


def test_a_question_without_an_article_is_refused_and_a_person_offered(tmp_path: Path) -> None:
    """No citation, no invention: the ticket is offered to a person."""
    document = run(tmp_path, "ask", "Do you sell tickets for the opera in Vienna?")
    assert (document["status"], document["citations"]) == ("offered", [])


def test_nothing_waits_for_the_rest_of_a_message(tmp_path: Path) -> None:
    """Even an evident fragment is answered at once."""
    assert run(tmp_path, "ask", "my order 5521")["status"] != "answering"


@pytest.mark.parametrize("lane", ["interactive", "batch"])
def test_the_lane_is_kept(tmp_path: Path, lane: str) -> None:
    """The ticket carries the lane it came in by."""
    ticket = run(tmp_path, "ask", "How long does standard delivery take?", "--lane", lane)["ticket_id"]
    assert run(tmp_path, "ticket", "show", ticket)["ticket"]["lane"] == lane


def test_people_read_sources_and_price_without_json(tmp_path: Path) -> None:
    """The plain output has the answer, its article, the tier and the ticket's number."""
    done = CliRunner().invoke(main, ["ask", "How long does standard delivery take?", "--data-dir", str(tmp_path)])
    assert done.exit_code == 0
    assert "[1] Standard delivery (standard-delivery)" in done.stdout
    assert "fast · simple · answered · $0.00 · ticket #20001" in done.stdout
