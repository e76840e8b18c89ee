"""Whatever a person gives the command line, the answer is one clear line and an exit code, never a traceback."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.cli import main
from supportbot.cli.options import whole
from supportbot.domain.errors import BadInput, Forbidden, KnowledgeError, NotFound

PROJECT = Path(__file__).parents[2]


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


FREE = _free_port()
CONFIG = ("--config", str(PROJECT / "supportbot.toml"))


def invoke(data: Path, *args: str, given: str | bytes | None = None) -> Result:
    """Run a command on the desk in *data*."""
    return CliRunner().invoke(main, [*CONFIG, "--data-dir", str(data), *args], input=given)


def one_line(done: Result) -> str:
    """Return the only line on standard error; nothing may be on standard output."""
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("supportbot: ")
    assert "Traceback" not in lines[0]
    return lines[0]


@pytest.mark.parametrize("text", ["", "   \n\t ", "\x01\x02\x7f", "\u200b\u200e"])
def test_a_question_without_words_is_refused(tmp_path: Path, text: str) -> None:
    """Empty, blank and control characters alone: exit 2, and no ticket is opened."""
    done = invoke(tmp_path, "ask", text, "--json")
    assert done.exit_code == 2
    one_line(done)
    assert json.loads(invoke(tmp_path, "report", "--json").stdout)["tickets"] == 0


def test_200_000_characters_are_cut_and_the_person_told(tmp_path: Path) -> None:
    """An over-long message is answered as far as it is kept; standard input takes any length."""
    done = invoke(tmp_path, "ask", "-", given="How long does standard delivery take? " * 5_300)
    assert done.exit_code == 0
    assert "characters were left out" in done.stderr
    assert "working days" in done.stdout


@pytest.mark.parametrize(
    "text",
    [
        "How long does\x07 standard\x1b[31m delivery take?",
        "\u202eكم يستغرق التوصيل العادي؟\u202c",
        "How long does standard delivery take? \udcff\ud800",
    ],
    ids=["control", "right-to-left", "broken UTF-8"],
)
def test_unusual_characters_are_text_like_any_other(tmp_path: Path, text: str) -> None:
    """Control characters, right-to-left text and halves of characters get an answer, and JSON stays valid."""
    done = invoke(tmp_path, "ask", text, "--json")
    assert done.exit_code == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["answer"]
    shown_case = invoke(tmp_path, "ticket", "show", shown["ticket_id"], "--json").stdout
    assert "\x1b" not in json.loads(shown_case)["messages"][0]["text"]


def test_a_card_number_is_printed_nowhere(tmp_path: Path) -> None:
    """What was masked before storage does not come back through the command line."""
    done = invoke(tmp_path, "ask", "My card 4111 1111 1111 1111 was charged twice, how long is a refund?", "--json")
    shown = invoke(tmp_path, "ticket", "show", json.loads(done.stdout)["ticket_id"])
    assert "1111 1111" not in done.stdout + done.stderr + shown.stdout


def test_broken_utf_8_in_an_article_names_file_and_line(tmp_path: Path) -> None:
    """Every command that reads the articles says where the wrong byte is; `knowledge check` lists it."""
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "late.md").write_bytes(b"---\ntitle: Late\nid: late\n---\nWe are \xff late.\n")
    done = invoke(tmp_path / "data", "--knowledge", str(articles), "ask", "Late?")
    assert done.exit_code == 2
    assert "late.md:5" in one_line(done)
    checked = invoke(tmp_path / "data", "knowledge", "check", "--knowledge", str(articles), "--json")
    assert checked.exit_code == 2
    assert json.loads(checked.stdout)["problems"][0]["line"] == 5


@pytest.mark.parametrize(
    "command", [("ask", "Hello"), ("search", "hello"), ("triage",), ("knowledge", "check"), ("serve", "--port", FREE)]
)
def test_a_missing_knowledge_folder_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Exit 2, with the folder in the line."""
    done = invoke(tmp_path / "data", "--knowledge", str(tmp_path / "nowhere"), *command)
    assert done.exit_code == 2
    assert "nowhere" in one_line(done)


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    """Exit 2, with the key and what was probably meant."""
    file = tmp_path / "desk.toml"
    file.write_text('[company]\nnmae = "Juniper"\n')
    done = CliRunner().invoke(main, ["ask", "Hello", "--config", str(file)])
    assert done.exit_code == 2
    assert "company.nmae" in one_line(done)


@pytest.mark.parametrize("place", ["below a file", "/proc"])
def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    """Exit 1, with the folder and the remedy; not even root can write these."""
    (tmp_path / "file").write_text("")
    data = Path(place) if place.startswith("/") else tmp_path / "file" / "data"
    for command in (("ask", "Hello"), ("inbox", "list"), ("serve", "--port", FREE)):
        done = invoke(data, *command)
        assert done.exit_code == 1
        assert "--data-dir" in one_line(done)


@pytest.mark.parametrize("reference", ["99999", "#99999", "no-such-id", "", "9" * 40, "²"])
def test_an_unknown_ticket_is_named(tmp_path: Path, reference: str) -> None:
    """Exit 2 for a number, an id and nonsense alike."""
    for command in (
        ("ticket", "show", reference),
        ("feedback", reference, "--up"),
        ("ask", "Hi", "--ticket", reference),
    ):
        done = invoke(tmp_path, *command)
        assert done.exit_code == 2
        assert "There is no ticket" in one_line(done)


def test_an_unknown_agent_is_named(tmp_path: Path) -> None:
    """Exit 2, with the way to see who there is."""
    done = invoke(tmp_path, "inbox", "list", "--as", "nobody@example.com")
    assert done.exit_code == 2
    assert "supportbot agent list" in one_line(done)


def test_a_customer_of_another_ticket_is_refused(tmp_path: Path) -> None:
    """--customer must be the ticket's own."""
    ticket = json.loads(invoke(tmp_path, "ask", "Hello there", "--customer", "a", "--json").stdout)["ticket_id"]
    assert invoke(tmp_path, "ask", "And?", "--ticket", ticket, "--customer", "a").exit_code == 0
    done = invoke(tmp_path, "ask", "And?", "--ticket", ticket, "--customer", "b")
    assert (done.exit_code, "another customer" in one_line(done)) == (2, True)


def test_an_agent_without_the_claim_may_not_reply(tmp_path: Path) -> None:
    """A failure of the desk, not of the input: exit 1 with a sentence to show."""
    invoke(tmp_path, "agent", "add", "ana@example.com", "--name", "Ana", given="a-long-enough-passphrase\n")
    ticket = json.loads(invoke(tmp_path, "ask", "I want to talk to a human", "--json").stdout)["ticket_id"]
    done = invoke(tmp_path, "inbox", "reply", ticket, "Hello", "--as", "ana@example.com")
    assert (done.exit_code, "Claim it first" in one_line(done)) == (1, True)


@pytest.mark.parametrize(
    "args",
    [
        ("frobnicate",),
        ("ask",),
        ("ask", "Hi", "--lane", "slow"),
        ("report", "--days", "0"),
        ("search", "x", "--limit", "many"),
        ("inbox", "frobnicate"),
        ("inbox", "claim", "1"),
        ("triage", "no-such-file.jsonl"),
        ("feedback", "1"),
        ("--port", "1"),
        ("ask", "Hi", "--config"),
        ("ask", "Hi", "--customer", "two\nlines"),
        ("search", " "),
    ],
)
def test_wrong_usage_ends_with_2(tmp_path: Path, args: tuple[str, ...]) -> None:
    """Whatever is missing or misspelt: one line, exit 2."""
    done = invoke(tmp_path, *args)
    assert done.exit_code == 2
    one_line(done)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("a\nb"), 2),
        (KnowledgeError("a.md:1: b"), 2),
        (NotFound("x"), 1),
        (Forbidden("x"), 1),
        (KeyError(7), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input ends with 2, every other error with 1, always on one line."""
    from supportbot.cli.root import _explain

    assert _explain(error, debug=False) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    """--debug adds the traceback to the line, before or after the command."""
    done = invoke(tmp_path, "ticket", "show", "1", "--debug")
    assert done.exit_code == 2
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("supportbot: There is no ticket")


def test_a_reader_that_has_seen_enough_ends_the_command_quietly(tmp_path: Path) -> None:
    """`supportbot … | head` leaves neither a complaint nor a traceback."""
    lines = "".join(json.dumps({"id": n, "text": "Hello"}) + "\n" for n in range(3_000))
    command = f"'{sys.executable}' -m supportbot.cli triage --json --data-dir '{tmp_path}' | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        input=lines,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_a_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    """What cannot be written to standard output is a failure, told on standard error."""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "supportbot.cli", "search", "delivery", "--data-dir", str(tmp_path)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=PROJECT, check=False)
    assert done.returncode == 1
    assert done.stderr == "supportbot: The system refused: No space left on device.\n"


def test_broken_utf_8_in_an_argument_is_taken(tmp_path: Path) -> None:
    """The operating system passes any bytes on; JSON stays valid UTF-8, even where the locale is not."""
    command = [
        sys.executable.encode(),
        b"-m",
        b"supportbot.cli",
        b"ask",
        b"Wie lange dauert die Lieferung\xff\xfe?",
        b"--json",
    ]
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [*command, b"--data-dir", os.fsencode(tmp_path)], capture_output=True, cwd=PROJECT, env=environment, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("utf-8"))["ticket_id"]


@given(st.text(alphabet=st.characters(categories=None, exclude_categories=())))
@settings(max_examples=200)
def test_any_text_becomes_storable(text: str) -> None:
    """Every string, halves of characters included, becomes one that UTF-8 can hold; proper text is left alone."""
    kept = whole(text)
    kept.encode("utf-8")
    if not any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        assert kept == text
