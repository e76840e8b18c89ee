"""The look: one table of tokens, and the one `<style>` a run may emit."""

from functools import cache
from pathlib import Path

import streamlit as st

#: Token to its colour on light and on dark ground. Contrast of every pair that carries text is at least 4.5:1.
TOKENS: dict[str, tuple[str, str]] = {
    "bg": ("#FFFFFF", "#101413"),
    "surface": ("#F5F7F6", "#181E1C"),
    "raised": ("#FFFFFF", "#1D2422"),
    "line": ("#DDE3E1", "#2C3532"),
    "line-soft": ("#E9EDEC", "#232B29"),
    "line-strong": ("#84918D", "#66736F"),
    "ink": ("#17201E", "#E9EEEC"),
    "muted": ("#56625F", "#A5B0AD"),
    "accent": ("#0B6B5D", "#4FC7B0"),
    "accent-hover": ("#085246", "#7EDCC9"),
    "on-accent": ("#FFFFFF", "#06231D"),
    "accent-soft": ("#E6F4F1", "#12312B"),
    "accent-ink": ("#0B6152", "#7EDCC9"),
    "own": ("#0B6B5D", "#14594E"),
    "person": ("#FCF1E3", "#33240F"),
    "person-line": ("#EFD3AE", "#5A4220"),
    "person-ink": ("#8A4600", "#F2BD7E"),
    "fast": ("#0F8A77", "#4FC7B0"),
    "strong": ("#4757D0", "#8C99FA"),
    "people": ("#B4620C", "#E9A24C"),
    "counter": ("#8C9895", "#7C8885"),
    "red": ("#C4321F", "#F2766A"),
    "red-soft": ("#FDEEEB", "#3A1C18"),
    "red-ink": ("#A3260F", "#F9A59B"),
    "blue-soft": ("#ECEEFC", "#20264A"),
    "blue-ink": ("#3745B0", "#B4BDFC"),
    "note": ("#FBF4DD", "#2D2711"),
    "note-line": ("#E8D9A2", "#55491F"),
    "note-ink": ("#6E5200", "#EBD48A"),
    "gray-soft": ("#EEF1F0", "#222A28"),
    "teal-ava": ("#CDEAE3", "#CDEAE3"),
    "teal-ava-ink": ("#0B6152", "#0B6152"),
    "blue-ava": ("#DCE0FA", "#DCE0FA"),
    "blue-ava-ink": ("#3745B0", "#3745B0"),
    "amber-ava": ("#FBE0C0", "#FBE0C0"),
    "amber-ava-ink": ("#8A4600", "#8A4600"),
}

_LOOK = Path(__file__).parent / "look"


def colour(token: str) -> str:
    """Return a token's hex value for the theme the browser shows now, for charts that cannot read CSS."""
    return TOKENS[token][1 if theme() == "dark" else 0]


def theme() -> str:
    """Return `light` or `dark`, as the browser reports it."""
    return "dark" if st.context.theme.type == "dark" else "light"


def emit(page: str) -> None:
    """Write the run's only style element: a second one would replace it.

    The colours follow the system, also when it changes in the evening; only a page that frames ours may choose.
    """
    scheme = theme() if st.context.is_embedded else "light dark"
    st.html(f"<style>:root{{color-scheme:{scheme}}}{sheet(page)}</style>")


@cache
def sheet(page: str) -> str:
    """Return the style sheet of a page: tokens, what all pages share, and its own rules."""
    tokens = "".join(f"--{name}:light-dark({light},{dark});" for name, (light, dark) in TOKENS.items())
    files = [_LOOK / "shared.css", _LOOK / f"{page}.css"]
    rules = "".join(_squeezed(path.read_text(encoding="utf-8")) for path in files if path.is_file())
    return f":root{{{tokens}}}{rules}"


def _squeezed(css: str) -> str:
    """Drop comments and indentation; the sheet travels to every new browser."""
    while "/*" in css:
        head, _, rest = css.partition("/*")
        css = head + rest.partition("*/")[2]
    return "".join(line.strip() + " " for line in css.splitlines() if line.strip())
