"""Who uses the desk: customers by secret cookie, agents by account."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What an account may do; each role includes the ones above it here."""

    AGENT = "agent"  #: inbox
    LEAD = "lead"  #: and savings, experiments, gaps
    ADMIN = "admin"  #: and accounts


@dataclass(frozen=True, slots=True)
class Account:
    """A person in support."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    password_hash: str = field(default="", repr=False)
    disabled: bool = False
    available: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; only the hash of its token is stored."""

    token_hash: str
    account_id: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SetupLink:
    """A one-time link that creates the first admin; only its hash is stored."""

    token_hash: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """Who asks: recognised by the hash of a secret cookie, or by an id a program gave."""

    id: str
    created_at: datetime
    secret_hash: str | None = field(default=None, repr=False)
    external_id: str | None = None
    name: str = "Customer"
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """On whose authority a use case runs: an account, or the operator at the command line."""

    id: str
    name: str
    role: Role
    operator: bool = False


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which thing, when; never with text of a conversation."""

    id: str
    at: datetime
    actor_id: str
    action: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class VaultEntry:
    """A personal datum, sealed, with the day it is destroyed."""

    id: str
    ticket_id: str
    message_id: str
    placeholder: str
    kind: str
    sealed: bytes = field(repr=False)
    expires_at: datetime
