"""Asking how an answer was, and how the whole conversation was."""

from collections.abc import Callable

import streamlit as st

from supportbot.domain.errors import SupportbotError
from supportbot.domain.message import Message
from supportbot.engine.customers import Customers
from supportbot.ui import identity

REASONS = {
    "wrong": "It is wrong",
    "not_my_question": "Not what I asked",
    "unclear": "Hard to follow",
    "outdated": "Out of date",
}


def thumbs(message: Message, rated: str | None, *, done: bool) -> None:
    """Ask whether an answer helped; after a thumbs down ask why, after a thumbs up offer to close (*done*)."""
    key = f"thumb-{message.id}"
    with st.container(key=f"rate-{message.id}", horizontal=True, gap=None, vertical_alignment="center"):
        st.html('<span class="ask">Did this help?</span>', width="content")
        st.feedback(
            "thumbs",
            key=key,
            default={"up": 1, "down": 0}.get(rated or ""),
            on_change=_rated,
            args=(message.id, key),
        )
        if rated == "up" and done:
            st.button(
                "That solved it", key=f"solved-{message.id}", icon=":material/check:", type="tertiary", on_click=_solved
            )
    if rated == "down" and not st.session_state.get(f"why-told-{message.id}"):
        st.pills(
            "What was wrong?",
            list(REASONS),
            format_func=REASONS.__getitem__,
            key=f"why-{message.id}",
            on_change=_why,
            args=(message.id,),
        )


def _rated(message_id: str, key: str) -> None:
    value = st.session_state.get(key)
    _said(lambda customers, who: customers.rate(who, message_id, None if value is None else bool(value)))


def _why(message_id: str) -> None:
    reason = st.session_state.get(f"why-{message_id}")
    if reason and _said(lambda customers, who: customers.rate(who, message_id, False, reason)):
        st.session_state[f"why-told-{message_id}"] = True


def _solved() -> None:
    _said(lambda customers, who: customers.finish(who))


def _said(tell: Callable[[Customers, str], None]) -> bool:
    """Hand an opinion to the desk; what could not be kept is told in passing, for it can be said again."""
    try:
        who = identity.customer()
        if who is not None:
            tell(identity.desk().customers, who.id)
            return True
    except SupportbotError:
        st.toast("This could not be saved just now. Please try once more in a minute.")
    return False


def satisfaction(name: str, given: int | None) -> None:
    """Ask once, after a conversation is closed, how it went: one tap, 1 to 5."""
    with st.container(key="csat"):
        if given is not None:
            st.html("<h2>Thank you</h2><p>It helps the next person who asks.</p>")
            return
        st.html(f"<h2>How did we do?</h2><p>One tap is enough. It goes to {name}.</p>")
        st.feedback("faces", key="faces", on_change=_scored)


def _scored() -> None:
    value = st.session_state.get("faces")
    if value is not None:
        _said(lambda customers, who: customers.score(who, int(value) + 1))
