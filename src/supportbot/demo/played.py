"""One ticket of the day as the store tells it afterwards. Nothing in it is remembered from the playing."""

from dataclasses import dataclass

from supportbot.demo.day import Asked, Kind
from supportbot.domain.decision import Tier
from supportbot.domain.ledger import ModelCall
from supportbot.domain.message import Message, MessageKind
from supportbot.domain.outcome import OutcomeKind
from supportbot.ports import Tx
from supportbot.savings.cases import read_batch


@dataclass(frozen=True, slots=True)
class Played:
    """One ticket as it went. Money in micro-dollars: `cost` at list price where the model itself is free.

    `tier` is human once a person was promised the ticket, whoever answered first: what the savings panel counts.
    """

    asked: Asked
    ticket_id: str
    number: int
    tier: Tier
    answered: bool  #: a model gave a whole answer, if only that the articles do not cover it
    answer: str
    right: bool
    cost: int
    human_cost: int = 0
    human_seconds: int = 0
    csat: int | None = None


def read_played(tx: Tx, ticket_id: str, asked: Asked) -> Played:
    """Read one ticket back: tier as the savings panel gives it, answer and costs from messages and ledger."""
    case = read_batch(tx, [tx.ticket(ticket_id)])[0]
    replies = [m for m in tx.messages(ticket_id) if m.kind in (MessageKind.ANSWER, MessageKind.REFUSAL)]
    scores = [o.value for o in case.outcomes if o.kind is OutcomeKind.CSAT]
    return Played(
        asked=asked,
        ticket_id=ticket_id,
        number=case.ticket.number,
        tier=case.tier,
        answered=bool(case.final_answers),
        answer=replies[-1].text if replies else "",
        right=bool(replies) and _right(asked, replies[-1]),
        cost=sum(price(call) for call in case.calls),
        human_cost=sum(t.cost_microusd for t in case.times),
        human_seconds=sum(t.seconds for t in case.times),
        csat=scores[-1] if scores else None,
    )


def _right(asked: Asked, reply: Message) -> bool:
    """Where no article covers it, saying so is right and nothing else is."""
    if asked.kind is Kind.UNCOVERED:
        return reply.kind is MessageKind.REFUSAL
    return reply.kind is MessageKind.ANSWER and asked.right(reply.text)


def price(call: ModelCall) -> int:
    """Return what a call cost, micro-dollars: paid, or its list price where nothing was paid; open: its reservation."""
    if call.settled is None:
        return call.started.reserved_microusd or call.started.reserved_list_microusd or 0
    return call.settled.cost_microusd or call.settled.list_cost_microusd or 0
