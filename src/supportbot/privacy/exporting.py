"""Exporting everything about a customer: a zip with one JSON document and one page to read, written as it is read."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from supportbot.access import require
from supportbot.domain.account import Actor, AuditEntry, Customer, Role
from supportbot.domain.ids import new_id
from supportbot.ports import Clock, Sealer, Store, TicketFilter, Tx
from supportbot.privacy import readable
from supportbot.privacy.document import Json, View, audit_document, head, ticket_document
from supportbot.privacy.finding import find_customer
from supportbot.privacy.traces import subject_of

DOCUMENT = "customer.json"
PAGE = "customer.html"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    customer: Customer
    tickets: int
    messages: int
    hidden_data: int


class Exporter:
    """Writes exports. Every one is in the audit log before the first byte of it is written."""

    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    def export(self, actor: Actor | None, who: str, out: IO[bytes], *, notes: bool = False) -> Exported:
        """Write a zip with everything about the customer *who* names to *out*; see `find_customer`.

        *notes*: with agents' internal notes and drafts. One ticket at a time is held in memory, each as it stood at one
        moment. Raises BadInput unless *who* names one customer.
        """
        by, view = require(actor, Role.LEAD), View(self._sealer, notes)
        customer = self._store.write(lambda tx: self._audited(tx, by, who, notes))
        tickets = self._store.read(lambda tx: tx.tickets(TicketFilter(customer_id=customer.id)))[::-1]
        numbers = {ticket.id: ticket.number for ticket in tickets}
        subjects = [subject_of(customer.id), *numbers, *(f"#{number}" for number in numbers.values())]
        counted: list[tuple[int, int]] = []

        def documents() -> Iterator[Json]:
            for ticket_id in numbers:
                one = self._store.read(lambda tx, t=ticket_id: ticket_document(tx, tx.ticket(t), view))  # type: ignore[misc]
                counted.append((len(one["messages"]), len(one["hidden_data"])))
                yield one

        audit = audit_document(self._store.read(lambda tx: tx.audit_of(subjects)), numbers)
        _write(out, head(customer, self._clock.now(), view), documents(), audit)
        return Exported(customer, len(counted), sum(m for m, _ in counted), sum(h for _, h in counted))

    def _audited(self, tx: Tx, by: Actor, who: str, notes: bool) -> Customer:
        customer = find_customer(tx, self._sealer, who)
        detail = "with notes" if notes else ""
        now = self._clock.now()
        tx.add_audit(AuditEntry(new_id(), now, by.id, "customer.exported", subject_of(customer.id), detail))
        return customer


def _write(out: IO[bytes], begin: Json, tickets: Iterator[Json], audit: list[Json]) -> None:
    """Write both files in one pass over the tickets: the page waits in a file without a name meanwhile."""
    with tempfile.TemporaryFile() as page, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        page.write(_bytes(readable.opening(begin)))
        with archive.open(DOCUMENT, "w", force_zip64=True) as document:
            document.write(_json(begin)[:-1] + b',\n"tickets": [')
            for place, ticket in enumerate(tickets):
                document.write((b",\n" if place else b"\n") + _json(ticket))
                for piece in readable.ticket_pieces(ticket):
                    page.write(_bytes(piece))
            document.write(b'],\n"audit": ' + _json(audit) + b"}\n")
        page.write(_bytes(readable.closing(audit)))
        page.seek(0)
        with archive.open(PAGE, "w", force_zip64=True) as file:
            while piece_of_page := page.read(1 << 16):
                file.write(piece_of_page)


def _json(value: object) -> bytes:
    return _bytes(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # what a customer sent may hold halves of characters
