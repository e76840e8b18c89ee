"""`supportbot doctor`: what is in force, where it comes from, and what is wrong."""

import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportbot.cli.live import live
from supportbot.cli.opening import settings
from supportbot.cli.options import Command, Given, json_option
from supportbot.cli.output import Json, emit, table
from supportbot.domain.errors import SupportbotError
from supportbot.domain.price import Quote, Usage

if TYPE_CHECKING:
    from supportbot.settings import Settings

#: Seconds a download of tokenizers may take; tiktoken itself would wait for ever.
_FETCH_S = 10

_FETCH = "import tiktoken; tiktoken.get_encoding('o200k_base')"


@click.command(cls=Command, name="doctor")
@click.option(
    "--fetch-tokenizers", "fetch", is_flag=True, help="Download the tokenizer's file, for exact token counts."
)
@click.option("--live", "ask", is_flag=True, help="Make one tiny call to each deployment; that may cost money.")
@json_option
@click.pass_obj
def command(given: Given, fetch: bool, ask: bool, as_json: bool) -> int:
    """Show versions, every setting in force with its source, and the state of database, articles and prices.

    With --live also what each deployment answers to one tiny call. Ends with 1 when something is wrong.
    """
    found = settings(given)
    if fetch:
        _fetch(found.data_dir / "tokenizers")
    document, healthy = examine(found, ask=ask)
    if as_json:
        emit(document)
    else:
        _print(document)
    return 0 if healthy else 1


def examine(found: "Settings", *, ask: bool = False) -> tuple[Json, bool]:
    """Return what doctor prints, and whether all is well; *ask*: each deployment is called once."""
    from supportbot.settings import describe

    checks = [
        _check("data folder", lambda: f"{found.ready_data_dir()} can be written"),
        _check("database", lambda: _database(found)),
        _check("knowledge", lambda: _knowledge(found)),
        _check("models", lambda: _models(found)),
        _check("prices", lambda: _prices(found)),
        _check("tokenizers", lambda: _tokenizers(found)),
        *([_check(f"live: {d.name}", partial(live, found, d)) for d in found.deployments] if ask else []),
    ]
    document: Json = {
        "supportbot": metadata.version("supportbot"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "configuration": str(found.file) if found.file else None,
        "checks": checks,
        "settings": [{"key": key, "value": value, "source": source} for key, value, source in describe(found)],
    }
    return document, all(check["ok"] for check in checks)


def _models(found: "Settings") -> str:
    from supportbot.providers.catalogue import chat_model

    for deployment in found.deployments:
        chat_model(deployment, found.secrets.key_for(deployment.name))
    return ", ".join(f"{d.name} ({d.provider}/{d.model})" for d in found.deployments)


def _check(name: str, look: Callable[[], str]) -> Json:
    try:
        return {"name": name, "ok": True, "text": look()}
    except SupportbotError as wrong:
        return {"name": name, "ok": False, "text": " ".join(str(wrong).split())}


def _database(found: "Settings") -> str:
    from supportbot.cli.db import find_differences

    return " ".join(find_differences(found.database_url)) or "as this version needs it"


def _knowledge(found: "Settings") -> str:
    from supportbot.knowledge import load

    articles = load(found.knowledge)
    languages = ", ".join(sorted({article.language for article in articles}))
    return f"{len(articles)} articles ({languages}) in {found.knowledge}"


def _prices(found: "Settings") -> str:
    """Say where each deployment's price comes from; an unpriced one is no fault, but never free either."""
    from supportbot.pricing import PriceBook

    book, now = PriceBook(found.prices), datetime.now(UTC)
    quoted = {d.name: book.quote(d, Usage(1, 1), now) for d in found.deployments}
    return "; ".join(f"{name}: {_price(quote)}" for name, quote in quoted.items())


def _price(quote: Quote) -> str:
    return "unpriced; name its price under [prices]" if quote.cost_microusd is None else quote.source


def _tokenizers(found: "Settings") -> str:
    from supportbot.pricing.tokens import load

    if load(found.data_dir / "tokenizers") is not None:
        return "cached; token counts are exact"
    return "not cached; token counts are estimated. `supportbot doctor --fetch-tokenizers` gets them"


def _fetch(folder: Path) -> None:
    """Let tiktoken download its file in a process of its own, which can be ended."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = os.environ | {"TIKTOKEN_CACHE_DIR": str(folder)}
        done = subprocess.run(
            [sys.executable, "-c", _FETCH], env=environment, capture_output=True, timeout=_FETCH_S, check=False
        )
        if done.returncode == 0:
            return
    except (OSError, subprocess.TimeoutExpired):
        pass
    click.echo("supportbot: the tokenizer's file could not be fetched; token counts are estimated.", err=True)


def _print(document: Json) -> None:
    rows = [(name, document[name]) for name in ("supportbot", "python", "sqlite", "system", "configuration")]
    table(rows)
    click.echo()
    checks, known = document["checks"], document["settings"]
    assert isinstance(checks, list)
    assert isinstance(known, list)
    table([("ok" if check["ok"] else "WRONG", check["name"], check["text"]) for check in checks])
    click.echo()
    table([(row["key"], row["source"], row["value"]) for row in known], ("SETTING", "FROM", "VALUE"))
