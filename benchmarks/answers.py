"""How often the embedded default answers right, end to end through the engine, by kind of question and tier.

Two sets: the demo's labelled day, which word lists and floors were tuned on, and `questions.yaml`, which only measures.
`--profile` lists what the first got wrong; the second is never listed.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from benchmarks.report import Options, Table
from supportbot.bootstrap import stage_maker
from supportbot.demo.day import Asked, Kind, questions
from supportbot.demo.stage import Stage
from supportbot.domain.message import MessageKind
from supportbot.domain.passage import Passage
from supportbot.domain.prompt import Prompt, data, read_data
from supportbot.engine.prompting import numbered
from supportbot.knowledge import Knowledge
from supportbot.providers.embedded import FastAnswerer, StrongAnswerer
from supportbot.settings import load
from supportbot.triage import detect_language, split_parts

HERE = Path(__file__).parent
KINDS = (Kind.SIMPLE, Kind.MEDIUM, Kind.UNCOVERED)


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled question; `articles` are those that may come first, empty where nobody named any."""

    asked: Asked
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What the desk said to one case."""

    case: Case
    kind: MessageKind | None
    text: str
    tier: str
    found_first: bool
    fast: str = ""
    strong: str = ""

    @property
    def refused(self) -> bool:
        """Whether the desk said that the articles do not cover it, or left it to people without an answer."""
        return self.kind is not MessageKind.ANSWER

    @property
    def right(self) -> bool:
        """Whether the customer got the facts, or the honest refusal an uncovered question deserves."""
        return self.refused if self.case.asked.kind is Kind.UNCOVERED else self.right_by(self.text)

    def right_by(self, text: str) -> bool:
        """Whether *text* is right for this case; for an uncovered one that is to abstain."""
        if self.case.asked.kind is Kind.UNCOVERED:
            return text.strip() == "NOT_COVERED"
        return not (self.refused and text is self.text) and self.case.asked.right(text)


def day() -> list[Case]:
    """Return the labelled day's questions that a model should answer or refuse."""
    return [Case(asked) for asked in questions() if asked.kind in KINDS]


def held_out() -> list[Case]:
    """Return the questions kept apart."""
    raw = yaml.safe_load((HERE / "questions.yaml").read_text("utf-8"))
    return [
        Case(
            Asked(one["text"], Kind(kind), tuple(tuple(str(f).split("|")) for f in one.get("facts", ()))),
            tuple(str(one.get("article", "")).split()),
        )
        for kind, entries in raw.items()
        for one in entries
    ]


def measure(cases: Iterable[Case], knowledge: Knowledge) -> Iterator[Result]:
    """Ask each case on a desk of its own customer, and each model by itself on what the search found."""
    stage = stage_maker(load(), knowledge=knowledge)(False)
    try:
        for case in cases:
            yield _ask(case, stage, knowledge)
    finally:
        stage.close()


def _ask(case: Case, stage: Stage, knowledge: Knowledge) -> Result:
    text = case.asked.text
    said = stage.ask(stage.customer("Bench"), text)
    replies, decisions = stage.store.read(lambda tx: (tx.messages(said.ticket_id), tx.decisions([said.ticket_id])))
    kinds = (MessageKind.ANSWER, MessageKind.REFUSAL, MessageKind.HANDOFF, MessageKind.GUARD)
    reply = next((m for m in reversed(replies) if m.kind in kinds), None)
    prompt = _prompt(text, knowledge)
    first = prompt.passages[0].title if prompt.passages else ""
    titles = {knowledge.article(name).title for name in case.articles if name}
    return Result(
        case=case,
        kind=reply.kind if reply else None,
        text=reply.text if reply else "",
        tier=str(decisions[-1].decision.tier) if decisions else "none",
        found_first=first in titles,
        fast=FastAnswerer.answer_from(prompt),
        strong=StrongAnswerer.answer_from(prompt),
    )


def _prompt(text: str, knowledge: Knowledge) -> Prompt:
    language = detect_language(text)
    parts = split_parts(text, language)
    passages: dict[str, Passage] = {}
    found = [knowledge.search(part, language=language) for part in (parts if len(parts) > 1 else [text])]
    for rank in range(5):
        for retrieval in found:
            for hit in retrieval.hits[rank : rank + 1]:
                passages.setdefault(hit.passage.id, hit.passage)
    chosen = numbered(list(passages.values())[:8], text)
    return Prompt(text, language, chosen, parts=parts if len(parts) > 1 else ())


def report(name: str, results: list[Result]) -> Table:
    """Return one set's table."""
    columns = ("kind", "n", "right", "refused", "article first", "fast alone", "strong alone", "tiers")
    table = Table(f"{name}: {len(results)} questions", columns)
    for kind in KINDS:
        some = [r for r in results if r.case.asked.kind is kind]
        named = [r for r in some if any(r.case.articles)]
        table.add(
            kind.value,
            len(some),
            _percent(r.right for r in some),
            _percent(r.refused for r in some),
            _percent(r.found_first for r in named),
            _percent(r.right_by(r.fast) for r in some),
            _percent(r.right_by(r.strong) for r in some),
            ", ".join(f"{tier} {n}" for tier, n in Counter(r.tier for r in some).most_common()),
        )
    return table


def speed(cases: list[Case], knowledge: Knowledge) -> Table:
    """Return the time of a search and of each answerer."""
    table = Table("answers: time", ("what", "p50 ms", "p95 ms"))
    texts = [case.asked.text for case in cases]
    documents = [data(_prompt(text, knowledge)) for text in texts]
    jobs: dict[str, list[Callable[[], object]]] = {
        "search": [partial(knowledge.search, text) for text in texts],
        "fast": [partial(_answer, FastAnswerer, document) for document in documents],
        "strong": [partial(_answer, StrongAnswerer, document) for document in documents],
    }
    for name, calls in jobs.items():
        for call in calls:
            call()
        took = sorted(_timed(call) for call in calls for _ in range(3))
        table.add(name, statistics.median(took), took[int(0.95 * len(took))])
    return table


def _answer(model: type[FastAnswerer | StrongAnswerer], document: str) -> str:
    return model.answer_from(read_data(document))


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def _percent(marks: Iterable[bool]) -> str:
    some = list(marks)
    return f"{sum(some) / len(some):.0%}" if some else "-"


def run(options: Options) -> list[Table]:
    """Score both sets and time the parts; *profile* lists what the day's questions got wrong, never the set apart."""
    knowledge = Knowledge.open(load().knowledge)
    tuned, apart = list(measure(day(), knowledge)), list(measure(held_out(), knowledge))
    first, second = report("answers, day (tuned on)", tuned), report("answers, held out", apart)
    first.notes.append("Right: the facts the answer had to contain are in it; for an uncovered question, the refusal.")
    second.notes.append("Written beside the product, not blind; word lists and floors were not tuned on it.")
    if options.profile:
        first.notes += [f"{r.case.asked.kind}/{r.tier}: {r.case.asked.text} → {r.text}" for r in tuned if not r.right]
    return [first, second, speed(day(), knowledge)]
