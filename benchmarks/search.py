"""Finding the right article on public sets, and how long a search takes as the passages grow."""

import csv
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from benchmarks.corpus import articles, messages
from benchmarks.report import Options, Skipped, Table, data_file, spread
from supportbot.domain.passage import Article, Visibility
from supportbot.knowledge import Knowledge

#: Banking77: utterances that make an article (its phrasings), and those asked of it, per intent.
_KNOWN, _ASKED = 10, 20
_SIZES = (1_000, 10_000)


@dataclass(frozen=True, slots=True)
class _Set:
    """Articles, and questions with the id of the article that answers each."""

    name: str
    articles: list[Article]
    asked: list[tuple[str, str]]


def run(options: Options) -> list[Table]:
    """Measure quality where the data folder is there, and time in any case."""
    try:
        quality = _quality(options)
    except Skipped as missing:
        quality = Table("search: is the right article found?", ("set",), notes=[f"Skipped: {missing}"])
    return [quality, _time(options)]


def _quality(options: Options) -> Table:
    table = Table("search: is the right article found?", ("set", "articles", "questions", "R@1", "R@5", "p50 ms"))
    for each in (_xquad(titled=False), _xquad(titled=True), _banking(as_phrasings=False), _banking(as_phrasings=True)):
        knowledge = Knowledge(each.articles)
        asked = each.asked[:: max(1, len(each.asked) // options.count(len(each.asked), 150))]
        ranks, times = [], []
        for question, wanted in asked:
            begun = time.perf_counter()
            hits = knowledge.search(question, language="en", limit=20).hits
            times.append((time.perf_counter() - begun) * 1000)
            ranks.append(_rank([hit.passage.article_id for hit in hits], wanted))
        first = sum(rank == 1 for rank in ranks) / len(ranks)
        five = sum(rank <= 5 for rank in ranks) / len(ranks)
        table.add(each.name, len(each.articles), len(ranks), f"{first:.3f}", f"{five:.3f}", spread(times)[0])
    table.notes += [
        "XQuAD: a paragraph is an article; “titled” gives it its topic, which many paragraphs share.",
        f"Banking77: an intent is an article with its name as title and {_KNOWN} utterances, as text or as phrasings; "
        f"{_ASKED} others are asked.",
        "To compare with (another split of Banking77): bm25s .928/.989 on XQuAD without titles, .679/.891 on Banking77 "
        "with titles; tantivy by itself .928/.988 and .629/.883.",
    ]
    return table


def _rank(found: Iterable[str], wanted: str) -> int:
    """Return the place of *wanted* among the distinct articles found; beyond all when it is not there."""
    order = list(dict.fromkeys(found))
    return order.index(wanted) + 1 if wanted in order else len(order) + 100


def _article(key: str, title: str, body: str, asked_as: tuple[str, ...] = ()) -> Article:
    return Article(key, title, "en", Visibility.PUBLIC, date(2026, 1, 1), "v1", body, asked_as=asked_as)


def _xquad(*, titled: bool) -> _Set:
    made, rows = xquad_facts(titled=titled)
    return _Set("XQuAD-en, titled" if titled else "XQuAD-en", made, [(question, key) for question, key, _ in rows])


def xquad_facts(*, titled: bool = True) -> tuple[list[Article], list[tuple[str, str, str]]]:
    """Return XQuAD's paragraphs as articles, and its questions: text, the article's id and the wordings of the answer.

    Raises Skipped where the data folder is absent.
    """
    raw = json.loads(data_file("support", "xquad", "xquad_en.json").read_text(encoding="utf-8"))
    made: list[Article] = []
    asked: list[tuple[str, str, str]] = []
    for topic in raw["data"]:
        for paragraph in topic["paragraphs"]:
            key = f"p{len(made)}"
            title = str(topic.get("title", "")).replace("_", " ") if titled else ""
            made.append(_article(key, title or key, paragraph["context"]))
            for one in paragraph["qas"]:
                wordings = dict.fromkeys(answer["text"].replace("|", " ") for answer in one["answers"])
                asked.append((one["question"], key, "|".join(wordings)))
    return made, asked


def _banking(*, as_phrasings: bool) -> _Set:
    said: dict[str, list[str]] = defaultdict(list)
    with data_file("support", "banking77", "train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            said[row["category"]].append(row["text"])
    made: list[Article] = []
    asked: list[tuple[str, str]] = []
    for intent, texts in sorted(said.items()):
        title, known = intent.replace("_", " ").capitalize(), texts[:_KNOWN]
        body = f"{title}." if as_phrasings else "\n".join(known)
        made.append(_article(intent, title, body, tuple(known) if as_phrasings else ()))
        asked += [(text, intent) for text in texts[-_ASKED:]]
    return _Set(f"Banking77, utterances as {'phrasings' if as_phrasings else 'text'}", made, asked)


def _time(options: Options) -> Table:
    table = Table("search: time by size", ("passages", "articles", "p50 ms", "p95 ms", "p99 ms", "load s"))
    asked = messages(options.count(1_000, 150))
    per_article = len(_passages(200)) / 200
    for size in _SIZES:
        made = articles(round(size / per_article))
        begun = time.perf_counter()
        knowledge = Knowledge(made)
        loaded = time.perf_counter() - begun
        for text in asked[:50]:
            knowledge.search(text, language="en")
        times: list[float] = []
        for text in asked:
            spent = time.thread_time()
            knowledge.search(text, language="en")
            times.append((time.thread_time() - spent) * 1000)
        table.add(f"about {size:,}", len(made), *spread(times), loaded)
    table.notes.append(
        "Milliseconds of processor time. Variants of the sample company's articles: common words are in all."
    )
    return table


def _passages(n: int) -> list[object]:
    from supportbot.knowledge import cut

    return [passage for article in articles(n) for passage in cut(article)]
