"""The left column of the inbox: who waits, how long, how urgent."""

from collections.abc import Callable
from html import escape

import streamlit as st

from supportbot.domain.account import Actor
from supportbot.domain.ticket import Priority
from supportbot.inbox.views import Queue, QueueRow, Scope
from supportbot.ui import wording
from supportbot.ui.components.parts import avatar, blank, chip, in_label

PAGE = 50
_SOON_SECONDS = 300
_LATER_SECONDS = 2700
_PRIORITY = {
    Priority.URGENT: ("red", "keyboard_double_arrow_up"),
    Priority.HIGH: ("amber", "keyboard_arrow_up"),
    Priority.NORMAL: ("line", "remove"),
    Priority.LOW: ("line", "keyboard_arrow_down"),
}


def head(queue: Queue) -> None:
    """Draw the column's title, its counters and the choice of scope."""
    longest = f" · longest {wording.span(queue.longest_seconds)}" if queue.waiting else ""
    st.html(f'<div class="qtitle"><h1>Inbox</h1><span class="num">{queue.waiting:,} waiting{longest}</span></div>')
    labels = {Scope.MINE: "Mine", Scope.OPEN: "Open", Scope.ALL: "All"}
    st.segmented_control(
        "Which conversations",
        list(Scope),
        format_func=lambda scope: f"{labels[scope]} {queue.counts.get(scope, 0):,}",
        default=Scope.ALL,
        required=True,
        key="scope",
        label_visibility="collapsed",
        width="stretch",
        on_change=_first_page,
    )


def _first_page() -> None:
    st.session_state["queue-page"] = 0


def rows(queue: Queue, scope: Scope, opened: str | None, who: Actor, choose: Callable[[str], None]) -> None:
    """Draw the rows; *choose* is called with a ticket's id."""
    if not queue.rows:
        st.html(f'<div class="qblank">{_nobody(queue, scope)}</div>')
        return
    for row in queue.rows:
        look = "open" if row.ticket.id == opened else "unread" if row.unread else "read"
        with st.container(key=f"row-{look}-{row.ticket.id}"):
            st.html(_row(row, who))
            st.button(_spoken(row), key=f"pick-{row.ticket.id}", on_click=choose, args=(row.ticket.id,))


def _nobody(queue: Queue, scope: Scope) -> str:
    """Say what an empty list means: nobody waits, or only nobody here."""
    if scope is Scope.MINE and queue.waiting:
        waits = f"{wording.plural(queue.waiting, 'conversation')} {'waits' if queue.waiting == 1 else 'wait'}"
        return blank("inbox", "Nothing is yours", f"{waits} in Open. Claim one to make it yours.")
    held = queue.counts.get(Scope.ALL, 0) - queue.waiting
    if held and scope is Scope.OPEN:
        text = f"{wording.plural(held, 'conversation')} in somebody’s hands, listed in All."
        return blank("check_circle", "Nobody is waiting", text)
    came = f"{wording.plural(queue.recent, 'conversation')} in the last 24 hours. " if queue.recent else ""
    return blank("check_circle", "Nobody is waiting", f"{came}New ones appear here by themselves.")


def pager(queue: Queue, scope: Scope) -> None:
    """Draw the way to other pages, when there are any."""
    total, page = queue.counts.get(scope, 0), int(st.session_state.get("queue-page", 0))
    if total <= PAGE:
        return
    last = (total - 1) // PAGE
    with st.container(key="pager", horizontal=True, vertical_alignment="center"):
        st.button("Previous", key="page-back", disabled=page == 0, on_click=_turn, args=(-1,))
        here = f"{page * PAGE + 1:,}–{min(total, (page + 1) * PAGE):,} of {total:,}"
        st.html(f'<span class="num" role="status">{here}</span>', width="content")
        st.button("Next", key="page-on", disabled=page >= last, on_click=_turn, args=(1,))


def _turn(by: int) -> None:
    st.session_state["queue-page"] = max(0, int(st.session_state.get("queue-page", 0)) + by)


def _name(row: QueueRow) -> str:
    return wording.called(row.customer_name, row.ticket.number)


def _row(row: QueueRow, who: Actor) -> str:
    ticket = row.ticket
    owner = ""
    if row.agent_name:
        owner = avatar(wording.initial(row.agent_name), "amber" if ticket.agent_id == who.id else "blue", "small")
    demo = chip("Demo", "note") if ticket.demo else ""
    return (
        f'<div class="qrow" aria-hidden="true"><div class="l1"><b>{escape(_name(row))}</b>'
        f'<span class="num">{wording.span(row.waiting_seconds) if row.waiting_seconds >= 60 else "now"}</span></div>'
        f'<div class="l2" dir="auto">{escape(row.preview)}</div>'
        f'<div class="l3">{due(row)}{priority(ticket.priority)}{chip(topic(row), "line")}{demo}'
        f'<span class="push"></span>{owner}</div></div>'
    )


def due(row: QueueRow) -> str:
    """Return the chip that says how much of the promised time is left; after a reply, whose turn it is."""
    if row.ticket.first_agent_reply_at is not None:
        return chip("Wrote again", "amber", "mark_chat_unread") if row.unread else chip("Replied", "line", "check")
    left = row.sla_left_seconds
    look = "red" if left < _SOON_SECONDS else "amber" if left < _LATER_SECONDS else "line"
    return chip(f"{wording.span(left)} {'late' if left < 0 else 'left'}", look, "schedule")


def priority(level: Priority) -> str:
    """Return the chip of a priority: colour, symbol and word."""
    look, symbol = _PRIORITY[level]
    return chip(wording.PRIORITIES[level], look, symbol)


def topic(row: QueueRow) -> str:
    """Return what a ticket is about in a word or two."""
    return wording.topic(row.ticket.critical or row.ticket.request_type)


def _spoken(row: QueueRow) -> str:
    """Return a row in one sentence, for screen readers and voice control."""
    new = "New message. " if row.unread else ""
    held = f" {row.agent_name} has it." if row.agent_name else ""
    level = wording.PRIORITIES[row.ticket.priority].lower()
    text = f"{new}{_name(row)}, waiting {wording.span(row.waiting_seconds)}, {level} priority: {row.preview}.{held}"
    return in_label(text)
