"""`supportbot ticket`: one ticket from beginning to end."""

from typing import TYPE_CHECKING

import click

from supportbot.cli.opening import acting, find_ticket, opened
from supportbot.cli.options import Given, Group, Name, json_option
from supportbot.cli.output import emit
from supportbot.domain.account import Actor
from supportbot.domain.handoff import Handoff
from supportbot.domain.money import show as money

if TYPE_CHECKING:
    from supportbot.bootstrap import App
    from supportbot.inbox.views import Case


@click.group(cls=Group, name="ticket")
def command() -> None:
    """Show a ticket. TICKET is a number or an id."""


@command.command()
@click.argument("reference", type=Name(), metavar="TICKET")
@json_option
@click.pass_obj
def show(given: Given, reference: str, as_json: bool) -> None:
    """Show a ticket: what was said, notes included, and what it cost."""
    with opened(given) as app:
        show_case(app, acting(app, None), reference, as_json)


def show_case(app: "App", actor: Actor, reference: str, as_json: bool) -> None:
    """Print a ticket as *actor* may see it."""
    from supportbot.cli.shapes import case_json

    case = app.inbox.open(actor, find_ticket(app.store, reference).id)
    if as_json:
        emit(case_json(case))
    else:
        _print(case)


def _print(case: "Case") -> None:
    ticket = case.ticket
    click.echo(f"#{ticket.number}  {ticket.state}  {ticket.priority.name.lower()}  {case.customer.name}")
    if case.handoff is not None:
        _print_handoff(case.handoff)
    for message in case.messages:
        who = f"{message.author_name or message.sender}{' (note)' if message.private else ''}"
        click.echo(f"\n{message.created_at:%Y-%m-%d %H:%M} {who}")
        click.echo("\n".join(f"  {line}" for line in message.text.splitlines()))
    human = f"{case.human_seconds // 60} min of people, {money(case.human_microusd)}"
    click.echo(f"\nModels {money(case.cost_microusd)} (at list price {money(case.list_cost_microusd)}); {human}.")


def _print_handoff(handoff: Handoff) -> None:
    packet = handoff.packet
    rows = (
        ("why", packet.why),
        ("trigger", packet.trigger and f"“{packet.trigger}”"),
        ("wants", packet.wants and f"“{packet.wants}”"),
        ("open", "; ".join(packet.open_questions)),
        ("sources", ", ".join(source.article_id for source in packet.sources)),
        ("suggested reply", packet.suggested_reply),
    )
    for name, value in rows:
        if value:
            click.echo(f"  {name}: {' '.join(value.split())}")
