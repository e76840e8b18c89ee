"""Where an answer comes from: a chip per source, its passage, and the whole article."""

import re
from html import escape

import streamlit as st

from supportbot.domain.message import Citation, Message
from supportbot.domain.passage import Article
from supportbot.ui import markdown, wording
from supportbot.ui.components.parts import in_label

_OTHER_ARTICLE = re.compile(r"\[([^\[\]\n]+)\]\([^():\s]+\.md\)")
_BROKEN_LINE = re.compile(r"(?<=[^\n])\n(?=[^\n\-*#>\d|])")


def chips(message: Message) -> None:
    """Draw one chip per source; each opens to the passage the answer stands on."""
    if not message.citations:
        return
    with st.container(key=f"src-{message.id}", horizontal=True):
        for citation in message.citations:
            with st.popover(
                f":gray-badge[{citation.index}] {in_label(citation.title)}",
                key=f"pop-{message.id}-{citation.index}-{st.session_state.get('articles-read', 0)}",
            ):
                _passage(citation, message)


def _passage(citation: Citation, message: Message) -> None:
    other = f" · in {wording.language(citation.language)}" if citation.language != message.language else ""
    st.html(
        f'<div class="passage"><h2>{escape(citation.title)}</h2>'
        f'<blockquote dir="auto" lang="{escape(citation.language)}">{markdown.to_html(citation.quote)}</blockquote>'
        f'<p class="meta">Help article · updated {escape(wording.date_of(citation.updated))}{other}</p></div>'
    )
    key = f"whole-{message.id}-{citation.index}"
    if st.button("Open the whole article", key=key, icon=":material/open_in_new:", type="tertiary"):
        st.session_state["article"] = citation.article_id
        # Another key is another popover, and that one is closed: the open one would lie over the article.
        st.session_state["articles-read"] = int(st.session_state.get("articles-read", 0)) + 1
        st.rerun()


@st.dialog("Help article", width="large")
def whole(article: Article) -> None:
    """Show an article in a dialog."""
    date = wording.date_of(article.updated.isoformat())
    st.html(
        f'<div class="article" lang="{escape(article.language)}" dir="auto"><h2>{escape(article.title)}</h2>'
        f'<p class="meta">Updated {date} · {wording.language(article.language)}</p>'
        f"{markdown.to_html(_as_read(article.body))}</div>"
    )


def _as_read(body: str) -> str:
    """Return an article's Markdown without its source's line breaks; a link to another article is its name."""
    named = _OTHER_ARTICLE.sub(r"\1", body)
    return _BROKEN_LINE.sub(" ", named)
