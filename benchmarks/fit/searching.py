"""The order of passages and P(the first article is right): `ranking.json` and `confidence.json` of the search."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from benchmarks.fit.asked import FOLDS, Asked, Company, without
from benchmarks.fit.logistic import Choices, Row, auc, calibration, conditional, first, logistic, probability
from benchmarks.report import Table
from supportbot.domain.passage import Passage
from supportbot.knowledge.readings import Fit, Readings, Weighed, take, weights

RANKING = tuple(field.name for field in fields(Fit))
CONFIDENCE = tuple(field.name for field in fields(Readings))
#: Readings that tell nothing beside the others, or less than chance on another company.
_LEFT_OUT = frozenset({"heads", "agreement", "listed"})
#: Set by hand: no question of the sets is a phrasing that the index has, word for word.
_LISTED = 3.0
_RANKING_PENALTY, _CONFIDENCE_PENALTY = 0.01, 1e-3
#: What a question weighs that is ranked in another language than its own, without an article, or robbed of it.
#: The last little: a neighbour of an article taken away answers nearly, and to learn refusing it is to refuse too much.
_FOREIGN, _UNCOVERED, _AWAY = 0.4, 1.5, 0.05


@dataclass(frozen=True, slots=True)
class Ranked:
    """The passages proposed for a question in one language."""

    company: str
    asked: Asked
    weight: float
    weighed: Weighed
    rows: tuple[tuple[Passage, Fit], ...]


def ranked(companies: Iterable[Company]) -> list[Ranked]:
    """Search every question in each language; then those with an article again, with it taken away."""
    found: list[Ranked] = []
    for company in companies:
        if company.name == "day":
            continue  # its questions are labelled with facts alone
        found += _ranked(company, company.weight / len(company.asked))
        if company.name == "sample":
            robbed = list(without(company))
            share = _AWAY * company.weight / sum(len(one.asked) for one in robbed)
            for one in robbed:
                found += _ranked(one, share)
    return found


def _ranked(company: Company, share: float) -> Iterable[Ranked]:
    knowledge = company.knowledge
    spoken = {article.id: article.language for article in company.articles}
    for asked in company.asked:
        for language in sorted(set(spoken.values())):
            own = language == asked.language
            if not own and asked.articles and language not in {spoken[id_] for id_ in asked.articles}:
                continue
            weighed, rows = knowledge.fits(asked.text, asked.language, language)
            if rows:
                weight = share * (1 if own else _FOREIGN) * (_UNCOVERED if not asked.articles else 1)
                yield Ranked(company.name, asked, weight, weighed, tuple(rows))


def fit_ranking(found: Sequence[Ranked]) -> tuple[dict[str, float], Table]:
    """Return the weights of `Fit`, and how often the right article came first, held out."""
    kept = [one for one in found if _mixed(one)]
    choices = Choices(
        [np.array([astuple(fit) for _, fit in one.rows]) for one in kept],
        [np.array([p.article_id in one.asked.articles for p, _ in one.rows]) for one in kept],
        [one.weight for one in kept],
    )
    folds = np.array([one.asked.fold for one in kept])
    held = np.zeros(len(kept), dtype=np.bool_)
    for fold in range(FOLDS):
        here = folds == fold
        held[here] = first(choices.of(here), conditional(choices.of(~here), _RANKING_PENALTY))
    shipped = first(choices, np.array(weights("ranking")[1:]))
    table = Table(
        "ranking: right article first, where it is proposed", ("set", "questions", "as shipped", "fitted, held out")
    )
    names = np.array([f"{one.company} {one.asked.style}".strip() for one in kept])
    for name in sorted(set(names)):
        here = names == name
        table.add(name, int(here.sum()), f"{shipped[here].mean():.3f}", f"{held[here].mean():.3f}")
    fitted = dict(zip(RANKING, map(float, conditional(choices, _RANKING_PENALTY)), strict=True))
    return {**fitted, "listed": _LISTED}, table


def _mixed(one: Ranked) -> bool:
    right = [passage.article_id in one.asked.articles for passage, _ in one.rows]
    return any(right) and not all(right)


def fit_confidence(found: Sequence[Ranked], ranking: Row) -> tuple[dict[str, float], Table]:
    """Return intercept and weights of `Readings` under the weights *ranking* of `Fit`, and how well P tells."""
    readings, right = [], []
    for one in found:
        rows = [(p.article_id, fit, float(np.dot(ranking, astuple(fit)))) for p, fit in one.rows]
        rows.sort(key=lambda row: row[2], reverse=True)
        readings.append(astuple(take(one.weighed, rows)))
        right.append(float(rows[0][0] in one.asked.articles))
    x = np.array(readings) * np.array([name not in _LEFT_OUT for name in CONFIDENCE])
    y, weight = np.array(right), np.array([one.weight for one in found])
    folds, held = np.array([one.asked.fold for one in found]), np.zeros(len(found))
    for fold in range(FOLDS):
        here = folds == fold
        held[here] = probability(x[here], logistic(x[~here], y[~here], weight[~here], _CONFIDENCE_PENALTY))
    table = Table(
        "confidence: P(the first article is right), held out", ("set", "n", "right", "mean P", "AUC", "ECE", "P ≥ .5")
    )
    names = np.array([one.company + (" without the article" if one.asked.away else "") for one in found])
    for name in sorted(set(names)):
        p, t = held[names == name], y[names == name]
        table.add(name, len(p), t.mean(), p.mean(), f"{auc(p, t):.3f}", f"{calibration(p, t):.3f}", np.mean(p >= 0.5))
    b = logistic(x, y, weight, _CONFIDENCE_PENALTY)
    named = {name: float(v) for name, v in zip(CONFIDENCE, b[1:], strict=True) if name not in _LEFT_OUT}
    return {"intercept": float(b[0]), **named, "listed": _LISTED}, table
