"""Everything the in-memory store holds."""

from datetime import UTC, datetime

from supportbot.domain.account import Account, AuditEntry, Customer, Session, SetupLink, VaultEntry
from supportbot.domain.errors import Conflict, NotFound
from supportbot.domain.handoff import Alert, Handoff
from supportbot.domain.ledger import CallSettled, CallStarted, HumanTime
from supportbot.domain.message import Message
from supportbot.domain.outcome import Gap, Outcome
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn
from supportbot.ports import StoredDecision
from supportbot.storage.memory.shelf import Journal, K, Shelf, V


class Tables:
    """One shelf per kind of thing, all on one journal."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.customers: Shelf[str, Customer] = Shelf(self.journal)
        self.secrets: Shelf[str, str] = Shelf(self.journal)  #: secret hash to customer id
        self.external_ids: Shelf[str, str] = Shelf(self.journal)
        self.tickets: Shelf[str, Ticket] = Shelf(self.journal)
        self.numbers: Shelf[int, str] = Shelf(self.journal)
        self.counters: Shelf[str, int] = Shelf(self.journal)
        self.messages: Shelf[str, Message] = Shelf(self.journal, lambda m: m.ticket_id)
        self.turns: Shelf[str, Turn] = Shelf(self.journal, lambda t: t.ticket_id)
        self.alive: Shelf[str, int] = Shelf(self.journal)  #: ids of due and running turns, with their place in arrival
        self.decisions: Shelf[str, StoredDecision] = Shelf(self.journal, lambda d: d.ticket_id)
        self.started: Shelf[str, CallStarted] = Shelf(self.journal, lambda c: c.ticket_id)
        self.minutes: Shelf[str, CallStarted] = Shelf(self.journal, lambda c: minute(c.started_at))
        self.spent: Shelf[str, int] = Shelf(self.journal)  #: micro-dollars of the calls started in a minute
        self.settled: Shelf[str, CallSettled] = Shelf(self.journal)
        self.human_times: Shelf[str, HumanTime] = Shelf(self.journal, lambda h: h.ticket_id)
        self.outcomes: Shelf[str, Outcome] = Shelf(self.journal, lambda o: o.ticket_id)
        self.gaps: Shelf[str, Gap] = Shelf(self.journal)
        self.handoffs: Shelf[str, Handoff] = Shelf(self.journal, lambda h: h.ticket_id)
        self.alerts: Shelf[str, Alert] = Shelf(self.journal)
        self.accounts: Shelf[str, Account] = Shelf(self.journal)
        self.sessions: Shelf[str, Session] = Shelf(self.journal)
        self.setup_links: Shelf[str, SetupLink] = Shelf(self.journal)
        self.audit: Shelf[str, AuditEntry] = Shelf(self.journal)
        self.hits: Shelf[tuple[str, datetime], int] = Shelf(self.journal)
        self.vault: Shelf[str, VaultEntry] = Shelf(self.journal, lambda v: v.ticket_id)


def minute(at: datetime) -> str:
    """Return the minute of *at* as text that sorts as time does."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


class MemoryPart:
    """What the topics of the in-memory unit of work share."""

    def __init__(self, tables: Tables) -> None:
        self._t = tables

    def _touch(self, ticket_id: str) -> None:
        self._t.journal.touched[ticket_id] = None

    def _add(self, shelf: Shelf[K, V], key: K, value: V, what: str, ticket_id: str | None = None) -> None:
        """Put a new value; Conflict when the key is taken, NotFound when its ticket does not exist."""
        if ticket_id is not None:
            found(self._t.tickets, ticket_id, "ticket")
            self._touch(ticket_id)
        if key in shelf:
            raise Conflict(f"There already is a {what} with this id; give each new one an id of its own.")
        shelf.put(key, value)


def found(shelf: Shelf[K, V], key: K, what: str) -> V:
    """Return the value under *key* or raise NotFound."""
    value = shelf.get(key)
    if value is None:
        raise missing(what, key)
    return value


def missing(what: str, key: object) -> NotFound:
    """Say that there is no such thing."""
    return NotFound(f"There is no {what} {key}; check the id.")
