"""The corner of the staff shell: who is signed in, whether new cases may come, and the way out."""

from html import escape

import streamlit as st

from supportbot.domain.account import Actor
from supportbot.domain.errors import SupportbotError
from supportbot.ui import identity

_SIGN_OUT = (
    '<form method="post" action="account/sign-out"><button class="plainbutton" type="submit">Sign out</button></form>'
)


def corner(who: Actor) -> None:
    """Draw availability and the account menu."""
    mine = next((a for a in identity.desk().access.list_accounts(who) if a.id == who.id), None)
    available = mine is None or mine.available
    with st.container(key="account", horizontal=True, gap="small", vertical_alignment="center"):
        word, look = ("Available", "") if available else ("Away", "off")
        st.html(f'<span class="dot {look}"><i></i>{word}</span>', width="content")
        with st.popover(who.name, icon=":material/account_circle:", type="tertiary", key="account-menu"):
            st.html(f'<div class="me"><b>{escape(who.name)}</b><br><span>{escape(who.role.capitalize())}</span></div>')
            st.toggle("Available for new conversations", value=available, key="available", on_change=_available)
            st.html(_SIGN_OUT)


def _available() -> None:
    try:
        who = identity.actor()
        if who is None:
            return
        identity.desk().access.set_available(who, bool(st.session_state.get("available")))
    except SupportbotError as refused:
        st.toast(str(refused))
