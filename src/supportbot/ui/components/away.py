"""What a page says while the database does not answer: what happened, what is safe, and that it tries again."""

from collections.abc import Callable

import streamlit as st

from supportbot.domain.errors import StorageError
from supportbot.ui import identity
from supportbot.ui.components.parts import notice
from supportbot.ui.markdown import plain

#: Seconds between looks while the database is away.
LOOK_SECONDS = 10.0
_STAFF = "Nothing was changed, and your drafts are kept. The page tries again by itself."
_UNSENT = "What you wrote last is not sent yet; it is kept here. The page tries again by itself."
_CUSTOMER = "Everything you sent is saved. The page tries again by itself."


def say(name: str, *, staff: bool) -> None:
    """Draw the notice, a button to try again, and the look that brings the page back by itself."""
    title = "The database does not answer just now" if staff else "We cannot show your conversation just now"
    unsent = "" if staff else str((st.session_state.get("refused") or {}).get("text", ""))
    with st.container(key=f"away-{name}"):
        st.html(notice("cloud_off", title, _STAFF if staff else _UNSENT if unsent else _CUSTOMER, look="red"))
        if unsent:
            st.html(f'<div class="own unsent"><div class="bub" dir="auto">{plain(unsent)}</div></div>')
        st.fragment(_look_again, run_every=LOOK_SECONDS)(name)


def _look_again(name: str) -> None:
    tried = st.session_state.get(f"away-{name}-drawn", False)
    st.session_state[f"away-{name}-drawn"] = True
    pressed = st.button("Try again", key=f"again-{name}", icon=":material/refresh:")
    if (pressed or tried) and identity.reachable():
        st.session_state[f"away-{name}-drawn"] = False
        st.rerun()


def guarded(draw: Callable[[], None], name: str, *, staff: bool) -> None:
    """Draw a part of a page; while the database is away, say so in its place."""
    try:
        draw()
    except StorageError:
        say(name, staff=staff)
