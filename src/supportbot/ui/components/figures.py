"""Figures that open: each is drawn with a button over it that lists the conversations behind it."""

from html import escape

import streamlit as st

from supportbot.domain.money import show
from supportbot.savings import Against, Report, Waste
from supportbot.ui import wording
from supportbot.ui.components.parts import chip

NAMES = {
    "model": "Model cost",
    "total_expected": "Cost with people",
    "satisfied": "Customers satisfied",
    "thumbs_up": "Rated helpful",
    "tickets": "All conversations",
    "waste": "Waste",
    "resolution:contained": "Contained",
    "resolution:confirmed": "Confirmed",
    "resolution:checked": "Checked",
    "resolution:durable": "Durable",
    "tier:fast": "Fast model",
    "tier:strong": "Strong model",
    "tier:human": "People",
    "tier:none": "Without a model",
    **{f"saved:{a}": f"Saved against {a.value.replace('_', '-')}" for a in Against},
}
WASTE = {
    Waste.SENT_UP: "Sent up after a weak draft",
    Waste.DISCARDED: "Answer discarded",
    Waste.FAILED: "Failed and repeated",
    Waste.CHECKS: "Checks",
    Waste.ABANDONED: "Never finished",
}
AGAINST = {
    Against.ALL_STRONG: "Everything to the strong model",
    Against.ALL_HUMAN: "Everything to people",
    Against.ALL_FAST: "Everything to the fast model",
}
TIERS = ("fast", "strong", "human", "none")
NAMES.update({f"waste:{kind}": text for kind, text in WASTE.items()})
NAMES.update({f"satisfied:{t}": f"Satisfied · {NAMES[f'tier:{t}'].lower()}" for t in TIERS})
NAMES.update(
    {f"tier:{t}/saved:{a}": f"{NAMES[f'saved:{a}']} · {NAMES[f'tier:{t}'].lower()}" for t in TIERS for a in Against}
)


def opening(name: str, html: str) -> None:
    """Draw *html* under a button that opens the figure called *name*."""
    slug = name.replace(":", "-").replace("_", "-").replace("/", "-")
    with st.container(key=f"fig-{'on' if st.session_state.get('figure') == name else 'off'}-{slug}"):
        st.html(html)
        st.button(f"Show the conversations: {NAMES.get(name, name)}", key=f"open-{slug}", on_click=_open, args=(name,))


def _open(name: str) -> None:
    st.session_state["figure"] = name
    st.session_state["figure-page"] = 1


def sure(value: float | None, low: float | None, high: float | None, n: int, few: bool) -> str:
    """Return how sure a share is, in words."""
    if value is None or low is None or high is None:
        return "nothing to compare yet"
    if few:
        return f"too few to be sure · n = {n:,}"
    return f"95% sure: {low * 100:.1f} to {wording.percent(high)}"


def kpi(title: str, value: str, below: str) -> str:
    """Return the inside of a card with one figure."""
    return (
        f'<div class="kpi"><div class="t">{escape(title)}</div><div class="v num">{escape(value)}</div>'
        f'<div class="b num">{escape(below)}</div></div>'
    )


def kpis(report: Report, period: str) -> None:
    """Draw the four figures on top."""
    against = report.assumptions.against
    compared, happy = report.compared[against], report.satisfaction
    share, durable = compared.saved_share, report.resolution.durable.tickets
    per = report.cost_per_durable_microusd
    cards = (
        (
            "model",
            f"Model cost {period}",
            show(report.model.amount_microusd),
            f"{report.answered:,} answered by models",
        ),
        (
            f"saved:{against}",
            f"Saved against {against.value.replace('_', '-')}",
            "–" if share.value is None else wording.percent(share.value),
            sure(share.value, share.low, share.high, share.n, share.few),
        ),
        (
            "total_expected",
            "Cost per durable resolution",
            "–" if per is None else show(per),
            f"people included · n = {durable:,}",
        ),
        (
            "satisfied",
            "Customers satisfied",
            "–" if happy.satisfied.value is None else wording.percent(happy.satisfied.value, 0),
            f"of {wording.plural(happy.satisfied.n, 'thumb or mark', 'thumbs and marks')} · "
            f"{wording.percent(happy.responded.value or 0, 0)} replied",
        ),
    )
    with st.container(key="kpis"):
        for name, title, value, below in cards:
            with st.container(key=f"card-kpi-{title.split()[0].lower()}"):
                opening(name, kpi(title, value, below))


def tiers(report: Report, period: str) -> None:
    """Draw where conversations went, beside the field's yardstick."""
    st.html(f'<h2>Where conversations went <small class="num">{report.tickets:,} {escape(period)}</small></h2>')
    by_key = {part.key: part for part in report.by_tier}
    for key, look in (("fast", "fast"), ("strong", "strong"), ("human", "people"), ("none", "counter")):
        part = by_key.get(key)
        if part is None and key == "none":
            continue
        share, mark = (part.share, part.yardstick) if part else (0.0, None)
        tick = f'<i style="left:{mark * 100:.2f}%"></i>' if mark is not None else ""
        versus = f" <em>vs {mark * 100:.0f}%</em>" if mark is not None else ""
        opening(
            f"tier:{key}",
            f'<div class="bar"><span>{NAMES[f"tier:{key}"]}</span><div class="track">{_fill(look, share)}{tick}</div>'
            f'<span class="num r"><b>{wording.percent(share)}</b>{versus}</span></div>',
        )
    st.html(f'<p class="key"><i></i> Field yardstick 80 / 15 / 5</p><p class="says">{_people_say(report)}</p>')


def _fill(look: str, share: float) -> str:
    """Return the filled part of a bar; the least there is can still be seen, and nothing is nothing."""
    return "" if not share else f'<b class="{look}" style="width:{share * 100:.2f}%"></b>'


def _people_say(report: Report) -> str:
    people = next((p.share for p in report.by_tier if p.key == "human"), 0.0)
    points = (people - 0.05) * 100
    word = "more" if points > 0 else "fewer"
    said = f"<b>{abs(points):.1f} points {word} reach people</b> than the yardstick."
    worst = max(report.by_type, key=lambda p: p.to_people, default=None)
    total = sum(p.to_people for p in report.by_type)
    if worst is not None and total:
        said += f" {escape(wording.topic(worst.key))} brings most of them: {worst.to_people:,} of {total:,}."
    return said


def resolved(report: Report) -> None:
    """Draw the four nested figures of resolution."""
    st.html(
        f'<h2>Resolved, four ways <small class="num">of {wording.plural(report.tickets, "conversation")}</small></h2>'
    )
    found = report.resolution
    for name, what, level in (
        ("contained", "no person needed", found.contained),
        ("confirmed", "customer said yes", found.confirmed),
        ("checked", "answer verified", found.checked),
        ("durable", "not back in 7 days", found.durable),
    ):
        share = level.share.value or 0.0
        opening(
            f"resolution:{name}",
            f'<div class="bar two"><span>{name.capitalize()}<em>{what}</em></span>'
            f'<div class="track soft">{_fill("fast", share)}</div>'
            f'<span class="num r"><b>{wording.percent(share)}</b><em>{level.tickets:,}</em></span></div>',
        )
    young = f" {found.durable_pending:,} of the durable ones are younger than 7 days." if found.durable_pending else ""
    st.html(f'<p class="says">Each counts only conversations from the line above.{young}</p>')


def waste(report: Report) -> None:
    """Draw what was paid without becoming the answer that stood."""
    st.html(f'<h2>Waste <small class="num">inside the {show(report.model.amount_microusd)}</small></h2>')
    st.html('<div class="wrow head"><span>What</span><span>Calls</span><span>Cost</span></div>')
    for row in report.waste:
        opening(
            f"waste:{row.kind}",
            f'<div class="wrow num"><span>{WASTE[row.kind]}</span><span>{row.calls:,}</span>'
            f"<span>{show(row.cost_microusd)}</span></div>",
        )
    share = f", {wording.percent(report.waste_share.value)}" if report.waste_share.value is not None else ""
    opening(
        "waste",
        f'<div class="wrow num sum"><span>Together{share}</span><span>{report.waste_calls:,}</span>'
        f"<span>{show(report.waste_microusd)}</span></div>",
    )
    st.html(f'<p class="says">{_floor(report)}</p>')


def _floor(report: Report) -> str:
    said = "Quality floor: <b>not certified</b>. It needs more checked outcomes than there are."
    if report.unpriced_calls:
        said += f" {wording.plural(report.unpriced_calls, 'call')} without a price are left out, not counted as free."
    return said


def title(report: Report) -> str:
    """Return the page's title; prices nobody paid are always called simulated."""
    badge = chip("Simulated list prices", "amber", "info") if report.simulated else ""
    return f'<div class="ptitle"><h1>Savings</h1>{badge}</div>'
