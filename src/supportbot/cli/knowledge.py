"""`supportbot knowledge`: looks after the articles."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from supportbot.cli.opening import settings
from supportbot.cli.options import Given, Group, json_option
from supportbot.cli.output import Json, emit
from supportbot.domain.errors import KnowledgeError

if TYPE_CHECKING:
    from supportbot.knowledge import Problem


@click.group(cls=Group, name="knowledge")
def command() -> None:
    """Look after the articles."""


@command.command("check")
@json_option
@click.pass_obj
def check(given: Given, as_json: bool) -> int:
    """Read every article and print what is wrong, by file and line.

    Ends with 2 when an article cannot be used; warnings alone end with 0.
    """
    from supportbot.knowledge import check as find_problems
    from supportbot.knowledge.load import read

    folder = settings(given).knowledge
    if not folder.is_dir():
        raise KnowledgeError(
            f"The knowledge folder {folder} does not exist. Create it, or name another with --knowledge."
        )
    problems = find_problems(folder, datetime.now(UTC).date())
    errors = sum(problem.severity == "error" for problem in problems)
    articles = len(read(folder)[0])
    if as_json:
        emit({"articles": articles, "errors": errors, "warnings": len(problems) - errors, "problems": _json(problems)})
    else:
        for problem in problems:
            click.echo(f"{problem.file}:{problem.line}: {problem.severity}: {problem.text}")
        click.echo(f"{articles} articles, {errors} errors, {len(problems) - errors} warnings.")
    return 2 if errors else 0


def _json(problems: "tuple[Problem, ...]") -> list[Json]:
    return [{"file": p.file, "line": p.line, "severity": p.severity.value, "text": p.text} for p in problems]
