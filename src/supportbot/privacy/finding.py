"""Whose data a privacy request is about, from what the person at the desk knows of them."""

from collections.abc import Callable, Iterator

from supportbot.domain.account import Customer
from supportbot.domain.assessment import DatumKind
from supportbot.domain.errors import BadInput, NotFound
from supportbot.domain.kept import TOMBSTONES
from supportbot.ports import Sealer, Tx

#: Digits beyond which a number cannot be a ticket's.
_LONGEST_NUMBER = 15


def find_customer(tx: Tx, sealer: Sealer, who: str) -> Customer:
    """Return the one customer *who* names.

    *who* is a ticket's number (`#20001`) or id, a customer's id (`id:ID` for nothing but that), or your own id for them
    (`external:ID` where it could be mistaken); an e-mail address counts where it is your id for them. Raises BadInput
    for nobody, for several, and for an address that was only written in a conversation: anybody can write any address.
    """
    found = {customer.id: customer for customer in _named(tx, who.strip())}
    if len(found) == 1:
        (customer,) = found.values()
        if customer.id in TOMBSTONES:
            raise BadInput("This customer was erased; nobody can tell any more whose ticket it was.")
        return customer
    if found:
        raise BadInput(
            f"{who[:40]!r} names {len(found)} customers. Write #NUMBER for a ticket, external:ID for your own id."
        )
    tickets = _mentions(tx, sealer, who.strip()) if "@" in who else ()
    if tickets:
        raise BadInput(
            f"Nobody has this address as their id. It was written on {', '.join(tickets)}: make sure who wrote it, "
            "then name the ticket."
        )
    raise BadInput(f"There is no customer {who[:40]!r}. Give a ticket's number, a customer's id or your id for them.")


def _named(tx: Tx, who: str) -> Iterator[Customer]:
    if who.startswith("external:"):
        yield from _external(tx, who.removeprefix("external:"))
        return
    if who.startswith("id:"):
        yield from _looked_up(lambda: tx.customer(who.removeprefix("id:")))
        return
    number = who.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER:
        yield from _looked_up(lambda: tx.customer(tx.ticket_by_number(int(number)).customer_id))
    if not who.startswith("#"):
        yield from _looked_up(lambda: tx.customer(who))
        yield from _looked_up(lambda: tx.customer(tx.ticket(who).customer_id))
        yield from _external(tx, who)


def _external(tx: Tx, external_id: str) -> Iterator[Customer]:
    spellings = {external_id, external_id.lower()} if "@" in external_id else {external_id}
    for spelling in sorted(spellings):
        known = tx.customer_by_external_id(spelling)
        if known is not None:
            yield known


def _looked_up(look: Callable[[], Customer]) -> Iterator[Customer]:
    try:
        yield look()
    except NotFound:
        return


def _mentions(tx: Tx, sealer: Sealer, address: str) -> tuple[str, ...]:
    """Return the numbers of tickets on which somebody wrote this address, as far as the vault still keeps it."""
    found = {
        entry.ticket_id
        for entry in tx.vault_entries_of(DatumKind.EMAIL.value)
        if _opens_to(sealer, entry.sealed, address)
    }
    return tuple(f"#{number}" for number in sorted(tx.ticket(ticket_id).number for ticket_id in found)[:5])


def _opens_to(sealer: Sealer, sealed: bytes, address: str) -> bool:
    try:
        return sealer.open(sealed).casefold() == address.casefold()
    except BadInput:  # sealed with a key that is gone
        return False
