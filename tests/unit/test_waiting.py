"""A customer who waits for a person: told the truth about the wait, let out of the queue, never talked over."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from chatting import Chat

from supportbot import triage
from supportbot.domain.account import Actor
from supportbot.domain.errors import IllegalTransition
from supportbot.domain.message import MessageKind, Sender
from supportbot.domain.outcome import OutcomeKind
from supportbot.domain.ticket import ANSWERED, CLAIMED, RESOLVED_BY_AGENT, RESOLVED_BY_BOT, WAITING, Owner
from supportbot.domain.turn import TurnStatus

PERSON = {
    "en": "I want to talk to a human",
    "de": "Ich möchte mit einem Menschen sprechen",
    "es": "Quiero hablar con una persona",
}
SAID: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "waiting_cases.yaml").read_text("utf-8"))


@pytest.mark.parametrize("wish", ["queue", "called_off", "settled"])
def test_words_about_the_wait_are_told_apart(wish: str) -> None:
    """In three languages; asking, calling off and being done are three things."""
    missed = [t for t in SAID[wish] if triage.about_waiting(t) != wish]
    assert missed == []


def test_a_question_about_anything_else_is_not_about_the_wait() -> None:
    """How long a refund takes is a question also of somebody who waits."""
    taken = [t for t in SAID["other"] if triage.about_waiting(t) is not None]
    assert taken == []


@pytest.mark.parametrize(
    ("language", "asks", "says"),
    [
        ("en", "are you there?", "You are next in the queue."),
        ("en", "hello??", "You are next in the queue."),
        ("en", "how long do I have to wait?", "no recent waits to measure"),
        ("de", "Wie lange muss ich noch warten?", "als Nächstes"),
        ("es", "¿Hay alguien ahí?", "siguiente turno"),
    ],
)
def test_who_asks_about_the_wait_gets_the_place_and_keeps_it(chat: Chat, language: str, asks: str, says: str) -> None:
    """One honest line instead of a refusal; no model, and the clock runs on from the first asking."""
    chat.ask(PERSON[language])
    since = chat.ticket.waiting_since
    chat.ask(asks)
    assert says in chat.answer.text
    assert (chat.ticket.state, chat.ticket.waiting_since, chat.calls) == (WAITING, since, ())
    assert len(chat.handoffs) == 1


def test_the_place_counts_who_came_before_and_the_wait_is_measured(chat: Chat) -> None:
    """After three measured waits of twelve minutes, and behind two others, the line says so."""
    ana = chat.stage.agent("Ana")
    for name in ("Mia", "Tom", "Eva"):
        ticket_id = chat.stage.ask(chat.stage.customer(name), PERSON["en"]).ticket_id
        chat.clock.advance(12 * 60)
        chat.app.inbox.claim(ana, ticket_id)
        chat.app.inbox.reply(ana, ticket_id, "Hello.")
        chat.app.inbox.resolve(ana, ticket_id)
    for name in ("Ida", "Jon"):
        chat.stage.ask(chat.stage.customer(name), PERSON["en"])
    chat.ask(PERSON["en"], "how many people are ahead of me?")
    assert "2 people are ahead of you" in chat.answer.text
    assert "about 18 minutes" in chat.answer.text  # the median of 12, half as much again for the two ahead


def test_out_of_hours_the_line_says_when_people_are_back(chat: Chat) -> None:
    """No minutes are promised on a Sunday night."""
    night = datetime(2026, 11, 29, 3, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    chat.clock.advance((night - chat.clock.now()).total_seconds())
    chat.ask(PERSON["en"], "how long do I have to wait?")
    assert "08:00" in chat.answer.text
    assert "minutes" not in chat.answer.text


def test_asking_on_meanwhile_is_answered_and_keeps_the_place(chat: Chat) -> None:
    """A question from the queue gets its article; the customer is still the first there."""
    chat.ask(PERSON["en"])
    since = chat.ticket.waiting_since
    chat.ask("How long does standard delivery take?", "are you there?")
    assert any("3 to 5 working days" in m.text for m in chat.bot)
    assert (chat.ticket.state, chat.ticket.waiting_since) == (WAITING, since)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "cancel that, no person needed"),
        ("en", "never mind"),
        ("de", "Ich brauche keinen Menschen mehr"),
        ("es", "ya no necesito a nadie"),
    ],
)
def test_who_calls_the_person_off_is_back_with_the_bot(chat: Chat, language: str, text: str) -> None:
    """Out of the queue at once, told how to undo it."""
    chat.ask(PERSON[language], text)
    assert (chat.ticket.state, chat.view.waiting, chat.calls) == (ANSWERED, None, ())
    assert len(chat.handoffs) == 1


@pytest.mark.parametrize(
    ("language", "off", "back"),
    [
        ("en", "no person needed", "back to the queue"),
        ("de", "kein Mensch mehr nötig", "zurück in die Warteschlange"),
        ("es", "ya no hace falta una persona", "volver a la cola"),
    ],
)
def test_who_thinks_better_of_it_has_the_old_place_back(chat: Chat, language: str, off: str, back: str) -> None:
    """Within ten minutes the wait counts from the beginning; later it begins anew."""
    chat.ask(PERSON[language])
    since = chat.ticket.waiting_since
    chat.ask(off)
    assert chat.ticket.state == ANSWERED
    chat.ask(back)
    assert (chat.ticket.state, chat.ticket.waiting_since) == (WAITING, since)
    chat.ask(off)
    chat.clock.advance(11 * 60)
    chat.ask(back)
    assert since is not None
    assert chat.ticket.waiting_since == chat.clock.now() != since


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "forget it, solved"), ("de", "Hat sich erledigt, danke"), ("es", "ya está resuelto, gracias")],
)
def test_who_says_it_is_solved_is_done(chat: Chat, language: str, text: str) -> None:
    """Out of the queue and closed by the customer; the next message opens a ticket that follows."""
    chat.ask(PERSON[language], text)
    done = chat.ticket
    assert (done.state, done.resolved_by, chat.calls) == (RESOLVED_BY_BOT, "customer", ())
    assert chat.view.csat_due
    chat.ask("How long does standard delivery take?")
    assert chat.ticket.follows == done.id


def test_solved_after_an_answer_closes_the_conversation_too(chat: Chat) -> None:
    """Also where nobody waits."""
    chat.ask("How long does standard delivery take?", "solved, thanks")
    assert (chat.ticket.state, chat.ticket.resolved_by) == (RESOLVED_BY_BOT, "customer")


def test_a_critical_matter_is_not_called_off(chat: Chat) -> None:
    """The person still comes; the customer is told the place, and nothing on the matter."""
    chat.ask("I don't want to be alive any more")
    chat.app.customers.say(chat.customer, "forget it, no person needed")
    chat.app.customers.finish(chat.customer)
    assert chat.ticket.state == WAITING
    notices = [m.text for m in chat.messages if m.sender is Sender.SYSTEM]
    assert "You are next in the queue." in notices[0]
    assert "asking me" not in notices[0]
    assert "says that this is settled" in notices[1]


def held(chat: Chat) -> Actor:
    """Let Ana take the customer's case."""
    chat.ask(PERSON["en"])
    ana = chat.stage.agent("Ana")
    chat.app.inbox.claim(ana, chat.ticket.id)
    return ana


def test_a_customer_can_end_what_an_agent_holds_and_the_agent_is_told(chat: Chat) -> None:
    """Closed by the customer, the agent's time in the ledger, the mark for the agent."""
    ana = held(chat)
    chat.app.inbox.reply(ana, chat.ticket.id, "Hello, this is Ana.")
    chat.clock.advance(60)
    chat.app.customers.finish(chat.customer)
    assert (chat.ticket.state, chat.ticket.resolved_by) == (RESOLVED_BY_AGENT, "customer")
    assert chat.app.inbox.open(ana, chat.ticket.id).messages[-1].text == "The customer ended the conversation."
    assert [t.seconds for t in chat.read(lambda tx, t: tx.human_times([t]))] == [60]
    with pytest.raises(IllegalTransition, match="is closed"):
        chat.app.inbox.reply(ana, chat.ticket.id, "Are you still there?")
    chat.app.customers.score(chat.customer, 5)
    marks = [o.handler for o in chat.read(lambda tx, t: tx.outcomes([t])) if o.kind is OutcomeKind.CSAT]
    assert marks == [ana.id]


def test_ending_while_the_bot_answers_a_waiting_customer_silences_it(chat: Chat) -> None:
    """The turn is over with the conversation."""
    chat.ask(PERSON["en"])
    chat.app.customers.say(chat.customer, "How long does standard delivery take?")
    turn = chat.claim()
    assert turn is not None
    chat.app.customers.finish(chat.customer)
    assert chat.app.workers.run_now(turn) is False
    assert chat.ticket.state == RESOLVED_BY_BOT
    assert chat.messages[-1].kind is MessageKind.NOTICE


def test_a_handed_back_ticket_is_answered_where_nobody_has_answered(chat: Chat) -> None:
    """What the agent replied to stays answered; the question after it is the bot's now."""
    ana = held(chat)
    chat.app.customers.say(chat.customer, "How do I return shoes?")
    chat.app.inbox.reply(ana, chat.ticket.id, "Under Account > Orders.")
    chat.app.customers.say(chat.customer, "And how long does standard delivery take?")
    chat.app.inbox.hand_back(ana, chat.ticket.id)
    chat.run_due()
    assert chat.ticket.state == ANSWERED
    assert chat.cited == {"standard-delivery"}
    assert len([m for m in chat.bot if m.kind is MessageKind.ANSWER]) == 1


def test_a_handed_back_ticket_with_nothing_open_stays_quiet(chat: Chat) -> None:
    """Neither the request for a person nor an answered question is taken up again."""
    chat.ask("How do I return shoes?")
    ana = held(chat)
    said = len(chat.bot)
    chat.app.inbox.hand_back(ana, chat.ticket.id, "A question for the articles.")
    chat.run_due()
    assert (chat.ticket.state, len(chat.bot)) == (ANSWERED, said)


def test_a_question_the_claim_cut_off_is_answered_after_the_hand_back(chat: Chat) -> None:
    """The bot was at it when the agent took over and said nothing."""
    chat.app.customers.say(chat.customer, "How long does standard delivery take?")
    ana = chat.stage.agent("Ana")
    chat.app.inbox.claim(ana, chat.ticket.id)
    assert chat.ticket.state == CLAIMED
    chat.app.inbox.hand_back(ana, chat.ticket.id)
    chat.run_due()
    assert chat.cited == {"standard-delivery"}
    turns = chat.read(lambda tx, t: tx.turns(t))
    assert [t.status for t in turns] == [TurnStatus.ABANDONED, TurnStatus.DONE]
    assert chat.ticket.owner is Owner.BOT
