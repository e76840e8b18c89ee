"""The conversation as an agent reads it: every message, what it cost, and what only the team sees."""

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from supportbot.domain.account import Actor
from supportbot.domain.handoff import Handoff
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.money import show
from supportbot.inbox.views import Case, MessageCost
from supportbot.ui import markdown, wording
from supportbot.ui.components.parts import avatar, chip, icon

REASONS = {
    "customer_request": "customer asked for a person",
    "critical": "a critical matter",
    "missing_knowledge": "no article covers it",
    "needs_person": "only a person can do it",
    "repeated": "answers did not help",
    "anger": "the customer is angry",
    "model_failure": "the models failed",
    "limit": "a limit was reached",
    "recovery": "the answer could not be finished",
}
_TIERS = {"fast": "fast model", "strong": "strong model", "human": "people", "none": "no model"}


def transcript(case: Case, who: Actor, tz: ZoneInfo, messages: Sequence[Message]) -> str:
    """Return *messages* of a case as HTML; the handoff is marked where it happened."""
    lines = []
    for message in messages:
        lines.append(_message(case, message, who, tz))
        handoff = case.handoff
        if handoff is not None and message.id == handoff.message_id:
            lines.append(_passed(handoff, tz))
    return (
        f'<div class="trans" tabindex="0" role="log" aria-live="off" aria-label="Conversation">{"".join(lines)}</div>'
    )


def _passed(handoff: Handoff, tz: ZoneInfo) -> str:
    why = REASONS.get(handoff.reason, "")
    return f'<div class="rule">Passed to people: {why} · {wording.clock(handoff.created_at, tz)}</div>'


def _message(case: Case, message: Message, who: Actor, tz: ZoneInfo) -> str:
    at = wording.clock(message.created_at, tz)
    if message.sender is Sender.SYSTEM:
        return f'<div class="rule">{escape(message.text.rstrip("."))} · {at}</div>'
    if message.sender is Sender.CUSTOMER:
        name = case.customer.name
        head = f"<b>{escape(name)}</b> <span>{at}</span>"
        return _line(avatar(wording.initial(name)), head, markdown.plain(message.text), "them")
    if message.sender is Sender.BOT:
        return _bot(case, message, at)
    return _agent(message, who, at)


def _bot(case: Case, message: Message, at: str) -> str:
    cost = case.costs.get(message.turn_id or "")
    head = f"<b>Assistant</b> <span>{at}{f' · {_cost(cost)}' if cost else ''}</span>"
    chips = [chip(f"{c.index} · {c.title}", "line") for c in message.citations]
    rated = case.ratings.get(message.id)
    if rated:
        up = rated == "up"
        chips.append(
            chip("Helpful" if up else "Not helpful", "good" if up else "red", "thumb_up" if up else "thumb_down")
        )
    below = f'<div class="chips">{"".join(chips)}</div>' if chips else ""
    text = markdown.to_html(message.text, {c.index for c in message.citations})
    mark = '<img class="ava" src="app/static/mark-round.svg" alt="">'
    return _line(mark, head, text + below, "auto")


def _cost(cost: MessageCost) -> str:
    """Return tier, cost and time of an answer; a list price is called one."""
    paid = show(cost.cost_microusd) if cost.cost_microusd else f"{show(cost.list_cost_microusd)} list price"
    return f"{_TIERS.get(cost.tier, cost.tier)} · {paid} · {cost.latency_ms / 1000:.1f} s"


def _agent(message: Message, who: Actor, at: str) -> str:
    name = message.author_name or "A person"
    mine = message.author_id == who.id
    if message.private or message.kind is MessageKind.NOTE:
        head = f"{icon('lock')} <b>{escape(wording.first_name(name))}</b> <span>internal note · {at}</span>"
        return _line(avatar(wording.initial(name), "blue"), head, markdown.to_html(message.text), "note")
    head = f"<b>{'You' if mine else escape(wording.first_name(name))}</b> <span>{at}</span>"
    look = "amber" if mine else "blue"
    return _line(avatar(wording.initial(name), look), head, markdown.to_html(message.text), "us")


def _line(left: str, head: str, body: str, look: str) -> str:
    return (
        f'<div class="turn {look}">{left}<div class="col"><div class="by num">{head}</div>'
        f'<div class="say" dir="auto">{body}</div></div></div>'
    )
