"""Customers, tickets, messages and turns."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from supportbot.storage.tables.row import Row, as_json, free_text, moment, of_ticket, position


class CustomerRow(Row, table=True):
    """A customer."""

    __tablename__ = "customer"
    id: str = Field(primary_key=True)
    created_at: datetime = moment()
    secret_hash: str | None = Field(unique=True)
    external_id: str | None = Field(unique=True)
    name: str = free_text()
    demo: bool


class CounterRow(Row, table=True):
    """The last number given out under a name; never goes back."""

    __tablename__ = "counter"
    name: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)


class TicketRow(Row, table=True):
    """A ticket. `rank` is minus the priority and `waits_from` never null, so one ascending index is the queue."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index(None, "queued", "rank", "waits_from", "number"),
        Index(None, "customer_id", "created_at", "number"),
        Index(None, "status", "created_at", "number"),
        Index(None, "agent_id", "status"),
        Index(None, "created_at", "number"),
    )
    id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.id")
    created_at: datetime = moment()
    updated_at: datetime = moment()
    number: int = Field(unique=True)
    version: int
    owner: str
    status: str
    queued: bool
    lane: str
    priority: int
    language: str
    request_type: str
    critical: str | None
    subject: str = free_text()
    follows: str | None
    arm: str | None
    waiting_since: datetime | None = moment()
    agent_id: str | None
    claimed_at: datetime | None = moment()
    claim_expires_at: datetime | None = moment()
    snoozed_until: datetime | None = moment()
    first_agent_reply_at: datetime | None = moment()
    resolved_at: datetime | None = moment()
    resolved_by: str | None
    demo: bool
    rank: int
    waits_from: datetime = moment()


class MessageRow(Row, table=True):
    """A message."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("ticket_id", "seq"), Index(None, "created_at"))
    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.id")
    sender: str
    text: str = free_text()
    created_at: datetime = moment()
    seq: int
    kind: str
    private: bool
    turn_id: str | None
    author_id: str | None
    author_name: str | None
    citations: list[Any] = as_json()
    final: bool
    language: str


class TurnRow(Row, table=True):
    """A turn and its lease."""

    __tablename__ = "turn"
    __table_args__ = (Index(None, "status", "created_at", "position"),)
    position: int | None = position()
    id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    created_at: datetime = moment()
    not_before: datetime = moment()
    first_seq: int
    last_seq: int
    status: str
    step: str
    worker: str | None
    lease: str | None
    lease_expires_at: datetime | None = moment()
    attempt: int
    stop_requested: bool
    minimum_tier: str | None
    message_id: str | None
    finished_at: datetime | None = moment()
    first_released_at: datetime | None = moment()
