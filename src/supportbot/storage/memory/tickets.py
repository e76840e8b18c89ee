"""Customers, tickets and messages in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from supportbot.domain.account import Customer
from supportbot.domain.errors import Conflict, StaleVersion
from supportbot.domain.message import Citation, Message, MessageKind, Sender
from supportbot.domain.ticket import Owner, Ticket
from supportbot.domain.turn import TurnStatus
from supportbot.ports import PostGuard, TicketFilter
from supportbot.storage.memory.tables import MemoryPart, found

FIRST_NUMBER = 20001

_ANY_TIME = datetime.min.replace(tzinfo=UTC)


class MemoryTickets(MemoryPart):
    """The part of the unit of work about customers, tickets and messages."""

    def add_customer(self, customer: Customer) -> None:
        """Store a new customer."""
        keys = ((self._t.secrets, customer.secret_hash), (self._t.external_ids, customer.external_id))
        if any(key is not None and key in shelf for shelf, key in keys):
            raise Conflict("There already is a customer with this secret or external id; look the customer up instead.")
        self._add(self._t.customers, customer.id, customer, "customer")
        for shelf, key in keys:
            if key is not None:
                shelf.put(key, customer.id)

    def customer(self, customer_id: str) -> Customer:
        """Return a customer."""
        return found(self._t.customers, customer_id, "customer")

    def customer_by_secret(self, secret_hash: str) -> Customer | None:
        """Return the customer whose cookie hashes to this."""
        return self._known(self._t.secrets.get(secret_hash))

    def customer_by_external_id(self, external_id: str) -> Customer | None:
        """Return the customer a program knows under this id."""
        return self._known(self._t.external_ids.get(external_id))

    def customers(self, customer_ids: Sequence[str]) -> tuple[Customer, ...]:
        """Return these customers."""
        known = (self._known(customer_id) for customer_id in dict.fromkeys(customer_ids))
        return tuple(customer for customer in known if customer is not None)

    def _known(self, customer_id: str | None) -> Customer | None:
        return None if customer_id is None else self._t.customers.get(customer_id)

    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Store a new ticket under the next number."""
        found(self._t.customers, ticket.customer_id, "customer")
        number = (self._t.counters.get("ticket") or FIRST_NUMBER - 1) + 1
        numbered = replace(ticket, number=number)
        self._add(self._t.tickets, ticket.id, numbered, "ticket")
        self._t.counters.put("ticket", number)
        self._t.numbers.put(number, ticket.id)
        self._touch(ticket.id)
        return numbered

    def ticket(self, ticket_id: str) -> Ticket:
        """Return a ticket by id."""
        return found(self._t.tickets, ticket_id, "ticket")

    def ticket_by_number(self, number: int) -> Ticket:
        """Return a ticket by number."""
        return self.ticket(found(self._t.numbers, number, "ticket with number"))

    def save_ticket(self, ticket: Ticket) -> Ticket:
        """Compare the version and swap."""
        stored = self.ticket(ticket.id)
        if stored.version != ticket.version:
            raise StaleVersion(f"Ticket #{stored.number} changed since it was read; read it again and decide anew.")
        saved = replace(ticket, version=ticket.version + 1)
        self._t.tickets.put(ticket.id, saved)
        self._touch(ticket.id)
        return saved

    def tickets(self, which: TicketFilter) -> tuple[Ticket, ...]:
        """Return the tickets that match, in the filter's order."""
        chosen = [t for t in self._t.tickets if _matches(t, which)]
        if which.order == "queue":
            chosen.sort(key=_queue_key)
        else:
            chosen.sort(key=_opened_last if which.customer_id is not None else _newest_key, reverse=True)
        end = None if which.limit is None else which.offset + which.limit
        return tuple(chosen[which.offset : end])

    def count_tickets(self, which: TicketFilter) -> int:
        """Return how many match."""
        return sum(_matches(t, which) for t in self._t.tickets)

    def oldest_wait(self) -> datetime | None:
        """Return since when the longest waits."""
        return min((t.waiting_since for t in self._t.tickets if t.queued and t.waiting_since), default=None)

    def add_message(self, message: Message) -> Message:
        """Store a message under the ticket's next `seq`."""
        placed = replace(message, seq=self._next_seq(message.ticket_id))
        self._add(self._t.messages, message.id, placed, "message", message.ticket_id)
        return placed

    def post_bot_message(self, message: Message, guard: PostGuard) -> Message | None:
        """Store a bot message if *guard* holds."""
        newer = any(
            m.sender is Sender.CUSTOMER and m.seq > guard.last_seq for m in self._t.messages.of(guard.ticket_id)
        )
        if newer or not self._guard_holds(guard):
            return None
        placed = self.add_message(message)
        turn = found(self._t.turns, guard.turn_id, "turn")
        released = turn.first_released_at or message.created_at
        self._t.turns.put(turn.id, replace(turn, message_id=message.id, first_released_at=released))
        return placed

    def extend_bot_message(
        self,
        message_id: str,
        text: str,
        citations: tuple[Citation, ...],
        final: bool,
        guard: PostGuard,
        kind: MessageKind | None = None,
    ) -> bool:
        """Replace the text of a message that is not final yet, if lease and ownership hold."""
        message = self._t.messages.get(message_id)
        if message is None or message.final or message.ticket_id != guard.ticket_id or not self._guard_holds(guard):
            return False
        self._t.messages.put(
            message_id, replace(message, text=text, citations=citations, final=final, kind=kind or message.kind)
        )
        self._touch(message.ticket_id)
        return True

    def message(self, message_id: str) -> Message:
        """Return a message."""
        return found(self._t.messages, message_id, "message")

    def messages(self, ticket_id: str, *, private: bool = False, after_seq: int = 0) -> tuple[Message, ...]:
        """Return a ticket's messages in order."""
        return tuple(m for m in self._t.messages.of(ticket_id) if m.seq > after_seq and (private or not m.private))

    def last_messages(self, ticket_ids: Sequence[str]) -> tuple[Message, ...]:
        """Return the newest text of each sender on each of these tickets."""
        newest = {
            (m.ticket_id, m.sender): m
            for ticket_id in dict.fromkeys(ticket_ids)
            for m in self.messages(ticket_id)
            if m.kind is MessageKind.TEXT
        }
        return tuple(newest.values())

    def _next_seq(self, ticket_id: str) -> int:
        return max((m.seq for m in self._t.messages.of(ticket_id)), default=0) + 1

    def _guard_holds(self, guard: PostGuard) -> bool:
        ticket, turn = self._t.tickets.get(guard.ticket_id), self._t.turns.get(guard.turn_id)
        return (
            ticket is not None
            and ticket.owner is Owner.BOT
            and turn is not None
            and turn.ticket_id == guard.ticket_id
            and turn.status is TurnStatus.RUNNING
            and turn.lease == guard.lease
        )


def _newest_key(ticket: Ticket) -> tuple[datetime, int]:
    return ticket.created_at, ticket.number


def _opened_last(ticket: Ticket) -> int:
    return ticket.number


def _queue_key(ticket: Ticket) -> tuple[int, bool, datetime, int]:
    waiting = ticket.waiting_since
    return -ticket.priority, waiting is None, waiting or _ANY_TIME, ticket.number


def _matches(ticket: Ticket, which: TicketFilter) -> bool:
    return (
        which.customer_id in (None, ticket.customer_id)
        and which.agent_id in (None, ticket.agent_id)
        and which.queued in (None, ticket.queued)
        and which.open in (None, ticket.open)
        and which.demo in (None, ticket.demo)
        and (not which.statuses or ticket.status in which.statuses)
        and (which.since is None or ticket.created_at >= which.since)
        and (which.until is None or ticket.created_at < which.until)
    )
