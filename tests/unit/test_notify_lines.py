"""The log: one line per event, with ids and figures, and not a word that anybody typed."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.access import OPERATOR, pseudonym
from supportbot.bootstrap import App, build
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage
from supportbot.domain.account import Role
from supportbot.domain.errors import LimitReached, NotSignedIn
from supportbot.domain.handoff import Alert
from supportbot.knowledge import Knowledge
from supportbot.notify import LogJournal, LogNotifier, Tally, log_to_stderr
from supportbot.notify.journal import EVENTS
from supportbot.notify.lines import Lines
from supportbot.notify.outbox import Outbox
from supportbot.privacy import FernetSealer, new_key
from supportbot.settings import load
from supportbot.storage.memory import MemoryStore

PASSWORD = "copper lantern tide"
#: What must never be in the log: a sentence, an e-mail address, a card number, a password, a name, a network address.
PLANTED = "the walrus sang in the pantry"
MAIL, CARD, PHONE, NETWORK = "walrus@pantry.example", "4111 1111 1111 1111", "+49 170 1234567", "192.0.2.77"
LETTERS = ("walrus", "pantry", "4111", "1234567", "copper", "Lindqvist", "192.0.2", "delivery")


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


@pytest.fixture
def stderr() -> Iterator[Callable[[str, str], io.StringIO]]:
    """Set the log up as a server does, into a text; everything is as before afterwards."""
    root, kind = logging.getLogger(), logging.getLoggerClass()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "alembic", "asyncio", "watchfiles")}

    def begin(form: str, level: str = "info") -> io.StringIO:
        stream = io.StringIO()
        log_to_stderr(form, level, stream)
        return stream

    yield begin
    logging.setLoggerClass(kind)
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


class Desk:
    """A desk in memory that keeps a journal, with a customer and an agent."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.app: App = build(
            load(environ={}),
            store=MemoryStore(self.clock),
            clock=self.clock,
            knowledge=articles(),
            sealer=FernetSealer(new_key()),
        )
        app = self.app
        self.stage = Stage(app.store, self.clock, app.intake, app.workers, app.customers, app.inbox, app.savings)
        self.customer = self.stage.customer("Lea Lindqvist")

    def day(self) -> tuple[str, str]:
        """Let everything happen that is told; return the ticket and the agent."""
        app = self.app
        said = self.stage.ask(
            self.customer, f"How long does standard delivery take? {PLANTED}, {MAIL}, {CARD}, {PHONE}"
        )
        app.customers.ask_person(self.customer, address=NETWORK)
        agent = app.access.add_account(OPERATOR, MAIL, "Ana Lindqvist", Role.AGENT, PASSWORD)
        with pytest.raises(NotSignedIn):
            app.access.sign_in(MAIL, PLANTED, NETWORK)
        token = app.access.sign_in(MAIL, PASSWORD, NETWORK)
        actor = app.access.who(token)
        assert actor is not None
        app.inbox.claim(actor, said.ticket_id)
        app.inbox.reply(actor, said.ticket_id, f"{PLANTED} {CARD}")
        app.inbox.note(actor, said.ticket_id, PLANTED)
        app.inbox.resolve(actor, said.ticket_id)
        for _ in range(10):
            app.customers.say(self.customer, f"{PLANTED} {MAIL}", address=NETWORK)
        with pytest.raises(LimitReached):
            app.customers.say(self.customer, PLANTED, address=NETWORK)
        Outbox(app.store, [LogNotifier(), _Quoting()], self.clock).deliver_pending()
        return said.ticket_id, agent.id


class _Quoting:
    """A notifier that fails with words in its error."""

    def send(self, alert: Alert) -> None:
        raise ValueError(f"{PLANTED} {alert.text}")

    def close(self) -> None:
        pass


def rows(stream: io.StringIO, event: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [row for row in found if row.get("event") == event]


def test_a_day_is_told_in_lines(stderr: Callable[..., io.StringIO]) -> None:
    """One line per turn, handoff, action of an agent, sign-in and limit; each names ids that lead back to the case."""
    stream, desk = stderr("json"), Desk()
    ticket, agent = desk.day()
    (turn,) = rows(stream, "turn")
    assert turn["ticket"] == ticket
    assert turn["customer"] == pseudonym(desk.customer)
    assert (turn["lane"], turn["attempt"], turn["level"]) == ("interactive", 1, "info")
    assert turn["tier"] in ("fast", "strong")
    assert turn["outcome"] in ("answer", "refusal")
    assert turn["calls"] >= 1
    assert {"cost_microusd", "list_cost_microusd", "input_tokens", "output_tokens"} <= set(turn)
    assert 0 <= turn["first_text_ms"] <= turn["total_ms"]
    handoff = rows(stream, "handoff")
    assert [(h["ticket"], h["reason"]) for h in handoff] == [(ticket, "customer_request")]
    actions = [(a["action"], a["ticket"], a["agent"]) for a in rows(stream, "agent")]
    assert actions == [(name, ticket, agent) for name in ("claim", "reply", "note", "resolve")]
    assert [s["result"] for s in rows(stream, "sign_in")] == ["wrong", "ok"]
    assert [s["limit"] for s in rows(stream, "limited")] == ["customer_per_minute"]
    assert [a["kind"] for a in rows(stream, "alert")] == ["handoff"]


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_no_word_of_anybody_is_in_the_log(stderr: Callable[..., io.StringIO], form: str) -> None:
    """Neither a customer's nor an agent's, no address, no secret: not in lines, not in errors."""
    stream, desk = stderr(form), Desk()
    desk.day()
    said = stream.getvalue()
    assert said.count("\n") > 8
    assert [word for word in LETTERS if word.casefold() in said.casefold()] == []
    assert desk.customer not in said


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_errors_and_libraries_tell_where_and_not_what(stderr: Callable[..., io.StringIO], form: str) -> None:
    """An error is named by class and place; another library's words are left out, also of loggers made later."""
    stream = stderr(form)
    try:
        raise ValueError(PLANTED) from KeyError(PLANTED)
    except ValueError:
        logging.getLogger("supportbot.anything").exception("It did not work.")
        logging.getLogger("asyncio").error("Task %s: %s", "x", PLANTED, exc_info=True)
        late = logging.getLogger(f"streamlit.made_later.{form}")
        late.propagate = False
        late.addHandler(logging.StreamHandler(stream))
        late.warning(f"Uncaught app execution {PLANTED}", exc_info=True)
    said = stream.getvalue()
    assert said.count("\n") == 3
    assert "walrus" not in said
    assert said.count("ValueError at test_errors_and_libraries_tell_where_and_not_what") == 3
    assert "It did not work." in said
    assert "where" in said


def test_the_level_opens_and_closes_the_log(stderr: Callable[..., io.StringIO]) -> None:
    """`warning` keeps events out; `debug` shows what libraries say, for whoever looks for a fault."""
    quiet = stderr("logfmt", "warning")
    LogJournal(Tally()).note("sign_in", result="ok")
    assert quiet.getvalue() == ""
    open_words = stderr("logfmt", "debug")
    logging.getLogger("streamlit.x").warning("port in use")
    assert 'message="port in use"' in open_words.getvalue()


def test_what_is_not_in_the_table_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """A fact nobody foresaw is left out, whoever hands it in."""
    with caplog.at_level(logging.INFO, "supportbot.journal"):
        LogJournal(Tally()).note("turn", ticket="t", text=PLANTED, email=MAIL)
        LogJournal(Tally()).note("unheard_of", text=PLANTED)
    assert [vars(record)["facts"] for record in caplog.records] == [{"ticket": "t"}, {}]
    assert not {"text", "query", "email", "name", "address", "subject"} & {
        f for facts in EVENTS.values() for f in facts
    }


@given(st.dictionaries(st.from_regex(r"x_[a-z_]{1,9}", fullmatch=True), st.text() | st.integers() | st.booleans()))
def test_any_fact_keeps_to_its_line(facts: dict[str, Any]) -> None:
    """Line ends and quotes in a value start no second line, and JSON reads back."""
    record = logging.makeLogRecord({"msg": "turn", "levelno": 20, "levelname": "INFO", "facts": facts})
    as_json, as_logfmt = Lines("json").format(record), Lines("logfmt").format(record)
    assert json.loads(as_json).items() >= {"event": "turn", **facts}.items()
    assert len(as_json.splitlines()) == len(as_logfmt.splitlines()) == 1
    assert re.match(r"at=\S+ level=info event=", as_logfmt)
