"""What the weights are fitted on: companies, the questions asked of them, and which belong to one fold."""

import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from benchmarks.labels import Kind, Question, half
from benchmarks.report import Skipped
from benchmarks.search import xquad_facts
from supportbot import triage
from supportbot.demo import day
from supportbot.domain.passage import Article, Visibility
from supportbot.knowledge import Knowledge
from supportbot.settings import load as load_settings

FOLDS = 5
#: Groups of articles that are taken away one after the other.
_AWAY = 12
_XQUAD = 400
_KINDS = (Kind.SIMPLE, Kind.FOLLOW_UP, Kind.UNCOVERED, Kind.INTERNAL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is searched; `fold` is the same for all questions of an article and of its translations."""

    text: str
    language: str
    articles: frozenset[str]
    facts: tuple[str, ...]
    fold: int
    style: str = ""
    near: bool = False  #: no article has it, but one of the company's could
    away: bool = False  #: its articles have been taken away


@dataclass(frozen=True)
class Company:
    """Articles and the questions asked of them, all of which together weigh `weight`."""

    name: str
    weight: float
    articles: tuple[Article, ...]
    asked: tuple[Asked, ...]

    @cached_property
    def knowledge(self) -> Knowledge:
        """The articles, searched."""
        return Knowledge(self.articles)


def companies(seed: int) -> list[Company]:
    """Return the sample company, the same without phrasings and with the demo day, and if the data is there, XQuAD."""
    sample = tuple(Knowledge.open(load_settings(environ={}).knowledge).articles(internal=True))
    asked = tuple(_labelled([*half("dev"), *half("train")]))
    bare = tuple(replace(article, asked_as=()) for article in sample)
    found = [Company("sample", 3.0, sample, asked), Company("no phrasings", 1.0, bare, (*asked, *_listed(sample)))]
    found.append(Company("day", 1.0, sample, tuple(_labelled_day())))
    with suppress(Skipped):
        found.append(_xquad(seed))
    return found


def without(company: Company) -> Iterator[Company]:
    """Return the company again and again, each time without some articles, with the questions that those answer."""
    group = {id_: place % _AWAY for place, ids in enumerate(_together(company.asked)) for id_ in ids}
    for number in range(_AWAY):
        gone = {id_ for id_, place in group.items() if place == number}
        asked = tuple(
            replace(one, articles=frozenset(), facts=(), away=True, near=True)
            for one in company.asked
            if one.articles and one.articles <= gone
        )
        if asked:
            kept = tuple(article for article in company.articles if article.id not in gone)
            yield Company(company.name, company.weight, kept, asked)


def _labelled(questions: Iterable[Question]) -> Iterator[Asked]:
    kept = [one for one in questions if one.kind in _KINDS]
    groups = _together(kept)
    fold = {id_: place % FOLDS for place, ids in enumerate(groups) for id_ in ids}
    for place, one in enumerate(kept):
        history = [s for s in one.history if triage.detect_language(s, default=one.language) == one.language]
        yield Asked(
            text=triage.standalone(one.text, history, one.language),
            language=triage.detect_language(one.text, default=one.language),
            articles=frozenset(one.articles),
            facts=one.facts,
            fold=fold[one.articles[0]] if one.articles else place % FOLDS,
            style=one.kind.value,
            near=one.style == "near" or one.kind is Kind.INTERNAL,
        )


def _labelled_day() -> Iterator[Asked]:
    """The questions of the demo day, nearer to the articles' words; labelled with facts, not with articles."""
    wanted = (day.Kind.SIMPLE, day.Kind.UNCOVERED)
    for place, one in enumerate(q for q in day.questions() if q.kind in wanted):
        language = triage.detect_language(one.text, default="en")
        facts = tuple("|".join(wordings) for wordings in one.facts)
        yield Asked(one.text, language, frozenset(), facts, place % FOLDS)


def _listed(articles: Iterable[Article]) -> Iterator[Asked]:
    """The phrasings of public articles, to be asked where none is indexed."""
    public = [one for one in articles if one.visibility is Visibility.PUBLIC]
    for place, article in enumerate(public):
        for phrasing in article.asked_as:
            yield Asked(phrasing, article.language, frozenset({article.id}), (), place % FOLDS, "phrasing")


def _together(questions: Iterable[Question | Asked]) -> list[set[str]]:
    """Return the articles in groups: those that any one question names together, in the order they are first named."""
    groups: list[set[str]] = []
    for one in questions:
        ids = set(one.articles)
        if ids:
            touched = [group for group in groups if group & ids]
            merged = ids.union(*touched)
            place = groups.index(touched[0]) if touched else len(groups)
            groups = [group for group in groups if group not in touched]
            groups.insert(place, merged)
    return groups


def _xquad(seed: int) -> Company:
    articles, rows = xquad_facts()
    some = random.Random(seed).sample(rows, _XQUAD)
    asked = tuple(Asked(text, "en", frozenset({key}), (fact,), int(key[1:]) % FOLDS) for text, key, fact in some)
    return Company("xquad", 1.0, tuple(articles), asked)
