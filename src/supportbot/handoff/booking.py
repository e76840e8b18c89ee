"""Puts the time a person spent on a ticket into the ledger."""

from datetime import datetime

from supportbot.domain.ids import new_id
from supportbot.domain.ledger import HumanTime
from supportbot.domain.ticket import Ticket
from supportbot.ports import Tx


def book_time(tx: Tx, ticket: Ticket, at: datetime, rate_microusd_per_hour: int) -> None:
    """Book the stretch since the claim until *at*, at the rate in force now; nothing when nobody has claimed."""
    if ticket.claimed_at is None or ticket.agent_id is None:
        return
    seconds = max(0, round((at - ticket.claimed_at).total_seconds()))
    cost = round(seconds * rate_microusd_per_hour / 3600)
    tx.add_human_time(HumanTime(new_id(), ticket.id, ticket.agent_id, ticket.claimed_at, seconds, cost))
