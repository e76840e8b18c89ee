"""`supportbot privacy`: answers privacy requests, and ends what is too old."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from supportbot.access.roles import OPERATOR
from supportbot.cli.opening import opened
from supportbot.cli.options import Given, Group, Name, json_option
from supportbot.cli.output import Json, emit, table, tell, when
from supportbot.domain.errors import BadInput, ReadOnlyData

if TYPE_CHECKING:
    from supportbot.privacy import Due, Erased, Preview

_who = click.argument("who", type=Name(), metavar="WHO")
_KINDS = {
    "messages": "messages",
    "packets": "handoff packets",
    "vault": "sealed data",
    "comments": "comments on ratings",
    "gaps": "unanswered questions",
    "alerts": "alerts",
    "decisions": "decisions, without words",
    "subjects": "subjects of tickets",
    "customer": "customer record with name, id and cookie",
    "tickets": "tickets, without words",
    "calls": "model calls in the ledger",
    "human_times": "stretches of agents' time in the ledger",
    "outcomes": "ratings and other evidence, without words",
    "handoffs": "handoffs, without packets",
}

#: What an erasure takes of things that stay.
_OF_THEM = {"decisions": "decisions' words"}


@click.group(cls=Group, name="privacy")
def command() -> None:
    """Export or erase a customer, and end what is too old.

    WHO is a ticket's number (#20001) or id, a customer's id (id:ID for nothing but that), or your own id for them
    (external:ID where it could be mistaken).
    """


@command.command()
@_who
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Default: WHO.zip.")
@click.option("--with-notes", is_flag=True, help="With agents' internal notes and drafts.")
@json_option
@click.pass_obj
def export(given: Given, who: str, output: Path | None, with_notes: bool, as_json: bool) -> None:
    """Write everything about a customer into a zip that only you can read."""
    file = output or Path(f"{''.join(c if c.isalnum() else '-' for c in who).strip('-') or 'customer'}.zip")
    with opened(given) as app, _private(file) as out:
        done = app.exporter.export(OPERATOR, who, out, notes=with_notes)
    if as_json:
        emit(
            {
                "file": str(file),
                "bytes": file.stat().st_size,
                "customer_id": done.customer.id,
                "tickets": done.tickets,
                "messages": done.messages,
                "hidden_data": done.hidden_data,
                "internal_notes": with_notes,
            }
        )
    else:
        click.echo(f"{file}: {done.tickets} tickets, {done.messages} messages, {done.hidden_data} sealed data.")


@command.command()
@_who
@click.option("--preview", is_flag=True, help="Only show what would go.")
@click.option("--force", is_flag=True, help="Also while a person has or owes an open ticket of theirs.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def erase(given: Given, who: str, preview: bool, force: bool, yes: bool, as_json: bool) -> None:
    """Erase a customer: words, name and cookie go, the ledger stays and leads to nobody. Cannot be taken back."""
    with opened(given) as app:
        found = app.erasure.preview(OPERATOR, who)
        if not as_json or not (preview or yes):
            _show(found)
        erased = None if preview or not _agreed(yes) else app.erasure.erase(OPERATOR, who, force=force)
    if as_json:
        emit(_erasure_json(found, erased))
    elif erased is not None:
        click.echo(f"Erased {erased.tickets} tickets. Receipt: {erased.receipt}.")
    if erased is not None and erased.later:
        tell(f"{erased.later} tickets are looked at once more by the hourly chore: a turn was running on them.")
    if erased is not None and not erased.scrubbed:
        tell("Readers kept the database's log busy; `supportbot privacy retention` overwrites it later.")


@command.command()
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@json_option
@click.pass_obj
def retention(given: Given, dry_run: bool, as_json: bool) -> None:
    """End what is older than the days in [privacy], as the hourly chore does, and what an erasure left undone."""
    with opened(given) as app:
        resumed = 0 if dry_run else app.erasure.resume()
        dues = app.retention.due(OPERATOR) if dry_run else app.retention.run(OPERATOR, _told)
    if as_json:
        emit({"dry_run": dry_run, "resumed_tickets": resumed, "kinds": [_due_json(due) for due in dues]})
    else:
        rows = [(due.kind, due.days, f"{due.before:%Y-%m-%d}", due.count) for due in dues]
        table(rows, ("KIND", "DAYS", "BEFORE", "WOULD GO" if dry_run else "GONE"))


def _told(kind: str, number: int) -> None:
    tell(f"{kind}: {number} more")


def _show(found: "Preview") -> None:
    """Print a preview, apart from the result."""
    tell(f"Customer {found.customer.id}, tickets {_numbers(found.tickets) or 'none'}.")
    for title, counts, kinds in (("Goes", found.goes, _KINDS | _OF_THEM), ("Stays", found.stays, _KINDS)):
        for kind, count in counts.items():
            if count:
                tell(f"{title}: {count} {kinds[kind]}")
    if found.with_people:
        tell(f"A person has or owes {_numbers(found.with_people)}: erasing needs --force.")


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(f"#{number}" for number in numbers)


def _agreed(yes: bool) -> bool:
    """Ask at a terminal; elsewhere --yes has to say it."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise BadInput("Erasing cannot be taken back. Add --yes to do it, or --preview to see what would go.")
    return click.confirm("Erase? This cannot be taken back.", abort=True, err=True)


def _erasure_json(found: "Preview", erased: "Erased | None") -> Json:
    return {
        "erased": erased is not None,
        "receipt": erased.receipt if erased else None,
        "tickets": list(found.tickets),
        "goes": dict(found.goes),
        "stays": dict(found.stays),
        "with_people": list(found.with_people),
        "later": erased.later if erased else None,
        "scrubbed": erased.scrubbed if erased else None,
    }


def _due_json(due: "Due") -> Json:
    return {"kind": due.kind, "days": due.days, "before": when(due.before), "count": due.count}


@contextmanager
def _private(file: Path) -> Iterator[IO[bytes]]:
    """Open a new file that only its owner can read; it stands under its name once it is whole."""
    if file.exists():
        raise BadInput(f"{file} exists already; name another with --output.")
    try:
        handle, draft = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")  # mode 0600
    except OSError as refused:
        raise ReadOnlyData(f"{file} cannot be written ({refused.strerror}); name another with --output.") from refused
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, file)
    except BaseException:
        os.unlink(draft)
        raise
