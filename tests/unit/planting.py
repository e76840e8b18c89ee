"""Customers with a mark in every field that can hold words, and looks for such marks in whatever a store keeps."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import MetaData, select

from supportbot.domain.account import AuditEntry, Customer, VaultEntry
from supportbot.domain.assessment import Assessment, Complexity, CriticalClass
from supportbot.domain.decision import Decision, Reason, Tier
from supportbot.domain.handoff import Alert, Handoff, HandoffReason, Packet, Source, Tried
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, HumanTime, Purpose
from supportbot.domain.message import Citation, Message, MessageKind, Sender
from supportbot.domain.outcome import COMMENTED, Gap, Outcome, OutcomeKind
from supportbot.domain.price import Usage
from supportbot.domain.ticket import CLAIMED, SNOOZED, Priority, State, Ticket
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.ports import Sealer, Store, StoredDecision, TicketFilter, Tx
from supportbot.storage.dialect import connect
from supportbot.storage.memory import MemoryStore


@dataclass
class Planting:
    """One customer's marks, each in one field: `mark-<who>-<n>` with *spice* around it."""

    who: str
    at: datetime
    spice: str = ""
    marks: list[str] = field(default_factory=list)
    sealed: set[str] = field(default_factory=set)

    def key(self) -> str:
        """Return the next mark, plain, for an id."""
        self.marks.append(f"mark-{self.who}-{len(self.marks):04d}")
        return self.marks[-1]

    def mark(self) -> str:
        """Return the next mark, dressed up, for words."""
        return f"{self.spice}{self.key()}{self.spice}"

    def fill(self, tx: Tx, sealer: Sealer, states: list[State]) -> None:
        """Store the customer with a ticket in each of *states*."""
        customer = Customer(self.key(), self.at, self.key(), self.key(), self.mark())
        tx.add_customer(customer)
        tx.count_hit(f"customer:{customer.id}:m", self.at)
        tx.count_hit(f"customer:{customer.id}:h", self.at)
        tx.count_hit(f"person:{customer.id}:h", self.at)
        for state in states:
            self._ticket(tx, sealer, customer.id, state)

    def _ticket(self, tx: Tx, sealer: Sealer, customer_id: str, state: State) -> None:
        held = "agent" if state in (CLAIMED, SNOOZED) else None
        ticket = tx.add_ticket(
            Ticket(
                new_id(), customer_id, self.at, self.at, owner=state.owner, status=state.status, queued=state.queued,
                subject=self.mark(), agent_id=held, waiting_since=self.at if state.queued or held else None,
            )
        )  # fmt: skip
        self._talk(tx, sealer, ticket.id)
        self._evidence(tx, ticket.id)
        turn = self._turn(tx, ticket.id)
        self._decision(tx, ticket.id, turn)
        self._ledger(tx, ticket.id, turn)
        tx.add_audit(AuditEntry(new_id(), self.at, "agent", "ticket.claim", f"#{ticket.number}"))

    def _talk(self, tx: Tx, sealer: Sealer, ticket_id: str) -> None:
        cited = Citation(1, self.mark(), self.mark(), "v", self.mark(), self.mark(), "en", "2026-01-01")
        for sender in Sender:
            message = Message(new_id(), ticket_id, sender, self.mark(), self.at, citations=(cited,))
            tx.add_message(message)
        tx.add_message(
            Message(new_id(), ticket_id, Sender.AGENT, self.mark(), self.at, kind=MessageKind.NOTE, private=True)
        )
        expires = self.at + timedelta(days=30)
        sealed = sealer.seal(self.mark())
        self.sealed.add(self.marks[-1])
        tx.add_vault_entry(VaultEntry(new_id(), ticket_id, message.id, self.key(), "email", sealed, expires))

    def _evidence(self, tx: Tx, ticket_id: str) -> None:
        for kind in OutcomeKind:
            reason = self.mark() if kind in COMMENTED else "code"
            tx.add_outcome(Outcome(new_id(), ticket_id, kind, self.at, reason=reason))
        tx.add_gap(Gap(new_id(), ticket_id, new_id(), self.mark(), "en", self.at))
        m = self.mark
        packet = Packet(
            m(), m(), m(), (m(), m()), (Tried(m(), "fast"),), (Source(m(), m(), "public", True, 1.0),), m(), (m(),),
            extracted=((m(), m()),),
        )  # fmt: skip
        tx.add_handoff(
            Handoff(new_id(), ticket_id, HandoffReason.ANGER, Priority.HIGH, self.at, new_id(), None, packet)
        )
        tx.add_alert(Alert(new_id(), ticket_id, "handoff", self.mark(), self.at))

    def _turn(self, tx: Tx, ticket_id: str) -> str:
        turn = Turn(new_id(), ticket_id, self.at, self.at, 1, 1, TurnStatus.DONE, finished_at=self.at)
        tx.add_turn(turn)
        return turn.id

    def _decision(self, tx: Tx, ticket_id: str, turn_id: str) -> None:
        assessment = Assessment(
            Complexity.SIMPLE, None, None, "delivery", "en", self.mark(), (self.mark(),), {"words": 3.0}, {"fast": 0.9},
            reasons=(Reason("needs_person", self.mark()),),
        )  # fmt: skip
        decision = Decision(Tier.FAST, ("fast",), (Reason("chosen", self.mark()),))
        tx.add_decision(StoredDecision(turn_id, ticket_id, self.at, assessment, decision, ("delivery",), ("p1",)))

    def _ledger(self, tx: Tx, ticket_id: str, turn_id: str) -> None:
        call = CallStarted(
            new_id(), ticket_id, turn_id, "fast", "embedded", "m", "fast", Purpose.ANSWER, self.at, 9, 9, 700
        )
        tx.start_call(call)
        usage = Usage(8, 2, 0)
        tx.settle_call(CallSettled(call.id, CallOutcome.OK, usage, 431, 517, 20, 9, self.at, "m", None, "own"))
        tx.add_human_time(HumanTime(new_id(), ticket_id, "agent", self.at, 60, 416_667))


def privacy_request(ticket: Ticket) -> Ticket:
    """Return *ticket* as one that asks for what an erasure does."""
    return replace(ticket, critical=CriticalClass.PRIVACY_REQUEST.value)


def everything(store: Store, url: str | None) -> bytes:
    """Return all a store keeps: every row of every table read with SQL, or what the one in memory holds."""
    store = getattr(store, "_store", store)  # the one inside a wrapper
    if isinstance(store, MemoryStore):
        shelves = vars(store._tables).values()
        return b"\n".join(pickle.dumps(list(shelf)) for shelf in shelves if hasattr(shelf, "every_key")) + repr(
            [(shelf.every_key()) for shelf in shelves if hasattr(shelf, "every_key")]
        ).encode("utf-8", "replace")
    assert url is not None
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode("utf-8", "replace") for value in _cells(url)
    )


def _cells(url: str) -> Iterator[Any]:
    """Every cell of every table the database says it has."""
    engine = connect(url)
    try:
        tables = MetaData()
        with engine.connect() as connection:
            tables.reflect(connection)
            for table in tables.tables.values():
                for row in connection.execute(select(table)):
                    yield from row
    finally:
        engine.dispose()


def ledger(store: Store) -> tuple[int, int, int, int]:
    """Return calls, their cost, and people's stretches and cost, over all tickets."""

    def work(tx: Tx) -> tuple[int, int, int, int]:
        ids = [ticket.id for ticket in tx.tickets(TicketFilter())]
        calls, times = tx.calls(ids), tx.human_times(ids)
        cost = sum(call.settled.cost_microusd or 0 for call in calls if call.settled)
        return len(calls), cost, len(times), sum(time.cost_microusd for time in times)

    return store.read(work)
