"""Calling the inbox's use cases from buttons: a refusal becomes one calm line, never a traceback."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from supportbot.domain.errors import StorageError, SupportbotError
from supportbot.ui import identity
from supportbot.ui.components.parts import one_line


def act(name: str, ticket_id: str, *args: Any, done: str = "") -> bool:
    """Call `inbox.<name>` as whoever is signed in now; say in one line how it went, and return whether it did."""
    try:
        who = identity.actor()
    except StorageError:
        tell(ticket_id, "red", "The database does not answer just now. Nothing was changed; your text is kept.")
        return False
    if who is None:
        tell(ticket_id, "red", "You are signed out. Your text is kept here: sign in again in another tab, then repeat.")
        return False
    use_case: Callable[..., object] = getattr(identity.desk().inbox, name)
    try:
        use_case(who, ticket_id, *args)
    except StorageError:
        tell(ticket_id, "red", "The database does not answer just now. Nothing was changed; your text is kept.")
    except SupportbotError as refused:
        tell(ticket_id, "red", str(refused))
    else:
        tell(ticket_id, "good", done)
        st.session_state["acted"] = acted() + 1
        return True
    return False


def acted() -> int:
    """Return how many actions went through: part of a popover's key, so that one closes when its work is done."""
    return int(st.session_state.get("acted", 0))


def tell(ticket_id: str, look: str, text: str) -> None:
    """Keep a line to be shown with this ticket, once; an empty text takes the last one away."""
    st.session_state["said"] = (ticket_id, look, text) if text else None


def add(ticket_id: str, text: str) -> None:
    """Put a sentence behind the line kept for this ticket."""
    said = st.session_state.get("said")
    if said and said[0] == ticket_id:
        tell(ticket_id, said[1], f"{said[2]} {text}")


def told(ticket_id: str) -> None:
    """Draw the line kept for this ticket."""
    said = st.session_state.get("said")
    if said and said[0] == ticket_id:
        one_line(said[1], said[2])
