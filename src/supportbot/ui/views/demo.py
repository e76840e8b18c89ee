"""For stakeholders: three stories played through the real engine, and a labelled day in a minute."""

import streamlit as st

from supportbot.demo.stories import STORIES
from supportbot.domain.account import Role
from supportbot.domain.errors import SupportbotError
from supportbot.domain.money import show
from supportbot.ui import identity, wording
from supportbot.ui.components import skip, story
from supportbot.ui.components.day import DAY, Progress
from supportbot.ui.components.parts import chip, notice

_DAY_SECONDS = 0.5
_SIZES = (60, 200, 500)


def draw() -> None:
    """Draw the stories and the day; both are played on stores of their own."""
    identity.require(Role.AGENT)
    skip.link("demo")
    with st.container(key="demo"):
        _head()
        skip.target("demo")
        playing, speed = st.session_state["clockwork"] = story.clockwork()
        st.fragment(_stage, run_every=story.STEP_SECONDS / speed if playing else None)()
        day = DAY.progress()
        st.fragment(_day, run_every=_DAY_SECONDS if day is not None and day.running else None)()


def _head() -> None:
    with st.container(key="dhead", horizontal=True, vertical_alignment="center"):
        badge = chip("Simulated list prices", "amber", "info")
        st.html(f'<div class="ptitle"><h1>Demo</h1>{badge}</div>')
        st.segmented_control(
            "Story",
            list(range(len(STORIES))),
            format_func=lambda n: f"{n + 1} {STORIES[n].title}",
            default=0,
            required=True,
            key="story",
            label_visibility="collapsed",
        )


def _stage() -> None:
    """Draw the story; while it plays, the clock of this fragment takes the steps."""
    if st.session_state.get("clockwork") != story.clockwork():
        st.rerun()  # only a whole run changes how often this one comes by itself
    try:
        found = story.player()
        story.tick(found)
    except SupportbotError as refused:
        st.html(notice("error", "The demo cannot be played here", str(refused), look="red"))
        return
    story.windows_of(found)
    story.controls(found)


def _day() -> None:
    found = DAY.progress()
    running = found is not None and found.running
    if st.session_state.get("day-running", False) != running:
        st.session_state["day-running"] = running
        st.rerun()
    with st.container(key="card-day"):
        with st.container(key="dayhead", horizontal=True, vertical_alignment="center"):
            st.html(_where(found), width="content")
            if running:
                st.button("Stop", key="day-stop", icon=":material/stop:", on_click=DAY.stop)
            else:
                st.selectbox("Conversations", _SIZES, index=1, key="day-size", label_visibility="collapsed", width=92)
                st.button("Play the day", key="day-play", icon=":material/play_arrow:", on_click=_start)
            st.html(f'<div class="daysays num">{_saved(found) if found else ""}</div>')
        if found is not None:
            st.html(_bar(found))
        if found is not None and found.failed:
            st.html(notice("error", "The day was broken off", found.failed, look="red"))


def _start() -> None:
    if identity.actor() is not None:
        DAY.start(story.maker, int(st.session_state.get("day-size") or 200), 1)


def _where(found: Progress | None) -> str:
    said = "labelled questions, the real engine, a store of its own"
    if found is not None:
        said = f"<b>{found.played:,}</b> of {found.tickets:,} conversations{'' if found.running else ' played'}"
    return f'<div class="daytitle num"><h2>A day in one minute</h2><span>{said}</span></div>'


def _saved(found: Progress) -> str:
    sums = found.sums
    if not sums.compared or not sums.all_strong_cost:
        return ""
    share = 1 - sums.cost / sums.all_strong_cost
    ours, theirs = sums.right / sums.compared, sums.all_strong_right / sums.compared
    right = (
        f"right answers {wording.percent(ours, 0)} on both"
        if round(ours, 2) == round(theirs, 2)
        else f"right answers {wording.percent(ours, 0)}, all-strong {wording.percent(theirs, 0)}"
    )
    word = "saved" if share >= 0 else "more"
    return (
        f"Models <b>{show(sums.cost)}</b>, all-strong <b>{show(sums.all_strong_cost)}</b>: "
        f"<em>{wording.percent(abs(share), 0)} {word}</em>, {right}"
    )


def _bar(found: Progress) -> str:
    looks = (
        ("fast", "Fast", "fast"),
        ("strong", "Strong", "strong"),
        ("human", "People", "people"),
        ("none", "No model", "counter"),
    )
    tiers, n = found.sums.tiers, max(1, found.tickets)
    parts = "".join(
        f'<b class="{look}" style="width:{tiers.get(key, 0) / n * 100:.3f}%"></b>' for key, _, look in looks
    )
    legend = "".join(
        f'<span><i class="{look}"></i>{name} <b>{tiers.get(key, 0):,}</b></span>'
        for key, name, look in looks
        if tiers.get(key, 0) or key != "none"
    )
    people = ""
    if found.sums.human_seconds:
        people = f"<span>People’s time {wording.span(found.sums.human_seconds)}, {show(found.sums.human_cost)}</span>"
    return f'<div class="daybar" aria-hidden="true">{parts}</div><div class="legend num">{legend}{people}</div>'


draw()
