"""Deleting one's own conversation: the button on top, the dialog that asks, and the page that begins anew."""

import streamlit as st

from supportbot.domain.account import Customer
from supportbot.domain.errors import BadInput, SupportbotError
from supportbot.engine.views import Conversation
from supportbot.ui import identity
from supportbot.ui.components.parts import notice

DELETED = "Your conversation was deleted."
_LATER = "What was being answered at that moment is gone within the hour."
_CHOICE = "Delete my conversation"
_WHAT = (
    '<div class="deleting"><h3>What is deleted</h3><ul><li>all that was written here, with notes and comments</li>'
    "<li>addresses and numbers kept from it</li><li>your name, and what links this browser to it</li></ul>"
    "<h3>What stays</h3><p>Figures without text: when something was asked, on which topic, how it was rated and what "
    "it cost. They lead to nobody. Backups keep a copy until they are deleted themselves.</p>"
    "<p><b>This cannot be undone.</b> You can begin a new conversation at any time.</p></div>"
)


def begun_anew(who: Customer) -> None:
    """Forget what this session holds of a conversation that is gone: its customer is not the cookie's any more.

    Another tab, or a lead in support, may have deleted it.
    """
    state = st.session_state
    if gone(who):
        rest = state.get("rest", "")
        state.clear()
        state["deleted"] = rest or "What you write now begins a new one."
    state["whose"] = who.id


def gone(who: Customer) -> bool:
    """Whether the page shows a conversation that was deleted meanwhile."""
    return st.session_state.get("whose") not in (None, who.id)


def button(view: Conversation) -> None:
    """Draw the button that asks, once there is something to delete; a narrow page shows its symbol alone."""
    if view.messages:
        st.button(_CHOICE, key="delete-ask", icon=":material/delete:", type="tertiary", on_click=_ask)


def _ask() -> None:
    st.session_state["deleting"] = "asked"


def asked() -> bool:
    """Whether the customer chose to delete, and has neither done so nor kept the conversation."""
    return "deleting" in st.session_state


def _keep() -> None:
    st.session_state.pop("deleting", None)


@st.dialog("Delete your conversation?", on_dismiss=_keep)
def dialog(customer_id: str) -> None:
    """Say plainly what goes and what stays, and delete when told to."""
    stage = st.session_state.get("deleting", "asked")
    st.html(_WHAT)
    if stage == "owed":
        rest = "If you delete it, they lose it as well, and nobody will answer you."
        st.html(notice("support_agent", "A person still works on your question", rest, look="amber"))
    elif stage == "failed":
        rest = "Nothing is lost. Please try again in a moment."
        st.html(notice("error", "It could not be deleted just now", rest, look="red"))
    with st.container(key="delete-acts", horizontal=True):
        owed = stage == "owed"
        go = st.button("Delete it all the same" if owed else "Delete for ever", key="delete-go", type="primary")
        if st.button("Keep it", key="delete-keep"):
            _keep()
            st.rerun()
        if go:
            _delete(customer_id, force=owed)
            st.rerun()


def _delete(customer_id: str, *, force: bool) -> None:
    """Erase the customer; while a person has or owes an open ticket of theirs, ask once more first."""
    try:
        done = identity.desk().erasure.erase_own(customer_id, force=force)
    except BadInput:
        st.session_state["deleting"] = "owed"
    except SupportbotError:
        st.session_state["deleting"] = "failed"
    else:
        st.session_state.pop("deleting", None)
        st.session_state["rest"] = _LATER if done.later else ""


def told() -> None:
    """Say quietly, on the fresh page, that it is done."""
    rest = st.session_state.get("deleted")
    if rest:
        st.html(notice("check_circle", DELETED, str(rest), look="good"))


def announced() -> str:
    """Return what screen readers hear of it."""
    return DELETED if st.session_state.get("deleted") else ""
