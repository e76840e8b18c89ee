"""Turns and their leases in memory."""

from dataclasses import replace
from datetime import datetime

from supportbot.domain.turn import CLOCKS_APART, Step, Turn, TurnStatus
from supportbot.storage.memory.tables import MemoryPart, found

ALIVE = (TurnStatus.DUE, TurnStatus.RUNNING)


class MemoryTurns(MemoryPart):
    """The part of the unit of work about turns."""

    def add_turn(self, turn: Turn) -> None:
        """Store a turn."""
        self._add(self._t.turns, turn.id, turn, "turn", turn.ticket_id)
        if turn.status in ALIVE:
            self._t.alive.put(turn.id, len(self._t.turns))

    def turn(self, turn_id: str) -> Turn:
        """Return a turn."""
        return found(self._t.turns, turn_id, "turn")

    def turns(self, ticket_id: str) -> tuple[Turn, ...]:
        """Return a ticket's turns, oldest first."""
        return tuple(self._t.turns.of(ticket_id))

    def turn_waits(self, now: datetime, until: datetime) -> bool:
        """Whether `claim_turn` would find a turn at *now*, to be leased until *until*."""
        return any(_claimable(self.turn(turn_id), now, until) for turn_id in self._t.alive.every_key())

    def claim_turn(self, worker: str, lease: str, now: datetime, until: datetime) -> Turn | None:
        """Lease the oldest turn that is due or whose lease expired."""
        free = [t for t in map(self.turn, self._t.alive.every_key()) if _claimable(t, now, until)]
        if not free:
            return None
        turn = min(free, key=lambda t: (t.created_at, self._t.alive.get(t.id)))
        leased = replace(
            turn,
            status=TurnStatus.RUNNING,
            step=Step.READING,
            worker=worker,
            lease=lease,
            lease_expires_at=until,
            attempt=turn.attempt + 1,
        )
        self._put(leased)
        return leased

    def extend_lease(self, turn_id: str, lease: str, until: datetime) -> bool:
        """Move the lease's end."""
        turn = self._held(turn_id, lease)
        if turn is not None:
            self._t.turns.put(turn_id, replace(turn, lease_expires_at=until))
        return turn is not None

    def set_step(self, turn_id: str, lease: str, step: Step) -> bool:
        """Say what the turn is doing."""
        turn = self._held(turn_id, lease)
        if turn is not None:
            self._put(replace(turn, step=step))
        return turn is not None

    def finish_turn(self, turn_id: str, lease: str, status: TurnStatus, at: datetime, message_id: str | None) -> bool:
        """End the turn under this lease; a message posted before is kept when *message_id* is None."""
        turn = self._held(turn_id, lease)
        if turn is not None:
            self._put(replace(_ended(turn, status, at), message_id=message_id or turn.message_id))
        return turn is not None

    def end_turns(self, ticket_id: str, status: TurnStatus, at: datetime) -> tuple[str, ...]:
        """End every due or running turn of a ticket, and with it the message it was releasing."""
        ending = [t for t in self.turns(ticket_id) if t.status in ALIVE]
        ids = {t.id for t in ending}
        for turn in ending:
            self._put(_ended(turn, status, at))
        for message in self._t.messages.of(ticket_id):
            if message.turn_id in ids and not message.final:
                self._t.messages.put(message.id, replace(message, final=True))
        return tuple(t.id for t in ending)

    def request_stop(self, turn_id: str) -> None:
        """Ask a running turn to stop."""
        turn = self.turn(turn_id)
        if turn.status in ALIVE:
            self._put(replace(turn, stop_requested=True))

    def _held(self, turn_id: str, lease: str) -> Turn | None:
        turn = self._t.turns.get(turn_id)
        held = turn is not None and turn.status is TurnStatus.RUNNING and turn.lease == lease
        return turn if held else None

    def _put(self, turn: Turn) -> None:
        self._t.turns.put(turn.id, turn)
        if turn.status not in ALIVE and turn.id in self._t.alive:
            self._t.alive.drop(turn.id)
        self._touch(turn.ticket_id)


def _claimable(turn: Turn, now: datetime, until: datetime) -> bool:
    """Due, or held under a lease that has expired or that ends later than any lease taken now.

    What is from the future tells that the clock was set back, and nobody must wait until it gets there again.
    """
    if turn.status is TurnStatus.DUE:
        return turn.not_before <= now or turn.created_at > now
    ends = turn.lease_expires_at
    return turn.status is TurnStatus.RUNNING and ends is not None and (ends <= now or ends > until + CLOCKS_APART)


def _ended(turn: Turn, status: TurnStatus, at: datetime) -> Turn:
    return replace(turn, status=status, finished_at=at, lease=None, lease_expires_at=None)
