"""The tables, apart from the domain types; columns bear the names of the domain's fields.

`position` counts the rows of a table and breaks ties between equal times. Only what a row cannot exist without is a
foreign key; a turn, message or account that is merely mentioned is not.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, MetaData, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from supportbot.storage.columns import FreeText, Position, UtcTime

#: Names given by rule, so that a migration can address every constraint on every database.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _position() -> Any:
    return Field(default=None, primary_key=True, sa_type=Position)


def _time(**more: Any) -> Any:
    return Field(sa_type=UtcTime, **more)


def _text() -> Any:
    return Field(sa_type=FreeText)


def _json() -> Any:
    return Field(sa_type=JSON)


def _money() -> Any:
    return Field(sa_type=BigInteger)


def _of_ticket() -> Any:
    return Field(foreign_key="ticket.id", index=True)


class Row(SQLModel):
    """What all tables share: their own metadata, with names by rule."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


class CustomerRow(Row, table=True):
    """A customer."""

    __tablename__ = "customer"
    id: str = Field(primary_key=True)
    created_at: datetime = _time()
    secret_hash: str | None = Field(unique=True)
    external_id: str | None = Field(unique=True)
    name: str = _text()
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
    created_at: datetime = _time()
    updated_at: datetime = _time()
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
    subject: str = _text()
    follows: str | None
    arm: str | None
    waiting_since: datetime | None = _time()
    agent_id: str | None
    claimed_at: datetime | None = _time()
    claim_expires_at: datetime | None = _time()
    snoozed_until: datetime | None = _time()
    first_agent_reply_at: datetime | None = _time()
    resolved_at: datetime | None = _time()
    resolved_by: str | None
    demo: bool
    rank: int
    waits_from: datetime = _time()


class MessageRow(Row, table=True):
    """A message."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("ticket_id", "seq"), Index(None, "created_at"))
    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.id")
    sender: str
    text: str = _text()
    created_at: datetime = _time()
    seq: int
    kind: str
    private: bool
    turn_id: str | None
    author_id: str | None
    author_name: str | None
    citations: list[Any] = _json()
    final: bool
    language: str


class TurnRow(Row, table=True):
    """A turn and its lease."""

    __tablename__ = "turn"
    __table_args__ = (Index(None, "status", "created_at", "position"),)
    position: int | None = _position()
    id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    created_at: datetime = _time()
    not_before: datetime = _time()
    first_seq: int
    last_seq: int
    status: str
    step: str
    worker: str | None
    lease: str | None
    lease_expires_at: datetime | None = _time()
    attempt: int
    stop_requested: bool
    minimum_tier: str | None
    message_id: str | None
    finished_at: datetime | None = _time()
    first_released_at: datetime | None = _time()


class DecisionRow(Row, table=True):
    """A turn's decision with the assessment it rests on."""

    __tablename__ = "decision"
    position: int | None = _position()
    turn_id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    at: datetime = _time()
    assessment: dict[str, Any] = _json()
    decision: dict[str, Any] = _json()
    cited: list[Any] = _json()
    retrieved: list[Any] = _json()
    knowledge_version: str


class CallStartedRow(Row, table=True):
    """First phase of a model call; appended, never changed."""

    __tablename__ = "call_started"
    position: int | None = _position()
    id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    turn_id: str | None = Field(index=True)
    deployment: str
    provider: str
    model: str
    tier: str
    purpose: str
    started_at: datetime = _time(index=True)
    reserved_input_tokens: int
    reserved_output_tokens: int
    reserved_microusd: int = _money()
    reserved_list_microusd: int | None = _money()


class CallSettledRow(Row, table=True):
    """Second phase of a model call; appended once, never changed."""

    __tablename__ = "call_settled"
    call_id: str = Field(primary_key=True, foreign_key="call_started.id")
    outcome: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    estimated: bool
    cost_microusd: int | None = _money()
    list_cost_microusd: int | None = _money()
    latency_ms: int
    first_token_ms: int | None
    settled_at: datetime = _time()
    served_model: str | None
    error: str | None
    price_source: str


class HumanTimeRow(Row, table=True):
    """A stretch of an agent's time; appended, never changed."""

    __tablename__ = "human_time"
    position: int | None = _position()
    id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    agent_id: str
    started_at: datetime = _time()
    seconds: int
    cost_microusd: int = _money()


class OutcomeRow(Row, table=True):
    """A piece of evidence."""

    __tablename__ = "outcome"
    position: int | None = _position()
    id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    kind: str
    at: datetime = _time()
    message_id: str | None
    turn_id: str | None
    value: int | None
    reason: str | None = _text()
    handler: str


class GapRow(Row, table=True):
    """A question the articles do not cover."""

    __tablename__ = "gap"
    position: int | None = _position()
    id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    turn_id: str
    question: str = _text()
    language: str
    at: datetime = _time(index=True)


class HandoffRow(Row, table=True):
    """A handoff with its packet."""

    __tablename__ = "handoff"
    position: int | None = _position()
    id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    reason: str
    priority: int
    created_at: datetime = _time()
    message_id: str
    turn_id: str | None
    packet: dict[str, Any] = _json()


class AlertRow(Row, table=True):
    """An outbox row."""

    __tablename__ = "alert"
    __table_args__ = (Index(None, "sent_at", "created_at"),)
    position: int | None = _position()
    id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    kind: str
    text: str = _text()
    created_at: datetime = _time()
    sent_at: datetime | None = _time()


class AccountRow(Row, table=True):
    """An account; `email_key` is the address without case."""

    __tablename__ = "account"
    id: str = Field(primary_key=True)
    email: str
    name: str = _text()
    role: str
    created_at: datetime = _time()
    password_hash: str
    disabled: bool
    available: bool
    email_key: str = Field(unique=True)


class SessionRow(Row, table=True):
    """A signed-in browser."""

    __tablename__ = "session"
    token_hash: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    created_at: datetime = _time()
    expires_at: datetime = _time()


class SetupLinkRow(Row, table=True):
    """A one-time link."""

    __tablename__ = "setup_link"
    token_hash: str = Field(primary_key=True)
    created_at: datetime = _time()
    expires_at: datetime = _time()
    used_at: datetime | None = _time()


class AuditRow(Row, table=True):
    """An entry of the audit log; appended, never changed."""

    __tablename__ = "audit"
    position: int | None = _position()
    id: str = Field(unique=True)
    at: datetime = _time(index=True)
    actor_id: str
    action: str
    subject: str
    detail: str = _text()


class HitRow(Row, table=True):
    """How often something happened in a window of time."""

    __tablename__ = "hit"
    key: str = Field(primary_key=True)
    window: datetime = _time(primary_key=True)
    count: int


class VaultRow(Row, table=True):
    """A sealed personal datum."""

    __tablename__ = "vault"
    position: int | None = _position()
    id: str = Field(unique=True)
    ticket_id: str = _of_ticket()
    message_id: str
    placeholder: str
    kind: str
    sealed: bytes = Field(sa_type=LargeBinary)
    expires_at: datetime = _time(index=True)


class ChangeRow(Row, table=True):
    """A ticket that a unit of work touched; `origin` is the store that did it, so that it need not hear itself."""

    __tablename__ = "change"
    position: int | None = _position()
    ticket_id: str
    origin: str


def table(row: type[Row]) -> Table:
    """Return the table behind a row class."""
    return Row.metadata.tables[str(row.__tablename__)]
