"""Decisions, the ledger and the evidence."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from supportbot.storage.tables.row import Row, as_json, free_text, moment, money, of_ticket, position


class DecisionRow(Row, table=True):
    """A turn's decision with the assessment it rests on."""

    __tablename__ = "decision"
    position: int | None = position()
    turn_id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    at: datetime = moment()
    assessment: dict[str, Any] = as_json()
    decision: dict[str, Any] = as_json()
    cited: list[Any] = as_json()
    retrieved: list[Any] = as_json()
    knowledge_version: str


class CallStartedRow(Row, table=True):
    """First phase of a model call; appended, never changed."""

    __tablename__ = "call_started"
    position: int | None = position()
    id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    turn_id: str | None = Field(index=True)
    deployment: str
    provider: str
    model: str
    tier: str
    purpose: str
    started_at: datetime = moment(index=True)
    reserved_input_tokens: int
    reserved_output_tokens: int
    reserved_microusd: int = money()
    reserved_list_microusd: int | None = money()


class CallSettledRow(Row, table=True):
    """Second phase of a model call; appended once, never changed."""

    __tablename__ = "call_settled"
    call_id: str = Field(primary_key=True, foreign_key="call_started.id")
    outcome: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    estimated: bool
    cost_microusd: int | None = money()
    list_cost_microusd: int | None = money()
    latency_ms: int
    first_token_ms: int | None
    settled_at: datetime = moment()
    served_model: str | None
    error: str | None
    price_source: str


class HumanTimeRow(Row, table=True):
    """A stretch of an agent's time; appended, never changed."""

    __tablename__ = "human_time"
    position: int | None = position()
    id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    agent_id: str
    started_at: datetime = moment()
    seconds: int
    cost_microusd: int = money()


class OutcomeRow(Row, table=True):
    """A piece of evidence."""

    __tablename__ = "outcome"
    position: int | None = position()
    id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    kind: str
    at: datetime = moment()
    message_id: str | None
    turn_id: str | None
    value: int | None
    reason: str | None = free_text()
    handler: str


class GapRow(Row, table=True):
    """A question the articles do not cover."""

    __tablename__ = "gap"
    position: int | None = position()
    id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    turn_id: str
    question: str = free_text()
    language: str
    at: datetime = moment(index=True)
