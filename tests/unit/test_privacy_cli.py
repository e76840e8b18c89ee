"""`supportbot privacy` on the real engine and SQLite: shapes, exit codes, confirmations, files."""

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from supportbot.cli import main

PROJECT = Path(__file__).parents[2]
REFERENCE = PROJECT / "docs" / "reference"


def run(data: Path, *args: str, given: str | None = None) -> Result:
    """Run a command on the desk in *data*."""
    places = ["--config", str(PROJECT / "supportbot.toml"), "--data-dir", str(data)]
    return CliRunner().invoke(main, [*places, *args], input=given)


def conforms(document: Any, schema: str) -> Any:
    """Return *document*, or fail with its first difference from a schema."""
    loaded = json.loads((REFERENCE / schema).read_text())
    found = sorted(Draft202012Validator(loaded).iter_errors(document), key=lambda e: e.json_path)
    assert not found, f"{found[0].json_path}: {found[0].message}"
    return document


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk where `shop-7` asked something and `shop-8` waits for a person."""
    for customer, text in (
        ("shop-7", "How long does standard delivery take? I am lea@example.com"),
        ("shop-8", "human"),
    ):
        assert run(tmp_path, "ask", text, "--customer", customer, "--json").exit_code == 0
    assert run(tmp_path, "ask", "I want to talk to a human", "--customer", "shop-8", "--json").exit_code == 0
    return tmp_path


def test_an_export_is_a_private_file_of_the_documented_shape(desk: Path) -> None:
    """Mode 0600, nothing half-written beside it; the summary and the document inside follow their schemas."""
    out = desk / "lea.zip"
    done = run(desk, "privacy", "export", "shop-7", "--output", str(out), "--json")
    said = conforms(json.loads(done.stdout), "cli/privacy-export.schema.json")
    assert (said["tickets"], said["messages"], said["hidden_data"]) == (1, 2, 1)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert said["bytes"] == out.stat().st_size
    with zipfile.ZipFile(out) as archive:
        document = conforms(json.loads(archive.read("customer.json")), "export.schema.json")
    assert document["tickets"][0]["hidden_data"][0]["value"] == "lea@example.com"
    assert [name for name in os.listdir(desk) if name.startswith(".")] == []


def test_an_export_overwrites_nothing_and_leaves_no_draft(desk: Path) -> None:
    """A file that is there, an unknown customer, a folder that is not: one line, exit 2 or 1, nothing written."""
    out = desk / "there.zip"
    out.write_text("mine")
    refused = run(desk, "privacy", "export", "shop-7", "--output", str(out))
    assert (refused.exit_code, out.read_text()) == (2, "mine")
    before = sorted(os.listdir(desk))
    unknown = run(desk, "privacy", "export", "nobody", "--output", str(desk / "x.zip"))
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith("supportbot: There is no customer 'nobody'.")
    assert run(desk, "privacy", "export", "shop-7", "--output", str(desk / "no" / "x.zip")).exit_code == 1
    assert sorted(os.listdir(desk)) == before


def test_a_preview_changes_nothing(desk: Path) -> None:
    """Twice the same, and nothing but JSON on standard output."""
    first = run(desk, "privacy", "erase", "shop-7", "--preview", "--json")
    said = conforms(json.loads(first.stdout), "cli/privacy-erase.schema.json")
    assert (said["erased"], said["goes"]["messages"], said["with_people"]) == (False, 2, [])
    assert json.loads(run(desk, "privacy", "erase", "shop-7", "--preview", "--json").stdout) == said
    assert first.stderr == ""


def test_without_a_terminal_erasing_needs_yes(desk: Path) -> None:
    """The preview is shown, then one line names the option; nothing is erased."""
    asked = run(desk, "privacy", "erase", "shop-7", given="y\n")
    assert asked.exit_code == 2
    assert "Goes: 2 messages" in asked.stderr
    assert "Add --yes" in asked.stderr
    assert run(desk, "privacy", "erase", "shop-7", "--preview").exit_code == 0


def test_erased_is_gone_from_every_command(desk: Path) -> None:
    """And from the files; asked again it says so."""
    done = run(desk, "privacy", "erase", "shop-7", "--yes", "--json")
    said = conforms(json.loads(done.stdout), "cli/privacy-erase.schema.json")
    assert (said["erased"], said["later"], said["scrubbed"]) == (True, 0, True)
    shown = json.loads(run(desk, "ticket", "show", "20001", "--json").stdout)
    assert (shown["messages"], shown["customer"]["name"], shown["ticket"]["status"]) == (
        [],
        "Erased customer",
        "resolved",
    )
    again = run(desk, "privacy", "erase", "20001", "--yes")
    assert (again.exit_code, "was erased" in again.stderr) == (2, True)
    assert run(desk, "report", "--json").exit_code == 0
    for file in desk.glob("supportbot.db*"):
        assert b"standard delivery take? I am" not in file.read_bytes()


def test_a_waiting_customer_is_erased_only_by_force(desk: Path) -> None:
    """Exit 2 names the ticket; --force does it."""
    refused = run(desk, "privacy", "erase", "shop-8", "--yes")
    assert (refused.exit_code, "#20002 is open with a person" in refused.stderr) == (2, True)
    assert run(desk, "privacy", "erase", "shop-8", "--yes", "--force").exit_code == 0
    assert json.loads(run(desk, "inbox", "list", "--json").stdout)["waiting"] == 0


def test_retention_tells_before_it_does(desk: Path) -> None:
    """Every kind with its days; a fresh desk has nothing that is too old."""
    told = run(desk, "privacy", "retention", "--dry-run", "--json")
    said = conforms(json.loads(told.stdout), "cli/privacy-retention.schema.json")
    assert (said["dry_run"], {due["count"] for due in said["kinds"]}) == (True, {0})
    assert {due["kind"]: due["days"] for due in said["kinds"]}["messages"] == 730
    done = conforms(json.loads(run(desk, "privacy", "retention", "--json").stdout), "cli/privacy-retention.schema.json")
    assert done["dry_run"] is False
    assert "WOULD GO" in run(desk, "privacy", "retention", "--dry-run").stdout
