"""What goes to standard output: one JSON document, or lines people read. Everything else goes to standard error."""

import json
from collections.abc import Sequence
from datetime import datetime

import click

Json = dict[str, object]


def emit(document: object, *, line: bool = False) -> None:
    """Print *document* as JSON: indented, or on one line where documents follow each other."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=None if line else 2, allow_nan=False))


def tell(text: str) -> None:
    """Say something to the person at the terminal, apart from the result."""
    click.echo(text, err=True)


def table(rows: Sequence[Sequence[object]], head: Sequence[str] = ()) -> None:
    """Print rows in columns as wide as their widest cell; the last column is left as it is."""
    cells = [[_cell(value) for value in row] for row in ([head] if head else []) + list(rows)]
    if not cells:
        return
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]) - 1)]
    for row in cells:
        fixed = [value.ljust(width) for value, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*fixed, row[-1]]).rstrip())


def when(at: datetime | None) -> str | None:
    """Return a time as JSON has it."""
    return at.isoformat() if at else None


def ago(seconds: int) -> str:
    """Return a stretch of time in its largest unit.

    >>> ago(40), ago(150), ago(7300), ago(200_000), ago(-90)
    ('40 s', '2 min', '2 h', '2 d', '-1 min')
    """
    sign, rest = ("-" if seconds < 0 else ""), abs(seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if rest >= size:
            return f"{sign}{rest // size} {unit}"
    return f"{sign}{rest} s"


def _cell(value: object) -> str:
    return "–" if value is None else " ".join(str(value).split())
