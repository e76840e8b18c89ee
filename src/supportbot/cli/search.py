"""`supportbot search`: what the articles say."""

import click

from supportbot.cli.opening import settings
from supportbot.cli.options import Command, Given, Text, json_option
from supportbot.cli.output import emit
from supportbot.domain.errors import BadInput

_LONGEST = 4_000


@click.command(cls=Command, name="search")
@click.argument("query", type=Text())
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True, help="At most so many passages.")
@click.option("--internal", is_flag=True, help="Internal articles too.")
@json_option
@click.pass_obj
def command(given: Given, query: str, limit: int, internal: bool, as_json: bool) -> None:
    """Search the articles for QUERY and print the best passages first."""
    from supportbot import triage
    from supportbot.knowledge import Knowledge

    asked = triage.normalise(query).strip()[:_LONGEST]
    if not asked:
        raise BadInput("The query is empty. Write what to look for.")
    articles = Knowledge.open(settings(given).knowledge)
    language = triage.detect_language(asked)
    hits = articles.search(asked, language=language, internal=internal, limit=limit).hits
    if as_json:
        emit(
            [
                {"article": h.passage.article_id, "title": h.passage.title, "passage": h.passage.text, "score": h.score}
                for h in hits
            ]
        )
        return
    for hit in hits:
        click.echo(f"{hit.score:7.2f}  {hit.passage.title} › {hit.passage.heading} ({hit.passage.article_id})")
        click.echo(f"         {' '.join(hit.passage.text.split())}")
    if not hits:
        click.echo("No article has any of these words.")
