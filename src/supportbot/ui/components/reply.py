"""The box an agent writes in. A draft belongs to its ticket and is never lost."""

from html import escape

import streamlit as st

from supportbot.domain.account import Actor
from supportbot.domain.errors import SupportbotError
from supportbot.domain.passage import Hit, Visibility
from supportbot.inbox.views import Case
from supportbot.ui import identity, markdown, wording
from supportbot.ui.components.acting import act
from supportbot.ui.components.parts import chip

REPLY, NOTE = "Reply", "Internal note"


def box(case: Case, who: Actor) -> None:
    """Draw the box: reply or note, the text, articles, and the button that sends."""
    ticket = case.ticket
    mode = _mode(case)
    with st.container(key=f"box-{'note' if mode == NOTE else 'reply'}"):
        with st.container(key="boxhead", horizontal=True, vertical_alignment="center", wrap=False):
            options = [REPLY, NOTE] if case.mine else [NOTE]
            st.segmented_control(
                "What to write",
                options,
                required=True,
                key=_mode_key(ticket.id, mine=case.mine),
                label_visibility="collapsed",
            )
            first = wording.first_name(case.customer.name)
            says = (
                "Only your team sees notes"
                if mode == NOTE
                else f"{escape(first[:1].upper() + first[1:])} sees this at once"
            )
            st.html(f'<div class="boxsays">{says}</div>')
        _text(case, mode)
        with st.container(key="boxfoot", horizontal=True, vertical_alignment="center"):
            with st.popover(
                "Articles", icon=":material/menu_book:", type="tertiary", key=f"articles-{ticket.id}-{_read()}"
            ):
                _articles(who, ticket.id, may_insert=case.mine)
            label, icon = ("Add note", ":material/edit_note:") if mode == NOTE else ("Send", ":material/send:")
            st.button(label, key=f"send-{ticket.id}", icon=icon, type="primary", on_click=_send, args=(ticket.id, mode))


def _mode(case: Case) -> str:
    """Return what is being written; without the claim only notes can be."""
    key = _mode_key(case.ticket.id, mine=case.mine)
    if not case.mine:
        st.session_state[key] = NOTE
    elif st.session_state.get(key) not in (REPLY, NOTE):
        st.session_state[key] = REPLY
    return str(st.session_state[key])


def _mode_key(ticket_id: str, *, mine: bool) -> str:
    """A claim gives the switch another key: the browser would send the old one's "Internal note" back otherwise."""
    return f"mode-{ticket_id}-{'mine' if mine else 'other'}"


def _text(case: Case, mode: str) -> None:
    ticket_id = case.ticket.id
    key = f"draft-{ticket_id}"
    if key not in st.session_state:
        st.session_state[key] = drafts().get(ticket_id, "")
    whom = wording.first_name(case.agent_name or "") if case.agent_name and not case.mine else "your team"
    hint = f"Write to {wording.first_name(case.customer.name)}" if mode == REPLY else f"Write a note for {whom}"
    st.text_area(
        hint,
        key=key,
        height=64,
        placeholder=hint,
        label_visibility="collapsed",
        on_change=_keep,
        args=(ticket_id, case.mine),
    )


def drafts() -> dict[str, str]:
    """Return the drafts of this session by ticket; widgets forget theirs when another ticket is opened."""
    kept: dict[str, str] = st.session_state.setdefault("drafts", {})
    return kept


def written(ticket_id: str) -> str:
    """Return what stands in the draft now, also what was typed right before the click."""
    return str(st.session_state.get(f"draft-{ticket_id}") or drafts().get(ticket_id, "")).strip()


def _keep(ticket_id: str, mine: bool) -> None:
    """Remember a draft; writing is a sign of life that keeps the claim."""
    drafts()[ticket_id] = str(st.session_state.get(f"draft-{ticket_id}") or "")
    who = identity.actor()
    if mine and who is not None:
        try:
            identity.desk().inbox.renew(who, ticket_id)
        except SupportbotError:
            return


def insert(ticket_id: str, text: str) -> None:
    """Put *text* behind what stands in the draft."""
    key = f"draft-{ticket_id}"
    before = str(st.session_state.get(key) or drafts().get(ticket_id, "")).rstrip()
    whole = f"{before}\n\n{text}" if before else text
    st.session_state[key] = drafts()[ticket_id] = whole
    st.session_state[_mode_key(ticket_id, mine=True)] = REPLY
    st.session_state["articles-read"] = _read() + 1


def _send(ticket_id: str, mode: str) -> None:
    key = f"draft-{ticket_id}"
    text = str(st.session_state.get(key) or "")
    drafts()[ticket_id] = text
    if act("note" if mode == NOTE else "reply", ticket_id, text):
        drafts().pop(ticket_id, None)
        st.session_state[key] = ""


def _articles(who: Actor, ticket_id: str, *, may_insert: bool) -> None:
    """Search the articles, internal ones included."""
    query = st.text_input("Search the articles", key=f"find-{ticket_id}", placeholder="Search the articles")
    if not query or not query.strip():
        st.html('<p class="meta">Internal articles are included; customers never see those.</p>')
        return
    found = identity.desk().inbox.search(who, query).hits[:5]
    if not found:
        st.html('<p class="meta">No article covers this.</p>')
    for place, hit in enumerate(found):
        _hit(hit, ticket_id, place, may_insert)


def _read() -> int:
    """Return how many articles were opened or inserted: part of the popover's key, which closes it then."""
    return int(st.session_state.get("articles-read", 0))


def _beginning(text: str) -> str:
    """Return the first 320 characters or less, ending with a whole word."""
    return text if len(text) <= 320 else f"{text[:320].rpartition(' ')[0] or text[:320]} …"


def _hit(hit: Hit, ticket_id: str, place: int, may_insert: bool) -> None:
    passage = hit.passage
    internal = passage.visibility is Visibility.INTERNAL
    label = chip("Internal", "note") if internal else ""
    st.html(
        f'<div class="hit"><b>{escape(passage.title)}</b> {label}<div class="meta">{escape(passage.heading)}</div>'
        f"{markdown.to_html(_beginning(passage.text))}</div>"
    )
    with st.container(key=f"hit-{place}", horizontal=True):
        if st.button("Open", key=f"open-{ticket_id}-{place}", type="tertiary", icon=":material/open_in_new:"):
            st.session_state["article"] = passage.article_id
            st.session_state["articles-read"] = _read() + 1
            st.rerun()
        if may_insert and not internal:
            st.button(
                "Insert", key=f"put-{ticket_id}-{place}", type="tertiary", icon=":material/add:",
                on_click=insert, args=(ticket_id, passage.text),
            )  # fmt: skip
