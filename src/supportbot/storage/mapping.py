"""Rows to domain values and back. Columns bear the fields' names, so one mapper serves every kind of value."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import JSON, ColumnElement, Row, Table

from supportbot.domain.account import Account, AuditEntry, Customer, Session, SetupLink, VaultEntry
from supportbot.domain.handoff import Alert, Handoff
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, HumanTime
from supportbot.domain.message import Message
from supportbot.domain.outcome import Gap, Outcome
from supportbot.domain.price import Usage
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn
from supportbot.ports import StoredDecision
from supportbot.storage import tables
from supportbot.storage.columns import storable
from supportbot.storage.tables import table

D = TypeVar("D")

Convert = Callable[[Any], Any]

#: Where a ticket nobody waits for stands in the queue: behind everyone who does.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Mapper(Generic[D]):
    """Turns a value of *domain* into a row of *rows* and back; *extra* computes columns the domain does not have."""

    def __init__(
        self, domain: Callable[..., D], rows: type[tables.Row], extra: Callable[[D], dict[str, Any]] | None = None
    ) -> None:
        self.table: Table = table(rows)
        self._domain = domain
        self._extra = extra
        self._names = [f.name for f in fields(domain)]  # type: ignore[arg-type]
        hints = get_type_hints(domain)
        self._codecs = [(name, *_codec(hints[name], self.table, name)) for name in self._names]

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """The columns `value` needs, in its order."""
        return [self.table.c[name] for name in self._names]

    def row(self, value: D) -> dict[str, Any]:
        """Return the columns of *value*."""
        found = {name: write(getattr(value, name)) for name, write, _ in self._codecs}
        return found | self._extra(value) if self._extra else found

    def value(self, row: Row[Any]) -> D:
        """Return the value of a row that begins with `columns`."""
        return self._domain(*[read(raw) for (_, _, read), raw in zip(self._codecs, row, strict=False)])


def _codec(hint: Any, rows: Table, name: str) -> tuple[Convert, Convert]:
    """How a field is written to and read from its column."""
    if isinstance(rows.c[name].type, JSON):
        return json_codec(hint)
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return _enum_value, _enum_reader(kind)
    return _same, _same


def _same(value: Any) -> Any:
    return value


def _enum_value(value: Enum | None) -> Any:
    return None if value is None else value.value


def _enum_reader(kind: type[Enum]) -> Convert:
    known = {member.value: member for member in kind}
    known[None] = None  # type: ignore[assignment]
    return known.__getitem__


@lru_cache(maxsize=64)
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def json_codec(hint: Any) -> tuple[Convert, Convert]:
    """Write a value as plain JSON data and read it back as *hint*; the adapter is made on first use."""

    def write(value: Any) -> Any:
        return _storable_json(_adapter(hint).dump_python(value, mode="python"))

    def read(raw: Any) -> Any:
        return _adapter(hint).validate_python(raw)

    return write, read


def _storable_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {_storable_json(k): _storable_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_json(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    return storable(value) if isinstance(value, str) else value


def message_citations() -> tuple[Convert, Convert]:
    """How the citations of a message are written and read."""
    return json_codec(get_type_hints(Message)["citations"])


def _ticket_extra(ticket: Ticket) -> dict[str, Any]:
    return {"rank": -int(ticket.priority), "waits_from": ticket.waiting_since or NEVER}


def _account_extra(account: Account) -> dict[str, Any]:
    return {"email_key": email_key(account.email)}


def email_key(email: str) -> str:
    """Return an address as it is compared: without case."""
    return email.casefold()


CUSTOMER = Mapper(Customer, tables.CustomerRow)
TICKET = Mapper(Ticket, tables.TicketRow, _ticket_extra)
MESSAGE = Mapper(Message, tables.MessageRow)
TURN = Mapper(Turn, tables.TurnRow)
DECISION = Mapper(StoredDecision, tables.DecisionRow)
CALL_STARTED = Mapper(CallStarted, tables.CallStartedRow)
HUMAN_TIME = Mapper(HumanTime, tables.HumanTimeRow)
OUTCOME = Mapper(Outcome, tables.OutcomeRow)
GAP = Mapper(Gap, tables.GapRow)
HANDOFF = Mapper(Handoff, tables.HandoffRow)
ALERT = Mapper(Alert, tables.AlertRow)
ACCOUNT = Mapper(Account, tables.AccountRow, _account_extra)
SESSION = Mapper(Session, tables.SessionRow)
SETUP_LINK = Mapper(SetupLink, tables.SetupLinkRow)
AUDIT = Mapper(AuditEntry, tables.AuditRow)
VAULT = Mapper(VaultEntry, tables.VaultRow)

CALL_SETTLED = table(tables.CallSettledRow)


def settled_row(settled: CallSettled) -> dict[str, Any]:
    """Return the columns of a settlement, its usage spread out."""
    return {
        "call_id": settled.call_id,
        "outcome": settled.outcome.value,
        "input_tokens": settled.usage.input_tokens,
        "output_tokens": settled.usage.output_tokens,
        "cached_tokens": settled.usage.cached_tokens,
        "estimated": settled.usage.estimated,
        "cost_microusd": settled.cost_microusd,
        "list_cost_microusd": settled.list_cost_microusd,
        "latency_ms": settled.latency_ms,
        "first_token_ms": settled.first_token_ms,
        "settled_at": settled.settled_at,
        "served_model": settled.served_model,
        "error": settled.error,
        "price_source": settled.price_source,
    }


def settled_value(row: Any) -> CallSettled | None:
    """Return the settlement in a row of CALL_SETTLED's columns; None when an outer join found none."""
    if row.call_id is None:
        return None
    return CallSettled(
        call_id=row.call_id,
        outcome=CallOutcome(row.outcome),
        usage=Usage(row.input_tokens, row.output_tokens, row.cached_tokens, row.estimated),
        cost_microusd=row.cost_microusd,
        list_cost_microusd=row.list_cost_microusd,
        latency_ms=row.latency_ms,
        first_token_ms=row.first_token_ms,
        settled_at=row.settled_at,
        served_model=row.served_model,
        error=row.error,
        price_source=row.price_source,
    )
