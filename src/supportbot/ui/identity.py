"""Who is looking, asked of the database on every run. Session state holds ids and drafts, never authority."""

import streamlit as st

from supportbot import bootstrap
from supportbot.access import client_address, may
from supportbot.domain.account import Actor, Customer, Role
from supportbot.domain.errors import BadInput, StorageError

CUSTOMER_COOKIE = "sb_customer"
STAFF_COOKIE = "sb_session"


def desk() -> bootstrap.App:
    """Return the process's application."""
    return bootstrap.app()


def customer() -> Customer | None:
    """Return whose cookie this is, known from now on; None when the browser sends no cookie."""
    token = st.context.cookies.get(CUSTOMER_COOKIE)
    if not token:
        return None
    access = desk().access
    try:
        return access.recognise(token) or access.enrol(token)
    except BadInput:
        return None


def address() -> str:
    """Return the network address the visitor writes from, as far as trusted proxies vouch for it."""
    proxies = desk().settings.server.trusted_proxies
    forwarded = ",".join(st.context.headers.get_all("X-Forwarded-For"))  # some proxies add a line of their own
    return client_address(st.context.ip_address or "127.0.0.1", forwarded, proxies)


def actor() -> Actor | None:
    """Return the agent who is signed in, or None."""
    token = st.context.cookies.get(STAFF_COOKIE)
    return desk().access.who(token) if token else None


def reachable() -> bool:
    """Whether the database says again who is looking."""
    try:
        actor()
        customer()
    except StorageError:
        return False
    return True


def require(role: Role) -> Actor:
    """Return the agent signed in, or end this run with a link to sign in."""
    who = actor()
    if who is not None and may(who, role):
        return who
    if who is None:
        closed_door("Sign in to see this page", "It is for people who answer customers.", "Sign in", "account/sign-in")
    closed_door(
        "This page is not open to you", "Ask an admin if you need it for your work.", "Back to the inbox", "inbox"
    )
    st.stop()


def closed_door(title: str, text: str, label: str, link: str) -> None:
    """Say in one card why a page stays closed, and where to go."""
    with st.container(key="door"):
        st.html(
            f'<img src="app/static/mark.svg" alt="" width="40" height="40"><h1>{title}</h1><p>{text}</p>'
            f'<p><a class="go" href="{link}" target="_self">{label}</a></p>'
        )
