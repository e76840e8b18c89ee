"""Decisions, the ledger and the evidence in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, insert, select, update

from supportbot.domain.errors import Conflict, NotFound
from supportbot.domain.ledger import CallSettled, CallStarted, HumanTime, ModelCall
from supportbot.domain.outcome import Gap, Outcome
from supportbot.ports import StoredDecision, Totals, Used
from supportbot.storage.mapping import (
    CALL_SETTLED,
    CALL_STARTED,
    DECISION,
    GAP,
    HANDOFF,
    HUMAN_TIME,
    OUTCOME,
    TURN,
    settled_row,
    settled_value,
)
from supportbot.storage.sql.part import SqlPart, chunks

_D = DECISION.table.c
_S = CALL_STARTED.table.c
_E = CALL_SETTLED.c
_G = GAP.table.c
_T = TURN.table.c
_H = HANDOFF.table.c
_O = OUTCOME.table.c
_USED = ("cost_microusd", "list_cost_microusd", "input_tokens", "output_tokens")
_BOTH = CALL_STARTED.table.outerjoin(CALL_SETTLED, _E.call_id == _S.id)


class SqlLedger(SqlPart):
    """The part of the unit of work about decisions, calls, human time, outcomes and gaps."""

    def add_decision(self, stored: StoredDecision) -> None:
        """Store a turn's decision, in place of an earlier one."""
        earlier = update(DECISION.table).where(_D.turn_id == stored.turn_id)
        if self._hit(earlier.values(DECISION.row(stored))):
            self._touch(stored.ticket_id)
        else:
            self._add(DECISION, stored, "decision", stored.ticket_id)

    def decisions(self, ticket_ids: Sequence[str]) -> tuple[StoredDecision, ...]:
        """Return the decisions of these tickets, oldest first."""
        return self._of_tickets(DECISION, ticket_ids)

    def start_call(self, call: CallStarted) -> None:
        """Append the first phase of a call."""
        self._add(CALL_STARTED, call, "call", call.ticket_id)

    def settle_call(self, settled: CallSettled) -> bool:
        """Append the second phase, once."""
        # What is read here never changes but by a second settlement, which the key of the table refuses.
        found = select(_S.ticket_id, _E.call_id).select_from(_BOTH).where(_S.id == settled.call_id)
        started = self._rows(found, held=True)
        if not started:
            raise NotFound(f"There is no call {settled.call_id}; start it first.")
        if started[0].call_id is not None:
            return False
        self._hold(started[0].ticket_id)
        try:
            self._change(insert(CALL_SETTLED).values(settled_row(settled)))
        except Conflict:
            return False
        self._touch(started[0].ticket_id)
        return True

    def calls(self, ticket_ids: Sequence[str]) -> tuple[ModelCall, ...]:
        """Return the calls of these tickets, oldest first."""
        rows: list[Row[Any]] = []
        self._hold(*ticket_ids)
        for ids in chunks(ticket_ids):
            query = select(*CALL_STARTED.columns, _S.position, *CALL_SETTLED.columns).select_from(_BOTH)
            rows.extend(self._rows(query.where(_S.ticket_id.in_(ids)), held=True))
        rows.sort(key=lambda row: row.position)
        return tuple(ModelCall(CALL_STARTED.value(row), settled_value(row)) for row in rows)

    def unsettled_calls(self, turn_id: str) -> tuple[CallStarted, ...]:
        """Return a turn's calls without a second phase."""
        query = select(*CALL_STARTED.columns).select_from(_BOTH).where(_S.turn_id == turn_id, _E.call_id.is_(None))
        return self._list(CALL_STARTED, query.order_by(_S.position))

    def orphaned_calls(self, since: datetime, before: datetime) -> tuple[CallStarted, ...]:
        """Return calls begun from *since* on that nobody will settle any more, oldest first."""
        ended = func.coalesce(_T.finished_at, case((_T.id.is_(None), _S.started_at)))
        open_ones = select(*CALL_STARTED.columns).select_from(_BOTH.outerjoin(TURN.table, _T.id == _S.turn_id))
        found = open_ones.where(_E.call_id.is_(None), _S.started_at >= since, ended < before)
        return self._list(CALL_STARTED, found.order_by(_S.started_at, _S.position))

    def spent_since(self, since: datetime) -> int:
        """Return micro-dollars: settled costs plus reservations; an unpriced call counts at its reservation."""
        cost = func.coalesce(_E.cost_microusd, _S.reserved_microusd)
        rows = self._rows(select(func.coalesce(func.sum(cost), 0)).select_from(_BOTH).where(_S.started_at >= since))
        return int(rows[0][0])

    def totals(self) -> Totals:
        """Count turns, calls, handoffs and evidence, and sum what settled calls used and cost."""
        sums = [func.sum(_E[name]).label(name) for name in _USED]
        calls = select(_S.deployment, _E.outcome, func.count().label("number"), *sums).select_from(_BOTH)
        called = self._rows(calls.group_by(_S.deployment, _E.outcome))
        used = {
            name: Used(**{f: sum(int(getattr(row, f) or 0) for row in called if row.deployment == name) for f in _USED})
            for name in dict.fromkeys(row.deployment for row in called)
        }
        return Totals(
            turns=self._counted(_T.status),
            calls={(row.deployment, row.outcome or "open"): row.number for row in called},
            cost_microusd=sum(one.cost_microusd for one in used.values()),
            used=used,
            handoffs=self._counted(_H.reason),
            outcomes=self._counted(_O.kind),
        )

    def _counted(self, column: ColumnElement[str]) -> dict[str, int]:
        """Return how many rows there are of each value of *column*."""
        value: ColumnElement[Any] = column.label("value")
        rows = self._rows(select(value, func.count().label("number")).group_by(column))
        return {row.value: row.number for row in rows}

    def add_human_time(self, time: HumanTime) -> None:
        """Append a stretch of an agent's time."""
        self._add(HUMAN_TIME, time, "stretch of time", time.ticket_id)

    def human_times(self, ticket_ids: Sequence[str]) -> tuple[HumanTime, ...]:
        """Return the agents' time on these tickets, oldest first."""
        return self._of_tickets(HUMAN_TIME, ticket_ids)

    def add_outcome(self, outcome: Outcome) -> None:
        """Append a piece of evidence."""
        self._add(OUTCOME, outcome, "outcome", outcome.ticket_id)

    def outcomes(self, ticket_ids: Sequence[str]) -> tuple[Outcome, ...]:
        """Return the evidence on these tickets, oldest first."""
        return self._of_tickets(OUTCOME, ticket_ids)

    def add_gap(self, gap: Gap) -> None:
        """Record a question the articles do not cover."""
        self._add(GAP, gap, "gap", gap.ticket_id)

    def gaps(self, limit: int = 1000) -> tuple[Gap, ...]:
        """Return recorded gaps, newest first."""
        return self._list(GAP, select(*GAP.columns).order_by(_G.at.desc(), _G.position.desc()).limit(limit))
