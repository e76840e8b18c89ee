"""The two windows of the demo: what the customer sees and what the agent sees, at this step of a story."""

from html import escape

from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.engine.views import Conversation
from supportbot.inbox.views import Case
from supportbot.ui import markdown, wording
from supportbot.ui.components.parts import avatar, blank, chip, icon, notice
from supportbot.ui.components.queue import priority


def customer(view: Conversation, name: str, company: str) -> str:
    """Return the customer's window as HTML."""
    first = escape(wording.first_name(name))
    said = "".join(_message(view, m, company) for m in view.messages)
    hint = "Write your question"
    if view.waiting is not None:
        place = "You are next" if view.waiting.ahead == 0 else f"{view.waiting.ahead} ahead of you"
        side = ("about", wording.about(view.waiting.minutes)) if view.waiting.minutes is not None else None
        said += notice("support_agent", "Waiting for a person", place, look="amber", side=side)
        hint = "Ask something meanwhile"
    if view.csat_due:
        said += notice("sentiment_satisfied", "How did we do?", "One tap is enough.")
    elif view.csat is not None:
        said += notice("check_circle", f"Rated {view.csat} of 5", look="good")
    if not said:
        said = blank("chat_bubble", f"{first} has not written yet", "Press Step or Play.")
    return (
        f'<div class="wbar">{avatar(wording.initial(name), "teal", "small")}<b>{first}, the customer</b>'
        f'<span>what she sees</span></div><div class="wbody end" tabindex="0"><div class="inner">{said}</div></div>'
        f'<div class="fakebox" aria-hidden="true"><span>{hint}</span>{icon("arrow_upward")}</div>'
    )


def _message(view: Conversation, message: Message, company: str) -> str:
    if message.sender is Sender.SYSTEM:
        return f'<div class="rule">{escape(message.text.rstrip("."))}</div>'
    if message.sender is Sender.CUSTOMER:
        return f'<div class="own"><div class="bub" dir="auto">{markdown.plain(message.text)}</div></div>'
    if message.sender is Sender.AGENT:
        name = message.author_name or "A person"
        who = f"<b>{escape(wording.first_name(name))}</b> {chip('Person', 'amber')}"
        face = avatar(wording.initial(name), "amber")
        return _said(face, who, markdown.to_html(message.text), "agent")
    chips = [chip(f"{c.index} · {c.title}", "line") for c in message.citations]
    rated = view.ratings.get(message.id)
    if rated:
        up = rated == "up"
        chips.append(
            chip("Helpful" if up else "Not helpful", "good" if up else "red", "thumb_up" if up else "thumb_down")
        )
    below = f'<div class="chips">{"".join(chips)}</div>' if chips else ""
    text = markdown.to_html(message.text, {c.index for c in message.citations})
    face = '<img class="ava" src="app/static/mark-round.svg" alt="">'
    return _said(face, f"<b>{escape(company)} assistant</b>", text + below, "bot")


def _said(face: str, who: str, text: str, look: str) -> str:
    inner = f'<div class="by">{who}</div><div class="say" dir="auto">{text}</div>'
    return f'<div class="dsaid {look}">{face}<div>{inner}</div></div>'


def agent(case: Case | None, name: str) -> str:
    """Return the agent's window as HTML."""
    first = escape(wording.first_name(name))
    bar = (
        f'<div class="wbar">{avatar(wording.initial(name), "amber", "small")}<b>{first}, the agent</b>'
        "<span>what she sees</span></div>"
    )
    if case is None:
        text = "She can read the conversation, but it never entered her queue."
        inner = blank("check_circle", f"Nothing for {first} to do", text)
        return f'{bar}<div class="wbody mid" tabindex="0">{inner}</div>'
    inner = f'<div class="inner">{_row(case)}{_notes(case)}{_talk(case)}</div>'
    return f'{bar}<div class="wbody end" tabindex="0">{inner}</div>'


def _row(case: Case) -> str:
    ticket = case.ticket
    chips = priority(ticket.priority) + chip(wording.topic(ticket.critical or ticket.request_type), "line")
    if not ticket.open:
        chips = chip("Resolved", "good", "check") + chips
    elif case.agent_name:
        chips = chip(f"{wording.first_name(case.agent_name)} has it", "blue") + chips
    said = next((m.text for m in reversed(case.messages) if m.sender is Sender.CUSTOMER), ticket.subject)
    look = "" if ticket.open else " calm"
    return (
        f'<div class="drow{look}"><div class="chips">{chips}</div><b>{escape(case.customer.name)}</b>'
        f'<p dir="auto">{escape(said)}</p></div>'
    )


def _notes(case: Case) -> str:
    if case.handoff is None:
        return ""
    p = case.handoff.packet
    quoted = f" “{escape(p.trigger)}”" if p.trigger else ""
    parts = [("Why it came to you", f"<p>{escape(p.why)}{quoted}</p>")]
    if p.wants:
        still = "".join(f'<p class="meta">Open: {escape(q)}</p>' for q in p.open_questions)
        parts.append(("Wants", f'<p dir="auto">{escape(p.wants)}</p>{still}'))
    if p.suggested_reply and not _replied(case):
        parts.append(("Suggested reply", markdown.to_html(p.suggested_reply, range(1, 20))))
    return "".join(f'<div class="dcard"><h3>{title}</h3>{body}</div>' for title, body in parts)


def _replied(case: Case) -> bool:
    return any(m.sender is Sender.AGENT and m.kind is MessageKind.TEXT for m in case.messages)


def _talk(case: Case) -> str:
    spoken = [m for m in case.messages if m.sender is Sender.AGENT]
    return "".join(
        f'<div class="dcard reply"><h3>{escape(wording.first_name(m.author_name or ""))} '
        f"{'noted' if m.private else 'replied'}</h3>{markdown.to_html(m.text)}</div>"
        for m in spoken
    )
