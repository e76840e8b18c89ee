"""The agents' page: the queue, the open conversation, and the notes that came with it."""

import streamlit as st

from supportbot.domain.account import Role
from supportbot.domain.errors import Forbidden, NotFound
from supportbot.domain.message import Sender
from supportbot.inbox.views import Queue, Scope
from supportbot.ui import identity, wording
from supportbot.ui.components import acting, case, packet, push, queue, skip, sources
from supportbot.ui.components.parts import notice


def draw() -> None:
    """Draw the three columns; queue and case follow the server each on its own."""
    identity.require(Role.AGENT)
    skip.link("inbox")
    opened, wanted = _opened(), st.session_state.pop("article", None)
    if st.session_state.get("opened-before") != opened:
        st.session_state["opened-before"] = opened
        st.session_state.pop("revealed", None)
    look = "list" if opened is None else "notes" if st.session_state.get("notes-open") else "case"
    with st.container(key=f"inbox-{look}", horizontal=True, gap=None, wrap=False):
        with st.container(key="qcol"):
            push.following(_queue, "inbox")
        with st.container(key="ccol"):
            skip.target("inbox")
            if opened is None:
                _empty()
            else:
                push.following(_case, opened)
    if wanted:
        _article(wanted)


def _opened() -> str | None:
    """Return the id of the ticket that is open: the one picked, or the one in the address."""
    if "ticket" not in st.session_state:
        st.session_state["ticket"] = st.query_params.get("ticket")
    return st.session_state["ticket"] or None


def _choose(ticket_id: str) -> None:
    st.session_state["ticket"] = ticket_id
    st.session_state["notes-open"] = False
    st.session_state["whole-page"] = True
    st.session_state["said"] = None
    st.query_params["ticket"] = ticket_id


def _queue() -> None:
    who = identity.actor()
    if who is None or st.session_state.pop("whole-page", False):
        st.rerun()
    scope = Scope(st.session_state.get("scope") or Scope.ALL)
    page = int(st.session_state.get("queue-page", 0))
    try:
        found = identity.desk().inbox.queue(who, scope, limit=queue.PAGE, offset=page * queue.PAGE)
    except Forbidden as refused:
        st.html(notice("error", "The queue cannot be read just now", str(refused), look="red"))
        return
    with st.container(key="qhead"):
        queue.head(found)
    with st.container(key="qlist"):
        queue.rows(found, scope, st.session_state.get("ticket"), who, _choose)
        queue.pager(found, scope)
    _keys(found)
    push.listen(
        "inbox", every=1000, top=f"{scope} {page}", scroller='[data-testid="stLayoutWrapper"]:has(> .st-key-qlist)'
    )


def _keys(found: Queue) -> None:
    """Let J and K move through the list; the buttons are for the keyboard and for screen readers."""
    ids = [row.ticket.id for row in found.rows]
    if not ids:
        return
    at = ids.index(st.session_state["ticket"]) if st.session_state.get("ticket") in ids else -1
    with st.container(key="jk"):
        st.button(
            "Next conversation", key="next", shortcut="j", on_click=_choose, args=(ids[min(at + 1, len(ids) - 1)],)
        )
        st.button("Previous conversation", key="prev", shortcut="k", on_click=_choose, args=(ids[max(at - 1, 0)],))


def _case() -> None:
    who = identity.actor()
    opened = st.session_state.get("ticket")
    if who is None or not opened or st.session_state.get("article"):
        st.rerun()
    if st.session_state.get("notes-open", False) != st.session_state.get("notes-drawn", False):
        st.session_state["notes-drawn"] = st.session_state.get("notes-open", False)
        st.rerun()
    tz = wording.zone(st.context.timezone)
    try:
        found = identity.desk().inbox.open(who, opened)
    except (NotFound, Forbidden) as refused:
        title = "This conversation is not there" if isinstance(refused, NotFound) else "It cannot be shown just now"
        st.html(notice("error", title, str(refused), look="red"))
        return
    with st.container(key="board", horizontal=True, gap=None, wrap=False):
        with st.container(key="mid"):
            case.middle(found, who, tz)
        with st.container(key="pcol"):
            packet.packet(found, tz)
    newest = found.messages[-1] if found.messages else None
    said = f"{found.customer.name}: {newest.text}" if newest and newest.sender is Sender.CUSTOMER else ""
    push.listen(
        opened,
        say=said,
        end=newest.id if newest else "none",
        scroller=".st-key-transcript",
        home=skip.place("inbox"),
        acted=acting.acted(),
    )


def _empty() -> None:
    with st.container(key="board", horizontal=True, gap=None, wrap=False):
        with st.container(key="mid"):
            case.nothing()
        with st.container(key="pcol"):
            packet.nothing()


def _article(wanted: str) -> None:
    who = identity.actor()
    if who is not None:
        try:
            sources.whole(identity.desk().inbox.article(who, wanted))
        except NotFound:
            st.toast("This article is no longer there.")


draw()
