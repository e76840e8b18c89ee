"""The middle column of the inbox: head, who has it, the conversation, and the box to write in."""

from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from supportbot.domain.account import Actor
from supportbot.domain.ticket import Status
from supportbot.inbox.views import Case
from supportbot.ui import identity, wording
from supportbot.ui.components import acting, reply
from supportbot.ui.components.parts import blank, icon
from supportbot.ui.components.transcript import transcript

_SHOWN = 100


def middle(case: Case, who: Actor, tz: ZoneInfo) -> None:
    """Draw the open conversation."""
    now = identity.desk().clock.now()
    _head(case, now, tz)
    _strip(case, now, tz)
    with st.container(key="transcript"):
        _messages(case, who, tz)
    with st.container(key="writing"):
        acting.told(case.ticket.id)
        if case.ticket.open:
            reply.box(case, who)


def _head(case: Case, now: datetime, tz: ZoneInfo) -> None:
    ticket = case.ticket
    with st.container(key="mhead", horizontal=True, vertical_alignment="center", wrap=False):
        st.button("Back to the list", key="leave", icon=":material/arrow_back:", type="tertiary", on_click=leave)
        topic = wording.topic(ticket.critical or ticket.request_type)
        seen = f"customer since {case.customer.created_at.astimezone(tz).year}"
        name = wording.called(case.customer.name, ticket.number)
        facts = [escape(topic), wording.language(ticket.language), seen]
        if not name.endswith(f"#{ticket.number}"):
            facts.insert(0, f"#{ticket.number}")
        if ticket.demo:
            facts.append("demo")
        st.html(f'<div class="mtitle"><h2>{escape(name)}</h2><span class="num">{" · ".join(facts)}</span></div>')
        st.button("Notes", key="notes", icon=":material/assignment:", on_click=_notes)
        if case.mine:
            _snooze(ticket.id, now, tz)
            st.button(
                "Resolve",
                key=f"resolve-{ticket.id}",
                icon=":material/check:",
                type="primary",
                on_click=_resolve,
                args=(ticket.id,),
            )
        elif case.can_claim:
            st.button(
                "Claim",
                key=f"claim-{ticket.id}",
                icon=":material/back_hand:",
                type="primary",
                on_click=_claim,
                args=(ticket.id,),
            )


def _claim(ticket_id: str) -> None:
    if not acting.act("claim", ticket_id) and reply.written(ticket_id):
        acting.add(ticket_id, "Your draft is kept: send it as a note, or copy it.")


def _resolve(ticket_id: str) -> None:
    if acting.act("resolve", ticket_id, done="Resolved. What the customer writes later opens a new conversation."):
        reply.drafts().pop(ticket_id, None)


def _snooze(ticket_id: str, now: datetime, tz: ZoneInfo) -> None:
    with st.popover("Snooze", icon=":material/snooze:", key=f"snooze-{ticket_id}-{acting.acted()}"):
        st.html('<p class="meta">A message of the customer wakes it earlier.</p>')
        tomorrow = (now.astimezone(tz) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        times = {
            "For 30 minutes": now + timedelta(minutes=30),
            "For 2 hours": now + timedelta(hours=2),
            "Until tomorrow, 09:00": tomorrow,
        }
        for label, until in times.items():
            st.button(label, key=f"until-{label}", width="stretch", on_click=_asleep, args=(ticket_id, until))


def _asleep(ticket_id: str, until: datetime) -> None:
    acting.act("snooze", ticket_id, until)


def _notes() -> None:
    st.session_state["notes-open"] = not st.session_state.get("notes-open", False)


def leave() -> None:
    """Go back to the list, which matters where only one column fits."""
    st.session_state["ticket"] = None
    st.session_state["notes-open"] = False
    st.query_params.pop("ticket", None)


def _strip(case: Case, now: datetime, tz: ZoneInfo) -> None:
    """Say in one strip who has this conversation, when it is not plainly you."""
    ticket, name = case.ticket, case.agent_name
    text, look, left = "", "", icon("lock")
    if ticket.status is Status.RESOLVED:
        text, left = f"Resolved {wording.moment(ticket.resolved_at or now, now, tz)}.", icon("check_circle")
    elif ticket.status is Status.SNOOZED and ticket.snoozed_until is not None:
        text, left = f"Snoozed until {wording.moment(ticket.snoozed_until, now, tz)}.", icon("snooze")
    elif name and not case.mine:
        since = wording.ago((now - (ticket.claimed_at or now)).total_seconds())
        text, look = f"{name} claimed this {since}. You can read and add notes.", "blue"
    elif not case.mine and ticket.queued:
        text, look, left = "Nobody has this yet. Claim it to reply.", "amber", icon("back_hand")
    elif not case.mine:
        text, left = "The assistant is answering. Claim it to take over.", icon("smart_toy")
    if text:
        st.html(f'<div class="strip {look}" role="status">{left}<span>{escape(text)}</span></div>')


def _messages(case: Case, who: Actor, tz: ZoneInfo) -> None:
    count = int(st.session_state.get(f"lines-{case.ticket.id}", _SHOWN))
    hidden = len(case.messages) - count
    if hidden > 0 and st.button(f"Show earlier ({hidden:,} more)", key="lines", type="tertiary"):
        st.session_state[f"lines-{case.ticket.id}"] = count + _SHOWN
        st.rerun()
    st.html(transcript(case, who, tz, case.messages[-count:]))


def nothing() -> None:
    """Say how to begin."""
    st.html(
        '<div class="mblank">'
        + blank(
            "forum",
            "No conversation open",
            "Pick one from the list, or press <b>J</b> and <b>K</b> to move through it.",
        )
        + "</div>"
    )
