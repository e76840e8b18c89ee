"""Every `--json` document of the command line is what its JSON Schema promises, on the real engine and SQLite."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from supportbot.cli import main

PROJECT = Path(__file__).parents[2]
SCHEMAS = PROJECT / "docs" / "reference" / "cli"
PASSWORD = "a-long-enough-passphrase"

Run = Callable[..., Result]
Answer = Callable[..., Any]


def conforms(document: object, schema: str) -> None:
    """Fail with the first difference between a document and its schema."""
    loaded = json.loads((SCHEMAS / f"{schema}.schema.json").read_text())
    Draft202012Validator.check_schema(loaded)
    found = sorted(Draft202012Validator(loaded).iter_errors(document), key=lambda e: e.json_path)
    assert not found, f"{schema} at {found[0].json_path}: {found[0].message}"


def invoke(data: Path, *args: str, given: str | bytes | None = None) -> Result:
    """Run a command on the desk in *data*."""
    places = ["--config", str(PROJECT / "supportbot.toml"), "--data-dir", str(data)]
    return CliRunner().invoke(main, [*places, *args], input=given)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A desk after an answer, a handoff worked to its end, and two accounts; each document by name."""
    data = tmp_path_factory.mktemp("desk")
    said: dict[str, Any] = {"data": data}

    def run(name: str, *args: str, given: str | None = None) -> Any:
        done = invoke(data, *args, "--json", given=given)
        assert done.exit_code == 0, done.stderr
        said[name] = json.loads(done.stdout)
        return said[name]

    run("db-upgrade", "db", "upgrade")
    run("ana", "agent", "add", "ana@example.com", "--name", "Ana", "--role", "admin", given=f"{PASSWORD}\n")
    run("ben", "agent", "add", "ben@example.com", "--name", "Ben", given=f"{PASSWORD}\n")
    run("answer", "ask", "How long does standard delivery take?", "--customer", "shop-7")
    run("feedback", "feedback", said["answer"]["ticket_id"], "--up")
    run("person", "ask", "I want to talk to a human", "--customer", "shop-8")
    ticket = said["person"]["ticket_id"]
    run("list", "inbox", "list")
    run("claim", "inbox", "claim", ticket, "--as", "ana@example.com")
    run("held", "ask", "Are you there?", "--ticket", ticket)
    run("note", "inbox", "note", ticket, "Knows us well.", "--as", "ana@example.com")
    run(
        "transfer",
        "inbox",
        "transfer",
        ticket,
        "--to",
        "ben@example.com",
        "--reason",
        "Yours",
        "--as",
        "ana@example.com",
    )
    run("reply", "inbox", "reply", ticket, "I am. How can I help?", "--as", "ben@example.com")
    run("mine", "inbox", "list", "--scope", "mine", "--as", "ben@example.com")
    run("show", "inbox", "show", ticket, "--as", "ben@example.com")
    run("release", "inbox", "release", ticket, "--as", "ben@example.com")
    run("again", "inbox", "claim", ticket, "--as", "ben@example.com")
    run("resolve", "inbox", "resolve", ticket, "--as", "ben@example.com")
    run("ticket", "ticket", "show", said["answer"]["ticket_id"])
    run("report", "report")
    run("report of a day", "report", "--days", "1")
    run("agents", "agent", "list")
    run("db-check", "db", "check")
    run("db-backup", "db", "backup", str(data / "desk.backup"))
    run("db-restore", "db", "restore", str(data / "desk.backup"), "--force")
    run("doctor", "doctor")
    run("disable", "agent", "disable", "ben@example.com")
    return said


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("db-upgrade", "db-upgrade"),
        ("ana", "account"),
        ("answer", "ask"),
        ("person", "ask"),
        ("held", "ask"),
        ("feedback", "feedback"),
        ("list", "inbox-list"),
        ("mine", "inbox-list"),
        ("claim", "ticket"),
        ("transfer", "ticket"),
        ("release", "ticket"),
        ("resolve", "ticket"),
        ("note", "message"),
        ("reply", "message"),
        ("show", "case"),
        ("ticket", "case"),
        ("report", "report"),
        ("report of a day", "report"),
        ("agents", "agent-list"),
        ("db-check", "db-check"),
        ("db-backup", "db-backup"),
        ("db-restore", "db-restore"),
        ("doctor", "doctor"),
        ("disable", "account"),
    ],
)
def test_each_document_has_the_shape_of_its_schema(story: dict[str, Any], name: str, schema: str) -> None:
    """What a command prints is valid under the schema other programs rely on."""
    conforms(story[name], schema)


def test_an_answer_names_its_article_tier_and_price(story: dict[str, Any]) -> None:
    """A simple question is answered by the fast tier from the right article, free, with a list price apart."""
    answer = story["answer"]
    assert (answer["tier"], answer["status"], answer["owner"]) == ("fast", "answered", "bot")
    assert "standard-delivery" in {citation["article"] for citation in answer["citations"]}
    assert answer["calls"]
    assert answer["cost_usd"] == 0
    assert answer["list_cost_usd"] == pytest.approx(sum(call["list_cost_usd"] for call in answer["calls"]))
    assert answer["handoff"] is None


def test_a_wish_for_a_person_is_obeyed_without_a_call(story: dict[str, Any]) -> None:
    """A clear request for a person waits in the queue in the same turn."""
    person = story["person"]
    assert (person["tier"], person["owner"], person["calls"]) == ("human", "queue", [])
    assert person["handoff"] == {"reason": "customer_request", "priority": "normal", "waiting": True}
    assert person["decision"]["guard"] == "person"


def test_a_ticket_an_agent_holds_has_no_answer(story: dict[str, Any]) -> None:
    """What a customer adds to a claimed ticket is for the agent: every key is there, and null."""
    held = story["held"]
    assert held["owner"] == "agent"
    assert (held["answer"], held["tier"], held["complexity"], held["decision"], held["calls"]) == (
        None, None, None, None, [],
    )  # fmt: skip


def test_a_note_stays_inside_and_a_reply_does_not(story: dict[str, Any]) -> None:
    """Only the note is private; both carry their author."""
    assert (story["note"]["private"], story["note"]["author"]) == (True, "Ana")
    assert (story["reply"]["private"], story["reply"]["author"]) == (False, "Ben")


def test_the_report_counts_exactly_these_tickets(story: dict[str, Any]) -> None:
    """The savings figures rest on the tickets asked here."""
    assert story["report"]["tickets"] == 2
    assert story["report"]["calls"] == len(story["answer"]["calls"])


def test_accounts_show_no_password(story: dict[str, Any]) -> None:
    """Neither the password nor its hash is printed."""
    assert PASSWORD not in json.dumps(story["agents"])
    assert not any("password" in key for account in story["agents"] for key in account)


def test_search_has_its_shape(tmp_path: Path) -> None:
    """`search` prints a ranked list."""
    hits = json.loads(invoke(tmp_path, "search", "standard delivery", "--limit", "3", "--json").stdout)
    conforms(hits, "search")
    assert 1 <= len(hits) <= 3
    assert hits[0]["article"] == "standard-delivery"


def test_search_keeps_internal_articles_apart(tmp_path: Path) -> None:
    """Internal articles appear only on request."""

    def found(*more: str) -> set[str]:
        done = invoke(tmp_path, "search", "late return exception", "--limit", "20", "--json", *more)
        return {hit["article"] for hit in json.loads(done.stdout)}

    assert "late-return-exceptions" in found("--internal")
    assert "late-return-exceptions" not in found()


def test_knowledge_check_has_its_shape(tmp_path: Path) -> None:
    """The sample company's articles can all be used."""
    done = invoke(tmp_path, "knowledge", "check", "--json")
    document = json.loads(done.stdout)
    conforms(document, "knowledge-check")
    assert (done.exit_code, document["errors"]) == (0, 0)
    assert document["articles"] >= 12


def test_triage_answers_line_by_line_in_order(tmp_path: Path) -> None:
    """Good and bad lines keep their order; a bad one is told and ends the run with 2."""
    lines = [
        b'{"id": 1, "text": "How long does standard delivery take?"}',
        b'{"id": "two", "text": "My lawyer is filing against you", "history": ["Hello"]}',
        b"not json",
        b'{"id": 4}',
        b'{"id": 5, "text": "Hi", "history": "no list"}',
        b'{"id": 6, "text": "\xff"}',
        b"[1]",
        b'{"id": 7, "text": "My card is 4111 1111 1111 1111"}',
        b'{"id": 8, "text": ""}',
    ]
    done = invoke(tmp_path, "triage", "--json", given=b"\n".join(lines))
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    for document in documents:
        conforms(document, "triage")
    assert [d["id"] for d in documents] == [1, "two", None, 4, 5, None, None, 7, 8]
    assert ["error" in d for d in documents] == [False, False, True, True, True, True, True, False, False]
    assert (documents[0]["tier"], documents[1]["tier"], documents[1]["critical"]) == ("fast", "human", "legal_threat")
    assert "4111" not in documents[7]["masked"]
    assert done.exit_code == 2


def test_triage_spends_and_writes_nothing(tmp_path: Path) -> None:
    """Triage leaves no database and no data folder behind."""
    data = tmp_path / "data"
    done = invoke(data, "triage", "--json", given='{"id": 1, "text": "Where is my order?"}\n')
    assert done.exit_code == 0
    assert not data.exists()


def test_demo_has_its_shape_and_plays_the_same_day_twice(tmp_path: Path) -> None:
    """A seed names a day; nothing of it reaches the desk's own data folder."""
    data = tmp_path / "data"
    days = [json.loads(invoke(data, "demo", "--tickets", "12", "--seed", "3", "--json").stdout) for _ in range(2)]
    conforms(days[0], "demo")
    assert days[0] == days[1]
    assert sum(days[0]["tiers"].values()) == days[0]["tickets"] == 12
    assert not data.exists()


def test_every_schema_is_used_by_a_test() -> None:
    """A schema nobody tests would rot: it is named here, or by its file in another test."""
    here = Path(__file__).read_text()
    elsewhere = "".join(file.read_text() for file in (PROJECT / "tests").glob("*/test_*.py"))
    names = [file.name for file in SCHEMAS.glob("*.json")]
    assert [n for n in names if f'"{n.removesuffix(".schema.json")}"' not in here and f"cli/{n}" not in elsewhere] == []


def test_every_schema_is_in_the_table_of_commands() -> None:
    """The page beside the schemas says which command each belongs to."""
    page = (SCHEMAS / "README.md").read_text()
    assert all(f"({file.name})" in page for file in SCHEMAS.glob("*.json"))


def test_doctor_tells_what_is_wrong_and_hides_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that fails ends with 1, the others are still shown, and no key or password is printed."""
    monkeypatch.setenv("SUPPORTBOT_DATABASE_URL", "mysql://desk:hunter2@db/desk")
    monkeypatch.setenv("SUPPORTBOT_VAULT_KEY", "very-secret")
    done = invoke(tmp_path, "doctor", "--json")
    document = json.loads(done.stdout)
    conforms(document, "doctor")
    assert done.exit_code == 1
    assert {c["name"]: c["ok"] for c in document["checks"]}["database"] is False
    assert {c["name"]: c["ok"] for c in document["checks"]}["knowledge"] is True
    assert "hunter2" not in done.output
    assert "very-secret" not in done.output


def test_doctor_says_where_prices_come_from(story: dict[str, Any]) -> None:
    """Each deployment's price has a source."""
    text = next(c["text"] for c in story["doctor"]["checks"] if c["name"] == "prices")
    assert "fast: embedded; list price of openai/gpt-4o-mini" in text


def test_an_unpriced_deployment_is_told(tmp_path: Path) -> None:
    """A model without a price is no fault, and never free."""
    config = tmp_path / "supportbot.toml"
    config.write_text(
        '[[deployment]]\nname = "own"\nprovider = "langchain"\nmodel = "x"\ntier = "fast"\n'
        'options = { class = "langchain_core.language_models.fake_chat_models:ParrotFakeChatModel" }\n'
    )
    places = ["--config", str(config), "--knowledge", str(PROJECT / "knowledge"), "--data-dir", str(tmp_path / "var")]
    done = CliRunner().invoke(main, ["doctor", *places])
    assert done.exit_code == 0, done.output
    assert "own: unpriced" in done.stdout
