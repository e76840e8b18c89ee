"""The link that keyboards meet first: past what repeats on every page, to what it is for."""

import streamlit as st

_TARGETS = {
    "chat": ("Skip to the message box", "write"),
    "inbox": ("Skip to the open conversation", "conversation"),
    "savings": ("Skip to the figures", "figures"),
    "demo": ("Skip to the story", "story"),
}


def link(page: str) -> None:
    """Draw the link; it is seen only while it has the focus."""
    found = _TARGETS.get(page)
    if found is None:
        return
    with st.container(key="skip"):
        st.html(f'<a href="#{found[1]}">{found[0]}</a>')


def target(page: str) -> None:
    """Draw the place where the link leads."""
    st.html(f'<span class="here" id="{_TARGETS[page][1]}" tabindex="-1"></span>')
