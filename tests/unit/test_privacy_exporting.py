"""An export holds everything about one customer and nothing about others, in a shape programs can rely on."""

import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from jsonschema import Draft202012Validator
from planting import Planting

from supportbot.access import OPERATOR
from supportbot.demo.clock import ManualClock
from supportbot.domain.account import Account, Actor, Customer, Role
from supportbot.domain.errors import BadInput, Forbidden, NotSignedIn
from supportbot.domain.handoff import Handoff, HandoffReason, Packet, Source
from supportbot.domain.message import Message, Sender
from supportbot.domain.ticket import ANSWERED, CLAIMED, Priority, Ticket
from supportbot.ports import Store, TicketFilter, Tx
from supportbot.privacy import Exported, Exporter, FernetSealer, Vault
from supportbot.storage.memory import MemoryStore

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEALER = FernetSealer(Fernet.generate_key().decode())
LEAD = Actor("lea", "Lea", Role.LEAD)
SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "export.schema.json"


@pytest.fixture
def store() -> Iterator[Store]:
    made = MemoryStore()
    made.write(lambda tx: tx.add_account(Account("agent", "ben@example.com", "Ben", Role.AGENT, T0)))
    yield made
    made.close()


def planted(store: Store, who: str, tickets: int = 2) -> Planting:
    planting = Planting(who, T0, " <b>&Ü\u2028")
    store.write(lambda tx: planting.fill(tx, SEALER, [ANSWERED, CLAIMED][:tickets]))
    return planting


def export(store: Store, who: str, *, notes: bool = False, sealer: FernetSealer = SEALER) -> tuple[Any, str, Exported]:
    """Return document, page and summary."""
    out = io.BytesIO()
    done = Exporter(store, sealer, ManualClock(T0 + timedelta(days=1))).export(OPERATOR, who, out, notes=notes)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        document = json.loads(archive.read("customer.json"))
        return document, archive.read("customer.html").decode(), done


def check(document: Any) -> None:
    """Fail with the first difference from the schema."""
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    found = sorted(Draft202012Validator(schema).iter_errors(document), key=lambda e: e.json_path)
    assert not found, f"{found[0].json_path}: {found[0].message}"


def test_with_notes_it_holds_every_mark_there_is(store: Store) -> None:
    """Each field of each table, hidden data opened; of another customer nothing. Left out: the cookie's hash."""
    eve, _ = planted(store, "eve"), planted(store, "tom")
    document, page, done = export(store, eve.marks[0], notes=True)
    check(document)
    text = json.dumps(document, ensure_ascii=False)
    assert [mark for mark in eve.marks if mark not in text] == [eve.marks[1], *citation_details(eve)]
    assert "mark-tom" not in text + page
    assert (done.tickets, done.messages, done.hidden_data) == (2, 10, 2)


def citation_details(planting: Planting) -> list[str]:
    """The marks in what a citation says of its passage for the program alone: ids and date, not title and quote."""
    found: list[str] = []
    for first in (5, 5 + (len(planting.marks) - 4) // 2):
        found += [planting.marks[first], planting.marks[first + 1]]
    return found


def test_by_default_it_holds_nothing_agents_write_for_each_other(store: Store) -> None:
    """No note, no draft, no internal article."""
    eve = planted(store, "eve", 1)
    packet = Packet(
        "why", sources=(Source("secret", "Internal rules", "internal", True, 1.0),), suggested_reply="a draft",
        suggested_sources=("secret",),
    )  # fmt: skip

    def work(tx: Tx) -> None:
        ticket = tx.tickets(TicketFilter(customer_id=eve.marks[0]))[0]
        tx.add_handoff(Handoff("h", ticket.id, HandoffReason.ANGER, Priority.HIGH, T0, "m", None, packet))
        tx.add_message(Message("n", ticket.id, Sender.AGENT, "a note among us", T0, private=True))

    store.write(work)
    document, page, _ = export(store, eve.marks[0])
    check(document)
    text = json.dumps(document) + page
    assert [word for word in ("a note among us", "a draft", "Internal rules", "secret") if word in text] == []
    assert all(not message["internal"] for message in document["tickets"][0]["messages"])
    with_notes = json.dumps(export(store, eve.marks[0], notes=True)[0])
    assert all(word in with_notes for word in ("a note among us", "a draft", "Internal rules"))


def test_the_page_shows_both_sides_and_no_markup_of_theirs(store: Store) -> None:
    """What a customer wrote is text there, whatever it looks like; there are no scripts and no outside resources."""
    eve = planted(store, "eve", 1)
    document, page, _ = export(store, eve.marks[0])
    said = [message["text"] for message in document["tickets"][0]["messages"]]
    assert all(text in unescape(page) for text in said)
    assert re.findall(r"<(script|img|link|iframe|b)\b|src=|https?:", page) == []


def test_looks_and_exports_are_in_it_without_names_of_people(store: Store) -> None:
    """Who looked is an agent or the operator; the exporting itself is the newest entry."""
    eve = planted(store, "eve", 1)
    ticket = store.read(lambda tx: tx.tickets(TicketFilter(customer_id=eve.marks[0]))[0])
    placeholder = store.read(lambda tx: tx.vault_entries(ticket.id)[0].placeholder)
    Vault(store, SEALER, ManualClock(T0)).reveal(LEAD, ticket.id, placeholder)
    document, page, _ = export(store, eve.marks[0])
    told = [(entry["action"], entry["by"], entry["ticket"]) for entry in document["audit"]]
    assert told == [("ticket.claim", "agent", ticket.number), ("revealed", "agent", ticket.number),
                    ("customer.exported", "operator", None)]  # fmt: skip
    assert "revealed" in page
    assert "lea" not in json.dumps(document["audit"])


def test_what_no_key_opens_is_said_to_be_closed(store: Store) -> None:
    """A lost key loses the datum, not the export."""
    eve = planted(store, "eve", 1)
    other = FernetSealer(Fernet.generate_key().decode())
    document, page, _ = export(store, eve.marks[0], sealer=other)
    assert [one["value"] for one in document["tickets"][0]["hidden_data"]] == [None]
    assert "sealed with a key that is gone" in page


def test_a_customer_without_tickets_can_be_exported(store: Store) -> None:
    """An empty list is an answer too."""
    store.write(lambda tx: tx.add_customer(Customer("c", T0, external_id="shop-7", name="Eve")))
    document, _, done = export(store, "shop-7")
    check(document)
    assert (document["tickets"], done.tickets, document["customer"]["name"]) == ([], 0, "Eve")


def test_only_leads_export(store: Store) -> None:
    """The role is checked in the use case, before anything is written or looked up."""
    eve, out = planted(store, "eve", 1), io.BytesIO()
    exporter = Exporter(store, SEALER, ManualClock(T0))
    with pytest.raises(Forbidden):
        exporter.export(Actor("ben", "Ben", Role.AGENT), eve.marks[0], out)
    with pytest.raises(NotSignedIn):
        exporter.export(None, eve.marks[0], out)
    with pytest.raises(BadInput):
        exporter.export(LEAD, "nobody", out)
    assert out.getvalue() == b""


def test_ten_thousand_messages_are_written_as_they_are_read(store: Store) -> None:
    """Over 40 tickets of 250 messages: the memory on top stays far below the 12 MB they are."""
    words = "How long does delivery take? " * 40

    def work(tx: Tx) -> None:
        tx.add_customer(Customer("c", T0))
        for n in range(40):
            tx.add_ticket(Ticket(f"t{n}", "c", T0 + timedelta(minutes=n), T0))
            for m in range(250):
                tx.add_message(Message(f"m{n}-{m}", f"t{n}", Sender.CUSTOMER, words, T0))

    store.write(work)
    out = io.BytesIO()
    exporter = Exporter(store, SEALER, ManualClock(T0))
    tracemalloc.start()
    try:
        done = exporter.export(OPERATOR, "c", out)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert done.messages == 10_000
    assert peak < 6_000_000
    with zipfile.ZipFile(out) as archive:
        assert archive.getinfo("customer.json").file_size > 11_000_000
