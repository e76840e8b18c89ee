"""`supportbot inbox`: what agents do in the pages, for one of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from supportbot.cli.opening import acting, find_ticket, opened
from supportbot.cli.options import Given, Group, Name, Text, agent_option, json_option
from supportbot.cli.output import ago, emit, table, tell
from supportbot.domain.account import Actor
from supportbot.domain.message import Message
from supportbot.domain.ticket import Ticket

if TYPE_CHECKING:
    from supportbot.bootstrap import App

_ticket = click.argument("reference", type=Name(), metavar="TICKET")
_text = click.argument("text", type=Text())
_reason = click.option("--reason", type=Text(), default="", help="Becomes an internal note.")


_Decorate = Callable[[Callable[..., None]], Callable[..., None]]


@click.group(cls=Group, name="inbox")
def command() -> None:
    """Do what agents do. TICKET is a number or an id; AGENT an e-mail address or an id."""


@command.command("list")
@click.option("--scope", type=click.Choice(["mine", "open", "all"]), default="all", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0)
@agent_option(required=False)
@json_option
@click.pass_obj
def list_(given: Given, scope: str, limit: int, offset: int, agent: str | None, as_json: bool) -> None:
    """List tickets with people: by priority, then by who has waited longest."""
    from supportbot.cli.shapes import queue_json
    from supportbot.inbox.views import Scope

    with _opened(given) as app:
        queue = app.inbox.queue(acting(app, agent), Scope(scope), limit=limit, offset=offset)
    if as_json:
        emit(queue_json(queue))
        return
    rows = [
        (
            f"#{r.ticket.number}",
            r.ticket.priority.name.lower(),
            r.ticket.status,
            ago(r.waiting_seconds),
            r.agent_name,
            r.preview,
        )
        for r in queue.rows
    ]
    table(rows, ("TICKET", "PRIORITY", "STATUS", "WAITING", "AGENT", "LAST WORDS"))
    tell(f"{queue.waiting} waiting, the longest for {ago(queue.longest_seconds)}.")


@command.command()
@_ticket
@agent_option(required=False)
@json_option
@click.pass_obj
def show(given: Given, reference: str, agent: str | None, as_json: bool) -> None:
    """Show a ticket: why people have it, what was said and tried, and what it cost."""
    from supportbot.cli.ticket import show_case

    with _opened(given) as app:
        show_case(app, acting(app, agent), reference, as_json)


def _action(*own: _Decorate) -> "Callable[[Callable[..., None]], click.Command]":
    """Register what an agent does to one ticket; *own* are the action's own arguments and options, as shown."""

    def register(action: Callable[..., None]) -> click.Command:
        innermost_first: tuple[_Decorate, ...] = (click.pass_obj, json_option, agent_option(), *reversed(own), _ticket)
        for decorate in innermost_first:
            action = decorate(action)
        return command.command()(action)

    return register


@_action()
def claim(given: Given, reference: str, agent: str, as_json: bool) -> None:
    """Take a ticket; exactly one agent can."""
    _move(given, reference, agent, as_json, lambda app, actor, ticket: app.inbox.claim(actor, ticket))


@_action(_text)
def reply(given: Given, reference: str, text: str, agent: str, as_json: bool) -> None:
    """Write TEXT to the customer; `-` reads it from standard input. Needs the claim."""
    _write(given, reference, agent, as_json, lambda app, actor, ticket: app.inbox.reply(actor, ticket, text))


@_action(_text)
def note(given: Given, reference: str, text: str, agent: str, as_json: bool) -> None:
    """Write TEXT as an internal note, which the customer never sees."""
    _write(given, reference, agent, as_json, lambda app, actor, ticket: app.inbox.note(actor, ticket, text))


@_action(
    click.option("--to", "colleague", type=Name(), metavar="AGENT", required=True, help="Who takes over."),
    click.option("--reason", type=Text(), required=True, help="Becomes an internal note."),
)
def transfer(given: Given, reference: str, colleague: str, reason: str, agent: str, as_json: bool) -> None:
    """Hand a claimed ticket to a colleague."""
    _move(
        given,
        reference,
        agent,
        as_json,
        lambda app, actor, ticket: app.inbox.transfer(actor, ticket, acting(app, colleague).id, reason),
    )


@_action(_reason)
def hand_back(given: Given, reference: str, reason: str, agent: str, as_json: bool) -> None:
    """Give a ticket back to the bot; a critical matter stays with people."""
    _move(given, reference, agent, as_json, lambda app, actor, ticket: app.inbox.hand_back(actor, ticket, reason))


@_action()
def resolve(given: Given, reference: str, agent: str, as_json: bool) -> None:
    """Close a ticket."""
    _move(given, reference, agent, as_json, lambda app, actor, ticket: app.inbox.resolve(actor, ticket))


@_action(_reason)
def release(given: Given, reference: str, reason: str, agent: str, as_json: bool) -> None:
    """Give a ticket back to the queue; it keeps its place."""
    _move(given, reference, agent, as_json, lambda app, actor, ticket: app.inbox.release(actor, ticket, reason))


@contextmanager
def _opened(given: Given) -> "Iterator[App]":
    """Open the desk and first give back what silent agents hold, for no worker may be running that does."""
    with opened(given) as app:
        app.inbox.lapse()
        yield app


def _move(given: Given, reference: str, agent: str, as_json: bool, act: "Callable[[App, Actor, str], Ticket]") -> None:
    """Do something to a ticket and print how it stands."""
    from supportbot.cli.shapes import ticket_json

    with _opened(given) as app:
        ticket = act(app, acting(app, agent), find_ticket(app.store, reference).id)
    if as_json:
        emit(ticket_json(ticket))
    else:
        click.echo(f"Ticket #{ticket.number} is {ticket.state}.")


def _write(
    given: Given, reference: str, agent: str, as_json: bool, act: "Callable[[App, Actor, str], Message]"
) -> None:
    """Write something on a ticket and print it as stored."""
    from supportbot.cli.shapes import message_json

    with _opened(given) as app:
        message = act(app, acting(app, agent), find_ticket(app.store, reference).id)
    if as_json:
        emit(message_json(message))
    else:
        click.echo(f"{'Noted' if message.private else 'Sent'}: {message.text}")
