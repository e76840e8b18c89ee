"""`supportbot triage`: judges tickets from JSON lines. No database, no model, no money."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

import click

from supportbot.cli.answer import probabilities, reasons_json
from supportbot.cli.opening import settings
from supportbot.cli.options import Command, Given, json_option
from supportbot.cli.output import Json, emit
from supportbot.domain.errors import BadInput

if TYPE_CHECKING:
    from supportbot.domain.passage import Retrieval
    from supportbot.knowledge import Knowledge
    from supportbot.pricing import PriceBook
    from supportbot.settings import Settings

#: Tokens of an ordinary answer, for its expected price.
_EXPECTED_OUTPUT = 120


@click.command(cls=Command, name="triage")
@click.argument("file", type=click.File("rb"), default="-")
@json_option
@click.pass_obj
def command(given: Given, file: BinaryIO, as_json: bool) -> int:
    """Judge tickets from FILE (or standard input), one JSON object per line, and print one line for each, in order.

    A line is {"id", "text", "history": [...]}; history holds the customer's earlier messages and may be left out. A
    line that cannot be used gives {"id", "error"} and, at the end, exit code 2.
    """
    judge = Judge.of(settings(given))
    bad = 0
    for document in documents(judge, file):
        bad += "error" in document
        if as_json:
            emit(document, line=True)
        else:
            click.echo(_line(document))
    if bad:
        click.echo(f"supportbot: {bad} of the lines could not be used.", err=True)
    return 2 if bad else 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the input."""

    id: object
    text: str
    history: tuple[str, ...]


class Unusable(BadInput):
    """A line that is no ticket; carries the line's id if it has one."""

    def __init__(self, message: str, id: object = None) -> None:
        super().__init__(message)
        self.id = id


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything that triage and policy need, and nothing that writes or spends."""

    settings: "Settings"
    knowledge: "Knowledge"
    pricing: "PriceBook"

    @classmethod
    def of(cls, settings: "Settings") -> "Judge":
        """Return a judge with these settings; KnowledgeError when the articles cannot be read."""
        from supportbot.knowledge import Knowledge
        from supportbot.pricing import PriceBook

        pricing = PriceBook(settings.prices, tokenizer_dir=settings.data_dir / "tokenizers")
        return cls(settings, Knowledge.open(settings.knowledge), pricing)

    def judge(self, entry: Entry) -> Json:
        """Return masked text, Assessment and tier of one ticket."""
        from supportbot import routing, triage

        found: list[Retrieval] = []

        def retrieve(query: str, language: str) -> "Retrieval":
            found.append(self.knowledge.search(query, language=language))
            return found[-1]

        masked, assessment = triage.quick(
            entry.text,
            entry.history,
            retrieve=retrieve,
            deployments=self.settings.deployments,
            large_amount=int(self.settings.large_amount),
        )
        quotes = self._quotes(assessment.query, found)
        deployments, policy = self.settings.deployments, self.settings.policy
        decision = routing.decide(assessment, deployments=deployments, quotes=quotes, policy=policy)
        return {
            "id": entry.id,
            "masked": masked.text,
            "guard": assessment.guard.value if assessment.guard else None,
            "complexity": assessment.complexity.value,
            "tier": decision.tier.value,
            "critical": assessment.critical.value if assessment.critical else None,
            "request_type": assessment.request_type,
            "language": assessment.language,
            "p_acceptable": probabilities(assessment),
            "reasons": reasons_json((*decision.reasons, *assessment.reasons)),
        }

    def _quotes(self, query: str, found: "list[Retrieval]") -> dict[str, int]:
        """Return the expected price of an answer per deployment, in micro-dollars; unpriced ones are left out."""
        from supportbot.domain.price import Usage
        from supportbot.domain.prompt import INSTRUCTIONS

        passages = [hit.passage.text for retrieval in found for hit in retrieval.hits]
        usage = Usage(self.pricing.count_tokens("\n".join((INSTRUCTIONS, query, *passages))), _EXPECTED_OUTPUT)
        now = datetime.now(UTC)
        quoted = {d.name: self.pricing.quote(d, usage, now) for d in self.settings.deployments}
        prices = {name: quote.cost_microusd or quote.list_cost_microusd for name, quote in quoted.items()}
        return {name: price for name, price in prices.items() if price is not None}


def documents(judge: Judge, lines: Iterable[bytes]) -> Iterator[Json]:
    """Yield one document per line that is not blank, in order."""
    for line in lines:
        if not line.strip():
            continue
        try:
            yield judge.judge(read(line))
        except Unusable as bad:
            yield {"id": bad.id, "error": str(bad)}


def read(line: bytes) -> Entry:
    """Return the ticket on a line; raise Unusable."""
    raw = _parsed(line)
    if not isinstance(raw, dict):
        raise Unusable('A line must be an object such as {"id": 1, "text": "…"}.')
    id = raw.get("id") if isinstance(raw.get("id"), str | int | float | None) else None
    text, history = raw.get("text"), raw.get("history")
    if "id" not in raw:
        raise Unusable('"id" is missing; the result could not be told apart.')
    if not isinstance(text, str):
        raise Unusable('"text" is missing or not a string.', id)
    if not (history is None or (isinstance(history, list) and all(isinstance(one, str) for one in history))):
        raise Unusable('"history" must be a list of strings, oldest first.', id)
    return Entry(id, _whole(text), tuple(_whole(one) for one in history or ()))


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError as wrong:
        raise Unusable(f"The line is not UTF-8 text (byte {wrong.start}).") from wrong
    except json.JSONDecodeError as wrong:
        raise Unusable(f"The line is not JSON: {wrong.msg} at character {wrong.pos}.") from wrong
    except (ValueError, RecursionError) as wrong:
        raise Unusable("The line is not usable JSON: a number too large, or too deeply nested.") from wrong


def _no_number(word: str) -> object:
    raise ValueError(word)


def _whole(text: str) -> str:
    """JSON may hold halves of characters (`\\ud800`), which no text can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _line(document: Json) -> str:
    if "error" in document:
        return f"{document['id']}  error: {document['error']}"
    stopped = document["critical"] or document["guard"] or "–"
    facts = (document["tier"], document["complexity"], document["request_type"], document["language"], stopped)
    return f"{document['id']}  {'  '.join(str(fact) for fact in facts)}"
