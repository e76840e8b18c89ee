"""Small pieces of HTML the pages share; every text passed in is escaped here."""

from html import escape

import streamlit as st


def icon(name: str) -> str:
    """Return a symbol that screen readers skip."""
    return f'<span class="ic" aria-hidden="true" translate="no">{name}</span>'


def chip(text: str, look: str = "", symbol: str = "") -> str:
    """Return a small label: *look* is one of red, amber, good, blue, note, line."""
    return f'<span class="chip {look}">{icon(symbol) if symbol else ""}{escape(text)}</span>'


def avatar(letter: str, look: str = "teal", size: str = "") -> str:
    """Return a round initial."""
    return f'<span class="ava {look} {size}" aria-hidden="true">{escape(letter)}</span>'


def in_label(text: str) -> str:
    """Return a text for a widget's label, with what Streamlit would read there as markup made harmless."""
    return "".join("\\" + c if c in "\\`*_[]:$#<>~&" else c for c in text)


def rule(text: str) -> None:
    """Draw a line with words in it: a time, or an event everybody sees."""
    st.html(f'<div class="rule">{escape(text)}</div>')


def notice(symbol: str, title: str, rest: str = "", *, look: str = "", side: tuple[str, str] | None = None) -> str:
    """Return a banner: what happened, what is safe, what can be done; *side* is a small word over a figure."""
    right = f'<div class="side">{escape(side[0])}<b class="num">{escape(side[1])}</b></div>' if side else ""
    words = f'<span class="rest">{escape(rest)}</span>' if rest else ""
    return (
        f'<div class="notice {look}" role="status">{icon(symbol)}<div><b>{escape(title)}</b>{words}</div>{right}</div>'
    )


def blank(symbol: str, title: str, text: str) -> str:
    """Return what an empty column says."""
    return f'<div class="blank">{icon(symbol)}<h2>{escape(title)}</h2><p>{text}</p></div>'


def one_line(look: str, text: str) -> None:
    """Draw one calm line: an error, or what just happened."""
    symbol = {"red": "error", "good": "check_circle", "amber": "info"}.get(look, "info")
    st.html(f'<div class="notice {look} told-line" role="status">{icon(symbol)}<div>{escape(text)}</div></div>')
