"""One message on the customer's page."""

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.engine.wording import phrases
from supportbot.ui import markdown, wording
from supportbot.ui.components.parts import avatar, chip


def bubble(message: Message, tz: ZoneInfo, company: str) -> None:
    """Draw who spoke, and what they said."""
    if message.sender is Sender.SYSTEM:
        st.html(f'<div class="rule">{escape(_event(message))} · {wording.clock(message.created_at, tz)}</div>')
    elif message.sender is Sender.CUSTOMER:
        st.html(_own(message, tz))
    elif message.sender is Sender.AGENT:
        st.html(_person(message, tz))
    else:
        st.html(_bot(message, company))


def _event(message: Message) -> str:
    """Return what happened as this reader sees it: who ended the conversation reads "you"."""
    if message.text == phrases().say(message.language, "customer_ended"):
        return "You ended the conversation"
    return message.text.rstrip(".")


def _own(message: Message, tz: ZoneInfo) -> str:
    said = f'<span class="sr">You, {wording.clock(message.created_at, tz)}: </span>'
    return f'<div class="own"><div class="bub" dir="auto">{said}{markdown.plain(message.text)}</div></div>'


def bot_head(company: str) -> str:
    """Return the name line above what the bot says; it always says that it is automatic."""
    return (
        '<img class="mark" src="app/static/mark-round.svg" alt="">'
        f'<div class="who"><b>{escape(company)} assistant</b>{chip("Automatic", "auto")}</div>'
    )


def _bot(message: Message, company: str) -> str:
    text = markdown.to_html(message.text, {c.index for c in message.citations})
    growing = "" if message.final else " growing"
    quiet = " quiet" if message.kind is MessageKind.NOTICE else ""
    return f'<div class="bot{quiet}">{bot_head(company)}<div class="txt{growing}" dir="auto">{text}</div></div>'


def _person(message: Message, tz: ZoneInfo) -> str:
    name = message.author_name or "A person"
    return (
        f'<div class="agent">{avatar(wording.initial(name), "amber")}'
        f'<div class="who"><b>{escape(wording.first_name(name))}</b>{chip("Person", "amber")}'
        f'<span class="num">{wording.clock(message.created_at, tz)}</span></div>'
        f'<div class="txt" dir="auto">{markdown.to_html(message.text)}</div></div>'
    )


def spoken(message: Message) -> str:
    """Return a message as a screen reader announces it when it arrives; nothing for what the customer wrote."""
    if message.sender is Sender.CUSTOMER or not message.final:
        return ""
    who = {Sender.BOT: "Assistant", Sender.AGENT: message.author_name or "A person"}.get(message.sender, "")
    return f"{who}: {message.text}" if who else message.text


def needs_time(message: Message, before: Message | None) -> bool:
    """Whether a time belongs above *message*: the first one, a new ticket, or an hour of silence."""
    if before is None:
        return True
    gap = (message.created_at - before.created_at).total_seconds()
    return message.ticket_id != before.ticket_id or gap > 3600


def time_rule(message: Message, now: datetime, tz: ZoneInfo) -> None:
    """Draw the time above a message."""
    st.html(f'<div class="rule">{wording.moment(message.created_at, now, tz)}</div>')
