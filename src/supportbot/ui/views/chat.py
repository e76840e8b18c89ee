"""The customer's page: ask, read, open the sources, reach a person."""

from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from supportbot.domain.account import Customer
from supportbot.domain.errors import NotFound
from supportbot.domain.message import Message, Sender
from supportbot.engine.views import Conversation
from supportbot.ui import identity, wording
from supportbot.ui.components import deleting, dock, push, skip, sources, thread
from supportbot.ui.components.bubble import spoken
from supportbot.ui.components.parts import notice

_STARTERS = (
    ("Where is my order?", ":material/local_shipping:"),
    ("How do I return something?", ":material/undo:"),
    ("Cancel or pause my membership", ":material/card_membership:"),
    ("I was charged twice", ":material/receipt_long:"),
)
_PAGE = 50
#: How far back one thread can be opened.
_READ = 5000


def draw() -> None:
    """Draw the page from one snapshot of the customer's conversation."""
    with st.container(key="chat"):
        first, head = st.container(key="first"), st.container(key="head", horizontal=True, vertical_alignment="center")
        with head:
            _head()
        who = identity.customer()
        if who is None:
            st.html(
                notice("cookie", "This page needs a cookie", "Your browser blocks it. Allow cookies here and reload.")
            )
            return
        deleting.begun_anew(who)
        view = identity.desk().customers.view(who.id, messages=_READ)
        with first:
            skip.link("chat")
        with head:
            deleting.button(view)
        _conversation(view)
    if deleting.asked():
        deleting.dialog(who.id)
    else:
        _article()


def _head() -> None:
    app = identity.desk()
    company = app.settings.company
    hours = wording.opening_hours(company.hours, app.clock.now())
    st.html(
        f'<div class="brand"><img src="app/static/mark.svg" alt=""><div><h1>{escape(company.assistant)}</h1>'
        f"<p><span>Typically answers in seconds</span><span>people {hours}</span></p></div></div>"
    )


def _conversation(view: Conversation) -> None:
    app = identity.desk()
    tz = wording.zone(st.context.timezone)
    dock.dock(view)
    dock.banner(view, app.clock.now())
    shown = view.messages[-int(st.session_state.get("shown", _PAGE)) :]
    # What is said from now on is drawn by the fragment below; the rest stays as it is.
    settled = tuple(m for m in shown if m.final)
    st.session_state["settled"] = settled[-1].id if settled else ""
    st.session_state["shape"] = _shape(view)
    with st.container(key="thread"):
        if len(shown) < len(view.messages):
            _earlier(len(view.messages) - len(shown))
        if not view.messages:
            deleting.told()
            _welcome()
        thread.messages(view, settled, None, tz)
    push.following(_live, "me", expecting=view.running is not None)


def _earlier(hidden: int) -> None:
    with st.container(key="earlier"):
        if st.button(f"Show earlier ({hidden:,} more)", key="show-earlier", type="tertiary"):
            st.session_state["shown"] = int(st.session_state.get("shown", _PAGE)) + _PAGE
            st.rerun()


def _welcome() -> None:
    st.html(
        '<div class="welcome"><h2>Hello. How can we help?</h2><p>Ask about an order, your membership or your account. '
        "Answers show their sources, and a person is one tap away.</p></div>"
    )
    with st.container(key="starters"):
        for text, symbol in _STARTERS:
            st.button(text, key=f"start-{text}", icon=symbol, width="stretch", on_click=dock.say, args=(text,))


def _live() -> None:
    """Draw what changed since the page was drawn; a change of the page's shape draws it anew."""
    who = identity.customer()
    if who is None:
        return
    app = identity.desk()
    if deleting.gone(who):
        st.rerun()
    view = app.customers.view(who.id, messages=_READ)
    if _shape(view) != st.session_state.get("shape"):
        st.rerun()
    if view.running is None:
        push.settle("me")
    tz: ZoneInfo = wording.zone(st.context.timezone)
    with st.container(key="live"):
        fresh, before = _fresh(view)
        thread.messages(view, fresh, before, tz)
        if view.running is not None and not view.running.released:
            thread.working(view.running, app.settings.company.name)
        elif view.running is not None:
            thread.stop_button()
        if view.offer:
            thread.offer()
        thread.refused(app.clock.now(), tz)
        thread.closing(view)
    _listen(view, who)


def _listen(view: Conversation, who: Customer) -> None:
    """Follow the customer's conversation, and keep its end in sight."""
    if not view.messages:
        push.listen("me", reader=who.id, say=deleting.announced(), home=skip.place("chat"))
        return
    newest, running = view.messages[-1], view.running
    end = f"{newest.id} {len(newest.text)} {running.step if running else ''} {'refused' in st.session_state}"
    own = newest.sender is Sender.CUSTOMER
    push.listen("me", reader=who.id, say=_news(view), end=end, own=own, home=skip.place("chat"))


def _news(view: Conversation) -> str:
    """Return what was said to the customer since they last wrote, as screen readers announce it."""
    since = max((i for i, m in enumerate(view.messages) if m.sender is Sender.CUSTOMER), default=-1)
    return " ".join(filter(None, map(spoken, view.messages[since + 1 :][-3:])))


def _fresh(view: Conversation) -> tuple[tuple[Message, ...], Message | None]:
    """Return the messages after the settled ones, and the last settled one."""
    ids = [m.id for m in view.messages]
    last = st.session_state.get("settled", "")
    cut = ids.index(last) + 1 if last in ids else 0
    return view.messages[cut:], view.messages[cut - 1] if cut else None


def _shape(view: Conversation) -> tuple[object, ...]:
    """Return what the page outside the thread depends on."""
    waiting = view.waiting
    place = (
        (waiting.ahead, waiting.minutes and round(waiting.minutes), waiting.lent, waiting.critical) if waiting else None
    )
    return place, view.agent_name, view.people_open, view.current and view.current.open, bool(view.messages)


def _article() -> None:
    wanted = st.session_state.pop("article", None)
    if not wanted:
        return
    try:
        sources.whole(identity.desk().customers.article(wanted))
    except NotFound:
        st.toast("This article is no longer there.")


draw()
