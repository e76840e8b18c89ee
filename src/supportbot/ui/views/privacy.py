"""Privacy requests: find a customer, give out what the desk holds, erase it; and how long each kind of data is kept."""

import io
from collections.abc import Mapping
from html import escape

import streamlit as st

from supportbot.domain.account import Actor, Role
from supportbot.domain.errors import BadInput, Forbidden, SupportbotError
from supportbot.privacy import Due, Erased, Preview
from supportbot.ui import identity
from supportbot.ui.components import skip
from supportbot.ui.components.parts import notice, one_line
from supportbot.ui.wording import plural

#: Kinds in people's words, one and many.
_KINDS = {
    "messages": ("message", "messages"),
    "packets": ("handoff note", "handoff notes"),
    "vault": ("sealed address or number", "sealed addresses and numbers"),
    "comments": ("comment on a rating", "comments on ratings"),
    "gaps": ("unanswered question", "unanswered questions"),
    "alerts": ("alert", "alerts"),
    "decisions": ("decision", "decisions"),
    "subjects": ("subject of a ticket", "subjects of tickets"),
    "customer": ("record with name, id and cookie", "records with name, id and cookie"),
    "tickets": ("ticket", "tickets"),
    "calls": ("model call", "model calls"),
    "human_times": ("stretch of agents' time", "stretches of agents' time"),
    "outcomes": ("rating or other sign", "ratings and other signs"),
    "handoffs": ("handoff", "handoffs"),
    "customers": ("idle customer", "idle customers"),
    "audit": ("entry of the audit log", "entries of the audit log"),
    "counts": ("count of a rate limit", "counts of rate limits"),
    "sessions": ("ended session", "ended sessions"),
}
#: What an erasure takes of things that stay.
_OF_THEM = {"decisions": ("decision's words", "decisions' words")}
_WORD = "ERASE"


def draw() -> None:
    """Draw the page: who, what there is of them, what can be done, and what goes by itself."""
    who = identity.require(Role.LEAD)
    with st.container(key="privacy"):
        skip.link("privacy")
        st.html(
            '<div class="ptitle"><h1>Privacy</h1>'
            "<p>When a customer asks what you hold about them, or wants it gone.</p></div>"
        )
        _told()
        skip.target("privacy")
        with st.container(key="pcard-find"):
            st.text_input(
                "Whose data?",
                key="privacy-who",
                placeholder="Ticket number, customer id, or your own id for them",
                help="An e-mail address written in a conversation proves nothing: make sure who is asking.",
            )
        found = _find(who, str(st.session_state.get("privacy-who") or "").strip())
        if found is not None:
            _customer(who, found)
        with st.container(key="pcard-days"):
            _retention(who)


def _find(who: Actor, name: str) -> Preview | None:
    if not name:
        return None
    try:
        return identity.desk().erasure.preview(who, name)
    except (BadInput, Forbidden) as refused:
        st.html(notice("person_search", "Nobody found", str(refused), look="amber"))
        return None


def _customer(who: Actor, found: Preview) -> None:
    """Draw one customer: what goes and what stays, the export, the erasure."""
    with st.container(key="pcard-customer"):
        numbers = ", ".join(f"#{n}" for n in found.tickets[-6:]) + (" and earlier" if len(found.tickets) > 6 else "")
        own = f" · your id {escape(found.customer.external_id)}" if found.customer.external_id else ""
        since = f"{found.customer.created_at:%d %B %Y}".lstrip("0")
        st.html(
            f"<h2>{escape(found.customer.name)}</h2><p class='about'>First seen {since}{own} · "
            f"{plural(len(found.tickets), 'ticket')} {numbers}</p>"
        )
        with st.container(key="psides"):
            st.html(
                _side("Would go", "delete", found.goes, _KINDS | _OF_THEM)
                + _side("Stays, without words", "lock", found.stays, _KINDS)
            )
        with st.container(key="pacts", horizontal=True, vertical_alignment="center"):
            _export(who, found)
            _erase(found)


def _side(title: str, symbol: str, counts: Mapping[str, int], kinds: Mapping[str, tuple[str, str]]) -> str:
    rows = [(kind, n) for kind, n in counts.items() if n]
    items = "".join(f"<li>{escape(plural(n, *kinds[kind]))}</li>" for kind, n in rows) or "<li>nothing</li>"
    return (
        f'<section><h3><span class="ic" aria-hidden="true" translate="no">{symbol}</span> {title}</h3>'
        f"<ul>{items}</ul></section>"
    )


def _export(who: Actor, found: Preview) -> None:
    notes = st.toggle("With internal notes", key="privacy-notes", help="Notes and drafts agents wrote for each other.")

    def zipped() -> bytes:
        out = io.BytesIO()
        identity.desk().exporter.export(who, f"id:{found.customer.id}", out, notes=notes)
        return out.getvalue()

    st.download_button(
        "Export",
        data=zipped,
        file_name=f"customer-{found.tickets[0] if found.tickets else 'export'}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key="privacy-export",
    )


def _erase(found: Preview) -> None:
    with st.popover("Erase", icon=":material/delete_forever:", key="privacy-erase"):
        if found.with_people:
            open_ones = ", ".join(f"#{n}" for n in found.with_people)
            st.html(f"<p><b>{open_ones}</b> is open with a person. Whoever has it loses the case in mid-sentence.</p>")
            st.checkbox("Erase all the same", key="privacy-force")
        st.html("<p>This cannot be taken back. Backups keep what they hold until you delete them.</p>")
        st.text_input(f"Type {_WORD} to confirm", key="privacy-word")
        st.button("Erase for ever", type="primary", key="privacy-go", on_click=_go, args=(found.customer.id,))


def _go(customer_id: str) -> None:
    """Erase, as whoever is signed in now and only if the word was typed."""
    state = st.session_state
    if str(state.get("privacy-word") or "").strip() != _WORD:
        state["privacy-told"] = ("amber", f"Type {_WORD} first. Nothing was erased.")
        return
    try:
        done = identity.desk().erasure.erase(
            identity.actor(), f"id:{customer_id}", force=bool(state.get("privacy-force"))
        )
    except SupportbotError as refused:
        state["privacy-told"] = ("red", str(refused))
        return
    state["privacy-told"] = ("good", _done(done))
    state["privacy-who"] = state["privacy-word"] = ""


def _done(done: Erased) -> str:
    later = f" {plural(done.later, 'ticket')} will be looked at once more within the hour." if done.later else ""
    return f"Erased {plural(done.tickets, 'ticket')}. Receipt {done.receipt}.{later}"


def _told() -> None:
    """Draw what came of the last click, once."""
    said = st.session_state.pop("privacy-told", None)
    if said:
        one_line(*said)


def _retention(who: Actor) -> None:
    """Draw after how many days each kind goes; what is due now is counted on request, for counting takes time."""
    days = identity.desk().settings.privacy.days
    due: dict[str, Due] = {}
    if st.session_state.get("privacy-count"):
        due = {one.kind: one for one in identity.desk().retention.due(who)}
    rows = "".join(_row(kind, number, due.get(kind)) for kind, number in days.items())
    more = "<th scope='col'>Due now</th>" if due else ""
    st.html(
        "<h2>What goes by itself</h2><p class='about'>Once an hour, in small steps. On a ticket a person has or owes, "
        "only sealed data expire. The ledger stays: it has no words.</p>"
        f"<table><thead><tr><th scope='col'>Kind</th><th scope='col'>Kept for</th>{more}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    st.button("Count what is due", key="privacy-count", icon=":material/search:")


def _row(kind: str, days: int, due: Due | None) -> str:
    count = f"<td>{due.count:,}</td>" if due else ""
    return f"<tr><td>{escape(_KINDS[kind][1].capitalize())}</td><td>{plural(days, 'day')}</td>{count}</tr>"


draw()
