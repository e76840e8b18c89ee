"""`supportbot feedback`: the customer's thumb, for a program that has its own buttons."""

import click

from supportbot.cli.opening import find_ticket, opened
from supportbot.cli.options import Command, Given, Name, Text, json_option
from supportbot.cli.output import emit
from supportbot.domain.errors import BadInput
from supportbot.domain.message import Message, MessageKind, Sender

_RATED = (MessageKind.ANSWER, MessageKind.REFUSAL, MessageKind.GUARD)


@click.command(cls=Command, name="feedback")
@click.argument("reference", type=Name(), metavar="TICKET")
@click.option("--up/--down", "up", default=None, help="Whether the answer helped.")
@click.option("--reason", type=Text(), help="Why not, in a few words.")
@json_option
@click.pass_obj
def command(given: Given, reference: str, up: bool | None, reason: str | None, as_json: bool) -> None:
    """Rate the newest answer on a ticket, as its customer.

    A first --down without a reason tries the next tier; a second brings a person.
    """
    if up is None:
        raise BadInput("Say --up or --down.")
    with opened(given) as app:
        ticket = find_ticket(app.store, reference)
        message = _newest(app.store.read(lambda tx: tx.messages(ticket.id)), ticket.number)
        app.customers.rate(ticket.customer_id, message.id, up, reason)
        after = app.store.read(lambda tx: tx.ticket(ticket.id))
    document = {
        "ticket_id": ticket.id,
        "message_id": message.id,
        "rating": "up" if up else "down",
        "status": after.status.value,
        "owner": after.owner.value,
    }
    if as_json:
        emit(document)
    else:
        click.echo(f"Rated {document['rating']}. Ticket #{ticket.number} is {after.state}.")


def _newest(messages: tuple[Message, ...], number: int) -> Message:
    rated = [m for m in messages if m.sender is Sender.BOT and m.kind in _RATED]
    if not rated:
        raise BadInput(f"Ticket #{number} has no answer of the bot to rate.")
    return rated[-1]
