"""What the desk cost, what routing saved, and whether customers paid for it with worse answers."""

from datetime import datetime, timedelta
from decimal import Decimal

import streamlit as st

from supportbot.domain.account import Actor, Role
from supportbot.domain.errors import BadInput, Forbidden
from supportbot.domain.money import MICRO, micro
from supportbot.savings import Against, Assumptions, PageOf, Report, SavingsFilter
from supportbot.ui import identity, wording
from supportbot.ui.components import behind, charts, figures, per_tier, shade, skip
from supportbot.ui.components.parts import blank, notice

_PERIODS = {"7 days": "in 7 days", "This month": "this month", "90 days": "in 90 days"}


def draw() -> None:
    """Draw every figure from one reading of the ledger, under the assumptions on the page."""
    who = identity.require(Role.LEAD)
    period = str(st.session_state.get("period") or "This month")
    which = SavingsFilter(since=_since(period))
    assumptions = _assumed()
    name = str(st.session_state.get("figure", "model"))
    page = PageOf(int(st.session_state.get("figure-page", 1)), behind.SIZE)
    with st.container(key="savings"):
        try:
            report, behind_it = identity.desk().savings.panel(which, assumptions, name, page, actor=who)
        except (BadInput, Forbidden) as refused:
            st.html(notice("error", "The figures cannot be read just now", str(refused), look="red"))
            return
        if report.tickets:
            skip.link("savings")
        _head(who, report, which, assumptions, name)
        if not report.tickets:
            _empty()
            return
        skip.target("savings")
        figures.kpis(report, _PERIODS[period])
        _cards(report, _PERIODS[period])
        shade.follow()
        with st.container(key="row-three"):
            with st.container(key="card-assume"):
                _assumptions(report)
            with st.container(key="card-behind"):
                behind.table(behind_it)


def _since(period: str) -> datetime:
    """Return the period's begin: days count whole ones in the desk's time zone, today included."""
    app = identity.desk()
    midnight = app.clock.now().astimezone(wording.zone(app.settings.company.time_zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )  # fmt: skip
    if period == "This month":
        return midnight.replace(day=1)
    return midnight - timedelta(days=6 if period == "7 days" else 89)


def _head(who: Actor, report: Report, which: SavingsFilter, assumptions: Assumptions, name: str) -> None:
    with st.container(key="shead", horizontal=True, vertical_alignment="center"):
        st.html(figures.title(report))
        st.segmented_control(
            "Period", list(_PERIODS), default="This month", required=True, key="period", label_visibility="collapsed"
        )
        st.download_button(
            "Export",
            data=lambda: behind.export(who, which, assumptions, name),
            file_name=f"savings-{name.replace(':', '-')}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=not report.tickets,
        )


def _cards(report: Report, period: str) -> None:
    with st.container(key="row-one"):
        with st.container(key="card-tiers"):
            figures.tiers(report, period)
        with st.container(key="card-days"):
            charts.by_day(report)
    with st.container(key="card-per-tier"):
        per_tier.table(report)
    with st.container(key="row-two"):
        with st.container(key="card-trust"):
            charts.trust(report)
        with st.container(key="card-resolved"):
            figures.resolved(report)
        with st.container(key="card-waste"):
            figures.waste(report)


def _default_rate() -> float:
    return identity.desk().settings.policy.human_rate_microusd_per_hour / MICRO


def _assumed() -> Assumptions:
    """Return the assumptions as they stand in the widgets; what was not touched keeps its meaning."""
    policy = identity.desk().settings.policy
    rate = st.session_state.get("rate")
    strong, fast = st.session_state.get("strong-price"), st.session_state.get("fast-price")
    minutes = st.session_state.get("minutes")
    return Assumptions(
        human_rate_microusd_per_hour=None if rate in (None, _default_rate()) else micro(Decimal(str(rate))),
        human_minutes=policy.human_minutes if minutes is None else float(minutes),
        strong_usd_per_mtok_out=None if strong is None else Decimal(str(strong)),
        fast_usd_per_mtok_out=None if fast is None else Decimal(str(fast)),
        against=Against(st.session_state.get("against") or Against.ALL_STRONG),
    )


def _assumptions(report: Report) -> None:
    st.html("<h2>Assumptions <small>figures follow at once</small></h2>")
    policy = identity.desk().settings.policy
    with st.container(key="assume-grid"):
        st.number_input("Person, $ per hour", 0.0, 1000.0, _default_rate(), 1.0, format="%.2f", key="rate")
        st.number_input("Minutes per case", 0.1, 600.0, float(policy.human_minutes), 0.5, format="%.1f", key="minutes")
        for label, key in (("Strong, $ per 1M out", "strong-price"), ("Fast, $ per 1M out", "fast-price")):
            st.number_input(label, 0.0, 1000.0, None, 0.1, format="%.2f", key=key, placeholder="list price")
    st.selectbox("Compare with", list(Against), format_func=figures.AGAINST.__getitem__, key="against")
    st.html(f'<p class="says">{report.compared[report.assumptions.against].assumes}</p>')


def _empty() -> None:
    text = (
        'Nothing was asked in this period. Figures appear with the first question on the <a href="./" target="_self">'
        'customer page</a>; the <a href="demo" target="_self">demo</a> plays a whole day in a minute.'
    )
    st.html(f'<div class="sblank">{blank("savings", "No conversations yet", text)}</div>')


draw()
