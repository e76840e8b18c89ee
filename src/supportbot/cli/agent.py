"""`supportbot agent`: accounts of people in support."""

import sys
from typing import TYPE_CHECKING

import click

from supportbot.access.roles import OPERATOR
from supportbot.cli.opening import acting, opened
from supportbot.cli.options import Given, Group, Name, json_option
from supportbot.cli.output import emit, table
from supportbot.domain.account import Role
from supportbot.domain.errors import BadInput

if TYPE_CHECKING:
    from supportbot.domain.account import Account


@click.group(cls=Group, name="agent")
def command() -> None:
    """Add, list and disable accounts of people in support."""


@command.command()
@click.argument("email", type=Name())
@click.option("--name", type=Name(), required=True, help="As customers see it.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.AGENT.value, show_default=True)
@json_option
@click.pass_obj
def add(given: Given, email: str, name: str, role: str, as_json: bool) -> None:
    """Add an account. The password is asked for, or read from the first line of standard input."""
    from supportbot.cli.shapes import account_json

    with opened(given) as app:
        account = app.access.add_account(OPERATOR, email, name, Role(role), _password())
    if as_json:
        emit(account_json(account))
    else:
        click.echo(f"Added {account.name} ({account.email}) as {account.role}.")


@command.command("list")
@json_option
@click.pass_obj
def list_(given: Given, as_json: bool) -> None:
    """List every account."""
    from supportbot.cli.shapes import account_json

    with opened(given) as app:
        accounts = app.access.list_accounts(OPERATOR)
    if as_json:
        emit([account_json(account) for account in accounts])
    else:
        rows = [(a.email, a.name, a.role, _standing(a), a.id) for a in accounts]
        table(rows, ("E-MAIL", "NAME", "ROLE", "STANDING", "ID"))


@command.command()
@click.argument("agent", type=Name())
@json_option
@click.pass_obj
def disable(given: Given, agent: str, as_json: bool) -> None:
    """Disable the account with this e-mail address or id and end its sessions."""
    from supportbot.cli.shapes import account_json

    with opened(given) as app:
        actor = acting(app, agent)
        app.access.disable(OPERATOR, actor.id)
        account = app.store.read(lambda tx: tx.account(actor.id))
    if as_json:
        emit(account_json(account))
    else:
        click.echo(f"Disabled {account.email}.")


def _standing(account: "Account") -> str:
    if account.disabled:
        return "disabled"
    return "available" if account.available else "away"


def _password() -> str:
    """Ask for a password at a terminal, read a line elsewhere. It is never an argument, which others can see."""
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return password
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise BadInput("No password was given. Type it at a terminal, or send it on standard input.")
    return line
