"""Where the customer writes, the way to a person beside it, and the banner about people above the thread."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from supportbot.domain.errors import BadInput, LimitReached, SupportbotError
from supportbot.domain.message import Sender
from supportbot.domain.ticket import Status
from supportbot.engine.views import Conversation
from supportbot.ui import identity, wording
from supportbot.ui.components import skip
from supportbot.ui.components.parts import notice

_TOLD = {
    "card": "a card number",
    "cvv": "a card's security code",
    "national_id": "an identity number",
    "email": "an e-mail address",
    "phone": "a phone number",
    "iban": "an account number",
}
_DESTROYED = {"card", "cvv", "national_id"}


def dock(view: Conversation) -> None:
    """Draw the composer and the pill under it; what they say follows the conversation's state."""
    with st.bottom:
        skip.target("chat")
        st.chat_input(_placeholder(view), key="say", on_submit=say_typed)
        with st.container(key="dock", horizontal=True, wrap=False):
            _pill(view)
            st.html(f'<div class="honest">{_honesty(view)}</div>')


def _placeholder(view: Conversation) -> str:
    if view.agent_name:
        return f"Write to {wording.first_name(view.agent_name)}"
    if view.waiting is not None:
        if not _wrote(view):
            return "Write what it is about"
        return "Add something for the person" if view.waiting.critical else "Ask something meanwhile"
    if view.current is not None and view.current.status is Status.RESOLVED:
        return "Write to open this again"
    return "Write your question" if view.people_open else "Ask now, or leave a message"


def _pill(view: Conversation) -> None:
    if view.agent_name or (view.waiting is not None and view.waiting.critical):
        st.button("End the conversation", key="pill-end", icon=":material/check:", on_click=act, args=("finish",))
    elif view.waiting is not None:
        st.button("Leave the queue", key="pill-leave", icon=":material/close:", on_click=act, args=("leave_queue",))
    else:
        label = "Talk to a person" if view.people_open else "Leave a message"
        st.button(label, key="pill-person", icon=":material/support_agent:", on_click=act, args=("ask_person",))


def _honesty(view: Conversation) -> str:
    if view.agent_name:
        return "You are talking to a person."
    if view.waiting is None and view.current is not None and view.current.status is Status.RESOLVED:
        return "Open again within 7 days."
    return "Automatic answers can be wrong. Check the sources."


def banner(view: Conversation, now: datetime) -> None:
    """Say how long people will take, or when they are back.

    The slot is there even when it is empty: what comes below must keep its place, or the fragment there gets another
    identity and the browser's events for the old one are lost.
    """
    back, tz = view.people_back, wording.zone(st.context.timezone)
    with st.container(key="banner-sticky" if view.waiting is not None else "banner"):
        if view.waiting is not None:
            st.html(_waiting(view, now, tz))
        elif not view.people_open and back is not None and view.agent_name is None:
            rest = "The assistant answers now. Leave a message for a person and we reply here first thing."
            st.html(notice("bedtime", f"People are back {wording.back_at(back, now, tz)}", rest))
        else:
            st.html("<span hidden></span>")


def _waiting(view: Conversation, now: datetime, tz: ZoneInfo) -> str:
    waiting = view.waiting
    if waiting is None:
        return ""
    if not view.people_open and view.people_back is not None:
        rest = "Your message is with them." if _wrote(view) else "Write below what it is about."
        title = f"People are back {wording.back_at(view.people_back, now, tz)}"
        return notice("bedtime", title, f"{rest} They reply here first thing.", look="amber")
    place = "You are next." if waiting.ahead == 0 else f"{waiting.ahead} ahead of you."
    rest = "A person reads everything you add." if waiting.critical else "Keep asking meanwhile: you keep your place."
    side = ("about", wording.about(waiting.minutes)) if waiting.minutes is not None else None
    return notice("support_agent", "Waiting for a person", f"{place} {rest}", look="amber", side=side)


def _wrote(view: Conversation) -> bool:
    """Whether the customer has said anything on the open ticket."""
    ticket = view.current
    return any(m.sender is Sender.CUSTOMER and ticket and m.ticket_id == ticket.id for m in view.messages)


def say_typed() -> None:
    """Take in what stands in the composer."""
    text = st.session_state.get("say")
    if text:
        say(str(text))


def say(text: str) -> None:
    """Hand a text to the engine; a refusal is told under the thread and the text is kept there."""
    st.session_state.pop("refused", None)
    st.session_state["shown"] = 50
    try:
        who = identity.customer()
        if who is None:
            return
        taken = identity.desk().customers.say(who.id, text, address=identity.address())
    except LimitReached as limit:
        _limited(limit, text)
    except BadInput as wrong:
        st.session_state["refused"] = {"kind": "input", "words": str(wrong), "text": text, "at": None}
    except SupportbotError:
        st.session_state["refused"] = {"kind": "failed", "words": "", "text": text, "at": None}
    else:
        told = _told(taken.masked_kinds, taken.cut_characters)
        if told:
            st.session_state.setdefault("told", {})[taken.message_id] = told


def leave(text: str) -> None:
    """Bring a person with a message that was not taken in, so that it is not lost."""
    try:
        who = identity.customer()
        if who is None:
            return
        identity.desk().customers.leave(who.id, text, address=identity.address())
    except LimitReached as limit:
        _limited(limit, text)
    except SupportbotError as wrong:
        st.session_state["refused"] = {"kind": "input", "words": str(wrong), "text": text, "at": None}
    else:
        st.session_state.pop("refused", None)


def act(name: str) -> None:
    """Call one of the customer's use cases that take nothing but the customer; a refusal is told in one line."""
    st.session_state.pop("refused", None)
    customers = identity.desk().customers
    try:
        who = identity.customer()
        if who is None:
            return
        if name == "ask_person":
            customers.ask_person(who.id, address=identity.address())
        else:
            getattr(customers, name)(who.id)
    except LimitReached as limit:
        _limited(limit, "")
    except SupportbotError as refused:
        st.session_state["refused"] = {"kind": "input", "words": str(refused), "text": "", "at": None}


def _limited(limit: LimitReached, text: str) -> None:
    """Keep what a limit refused: what happened, until when, and whether people are still to be reached."""
    kind = "limit-person" if "person" in limit.limit else "limit"
    st.session_state["refused"] = {"kind": kind, "words": limit.what, "text": text, "at": limit.retry_at}


def _told(kinds: tuple[str, ...], cut: int) -> str:
    """Return what was done to a message before it was stored."""
    said = []
    for gone, verb in ((True, "removed"), (False, "hid")):
        names = [_TOLD.get(kind, "a personal detail") for kind in dict.fromkeys(kinds) if (kind in _DESTROYED) is gone]
        if names:
            after = "It was never stored." if gone else "Only a person on your case can see it."
            said.append(f"We {verb} {' and '.join(names)} in this message. {after}")
    if cut:
        said.append(f"The message was very long: {cut:,} characters in the middle were left out.")
    return " ".join(said)
