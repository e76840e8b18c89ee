"""The two charts of the savings page."""

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from supportbot.domain.money import MICRO, show
from supportbot.savings import Report
from supportbot.ui import wording
from supportbot.ui.components.figures import AGAINST
from supportbot.ui.style import colour

_ENOUGH = 30
_LABELS = {"all_strong": "All-strong", "all_human": "All people", "all_fast": "All-fast"}


def by_day(report: Report) -> None:
    """Draw model cost by day beside the counterfactual, and say what lies between them."""
    against = report.assumptions.against
    st.html("<h2>Model cost by day <small>same conversations, US dollars</small></h2>")
    rows = [
        {"day": pd.Timestamp(s.key), "actual": s.actual_microusd / MICRO, "other": s.counterfactual_microusd / MICRO}
        for s in report.by_day
        if s.compared
    ]
    if not rows:
        st.html('<p class="says">Nothing to compare yet.</p>')
        return
    data = pd.DataFrame(rows).sort_values("day")
    share = report.compared[against].saved_share.value
    words = "" if share is None else f"{wording.percent(abs(share))} {'saved' if share >= 0 else 'more'}"
    first, last = rows[0]["day"], data["day"].iloc[-1]
    st.altair_chart(
        _costs(data, _LABELS[against], words),
        theme="streamlit",
        width="stretch",
        key="chart-days",
        alt=f"Line chart of model cost by day from {first:%d %b} to {last:%d %b}: actual beside "
        f"{AGAINST[against].lower()}. {words}.",
    )
    st.html(f'<p class="says">{_with_people(report)}</p>')


def _with_people(report: Report) -> str:
    compared = report.compared[report.assumptions.against]
    share = compared.saved_share_with_people.value
    said = f"{show(compared.actual.amount_microusd)} instead of {show(compared.counterfactual.amount_microusd)}."
    if share is not None:
        said += f" With people’s time on both sides: <b>{wording.percent(share)}</b>."
    if compared.left_out:
        said += f" {wording.plural(compared.left_out, 'conversation')} left out: no price."
    return said


#: Up to how many days each has its own tick.
_FEW = 5

#: How far the names of two lines that end together are moved apart, each way.
_LABEL_PX = 8


def _costs(data: pd.DataFrame, label: str, words: str) -> Any:
    room = max(1, round(len(data) * 0.18))
    single = len(data) == 1
    begin = data["day"].min() - pd.Timedelta(hours=12 if single else 0)
    domain = [begin, data["day"].max() + pd.Timedelta(days=room)]
    # Of a few days each gets its own tick: ticks between them would repeat a date.
    days = [alt.DateTime(year=d.year, month=d.month, date=d.day) for d in data["day"]] if len(data) <= _FEW else None
    ticks_at = {"tickCount": 5} if days is None else {"values": days}
    axis = alt.Axis(format="%-d %b", grid=False, title=None, **ticks_at, **_axis(), domainColor=colour("line"))
    x = alt.X("day:T", scale=alt.Scale(domain=domain), axis=axis)
    ticks = alt.Axis(tickCount=4, format="$~g", title=None, gridColor=colour("line"), domain=False, **_axis())
    y_actual = alt.Y("actual:Q", axis=ticks)
    base = alt.Chart(data)
    area = base.mark_area(color=colour("fast"), opacity=0.1).encode(x=x, y=y_actual, y2="other:Q")
    other = base.mark_line(color=colour("counter"), strokeDash=[4, 3], strokeWidth=1.75, point=single)
    actual = base.mark_line(color=colour("fast"), strokeWidth=2.25, point=single)
    end = alt.Chart(data.tail(1))
    apart = _LABEL_PX if _meet(data) else 0
    names = (
        end.mark_text(align="left", dx=7, dy=-apart, color=colour("muted"), fontSize=12).encode(
            x=x, y="other:Q", text=alt.value(label)
        ),
        end.mark_text(align="left", dx=7, dy=apart, color=colour("accent"), fontSize=12, fontWeight=600).encode(
            x=x, y="actual:Q", text=alt.value("Actual")
        ),
    )
    middle = data.iloc[[_widest(data)]].assign(y=lambda d: (d["actual"] + d["other"]) / 2)
    text = alt.Chart(middle).encode(x=x, y="y:Q", text=alt.value("" if single else words))
    style: dict[str, Any] = {"fontWeight": 600, "fontSize": 12, "dy": -2}
    halo = text.mark_text(stroke=colour("raised"), strokeWidth=5, strokeOpacity=0.85, **style)
    said = text.mark_text(color=colour("accent"), **style)
    lines = other.encode(x=x, y="other:Q"), actual.encode(x=x, y=y_actual)
    return _framed(alt.layer(area, *lines, *names, halo, said), 216)


def _meet(data: pd.DataFrame) -> bool:
    """Whether the lines end so near each other that their names would lie on top of each other."""
    last, top = data.iloc[-1], max(float(data["other"].max()), float(data["actual"].max()))
    return abs(float(last["other"]) - float(last["actual"])) < 0.1 * top


def _widest(data: pd.DataFrame) -> int:
    """Return where the gap between the lines is widest, away from the ends, so that words fit into it."""
    edge = 2 if len(data) > 6 else 0
    gaps = (data["other"] - data["actual"]).abs().tolist()
    return max(range(edge, len(gaps) - edge), key=gaps.__getitem__)


def trust(report: Report) -> None:
    """Draw what was forecast against what turned out, or say that it is too early."""
    found = report.forecast
    st.html(f'<h2>Can the forecast be trusted? <small class="num">n = {found.n:,}</small></h2>')
    if found.n < _ENOUGH or found.ece is None:
        carry = f"{found.n:,} of {_ENOUGH} conversations carry one"
        st.html(
            f'<p class="says"><b>Not enough outcomes yet.</b> {carry}. '
            "Thumbs, repeated questions, handoffs and corrections count.</p>"
        )
        if not found.bins:
            return
    rows = [
        {"forecast": b.forecast, "was": b.acceptable, "low": b.acceptable_low, "high": b.acceptable_high, "n": b.n}
        for b in found.bins
    ]
    st.altair_chart(
        _reliability(pd.DataFrame(rows)),
        theme="streamlit",
        width="stretch",
        key="chart-trust",
        alt="Dots of forecast against observed share of acceptable answers; the dashed line would be perfect.",
    )
    if found.n >= _ENOUGH and found.ece is not None:
        floor = f"; {found.ece_floor:.3f} is the floor at this n" if found.ece_floor is not None else ""
        st.html(
            f'<p class="says"><b>Off by {found.ece * 100:.1f} points</b> on average (ECE {found.ece:.3f}{floor}).</p>'
        )


def _reliability(data: pd.DataFrame) -> Any:
    scale = alt.Scale(domain=[0, 1])
    axis = {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1], **_axis()}
    x = alt.X("forecast:Q", scale=scale, axis=alt.Axis(title="Forecast to be acceptable", grid=False, **axis))
    up = alt.Axis(title="Was acceptable", gridColor=colour("line"), domain=False, **axis)
    y = alt.Y("was:Q", scale=scale, axis=up)
    line = pd.DataFrame({"forecast": [0, 1], "was": [0, 1]})
    perfect = alt.Chart(line).mark_line(color=colour("counter"), strokeDash=[4, 3], strokeWidth=1.5).encode(x=x, y=y)
    base = alt.Chart(data)
    bars = base.mark_rule(color=colour("strong"), opacity=0.5).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q")
    dots = base.mark_circle(color=colour("strong"), size=55, opacity=1).encode(x=x, y=y)
    return _framed(alt.layer(perfect, bars, dots), 226)


def _axis() -> dict[str, Any]:
    return {
        "labelColor": colour("muted"),
        "titleColor": colour("muted"),
        "labelFontSize": 12,
        "titleFontWeight": "normal",
    }


def _framed(chart: Any, height: int) -> Any:
    framed = (
        chart.properties(height=height).configure(background="transparent", font="Inter").configure_view(stroke=None)
    )
    return framed  # type: ignore[no-any-return, unused-ignore]
