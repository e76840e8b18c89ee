"""Handoffs, accounts, limits, the vault, and what changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from supportbot.storage.tables.row import Row, as_json, free_text, moment, of_ticket, position


class HandoffRow(Row, table=True):
    """A handoff with its packet."""

    __tablename__ = "handoff"
    position: int | None = position()
    id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    reason: str
    priority: int
    created_at: datetime = moment()
    message_id: str
    turn_id: str | None
    packet: dict[str, Any] = as_json()


class AlertRow(Row, table=True):
    """An outbox row."""

    __tablename__ = "alert"
    __table_args__ = (Index(None, "sent_at", "created_at"),)
    position: int | None = position()
    id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    kind: str
    text: str = free_text()
    created_at: datetime = moment()
    sent_at: datetime | None = moment()


class AccountRow(Row, table=True):
    """An account; `email_key` is the address without case."""

    __tablename__ = "account"
    id: str = Field(primary_key=True)
    email: str
    name: str = free_text()
    role: str
    created_at: datetime = moment()
    password_hash: str
    disabled: bool
    available: bool
    email_key: str = Field(unique=True)


class SessionRow(Row, table=True):
    """A signed-in browser."""

    __tablename__ = "session"
    token_hash: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()


class SetupLinkRow(Row, table=True):
    """A one-time link."""

    __tablename__ = "setup_link"
    token_hash: str = Field(primary_key=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = moment()


class AuditRow(Row, table=True):
    """An entry of the audit log; appended, never changed."""

    __tablename__ = "audit"
    position: int | None = position()
    id: str = Field(unique=True)
    at: datetime = moment(index=True)
    actor_id: str
    action: str
    subject: str
    detail: str = free_text()


class HitRow(Row, table=True):
    """How often something happened in a window of time."""

    __tablename__ = "hit"
    key: str = Field(primary_key=True)
    window: datetime = moment(primary_key=True)
    count: int


class VaultRow(Row, table=True):
    """A sealed personal datum."""

    __tablename__ = "vault"
    position: int | None = position()
    id: str = Field(unique=True)
    ticket_id: str = of_ticket()
    message_id: str
    placeholder: str
    kind: str
    sealed: bytes = Field(sa_type=LargeBinary)
    expires_at: datetime = moment(index=True)


class ChangeRow(Row, table=True):
    """A ticket that a unit of work touched; `origin` is the store that did it, so that it need not hear itself."""

    __tablename__ = "change"
    position: int | None = position()
    ticket_id: str
    origin: str
