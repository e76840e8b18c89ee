"""The conversations behind a figure: their sum is the figure."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from supportbot.domain.account import Actor
from supportbot.domain.money import MICRO, show
from supportbot.savings import Assumptions, Page, PageOf, Row, SavingsFilter
from supportbot.ui import identity, wording
from supportbot.ui.components.figures import NAMES

SIZE = 25
_TIERS = {"fast": "Fast", "strong": "Strong", "human": "People", "none": "No model"}
_EXPORT = 1000
_HEAD = ["conversation", "created_at", "topic", "language", "tier", "adds", "unit"]
_HEAD += ["model_microusd", "people_microusd", "saved_microusd", "forecast", "helpful"]


def table(page: Page) -> None:
    """Draw one page of conversations; choosing a row offers to open it in the inbox."""
    name = NAMES.get(page.figure, page.figure)
    sums = f"{amount(page.page_amount, page.unit)} of {amount(page.figure_amount, page.unit)}"
    told = f"{name} · {wording.plural(page.tickets, 'conversation')} · sum {sums} · page {page.number} of {page.pages}"
    st.html(f'<h2>Conversations behind the figures <small class="num">{told}</small></h2>')
    if not page.rows:
        st.html('<p class="says">No conversation adds to this figure.</p>')
        return
    chosen = st.dataframe(
        _frame(page),
        hide_index=True,
        height=38 + 32 * min(len(page.rows), 6),
        row_height=32,
        key=f"behind-{page.figure}-{page.number}",
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
        column_config=_columns(page),
        alt=f"Conversations behind {name}, page {page.number} of {page.pages}",
    )
    _below(page, chosen)


def _below(page: Page, chosen: object) -> None:
    rows: Sequence[int] = getattr(getattr(chosen, "selection", None), "rows", ())
    with st.container(key="behind-foot", horizontal=True, vertical_alignment="center"):
        if page.pages > 1:
            st.button("Previous", key="fig-prev", disabled=page.number <= 1, on_click=_turn, args=(page.number - 1,))
            st.button(
                "Next", key="fig-next", disabled=page.number >= page.pages, on_click=_turn, args=(page.number + 1,)
            )
        if rows and rows[0] < len(page.rows):
            ticket = page.rows[rows[0]].ticket
            if st.button(f"Open #{ticket.number} in the inbox", key="fig-open", icon=":material/open_in_new:"):
                st.session_state["ticket"] = ticket.id
                st.switch_page("views/inbox.py")


def _turn(number: int) -> None:
    st.session_state["figure-page"] = number


def amount(value: int, unit: str) -> str:
    """Return what a figure counts with its unit."""
    if unit == "microusd":
        return show(value)
    if unit == "seconds":
        return wording.span(value)
    return f"{value:,} {unit}"


def _frame(page: Page) -> pd.DataFrame:
    return pd.DataFrame([_record(row, page.unit) for row in page.rows])


def _record(row: Row, unit: str) -> dict[str, object]:
    adds = row.amount / MICRO if unit == "microusd" else row.amount
    return {
        "Conversation": f"#{row.ticket.number}",
        "Topic": wording.topic(row.ticket.request_type),
        "Tier": _TIERS.get(row.tier, row.tier),
        "Adds": adds,
        "Cost, $": row.model_microusd / MICRO,
        "Saved, $": None if row.saved_microusd is None else row.saved_microusd / MICRO,
        "Forecast": None if row.forecast is None else row.forecast * 100,
        "Rated": {True: "Helpful", False: "Not helpful", None: "–"}[row.thumb],
    }


def _columns(page: Page) -> dict[str, Any]:
    money = st.column_config.NumberColumn(format="%.4f", width="small")
    adds = st.column_config.NumberColumn("Adds, $", format="%.6f", width="small")
    if page.unit != "microusd":
        adds = st.column_config.NumberColumn(f"Adds, {page.unit}", width="small")
    return {
        "Conversation": st.column_config.TextColumn(width="small"),
        "Adds": None if page.figure == "model" or page.figure.startswith("tier:") else adds,
        "Cost, $": money,
        "Saved, $": money,
        "Forecast": st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100),
    }


def export(who: Actor, which: SavingsFilter, assumptions: Assumptions, name: str) -> bytes:
    """Return every conversation behind a figure as CSV, amounts in whole micro-dollars, readable by spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    number, pages = 1, 1
    while number <= pages:
        asked = PageOf(number, _EXPORT)
        page = identity.desk().savings.tickets(which, assumptions, name, asked, actor=who)
        pages = page.pages
        writer.writerows(_line(row, page.unit) for row in page.rows)
        number += 1
    return out.getvalue().encode("utf-8-sig")


def _line(row: Row, unit: str) -> list[object]:
    ticket = row.ticket
    forecast = None if row.forecast is None else f"{row.forecast:.4f}"
    helpful = None if row.thumb is None else int(row.thumb)
    about = [ticket.number, ticket.created_at.isoformat(), cell(ticket.request_type), ticket.language, row.tier]
    return [*about, row.amount, unit, row.model_microusd, row.human_microusd, row.saved_microusd, forecast, helpful]


def cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
