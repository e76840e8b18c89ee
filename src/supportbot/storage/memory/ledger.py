"""Decisions, ledger, outcomes and handoffs in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from supportbot.domain.handoff import Alert, Handoff
from supportbot.domain.ledger import CallSettled, CallStarted, HumanTime, ModelCall
from supportbot.domain.outcome import Gap, Outcome
from supportbot.ports import StoredDecision, Totals, Used
from supportbot.storage.memory.tables import MemoryPart, found, minute


class MemoryLedger(MemoryPart):
    """The part of the unit of work about decisions, calls, human time, outcomes, gaps, handoffs and alerts."""

    def add_decision(self, stored: StoredDecision) -> None:
        """Store a turn's decision, in place of an earlier one."""
        found(self._t.tickets, stored.ticket_id, "ticket")
        self._t.decisions.put(stored.turn_id, stored)
        self._touch(stored.ticket_id)

    def decisions(self, ticket_ids: Sequence[str]) -> tuple[StoredDecision, ...]:
        """Return the decisions of these tickets, oldest first."""
        return tuple(self._t.decisions.among(ticket_ids))

    def start_call(self, call: CallStarted) -> None:
        """Append the first phase of a call."""
        self._add(self._t.started, call.id, call, "call", call.ticket_id)
        self._t.minutes.put(call.id, call)
        self._spend(call, call.reserved_microusd)

    def settle_call(self, settled: CallSettled) -> bool:
        """Append the second phase, once."""
        started = found(self._t.started, settled.call_id, "call")
        if settled.call_id in self._t.settled:
            return False
        self._t.settled.put(settled.call_id, settled)
        self._spend(started, self._spent(started) - started.reserved_microusd)
        self._touch(started.ticket_id)
        return True

    def calls(self, ticket_ids: Sequence[str]) -> tuple[ModelCall, ...]:
        """Return the calls of these tickets, oldest first."""
        return tuple(ModelCall(call, self._t.settled.get(call.id)) for call in self._t.started.among(ticket_ids))

    def unsettled_calls(self, turn_id: str) -> tuple[CallStarted, ...]:
        """Return a turn's calls without a second phase."""
        turn = self._t.turns.get(turn_id)
        calls = self._t.started.of(turn.ticket_id) if turn else list(self._t.started)
        return tuple(c for c in calls if c.turn_id == turn_id and c.id not in self._t.settled)

    def orphaned_calls(self, since: datetime, before: datetime) -> tuple[CallStarted, ...]:
        """Return calls begun from *since* on that nobody will settle any more, oldest first."""
        still_open = [c for c in self._t.started if c.id not in self._t.settled and c.started_at >= since]
        return tuple(sorted((c for c in still_open if self._given_up(c, before)), key=lambda c: c.started_at))

    def _given_up(self, call: CallStarted, before: datetime) -> bool:
        turn = self._t.turns.get(call.turn_id or "")
        ended = call.started_at if turn is None else turn.finished_at
        return ended is not None and ended < before

    def spent_since(self, since: datetime) -> int:
        """Return micro-dollars: settled costs plus reservations; an unpriced call counts at its reservation."""
        first = minute(since)
        whole = sum(self._t.spent.get(m) or 0 for m in self._t.spent.every_key() if m > first)
        return whole + sum(self._spent(c) for c in self._t.minutes.of(first) if c.started_at >= since)

    def _spend(self, call: CallStarted, amount: int) -> None:
        at = minute(call.started_at)
        self._t.spent.put(at, (self._t.spent.get(at) or 0) + amount)

    def _spent(self, call: CallStarted) -> int:
        settled = self._t.settled.get(call.id)
        if settled is None or settled.cost_microusd is None:
            return call.reserved_microusd
        return settled.cost_microusd

    def totals(self) -> Totals:
        """Count turns, calls, handoffs and evidence, and sum what settled calls used and cost."""
        both = [(call.deployment, self._t.settled.get(call.id)) for call in self._t.started]
        used = {
            name: _used([settled for deployment, settled in both if deployment == name and settled is not None])
            for name in dict.fromkeys(deployment for deployment, _ in both)
        }
        return Totals(
            turns=dict(Counter(t.status.value for t in self._t.turns)),
            calls=dict(Counter((name, s.outcome.value if s else "open") for name, s in both)),
            cost_microusd=sum(one.cost_microusd for one in used.values()),
            used=used,
            handoffs=dict(Counter(h.reason.value for h in self._t.handoffs)),
            outcomes=dict(Counter(o.kind.value for o in self._t.outcomes)),
        )

    def add_human_time(self, time: HumanTime) -> None:
        """Append a stretch of an agent's time."""
        self._add(self._t.human_times, time.id, time, "stretch of time", time.ticket_id)

    def human_times(self, ticket_ids: Sequence[str]) -> tuple[HumanTime, ...]:
        """Return the agents' time on these tickets, oldest first."""
        return tuple(self._t.human_times.among(ticket_ids))

    def add_outcome(self, outcome: Outcome) -> None:
        """Append a piece of evidence."""
        self._add(self._t.outcomes, outcome.id, outcome, "outcome", outcome.ticket_id)

    def outcomes(self, ticket_ids: Sequence[str]) -> tuple[Outcome, ...]:
        """Return the evidence on these tickets, oldest first."""
        return tuple(self._t.outcomes.among(ticket_ids))

    def add_gap(self, gap: Gap) -> None:
        """Record a question the articles do not cover."""
        self._add(self._t.gaps, gap.id, gap, "gap", gap.ticket_id)

    def gaps(self, limit: int = 1000) -> tuple[Gap, ...]:
        """Return recorded gaps, newest first."""
        oldest_first = sorted(self._t.gaps, key=lambda g: g.at)
        return tuple(oldest_first[::-1][:limit])

    def add_handoff(self, handoff: Handoff) -> None:
        """Store a handoff with its packet."""
        self._add(self._t.handoffs, handoff.id, handoff, "handoff", handoff.ticket_id)

    def handoffs(self, ticket_ids: Sequence[str]) -> tuple[Handoff, ...]:
        """Return the handoffs of these tickets, oldest first."""
        return tuple(self._t.handoffs.among(ticket_ids))

    def add_alert(self, alert: Alert) -> None:
        """Put an alert into the outbox."""
        self._add(self._t.alerts, alert.id, alert, "alert", alert.ticket_id)

    def alerts(self, *, pending: bool = False, limit: int = 100, offset: int = 0) -> tuple[Alert, ...]:
        """Return alerts, oldest first."""
        chosen = [a for a in self._t.alerts if not pending or a.sent_at is None]
        return tuple(sorted(chosen, key=lambda a: a.created_at)[offset : offset + limit])

    def mark_sent(self, alert_id: str, at: datetime) -> None:
        """Note that an alert was delivered."""
        alert = found(self._t.alerts, alert_id, "alert")
        self._t.alerts.put(alert_id, replace(alert, sent_at=at))


def _used(calls: Sequence[CallSettled]) -> Used:
    return Used(
        cost_microusd=sum(s.cost_microusd or 0 for s in calls),
        list_cost_microusd=sum(s.list_cost_microusd or 0 for s in calls),
        input_tokens=sum(s.usage.input_tokens for s in calls),
        output_tokens=sum(s.usage.output_tokens for s in calls),
    )
