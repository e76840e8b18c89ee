"""`supportbot db`: looks after the database."""

from pathlib import Path

import click

from supportbot.access.roles import OPERATOR
from supportbot.cli.opening import settings
from supportbot.cli.options import Given, Group, json_option
from supportbot.cli.output import emit, tell
from supportbot.domain.account import AuditEntry
from supportbot.domain.ids import new_id


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
    changed = schema.upgrade(url, tell)
    if changed:
        _note(url, "database_upgraded", schema.HEAD)
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


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@json_option
@click.pass_obj
def backup(given: Given, file: Path, force: bool, as_json: bool) -> None:
    """Copy the database into FILE, while the desk runs if need be. PostgreSQL: by pg_dump."""
    from supportbot.storage.backup import back_up

    url = settings(given).database_url
    made = back_up(url, file, force=force)
    _note(url, "database_backed_up", made.file.name)
    if as_json:
        emit({"file": str(made.file), "bytes": made.size, "revision": made.revision})
    else:
        click.echo(
            f"Backed up into {made.file} ({made.size:,} bytes, revision {made.revision}). Keep the vault key too."
        )


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the tickets there are.")
@json_option
@click.pass_obj
def restore(given: Given, file: Path, force: bool, as_json: bool) -> None:
    """Put the backup in FILE in the database's place; stop the desk first. PostgreSQL: by pg_restore."""
    from supportbot.storage import schema
    from supportbot.storage.backup import restore as put_back

    url = settings(given).database_url
    found = put_back(url, file, force=force, tell=tell)
    _note(url, "database_restored", found.file.name)
    if as_json:
        emit({"file": str(found.file), "bytes": found.size, "revision": schema.HEAD, "from_revision": found.revision})
    else:
        click.echo(f"Restored {found.file}; the database is at revision {schema.HEAD}.")


def find_differences(url: str) -> tuple[str, ...]:
    """Return how a database differs; one that is not there yet is not made by looking."""
    from supportbot.storage.checking import check as differences
    from supportbot.storage.dialect import database_file

    file: Path | None = database_file(url)
    if file is not None and not file.exists():
        return (f"There is no database at {file} yet; it is made at the first start, or by `supportbot db upgrade`.",)
    return differences(url)


def _note(url: str, action: str, detail: str) -> None:
    """Leave an entry in the audit log."""
    from supportbot.bootstrap import SystemClock
    from supportbot.storage.store import SqlStore

    store = SqlStore(url)
    try:
        entry = AuditEntry(new_id(), SystemClock().now(), OPERATOR.id, action, "database", detail)
        store.write(lambda tx: tx.add_audit(entry))
    finally:
        store.close()
