"""The link that keyboards meet first on a page: past what repeats on every page, to what it is for."""

import streamlit as st

_WORDS = {
    "chat": "Skip to the message box",
    "inbox": "Skip to the open conversation",
    "savings": "Skip to the figures",
    "demo": "Skip to the story",
    "privacy": "Skip to the question whose data",
}


def link(page: str) -> None:
    """Draw the link; it is seen only while it has the focus."""
    with st.container(key="skip"):
        st.html(f'<a href="#{place(page)}">{_WORDS[page]}</a>')


def place(page: str) -> str:
    """Return the id of the place; a bare word such as `write` would be taken out as one of the document's own."""
    return f"place-{page}"


def target(page: str) -> None:
    """Draw the place where the link leads."""
    st.html(f'<span class="here" id="{place(page)}" tabindex="-1"></span>')
