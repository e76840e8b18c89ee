"""`supportbot db`: looks after the database."""

from pathlib import Path

import click

from supportbot.cli.opening import settings
from supportbot.cli.options import Given, Group, json_option
from supportbot.cli.output import emit


@click.group(cls=Group, name="db")
def command() -> None:
    """Look after the database."""


@command.command()
@json_option
@click.pass_obj
def upgrade(given: Given, as_json: bool) -> None:
    """Bring the database to the tables of this version, making it if there is none."""
    from supportbot.storage import schema
    from supportbot.storage.dialect import database_file
    from supportbot.storage.store import make_place

    url = settings(given).database_url
    file = database_file(url)
    if file is not None:
        make_place(file)
    changed = schema.upgrade(url)
    if as_json:
        emit({"revision": schema.HEAD, "changed": changed})
    else:
        click.echo(f"The database is at revision {schema.HEAD}{'' if changed else ' already'}.")


@command.command()
@json_option
@click.pass_obj
def check(given: Given, as_json: bool) -> int:
    """Print how the database differs from the tables of this version; ends with 1 when it does."""
    differences = find_differences(settings(given).database_url)
    if as_json:
        emit({"ok": not differences, "differences": list(differences)})
    else:
        for difference in differences or ("The database is as this version needs it.",):
            click.echo(difference)
    return 1 if differences else 0


def find_differences(url: str) -> tuple[str, ...]:
    """Return how a database differs; one that is not there yet is not made by looking."""
    from supportbot.storage.checking import check as found_by_check
    from supportbot.storage.dialect import database_file

    file: Path | None = database_file(url)
    if file is not None and not file.exists():
        return (f"There is no database at {file} yet; it is made at the first start, or by `supportbot db upgrade`.",)
    return found_by_check(url)
