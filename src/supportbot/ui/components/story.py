"""The story player's page parts: steps, windows, controls."""

from functools import cache
from html import escape

import streamlit as st

from supportbot import bootstrap
from supportbot.demo.stage import StageMaker
from supportbot.demo.stories import STORIES, StepView, StoryPlayer
from supportbot.domain.money import show
from supportbot.ui import identity
from supportbot.ui.components import windows
from supportbot.ui.components.parts import icon

#: Seconds a step stays on the page at speed 1.
STEP_SECONDS = 2.4
SPEEDS = {"1×": 1.0, "2×": 2.0, "4×": 4.0}


@cache
def maker() -> StageMaker:
    """Return what builds the demo's stages over this desk's articles."""
    desk = identity.desk()
    return bootstrap.stage_maker(desk.settings, knowledge=desk.knowledge)


def player() -> StoryPlayer:
    """Return this browser's player for the story chosen; the one before is taken down."""
    number = int(st.session_state.get("story") or 0)
    held = st.session_state.get("player")
    if held is None or held[0] != number:
        if held is not None:
            held[1].close()
        st.session_state["player"] = held = (number, StoryPlayer(maker(), STORIES[number]))
        st.session_state["playing"] = False
    found: StoryPlayer = held[1]
    return found


def again() -> None:
    """Begin the story once more, on a fresh stage."""
    held = st.session_state.pop("player", None)
    if held is not None:
        held[1].close()
    st.session_state["playing"] = True


def clockwork() -> tuple[bool, float]:
    """Return whether the story plays by itself, and how fast."""
    return bool(st.session_state.get("playing")), SPEEDS[str(st.session_state.get("speed") or "1×")]


def tick(playing: StoryPlayer) -> None:
    """Take the next step when its time has come; the last one stops the play."""
    on, speed = clockwork()
    now = identity.desk().clock.monotonic()
    if not on or now - float(st.session_state.get("stepped", 0.0)) < STEP_SECONDS / speed * 0.7:
        return
    st.session_state["stepped"] = now
    if not playing.step():
        st.session_state["playing"] = False
        st.rerun()


def windows_of(playing: StoryPlayer) -> None:
    """Draw steps, customer and agent side by side."""
    company = identity.desk().settings.company.name
    with st.container(key="stage"):
        with st.container(key="dsteps"):
            st.html(_steps(playing))
        with st.container(key="dcustomer"):
            st.html(windows.customer(playing.customer_view(), playing.story.customer, company))
        with st.container(key="dagent"):
            st.html(windows.agent(playing.agent_case(), playing.story.agent))


def _steps(playing: StoryPlayer) -> str:
    at = playing.place + 1 if playing.done else playing.place  # behind the last step everything is ticked
    rows = "".join(_step(i, step, at) for i, step in enumerate(playing.steps, 1))
    story = playing.story
    head = f'<h2>{escape(story.title)}</h2><p class="says">{escape(story.blurb)}</p>'
    return f'{head}<ol class="story" tabindex="0">{rows}</ol>'


def _step(number: int, step: StepView, place: int) -> str:
    look = "done" if number < place else "now" if number == place else "todo"
    mark = icon("check") if look == "done" else str(number)
    cost = ""
    if step.done:
        cost = f'<span class="num c">{show(step.cost_microusd) if step.cost_microusd else "$0"}</span>'
    current = ' aria-current="step"' if look == "now" else ""
    return (
        f'<li class="{look}"{current}><i>{mark}</i><div><b>{escape(step.label)}</b>'
        f"<span>{escape(step.detail)}</span></div>{cost}</li>"
    )


def controls(playing: StoryPlayer) -> None:
    """Draw play, step, speed, and the three counters."""
    with st.container(key="dcontrols", horizontal=True, vertical_alignment="center"):
        if playing.done:
            st.button("Again", key="again", icon=":material/replay:", type="primary", on_click=again)
        elif st.session_state.get("playing"):
            st.button("Pause", key="pause", icon=":material/pause:", type="primary", on_click=_play, args=(False,))
        else:
            st.button("Play", key="play", icon=":material/play_arrow:", type="primary", on_click=_play, args=(True,))
        st.button("Step", key="step", icon=":material/skip_next:", disabled=playing.done, on_click=_one)
        st.segmented_control(
            "Speed", list(SPEEDS), default="1×", required=True, key="speed", label_visibility="collapsed"
        )
        st.html(f'<span class="num at">Step {playing.place} of {len(playing.steps)}</span>', width="content")
        st.html(_counters(playing))


def _counters(playing: StoryPlayer) -> str:
    people, models, strong = playing.counters()
    cells = (("People so far", people, ""), ("Models so far", models, ""), ("All-strong would be", strong, "dim"))
    inner = "".join(
        f'<div class="{look}"><span>{label}</span><b>{show(value)}</b></div>' for label, value, look in cells
    )
    return f'<div class="counters num">{inner}</div>'


def _play(on: bool) -> None:
    st.session_state["playing"] = on
    st.session_state["stepped"] = 0.0


def _one() -> None:
    st.session_state["playing"] = False
    player().step()
