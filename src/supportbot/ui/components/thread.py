"""The conversation: what was said, what is being done, and what may be done next."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.ticket import Status
from supportbot.domain.turn import Step
from supportbot.engine.views import Conversation, Running
from supportbot.ui import identity, wording
from supportbot.ui.components import ratings, sources
from supportbot.ui.components.bubble import bot_head, bubble, needs_time, time_rule
from supportbot.ui.components.dock import act, leave, say
from supportbot.ui.components.parts import icon, notice
from supportbot.ui.markdown import plain

_STEPS = (
    (Step.READING, "Reading your question and the help articles", "Read your question and the help articles"),
    (Step.WRITING, "Writing an answer and checking it", ""),
)


def messages(view: Conversation, some: tuple[Message, ...], before: Message | None, tz: ZoneInfo) -> None:
    """Draw *some* of the conversation's messages, *before* being the one above them."""
    now = identity.desk().clock.now()
    company = identity.desk().settings.company.name
    told: dict[str, str] = st.session_state.get("told", {})
    for message in some:
        if message.sender is not Sender.SYSTEM and needs_time(message, before):
            time_rule(message, now, tz)
        with st.container(key=f"msg-{message.sender}-{message.id}"):
            bubble(message, tz, company)
            if message.id in told:
                st.html(f'<p class="told">{icon("shield")} {told[message.id]}</p>')
            if message.sender is Sender.BOT and message.final:
                _below(view, message)
        before = message


def _below(view: Conversation, message: Message) -> None:
    """Draw what belongs under a finished bot message: sources, and the question whether it helped."""
    rateable = message.kind is MessageKind.ANSWER
    if not (message.citations or rateable):
        return
    with st.container(key=f"below-{message.id}"):
        sources.chips(message)
        if rateable:
            current = view.current
            open_here = current is not None and current.id == message.ticket_id and current.status is Status.ANSWERED
            ratings.thumbs(message, view.ratings.get(message.id), done=open_here)


def working(running: Running, company: str) -> None:
    """Show the steps of a turn, and the way to stop it."""
    at = next(i for i, (step, _, _) in enumerate(_STEPS) if running.step is step)
    rows = []
    for i, (_, doing, done) in enumerate(_STEPS):
        look, symbol = ("done", "check_circle") if i < at else ("now", "radio_button_checked")
        if i > at:
            look, symbol = "", "radio_button_unchecked"
        rows.append(f'<li class="{look}">{icon(symbol)}<span>{done if i < at else doing}</span></li>')
    top = '<div class="top" role="status"><span class="spin"></span>Looking this up</div>'
    st.html(f'<div class="bot">{bot_head(company)}<div class="steps">{top}<ol>{"".join(rows)}</ol></div></div>')
    stop_button()


def stop_button() -> None:
    """Draw the button that stops the running turn."""
    with st.container(key="stop"):
        st.button("Stop", key="stop-turn", icon=":material/stop_circle:", on_click=act, args=("stop",))


def offer() -> None:
    """Offer a person, or to go on with the assistant."""
    with st.container(key="offer", horizontal=True):
        st.button("Talk to a person", key="offer-person", type="primary", on_click=act, args=("ask_person",))
        st.button("Keep going", key="offer-on", on_click=act, args=("keep_going",))


def refused(now: datetime, tz: ZoneInfo) -> None:
    """Say why a message was not taken in; its text is kept to be sent again."""
    what = st.session_state.get("refused")
    if not what:
        return
    text = what["text"] if any(c.isprintable() and not c.isspace() for c in what["text"]) else ""
    if text:
        with st.container(key="msg-unsent"):
            st.html(f'<div class="own unsent"><div class="bub" dir="auto">{plain(text)}</div></div>')
    st.html(f'<div class="indent">{_refusal(what, now, tz)}</div>')
    if text:
        with st.container(key="retry", horizontal=True):
            st.button("Try again", key="retry-say", icon=":material/refresh:", on_click=say, args=(text,))
            if what["kind"] != "limit-person":
                st.button("Leave it to a person", key="retry-person", type="tertiary", on_click=leave, args=(text,))


def _refusal(what: dict[str, object], now: datetime, tz: ZoneInfo) -> str:
    if what["kind"] == "failed":
        rest = "Your message is kept here. Try again, or leave it to a person."
        return notice("error", "We could not answer just now", rest, look="red")
    if what["kind"] == "input":
        return notice("info", str(what["words"]), look="amber")
    return notice("hourglass_top", str(what["words"]), _until(what, now, tz), look="amber")


def _until(what: dict[str, object], now: datetime, tz: ZoneInfo) -> str:
    """Say once how long a limit lasts, as of now, and that people can be reached if they can."""
    at, asked = what["at"], what["kind"] == "limit-person"
    verb = "ask" if asked else "write"
    if not isinstance(at, datetime) or at <= now:
        return f"You can {verb} again now."
    wait = wording.countdown((at - now).total_seconds())
    return f"You can {verb} again in {wait}, at {wording.clock(at, tz)}{'.' if asked else ', or ask for a person.'}"


def closing(view: Conversation) -> None:
    """Ask how it went, once, after a conversation was closed."""
    if not view.csat_due and view.csat is None:
        return
    current = view.current
    if current is None or current.status is not Status.RESOLVED:
        return
    by_person = next(
        (m for m in reversed(view.messages) if m.sender is Sender.AGENT and m.ticket_id == current.id), None
    )
    name = wording.first_name(by_person.author_name) if by_person and by_person.author_name else None
    ratings.satisfaction(f"{name}’s team" if name else "our team", view.csat)
