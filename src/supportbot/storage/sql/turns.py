"""Turns and their leases in SQL; every change is one statement that tests what it rests on."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from supportbot.domain.turn import CLOCKS_APART, Step, Turn, TurnStatus
from supportbot.storage.mapping import MESSAGE, TURN
from supportbot.storage.sql.part import SqlPart

_M = MESSAGE.table.c
_U = TURN.table.c
_ALIVE = [TurnStatus.DUE.value, TurnStatus.RUNNING.value]


class SqlTurns(SqlPart):
    """The part of the unit of work about turns."""

    def add_turn(self, turn: Turn) -> None:
        """Store a turn."""
        self._add(TURN, turn, "turn", turn.ticket_id)

    def turn(self, turn_id: str) -> Turn:
        """Return a turn."""
        return self._find_below(TURN, turn_id, "turn")

    def turns(self, ticket_id: str) -> tuple[Turn, ...]:
        """Return a ticket's turns, oldest first."""
        query = select(*TURN.columns).where(_U.ticket_id == ticket_id).order_by(_U.position)
        self._hold(ticket_id)
        return self._list(TURN, query, held=True)

    def turn_waits(self, now: datetime, until: datetime) -> bool:
        """Whether `claim_turn` would find a turn at *now*, to be leased until *until*."""
        return bool(self._rows(select(_U.id).where(_claimable(now, until)).limit(1)))

    def claim_turn(self, worker: str, lease: str, now: datetime, until: datetime) -> Turn | None:
        """Lease the oldest turn that is due or whose lease expired, in one statement."""
        # SQLite leaves the row lock out of the statement; its write lock, held since BEGIN IMMEDIATE, covers more.
        oldest = (
            select(_U.id)
            .where(_claimable(now, until))
            .order_by(_U.created_at, _U.position)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        claim = update(TURN.table).where(_U.id == oldest)
        leased = claim.values(
            status=TurnStatus.RUNNING.value,
            step=Step.READING.value,
            worker=worker,
            lease=lease,
            lease_expires_at=until,
            attempt=_U.attempt + 1,
        )
        row = self._change(leased.returning(*TURN.columns)).one_or_none()
        if row is None:
            return None
        turn = TURN.value(row)
        self._touch(turn.ticket_id)
        return turn

    def extend_lease(self, turn_id: str, lease: str, until: datetime) -> bool:
        """Move the lease's end."""
        return self._held(turn_id, lease, {"lease_expires_at": until}) is not None

    def set_step(self, turn_id: str, lease: str, step: Step) -> bool:
        """Say what the turn is doing."""
        return self._told(self._held(turn_id, lease, {"step": step.value}))

    def finish_turn(self, turn_id: str, lease: str, status: TurnStatus, at: datetime, message_id: str | None) -> bool:
        """End the turn under this lease; a message posted before is kept when *message_id* is None."""
        ended = _ended(status, at)
        if message_id is not None:
            ended["message_id"] = message_id
        return self._told(self._held(turn_id, lease, ended))

    def end_turns(self, ticket_id: str, status: TurnStatus, at: datetime) -> tuple[str, ...]:
        """End every due or running turn of a ticket, and with it the message it was releasing."""
        self._hold(ticket_id)
        alive = update(TURN.table).where(_U.ticket_id == ticket_id, _U.status.in_(_ALIVE))
        rows = self._change(alive.values(_ended(status, at)).returning(_U.id, _U.created_at, _U.position)).all()
        if rows:
            growing = update(MESSAGE.table).where(_M.ticket_id == ticket_id, _M.turn_id.in_([row.id for row in rows]))
            self._change(growing.where(_M.final.is_(False)).values(final=True))
            self._touch(ticket_id)
        return tuple(row.id for row in sorted(rows, key=lambda r: (r.created_at, r.position)))

    def request_stop(self, turn_id: str) -> None:
        """Ask a running turn to stop."""
        alive = update(TURN.table).where(_U.id == turn_id, _U.status.in_(_ALIVE))
        stopped = self._change(alive.values(stop_requested=True).returning(_U.ticket_id)).scalar_one_or_none()
        if stopped is None:
            self.turn(turn_id)
        self._told(stopped)

    def _held(self, turn_id: str, lease: str, values: dict[str, Any]) -> str | None:
        """Change a running turn under its lease; return its ticket, None when the lease was lost."""
        held = update(TURN.table).where(_U.id == turn_id, _U.status == TurnStatus.RUNNING.value, _U.lease == lease)
        ticket_id: str | None = self._change(held.values(values).returning(_U.ticket_id)).scalar_one_or_none()
        return ticket_id

    def _told(self, ticket_id: str | None) -> bool:
        if ticket_id is not None:
            self._touch(ticket_id)
        return ticket_id is not None


def _claimable(now: datetime, until: datetime) -> ColumnElement[bool]:
    """Due, or held under a lease that has expired or that ends later than any lease taken now.

    What is from the future tells that the clock was set back, and nobody must wait until it gets there again.
    """
    due = and_(_U.status == TurnStatus.DUE.value, or_(_U.not_before <= now, _U.created_at > now))
    lost = or_(_U.lease_expires_at <= now, _U.lease_expires_at > until + CLOCKS_APART)
    return or_(due, and_(_U.status == TurnStatus.RUNNING.value, lost))


def _ended(status: TurnStatus, at: datetime) -> dict[str, Any]:
    return {"status": status.value, "finished_at": at, "lease": None, "lease_expires_at": None}
