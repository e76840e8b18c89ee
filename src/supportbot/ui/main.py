"""Every run begins here: who is looking, which pages are theirs, the style, then the page."""

from pathlib import Path

import streamlit as st

from supportbot.access import may
from supportbot.domain.account import Actor, Role
from supportbot.domain.errors import StorageError
from supportbot.ui import identity, style
from supportbot.ui.components import account
from supportbot.ui.components import away as failed

_HERE = Path(__file__).parent
_STAFF = (
    ("inbox", "Inbox", Role.AGENT),
    ("savings", "Savings", Role.LEAD),
    ("demo", "Demo", Role.AGENT),
    ("privacy", "Privacy", Role.LEAD),
)


def main() -> None:
    """Build the navigation for this visitor and run the page asked for."""
    company = identity.desk().settings.company
    try:
        who, away = identity.actor(), False
    except StorageError:
        who, away = None, True
    if who is None:
        chat = st.Page("views/chat.py", title=company.assistant, default=True)
        doors = [st.Page("views/door.py", title=title, url_path=path) for path, title, _ in _STAFF]
        page = st.navigation([chat, *doors], position="hidden")
    else:
        page = _staff(who)
    name = page.url_path or "chat"
    st.set_page_config(
        page_title=f"{page.title} · {company.desk}" if who and name != "chat" else company.assistant,
        page_icon="🌿",
        layout="wide",
    )
    style.emit(name if who or name == "chat" else "door")
    if away:
        failed.say(name, staff=name != "chat")
        return
    failed.guarded(lambda: _run(page, who, name), name, staff=name != "chat")


def _run(page: st.Page, who: Actor | None, name: str) -> None:
    if who is not None and name != "chat":
        account.corner(who)
    page.run()


def _staff(who: Actor) -> st.Page:
    """Return the page asked for among those *who* may see, with the navigation on top."""
    company = identity.desk().settings.company
    st.logo(str(_HERE / "static" / "mark.svg"), size="large")
    chat = st.Page("views/chat.py", title=company.assistant, default=True, visibility="hidden")
    pages = [st.Page(f"views/{path}.py", title=title, url_path=path) for path, title, role in _STAFF if may(who, role)]
    return st.navigation([chat, *pages], position="top")


main()
