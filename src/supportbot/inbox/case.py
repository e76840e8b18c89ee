"""Reads one ticket as an agent sees it."""

from collections.abc import Sequence

from supportbot.domain.account import Actor
from supportbot.domain.ledger import CallOutcome, ModelCall
from supportbot.domain.outcome import ratings
from supportbot.domain.ticket import Event, Owner, Ticket, allowed
from supportbot.inbox.views import Case, MessageCost
from supportbot.ports import TicketFilter, Tx


def read_case(tx: Tx, actor: Actor, ticket_id: str) -> Case:
    """Return the case; NotFound when there is no such ticket."""
    ticket = tx.ticket(ticket_id)
    calls = tx.calls([ticket.id])
    times = tx.human_times([ticket.id])
    handoffs = tx.handoffs([ticket.id])
    return Case(
        ticket=ticket,
        customer=tx.customer(ticket.customer_id),
        messages=tx.messages(ticket.id, private=True),
        handoff=handoffs[-1] if handoffs else None,
        ratings=ratings(tx.outcomes([ticket.id])),
        costs=_costs(calls),
        agent_name=tx.account(ticket.agent_id).name if ticket.agent_id else None,
        mine=ticket.owner is Owner.AGENT and ticket.agent_id == actor.id and ticket.open,
        can_claim=allowed(ticket.state, Event.CLAIMED),
        cost_microusd=sum(cost(call) for call in calls),
        list_cost_microusd=sum(list_cost(call) for call in calls),
        human_microusd=sum(t.cost_microusd for t in times),
        human_seconds=sum(t.seconds for t in times),
        earlier=_earlier(tx, ticket),
        hidden_data=tuple(dict.fromkeys(e.placeholder for e in tx.vault_entries(ticket.id))),
    )


def cost(call: ModelCall) -> int:
    """Return what a call cost, micro-dollars: its settlement, the reservation while open; unpriced counts 0."""
    return (call.settled.cost_microusd or 0) if call.settled else call.started.reserved_microusd


def list_cost(call: ModelCall) -> int:
    """Return what a call would cost at list price, micro-dollars; calls without one count their real cost."""
    if call.settled is None:
        return call.started.reserved_list_microusd or call.started.reserved_microusd
    listed = call.settled.list_cost_microusd
    return cost(call) if listed is None else listed


def _costs(calls: Sequence[ModelCall]) -> dict[str, MessageCost]:
    by_turn: dict[str, list[ModelCall]] = {}
    for call in calls:
        if call.started.turn_id:
            by_turn.setdefault(call.started.turn_id, []).append(call)
    return {turn_id: _cost_of(turn_calls) for turn_id, turn_calls in by_turn.items()}


def _cost_of(calls: Sequence[ModelCall]) -> MessageCost:
    answered = [c for c in calls if c.settled and c.settled.outcome is CallOutcome.OK]
    return MessageCost(
        tier=(answered or list(calls))[-1].started.tier,
        cost_microusd=sum(cost(c) for c in calls),
        list_cost_microusd=sum(list_cost(c) for c in calls),
        latency_ms=sum(c.settled.latency_ms for c in calls if c.settled),
        unpriced=sum(c.settled is not None and c.settled.cost_microusd is None for c in calls),
    )


def _earlier(tx: Tx, ticket: Ticket) -> tuple[Ticket, ...]:
    others = tx.tickets(TicketFilter(customer_id=ticket.customer_id, limit=4))
    return tuple(t for t in others if t.id != ticket.id)[:3]
