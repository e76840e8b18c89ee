"""What each tier saved, and beside it whether its customers were satisfied: a saving that annoys people is none."""

from html import escape

import streamlit as st

from supportbot.domain.money import show
from supportbot.savings import Report
from supportbot.savings.report import Ratio, Slice
from supportbot.ui import wording
from supportbot.ui.components.figures import NAMES, TIERS, opening

_LOOK = {"fast": "fast", "strong": "strong", "human": "people", "none": "counter"}


def table(report: Report) -> None:
    """Draw a row per tier; each of its two figures opens."""
    happy, against = report.satisfaction, report.assumptions.against
    replied = wording.percent(happy.responded.value or 0, 0)
    st.html(f'<h2>Saved and satisfied, by tier <small class="num">{replied} of customers replied</small></h2>')
    versus = escape(NAMES[f"saved:{against}"].replace("Saved against", "against"))
    st.html(f'<div class="trow head"><span>Tier</span><span>Saved {versus}</span><span>Satisfied</span></div>')
    by_key = {part.key: part for part in report.by_tier}
    for key in TIERS:
        part, given = by_key.get(key), happy.by_tier.get(key)
        if key == "none" and given is None:
            continue
        with st.container(key=f"trow-{key}"):
            st.html(f"<b>{NAMES[f'tier:{key}']}</b>")
            opening(f"tier:{key}/saved:{against}", _saved(part))
            opening(f"satisfied:{key}", _satisfied(given, _LOOK[key]))
    st.html(
        '<p class="says">Saved: conversations by the tier where they ended. Satisfied: thumbs up and marks of 4 or 5, '
        "each for the tier that answered.</p>"
    )


def _saved(part: Slice | None) -> str:
    if part is None or not part.compared:
        return _cell("–", "nothing to compare", "")
    share = part.saved.amount_microusd / part.counterfactual_microusd if part.counterfactual_microusd else None
    said = "" if share is None else f"{wording.percent(share)} · "
    return _cell(show(part.saved.amount_microusd), said + _sure(part.compared, part.saved.few), "")


def _satisfied(given: Ratio | None, look: str) -> str:
    if given is None or given.value is None:
        return _cell("–", "nobody said", "")
    bar = f'<i class="track soft"><b class="{look}" style="width:{given.value * 100:.1f}%"></b></i>'
    known = given.low is not None and given.high is not None and not given.few
    span = f"95% sure: {(given.low or 0) * 100:.0f} to {wording.percent(given.high or 0, 0)} · " if known else ""
    return _cell(wording.percent(given.value, 0), span + _sure(given.n, given.few), bar)


def _sure(n: int, few: bool) -> str:
    return f"too few to be sure, n = {n:,}" if few else f"n = {n:,}"


def _cell(value: str, below: str, bar: str) -> str:
    return f'<div class="tcell num"><b>{escape(value)}</b>{bar}<em>{escape(below)}</em></div>'
