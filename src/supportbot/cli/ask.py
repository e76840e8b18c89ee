"""`supportbot ask`: one message through the real engine, answered before the command ends."""

from typing import TYPE_CHECKING

import click

from supportbot.cli.opening import find_customer, find_ticket, opened
from supportbot.cli.options import Command, Given, Name, Text, json_option
from supportbot.cli.output import Json, emit, tell
from supportbot.domain.errors import BadInput
from supportbot.domain.ids import new_id
from supportbot.domain.money import MICRO, show
from supportbot.domain.ticket import Lane, Ticket

if TYPE_CHECKING:
    from supportbot.bootstrap import App
    from supportbot.engine.views import Submission


@click.command(cls=Command, name="ask")
@click.argument("text", type=Text())
@click.option("--ticket", "reference", type=Name(), metavar="ID", help="Go on with this ticket (id or number).")
@click.option("--customer", "external_id", type=Name(), metavar="ID", help="Who asks, by an id of your own.")
@click.option("--lane", type=click.Choice([lane.value for lane in Lane]), default=Lane.INTERACTIVE.value)
@json_option
@click.pass_obj
def command(given: Given, text: str, reference: str | None, external_id: str | None, lane: str, as_json: bool) -> None:
    """Answer a customer's question TEXT; `-` reads it from standard input.

    The message takes the way of every message: it is masked, judged, answered from the articles or handed to a person.
    Without --ticket and --customer a new customer asks.
    """
    with opened(given) as app:
        said = _say(app, text, reference, external_id, Lane(lane))
        document = result(app, said)
        if document["handoff"] is not None:
            app.outbox.deliver_pending()
    if as_json:
        emit(document)
    else:
        _print(document, said.number)
        if said.cut_characters:
            tell(f"The message was too long; {said.cut_characters} characters were left out of its middle.")


def _say(app: "App", text: str, reference: str | None, external_id: str | None, lane: Lane) -> "Submission":
    """Take the message in and run its turn here, without waiting for more of it."""
    if not text.strip():
        raise BadInput("The question is empty. Write what the customer asks.")
    app.warm()
    ticket = find_ticket(app.store, reference) if reference is not None else None
    customer_id = _who(app, ticket, external_id)
    holder = (app.workers.name, new_id())
    ticket_id = ticket.id if ticket else None
    said = app.intake.say(customer_id, text, lane=lane, ticket_id=ticket_id, holder=holder, limited=False)
    turn_id = said.turn_id
    if turn_id is not None:
        app.workers.run_now(app.store.read(lambda tx: tx.turn(turn_id)))
    return said


def _who(app: "App", ticket: Ticket | None, external_id: str | None) -> str:
    if ticket is None:
        return find_customer(app, external_id).id
    if external_id is not None and find_customer(app, external_id).id != ticket.customer_id:
        raise BadInput(f"Ticket #{ticket.number} belongs to another customer. Leave --customer out.")
    return ticket.customer_id


def result(app: "App", said: "Submission") -> Json:
    """Return what the store now says about the message."""
    from supportbot.cli.answer import read_answer

    return app.store.read(lambda tx: read_answer(tx, said.ticket_id, said.turn_id))


def _print(document: Json, number: int) -> None:
    if document["answer"] is None:
        click.echo("A person has this ticket and will read the message.")
    else:
        click.echo(document["answer"])
    citations = document["citations"]
    assert isinstance(citations, list)
    for index, citation in enumerate(citations, start=1):
        click.echo(f"  [{index}] {citation['title']} ({citation['article']})")
    cost = document["cost_usd"]
    spent = show(round(cost * MICRO)) if isinstance(cost, float) else "unknown price"
    facts = [document["tier"], document["complexity"], document["status"], spent, f"ticket #{number}"]
    click.echo(f"— {' · '.join(str(fact) for fact in facts if fact)}")
