"""The right column of the inbox: everything a person needs to take over, on one screen."""

import textwrap
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from supportbot.domain.errors import SupportbotError
from supportbot.domain.handoff import Handoff, Packet, Source, Tried
from supportbot.domain.message import Sender
from supportbot.domain.money import show
from supportbot.domain.passage import Visibility
from supportbot.inbox.views import Case
from supportbot.ui import identity, markdown, wording
from supportbot.ui.components.acting import act, acted
from supportbot.ui.components.parts import chip, icon, in_label
from supportbot.ui.components.reply import insert
from supportbot.ui.components.transcript import REASONS


def packet(case: Case, tz: ZoneInfo) -> None:
    """Draw why, what is wanted, what was tried, articles, a suggested reply, mood, cost and customer."""
    handoff = case.handoff
    with st.container(key="pbody"):
        if handoff is not None:
            st.html(
                '<div tabindex="0" role="group" aria-label="Handoff notes">'
                f"{''.join(_sections(handoff, _since(case)))}</div>"
            )
            _articles(handoff.packet.sources)
            _suggestion(case, handoff.packet)
        else:
            st.html(_section("Why it is here", "<p>The assistant has it. Nothing was handed to people.</p>"))
        st.html(_figures(case) + _customer(case, tz))
        _hidden(case)
    _actions(case)


def _section(title: str, body: str) -> str:
    return f'<section class="ps"><h3>{title}</h3>{body}</section>'


def _since(case: Case) -> list[str]:
    """Return what the customer wrote after the notes were made, the newest two, cut to size."""
    made = next((i for i, m in enumerate(case.messages) if case.handoff and m.id == case.handoff.message_id), 0)
    later = [m.text for m in case.messages[made + 1 :] if m.sender is Sender.CUSTOMER]
    return [textwrap.shorten(text, 160, placeholder=" …") or f"{text[:160]}…" for text in later[-2:]]


def _sections(handoff: Handoff, since: list[str]) -> list[str]:
    p = handoff.packet
    why = escape(p.why or REASONS.get(handoff.reason, "").capitalize())
    quoted = f' <q dir="auto">{escape(p.trigger)}</q>' if p.trigger else ""
    careful = chip("Tries to instruct the model", "red", "warning") if p.injection_suspected else ""
    parts = [_section("Why it came to you", f"<p>{why}{quoted}</p>{careful}")]
    if p.wants or p.open_questions or since:
        still = "".join(f"<li>Open: {escape(q)}</li>" for q in p.open_questions)
        facts = "".join(chip(f"{name}: {value}", "line") for name, value in p.extracted)
        newer = "".join(f'<li>Since then: <q dir="auto">{escape(text)}</q></li>' for text in since)
        asks = f'<p dir="auto">{escape(p.wants)}</p>' if p.wants else ""
        parts.append(_section("Wants", f'{asks}<ul class="open">{newer}{still}</ul>{facts}'))
    if p.tried:
        parts.append(_section("Tried", f'<ul class="tried">{"".join(_tried(t) for t in p.tried)}</ul>'))
    return parts


def _articles(sources: tuple[Source, ...]) -> None:
    """Draw the articles, cited ones and those only found; each opens."""
    if not sources:
        return
    with st.container(key="arts"):
        st.html('<div class="ps"><h3>Articles</h3></div>')
        for number, source in enumerate(sources, 1):
            with st.container(key=f"art-{number}"):
                st.html(_source(number, source))
                label = in_label(f"Open the article: {source.title}")
                st.button(label, key=f"article-{number}", on_click=_open, args=(source.article_id,))


def _open(article_id: str) -> None:
    st.session_state["article"] = article_id


def _tried(tried: Tried) -> str:
    if tried.rating == "down":
        mark, said = f'<i class="bad">{icon("close")}</i>', "thumbs down"
    elif tried.rating == "up":
        mark, said = f'<i class="good">{icon("check")}</i>', "thumbs up"
    else:
        mark, said = f"<i>{icon('remove')}</i>", "no reaction yet"
    who = {"fast": "Fast model", "strong": "Strong model"}.get(tried.tier, "Assistant")
    return f"<li>{mark}<span>{who}, {said}: {escape(tried.text)}</span></li>"


def _source(number: int, source: Source) -> str:
    named = source.title.endswith("(internal)") or source.visibility != Visibility.INTERNAL
    internal = "" if named else " (internal)"
    how = "cited" if source.cited else "found"
    return (
        f'<div class="artrow"><span class="cite">{number}</span><span>{escape(source.title)}{internal}</span>'
        f"<em>{how}</em></div>"
    )


def _suggestion(case: Case, p: Packet) -> None:
    if not p.suggested_reply:
        return
    titles = {s.article_id: i for i, s in enumerate(p.sources, 1)}
    numbers = [str(titles[a]) for a in p.suggested_sources if a in titles]
    with st.container(key="suggest"):
        text = markdown.to_html(p.suggested_reply, set(range(1, len(p.sources) + 1)))
        st.html(f'<h3>Suggested reply</h3><div dir="auto">{text}</div>')
        with st.container(
            key="suggestfoot", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.button(
                "Insert", key="insert", icon=":material/add:", disabled=not case.mine,
                on_click=insert, args=(case.ticket.id, _unmarked(p.suggested_reply)),
            )  # fmt: skip
            word = f"source {', '.join(numbers)}" if numbers else "no source"
            st.html(f'<span class="meta">{word}</span>', width="content")


def _unmarked(text: str) -> str:
    """Return a text without its citation marks, which mean nothing to a customer who cannot open them."""
    for number in range(1, 30):
        text = text.replace(f" [{number}]", "").replace(f"[{number}]", "")
    return text


def _figures(case: Case) -> str:
    p = case.handoff.packet if case.handoff else Packet(why="", language=case.ticket.language)
    mood = {"angry": "red", "annoyed": "amber"}.get(p.mood, "line")
    models = show(case.cost_microusd)
    if not case.cost_microusd and case.list_cost_microusd:
        why = "Nothing was paid: this is the list price of a named model"
        models = f'{show(case.list_cost_microusd)} <abbr title="{why}">list</abbr>'
    people = (
        f"{show(case.human_microusd)} people, {wording.span(case.human_seconds)}"
        if case.human_seconds
        else "no people yet"
    )
    return (
        f'<section class="ps three"><div><h3>Mood</h3>{chip(p.mood.capitalize(), mood)}</div>'
        f"<div><h3>Language</h3>{chip(wording.language(p.language), 'line')}</div>"
        f'<div><h3>Cost so far</h3><p class="num">{models} models<br>{people}</p></div></section>'
    )


def _customer(case: Case, tz: ZoneInfo) -> str:
    since = case.customer.created_at.astimezone(tz)
    rows = [("Name", escape(case.customer.name)), ("First seen", wording.date_of(since.date().isoformat()))]
    if case.customer.external_id:
        rows.append(("Your number for them", escape(case.customer.external_id)))
    rows.append(("Earlier", ", ".join(f"#{t.number}" for t in case.earlier) or "First time"))
    body = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return _section("Customer", f'<dl class="card">{body}</dl>')


def _hidden(case: Case) -> None:
    """Offer to reveal what was masked; each look is audited."""
    if not case.hidden_data:
        return
    shown: dict[str, str] = st.session_state.get("revealed", {}).get(case.ticket.id, {})
    st.html(_section("Hidden data", '<p class="meta">A look is written to the audit log.</p>'))
    with st.container(key="hidden", horizontal=True):
        for placeholder in case.hidden_data:
            name = placeholder.strip("[]")
            if placeholder in shown:
                st.html(
                    f'<span class="revealed"><b>{escape(name)}</b> {escape(shown[placeholder])}</span>', width="content"
                )
            else:
                st.button(
                    f"Reveal {name}", key=f"reveal-{name}", icon=":material/visibility:", disabled=not case.mine,
                    on_click=_reveal, args=(case.ticket.id, placeholder),
                )  # fmt: skip


def _reveal(ticket_id: str, placeholder: str) -> None:
    who = identity.actor()
    if who is None:
        return
    try:
        value = identity.desk().inbox.reveal(who, ticket_id, placeholder)
    except SupportbotError as refused:
        value = str(refused)
    # Only this ticket's data stay in memory, and only while it is open.
    kept = st.session_state.get("revealed", {}).get(ticket_id, {})
    st.session_state["revealed"] = {ticket_id: {**kept, placeholder: value}}


def _actions(case: Case) -> None:
    ticket_id, off = case.ticket.id, not case.mine
    with st.container(key="pacts", horizontal=True, vertical_alignment="center"):
        with st.popover("Transfer", icon=":material/swap_horiz:", disabled=off, key=f"transfer-{ticket_id}-{acted()}"):
            _transfer(ticket_id)
        stays = off or case.ticket.critical is not None
        with st.popover(
            "Back to assistant", icon=":material/smart_toy:", disabled=stays, key=f"back-{ticket_id}-{acted()}"
        ):
            st.text_input("Why, for the team (not needed)", key=f"backwhy-{ticket_id}")
            st.button(
                "Hand back",
                key=f"handback-{ticket_id}",
                type="primary",
                on_click=_end,
                args=("hand_back", ticket_id, f"backwhy-{ticket_id}"),
            )
        with st.popover("More", type="tertiary", key=f"more-{ticket_id}-{acted()}"):
            st.text_input("Why, for the team (not needed)", key=f"relwhy-{ticket_id}", disabled=off)
            st.button(
                "Give back to the queue", key=f"release-{ticket_id}", disabled=off,
                on_click=_end, args=("release", ticket_id, f"relwhy-{ticket_id}"),
            )  # fmt: skip


def _transfer(ticket_id: str) -> None:
    who = identity.actor()
    people = identity.desk().inbox.colleagues(who) if who else ()
    if not people:
        st.html('<p class="meta">Nobody else has an account yet.</p>')
        return
    names = {a.id: f"{a.name}{'' if a.available else ' (away)'}" for a in people}
    st.selectbox("To whom", list(names), format_func=names.__getitem__, key=f"to-{ticket_id}")
    st.text_input("Why", key=f"towhy-{ticket_id}")
    st.button(
        "Transfer",
        key=f"dotransfer-{ticket_id}",
        type="primary",
        on_click=_end,
        args=("transfer", ticket_id, f"to-{ticket_id}", f"towhy-{ticket_id}"),
    )


def _end(name: str, ticket_id: str, *keys: str) -> None:
    """End the claim; *keys* name the fields to read now, for what was typed last arrives with the click itself."""
    done = {
        "hand_back": "The assistant has it again.",
        "release": "It is back in the queue.",
        "transfer": "Handed over.",
    }
    given = (str(st.session_state.get(key) or "") for key in keys)
    act(name, ticket_id, *given, done=done[name])


def nothing() -> None:
    """Say what this column is for."""
    text = "When you open a conversation, this shows what was asked, what was tried and a suggested reply."
    st.html(
        f'<div class="pblank"><div class="blank">{icon("assignment")}<h2>Handoff notes</h2><p>{text}</p></div></div>'
    )
