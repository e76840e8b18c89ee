"""Which sentence answers, and P(answered): `weights.json` of the embedded models."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.fit.asked import FOLDS, Asked, Company, without
from benchmarks.fit.logistic import Choices, Row, auc, calibration, conditional, first, logistic, probability
from benchmarks.labels import holds
from benchmarks.report import Table
from supportbot.engine.prompting import numbered
from supportbot.knowledge import Knowledge
from supportbot.providers.embedded import judging
from supportbot.providers.embedded.judging import Judge, Judged, answer_readings, log_odds
from supportbot.providers.embedded.relevance import Matcher, ask, read
from supportbot.providers.embedded.selecting import FLOOR, choose, find

_SENTENCE_PENALTY, _ANSWER_PENALTY = 0.01, 2e-3
#: What a question weighs without an article, near the company's matters, or robbed of its article (see `searching`).
_UNCOVERED, _NEAR, _AWAY = 1.5, 2.0, 0.1
#: Set by hand: no question of the sets is a phrasing that the index has, word for word.
_SENTENCE_LISTED, _ANSWER_LISTED = 2.5, 1.5
_PASSAGES = 8
_FLOORS = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)

Weights = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A question with the passages found for it, as an answerer is given them."""

    company: str
    asked: Asked
    weight: float
    matcher: Matcher
    articles: tuple[str, ...]  #: of each passage
    relevance: float


def shown(companies: Iterable[Company]) -> list[Shown]:
    """Search every question that has facts or no article; those of the sample again with their articles taken away."""
    found: list[Shown] = []
    for company in companies:
        if company.name == "no phrasings":
            continue
        found += _shown(company, company.weight / len(company.asked))
        if company.name == "sample":
            robbed = list(without(company))
            share = _AWAY * company.weight / sum(len(one.asked) for one in robbed)
            for one in robbed:
                found += _shown(one, share)
    return found


def _shown(company: Company, share: float) -> Iterable[Shown]:
    knowledge: Knowledge = company.knowledge
    for asked in company.asked:
        result = knowledge.search(asked.text, language=asked.language, limit=_PASSAGES)
        passages = [hit.passage for hit in result.hits]
        if passages:
            matcher = Matcher(ask(asked.text, asked.language), [read(one) for one in numbered(passages, asked.text)])
            weight = share * (1 if asked.facts or asked.articles or asked.away else _NEAR if asked.near else _UNCOVERED)
            articles = tuple(one.article_id for one in passages)
            yield Shown(company.name, asked, weight, matcher, articles, result.confidence)


def fit_sentences(found: Sequence[Shown]) -> tuple[dict[str, float], Table]:
    """Return the weights of a sentence's readings, and how often the best sentence holds a fact, held out."""
    rows, right, weight, kept = [], [], [], []
    names: tuple[str, ...] = ()
    for one in found:
        units = [(unit, one.articles[i]) for i, p in enumerate(one.matcher.passages) for unit in _judged(one, i)]
        marks = np.array([_holds(unit, article, one.asked) for unit, article in units])
        if marks.any() and not marks.all():
            names = names or tuple(sorted(units[0][0].readings))
            rows.append(np.array([[unit.readings[name] for name in names] for unit, _ in units]))
            right.append(marks)
            weight.append(one.weight)
            kept.append(one)
    choices = Choices(rows, right, weight)
    folds, held = np.array([one.asked.fold for one in kept]), np.zeros(len(kept), dtype=np.bool_)
    for fold in range(FOLDS):
        here = folds == fold
        held[here] = first(choices.of(here), conditional(choices.of(~here), _SENTENCE_PENALTY))
    old = first(choices, np.array([judging.weights()["sentence"].get(name, 0.0) for name in names]))
    table = Table("sentences: the best one holds a fact, where any does", ("set", "n", "as shipped", "held out"))
    groups = np.array([f"{one.company} {one.asked.style}".strip() for one in kept])
    for name in sorted(set(groups)):
        here = groups == name
        table.add(name, int(here.sum()), f"{old[here].mean():.3f}", f"{held[here].mean():.3f}")
    fitted = dict(zip(names, map(float, conditional(choices, _SENTENCE_PENALTY)), strict=True))
    return {"intercept": 0.0, **fitted, "asked_so": _SENTENCE_LISTED}, table


def _judged(one: Shown, place: int) -> list[Judged]:
    return Judge(one.matcher).units(one.matcher.passages[place])


def _holds(unit: Judged, article: str, asked: Asked) -> bool:
    return (article in asked.articles or not asked.articles) and any(
        holds(fact, unit.unit.text) for fact in asked.facts
    )


@dataclass(frozen=True, slots=True)
class _Drafted:
    """A question with the readings of its answer, and whether the answer holds every fact."""

    shown: Shown
    readings: Mapping[str, float]
    right: bool


def fit_answers(found: Sequence[Shown]) -> tuple[Weights, list[Table]]:
    """Return the weights of P(answered), searched and not, under the sentence weights in use; held-out curves."""
    drafts = list(_drafts(found))
    names = tuple(drafts[0].readings)
    x = np.array([[one.readings[name] for name in names] for one in drafts])
    y = np.array([float(one.right) for one in drafts])
    weight = np.array([one.shown.weight for one in drafts])
    folds = np.array([one.shown.asked.fold for one in drafts])
    fitted: Weights = {}
    tables: list[Table] = []
    for title, left_out in (("answer", {"asked_so"}), ("alone", {"asked_so", "relevance"})):
        used = [i for i, name in enumerate(names) if name not in left_out]
        held = np.zeros(len(drafts))
        for fold in range(FOLDS):
            here = folds == fold
            b = logistic(x[~here][:, used], y[~here], weight[~here], _ANSWER_PENALTY)
            held[here] = probability(x[here][:, used], b)
        tables.append(_curve(title, drafts, held, y))
        b = logistic(x[:, used], y, weight, _ANSWER_PENALTY)
        named = {names[i]: float(v) for i, v in zip(used, b[1:], strict=True)}
        fitted[title] = {"intercept": float(b[0]), **named, "asked_so": _ANSWER_LISTED}
    return fitted, tables


def _drafts(found: Sequence[Shown]) -> Iterable[_Drafted]:
    for one in found:
        drafted = find(one.matcher, one.relevance)
        if drafted.ranked and (one.asked.facts or not one.asked.articles):
            text = " ".join(unit.text for unit in choose(drafted, everywhere=False))
            readings = answer_readings(one.matcher, drafted.ranked) | {"relevance": log_odds(one.relevance)}
            facts = one.asked.facts
            yield _Drafted(one, readings, bool(facts) and all(holds(fact, text) for fact in facts))


def _curve(title: str, drafts: Sequence[_Drafted], p: Row, y: Row) -> Table:
    columns = ("set and floor", "n", "right", "refused though covered", "wrong", "uncovered answered", "near answered")
    table = Table(f"P({title}), held out; the floor in use is {FLOOR}", (*columns, "robbed answered"))
    companies = np.array([one.shown.company for one in drafts])
    covered = np.array([bool(one.shown.asked.facts) for one in drafts])
    away = np.array([one.shown.asked.away for one in drafts])
    near = np.array([one.shown.asked.near for one in drafts]) & ~away & ~covered
    far = ~covered & ~away
    for name in sorted(set(companies)):
        here = companies == name
        for floor in _FLOORS:
            said = p >= floor
            some = here & covered
            shares = [_share(said & (y == 1), some), _share(~said, some), _share(said & (y == 0), some)]
            shares += [_share(said, here & far), _share(said, here & near), _share(said, here & away)]
            table.add(f"{name} {floor}", int(some.sum()), *shares)
        table.notes.append(f"{name}: AUC {auc(p[here], y[here]):.3f}, ECE {calibration(p[here], y[here]):.3f}")
    return table


def _share(marks: "np.typing.NDArray[np.bool_]", of: "np.typing.NDArray[np.bool_]") -> str:
    return f"{marks[of].mean():.1%}" if of.any() else "–"
