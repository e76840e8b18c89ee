"""What the agent inbox shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from supportbot.domain.account import Customer
from supportbot.domain.handoff import Handoff
from supportbot.domain.message import Message
from supportbot.domain.ticket import Ticket


class Scope(StrEnum):
    """Which part of the inbox to list."""

    MINE = "mine"  #: claimed or snoozed by me
    OPEN = "open"  #: waiting, nobody has it
    ALL = "all"  #: everything with people, and what the bot is answering when asked for


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue."""

    ticket: Ticket
    customer_name: str
    preview: str  #: the customer's last words, masked
    waiting_seconds: int
    sla_left_seconds: int  #: negative when late
    agent_name: str | None = None
    unread: bool = False  #: the customer wrote after the last agent message


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue with its counters."""

    rows: tuple[QueueRow, ...]
    counts: Mapping[str, int]  #: scope to number of tickets
    waiting: int
    longest_seconds: int
    recent: int = 0  #: conversations opened in the last 24 hours; counted only while nobody is with people


@dataclass(frozen=True, slots=True)
class MessageCost:
    """What one bot answer cost: micro-dollars paid, and at list price (simulated), over its turn's calls."""

    tier: str
    cost_microusd: int
    list_cost_microusd: int
    latency_ms: int
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket as an agent sees it. Internal notes are included."""

    ticket: Ticket
    customer: Customer
    messages: tuple[Message, ...]
    handoff: Handoff | None
    ratings: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[str, MessageCost] = field(default_factory=dict)  #: by turn id
    agent_name: str | None = None
    mine: bool = False
    can_claim: bool = False
    cost_microusd: int = 0
    list_cost_microusd: int = 0
    human_microusd: int = 0
    human_seconds: int = 0
    earlier: tuple[Ticket, ...] = ()
    hidden_data: tuple[str, ...] = ()  #: placeholders that can be revealed, such as `[email 1]`
    read_at: datetime | None = None
