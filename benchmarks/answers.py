"""How often the desk answers right, through the real engine, on labelled questions; by default the sample company's.

`--half train`, written from the articles alone, is there to fit words and weights to; `--half dev` may be looked at and
tuned on; `--half test` only scores, so `--show-misses` never lists it. `--knowledge DIR` asks another company's folder
the questions of its `questions.yaml`; where the data folder is, one is made of it.
"""

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks import company
from benchmarks.labels import ANSWERED, HALVES, Kind, Question, half, load, plain
from benchmarks.report import Options, Skipped, Table
from supportbot.bootstrap import stage_maker
from supportbot.demo.stage import Stage
from supportbot.domain.message import Message, MessageKind
from supportbot.domain.passage import Visibility
from supportbot.domain.prompt import Prompt, data, read_data
from supportbot.engine.prompting import numbered
from supportbot.knowledge import Knowledge
from supportbot.ports import StoredDecision
from supportbot.providers.embedded import FastAnswerer, StrongAnswerer
from supportbot.savings.forecast import wilson
from supportbot.settings import load as load_settings

_REPLIES = (MessageKind.ANSWER, MessageKind.REFUSAL, MessageKind.HANDOFF, MessageKind.GUARD)
#: Words in a row that an answer shares with nothing but an internal article: then it was read out.
_RUN = 7


@dataclass(frozen=True, slots=True)
class Result:
    """What the desk said to one question."""

    question: Question
    kind: MessageKind | None
    text: str
    tier: str
    first: str  #: the article of the passage the search put first; empty where it found or sought none
    internal: bool  #: whether anything of an internal article was retrieved, cited or shown

    @property
    def refused(self) -> bool:
        """Whether the desk said that the articles do not cover it, or left it to people without an answer."""
        return self.kind is not MessageKind.ANSWER

    @property
    def right(self) -> bool:
        """Whether the customer got what the question deserves: the facts, the honest refusal, or a person."""
        match self.question.kind:
            case Kind.UNCOVERED | Kind.INTERNAL:
                return self.refused
            case Kind.PERSON:
                return self.kind is MessageKind.HANDOFF
            case Kind.GUARD:
                return self.kind is MessageKind.GUARD
        return not self.refused and self.question.answered_by(self.text)

    @property
    def found(self) -> bool:
        """Whether the right article came first."""
        return self.first in self.question.articles

    @property
    def right_tier(self) -> bool:
        """Whether it was decided for a tier it deserves."""
        return self.tier in self.question.tiers


class _Secrets:
    """Tells whether something comes from an internal article."""

    def __init__(self, knowledge: Knowledge) -> None:
        hidden = [a for a in knowledge.articles(internal=True) if a.visibility is Visibility.INTERNAL]
        self._ids = {article.id for article in hidden}
        said = {run for article in knowledge.articles() for run in _runs(article.body)}
        self._runs = {run for article in hidden for run in _runs(article.body)} - said

    def shown(self, reply: Message | None, decision: StoredDecision | None) -> bool:
        """Whether a reply cites or reads out an internal article, or one was retrieved for it."""
        met = {passage.partition("#")[0] for passage in decision.retrieved} if decision else set()
        met |= {citation.article_id for citation in reply.citations} if reply else set()
        return bool(met & self._ids) or bool(reply and self.read_out(reply.text))

    def read_out(self, text: str) -> bool:
        """Whether *text* has as many words in a row as only an internal article has."""
        return not self._runs.isdisjoint(_runs(text))


def reads_out(text: str, knowledge: Knowledge) -> bool:
    """Whether *text* repeats what only an internal article of *knowledge* says."""
    return _Secrets(knowledge).read_out(text)


def _runs(text: str) -> list[tuple[str, ...]]:
    words = plain(text).split()
    return [tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)]


def measure(questions: Iterable[Question], knowledge: Knowledge) -> Iterator[Result]:
    """Ask each question, after its history, on a throw-away desk as a customer of its own."""
    stage = stage_maker(load_settings(environ={}), knowledge=knowledge)(False)
    secrets = _Secrets(knowledge)
    try:
        for question in questions:
            yield _ask(question, stage, secrets)
    finally:
        stage.close()


def _ask(question: Question, stage: Stage, secrets: _Secrets) -> Result:
    customer = stage.customer("Bench")
    for earlier in question.history:
        stage.ask(customer, earlier)
        stage.clock.advance(20)
    said = stage.ask(customer, question.text)
    messages, decisions = stage.store.read(lambda tx: (tx.messages(said.ticket_id), tx.decisions([said.ticket_id])))
    asked = max((m.seq for m in messages if m.text == question.text), default=0)
    reply = next((m for m in reversed(messages) if m.kind in _REPLIES and m.seq > asked), None)
    decision = next((d for d in decisions if d.turn_id == said.turn_id), None)
    return Result(
        question=question,
        kind=reply.kind if reply else None,
        text=reply.text if reply else "",
        tier=str(decision.decision.tier) if decision else "none",
        first=decision.retrieved[0].partition("#")[0] if decision and decision.retrieved else "",
        internal=secrets.shown(reply, decision),
    )


def overall(name: str, results: list[Result]) -> Table:
    """Return what is promised to customers, each with its interval."""
    table = Table(f"{name}: {len(results)} questions", ("what", "n", "share", "95 % interval"))
    answered = [r for r in results if r.question.kind in ANSWERED]
    near = [r for r in results if r.question.style == "near"]
    far = [r for r in results if r.question.style == "far"]
    rows: list[tuple[str, list[bool]]] = [
        ("right article first", [r.found for r in answered]),
        ("facts in the answer", [r.right for r in answered]),
        ("refused though covered", [r.refused for r in answered]),
        ("answered without the facts", [not r.refused and not r.right for r in answered]),
        ("uncovered, near: refused", [r.refused for r in near]),
        ("uncovered, far: refused", [r.refused for r in far]),
        ("internal matter: refused", [r.refused for r in results if r.question.kind is Kind.INTERNAL]),
        ("matter for people: handed over", [r.right for r in results if r.question.kind is Kind.PERSON]),
        ("right tier", [r.right_tier for r in results if r.question.tiers]),
    ]
    for what, marks in rows:
        if marks:
            table.add(what, len(marks), *_share(marks))
    shown = sum(r.internal for r in results)
    table.failed = shown > 0
    table.notes.append(f"Internal articles retrieved, cited or read out to a customer: {shown} (must be 0).")
    return table


def broken_down(name: str, results: list[Result]) -> Table:
    """Return the figures by kind, language and way of writing."""
    columns = ("", "n", "right", "95 % interval", "article first", "refused", "right tier", "tiers")
    table = Table(f"{name}: by kind, language and style", columns)
    groups: list[tuple[str, Callable[[Result], str]]] = [
        ("", lambda r: r.question.kind.value),
        ("language ", lambda r: r.question.language),
        ("style ", lambda r: r.question.style),
    ]
    for label, key in groups:
        for value in sorted({key(r) for r in results} - {""}):
            _row(table, f"{label}{value}", [r for r in results if key(r) == value])
    table.notes.append(
        "Right: the facts are in the answer; the refusal, the person or the greeting where that is right."
    )
    return table


def _row(table: Table, name: str, some: list[Result]) -> None:
    table.add(
        name,
        len(some),
        *_share([r.right for r in some]),
        _share([r.found for r in some if r.question.articles])[0],
        _share([r.refused for r in some])[0],
        _share([r.right_tier for r in some if r.question.tiers])[0],
        ", ".join(f"{tier} {n}" for tier, n in Counter(r.tier for r in some).most_common()),
    )


def _share(marks: list[bool]) -> tuple[str, str]:
    if not marks:
        return "–", "–"
    share = sum(marks) / len(marks)
    low, high = wilson(share, len(marks))
    return f"{share:.1%}", f"{low:.1%}–{high:.1%}"


def misses(results: list[Result]) -> list[str]:
    """Return a line for each question that went wrong: what was asked, what was found and what was said."""
    return [_miss(r, wrong) for r in results if (wrong := _wrong(r))]


def _wrong(result: Result) -> str:
    faults = {
        "answer": not result.right,
        "article": bool(result.question.articles) and not result.found,
        "tier": bool(result.question.tiers) and not result.right_tier,
    }
    return ", ".join(name for name, wrong in faults.items() if wrong)


def _miss(result: Result, wrong: str) -> str:
    asked = result.question
    return (
        f"{asked.id} {asked.kind}, wrong {wrong}: {' >> '.join([*asked.history, asked.text])!r}; first "
        f"{result.first or 'nothing'}, wanted {' or '.join(asked.articles) or 'none'}; {result.tier}, wanted "
        f"{' or '.join(asked.tiers) or 'any'}; {result.kind or 'no reply'}: {' '.join(result.text.split())[:200]!r}"
    )


def speed(questions: list[Question], knowledge: Knowledge) -> Table:
    """Return the time of a search and of each answerer."""
    table = Table("answers: time", ("what", "p50 ms", "p95 ms"))
    texts = [question.text for question in questions]
    documents = [data(_prompt(question, knowledge)) for question in questions]
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


def _prompt(question: Question, knowledge: Knowledge) -> Prompt:
    hits = knowledge.search(question.text, language=question.language).hits
    return Prompt(question.text, question.language, numbered([hit.passage for hit in hits], question.text))


def _answer(model: type[FastAnswerer | StrongAnswerer], document: str) -> str:
    return model.answer_from(read_data(document))


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def score(name: str, questions: list[Question], knowledge: Knowledge, *, show: bool = False) -> list[Table]:
    """Ask *questions* and return their tables; with *show*, the misses below."""
    results = list(measure(questions, knowledge))
    tables = [overall(name, results), broken_down(name, results)]
    if show:
        tables[-1].notes += misses(results)
    return tables


def sample(options: Options) -> list[Table]:
    """Score the sample company, half by half."""
    knowledge = Knowledge.open(load_settings(environ={}).knowledge)
    tables: list[Table] = []
    for name in HALVES if options.half == "both" else (options.half,):
        tables += score(
            f"answers, {name} half",
            _some(half(name), 150, 30, options),
            knowledge,
            show=options.show_misses and name != "test",
        )
    return [*tables, speed(_some(half("dev"), 150, 30, options), knowledge)]


def _some(questions: list[Question], usual: int, quick: int, options: Options) -> list[Question]:
    """Return as many as *options* want, spread over all of them."""
    return questions[:: max(1, len(questions) // options.count(usual, quick, len(questions)))]


def other(folder: Path, options: Options) -> list[Table]:
    """Score another company's folder with the questions in it; raise Skipped where it has none."""
    file = folder / "questions.yaml"
    if not file.exists():
        raise Skipped(
            f"{file} is absent: the labelled questions of that company, written as benchmarks/questions_dev.yaml."
        )
    knowledge = Knowledge.open(folder)
    asked = _some(load(file), 400, 60, options)
    total, public = len(knowledge.articles(internal=True)), len(knowledge.articles())
    name = f"answers, another company's {total} articles, {total - public} of them internal"
    return score(name, asked, knowledge, show=options.show_misses)


def made(options: Options) -> list[Table]:
    """Score the company made from the data folder, or say that it is absent."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            company.build(Path(folder))
            return other(Path(folder), replace(options, show_misses=False))
    except Skipped as missing:
        return [Table("answers, another company", ("what",), notes=[f"Skipped: {missing}"])]


def run(options: Options) -> list[Table]:
    """Score the sample company and a made one, or only the folder that is named."""
    if options.knowledge:
        return other(Path(options.knowledge), options)
    return [*sample(options), *made(options)]
