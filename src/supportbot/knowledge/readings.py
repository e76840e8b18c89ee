"""How well articles fit a question, and how likely the best of them is right. The weights are package data."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from operator import attrgetter, mul

from supportbot.knowledge.analysis import alike
from supportbot.knowledge.articles import ReadArticle, ReadPassage
from supportbot.knowledge.index import Variant
from supportbot.knowledge.lexicon import Lexicon
from supportbot.knowledge.terms import Question, Term

#: What an ordinary word weighs where the article does not have it; what a figure weighs beside a word.
_COMMON, _FIGURE = 0.2, 0.4
#: From this share of the question in an article's title and phrasings on, the phrasings are compared one by one.
_COMPARED = 0.3
#: Words of a question beyond which it is compared to no phrasing.
_LONG = 20
#: Lead beyond which a ranking is as clear as it gets.
_CLEAR = 5.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How a passage and its article fit a question; shares in [0, 1] of the question's terms, weighted by rarity."""

    score: float = 0.0  #: of the index, beside the best one's
    article: float = 0.0  #: in the whole article
    exact: float = 0.0  #: in the whole article, in these very words
    heads: float = 0.0  #: in its title and phrasings
    titles: float = 0.0  #: in its title
    passage: float = 0.0  #: in the passage
    sentence: float = 0.0  #: in its best sentence
    likeness: float = 0.0  #: to the article's nearest phrasing, small words included
    sense: float = 0.0  #: the same without small words and by meaning
    own: float = 0.0  #: in sense to the nearest phrasing of this very passage
    heading: float = 0.0  #: to the passage's heading
    listed: float = 0.0  #: 1 for a phrasing asked word for word

    @property
    def value(self) -> float:
        """What orders passages: the log-odds of a conditional logit, up to a constant."""
        return _weighed(_FIT(self), weights("ranking"))


@dataclass(frozen=True, slots=True)
class Readings:
    """What a whole ranking says about its first article."""

    article: float = 0.0
    exact: float = 0.0
    heads: float = 0.0
    titles: float = 0.0
    passage: float = 0.0
    sentence: float = 0.0
    sense: float = 0.0
    listed: float = 0.0
    lead: float = 0.0  #: of the first article's value over the second's, at most 5
    agreement: float = 0.0  #: share of the first hits that are the first article's
    unknown: float = 0.0  #: share of the question's terms that no article knows, weighted by rarity
    telling: float = 0.0  #: how much the question tells: the logarithm of 1 + the number of its rare terms

    @property
    def confidence(self) -> float:
        """P(the first article is right): a logistic over the readings."""
        return 1 / (1 + math.exp(-_weighed(_READINGS(self), weights("confidence"))))


_FIT, _READINGS = (attrgetter(*(field.name for field in fields(one))) for one in (Fit, Readings))


def _weighed(values: tuple[float, ...], row: tuple[float, ...]) -> float:
    return float(row[0] + sum(map(mul, row[1:], values)))


@cache
def weights(name: str) -> tuple[float, ...]:
    """Return the intercept and the weight of each field of Fit ("ranking") or Readings ("confidence"), as shipped."""
    raw = json.loads(files("supportbot.knowledge").joinpath("data", f"{name}.json").read_text(encoding="utf-8"))
    names = [field.name for field in fields(Fit if name == "ranking" else Readings)]
    return float(raw["intercept"]), *(float(raw["weights"].get(one, 0.0)) for one in names)


class Weighed:
    """A question's terms weighed once against the articles of one language: one search asks for shares many times."""

    def __init__(self, question: Question, lexicon: Lexicon) -> None:
        self.question, self.lexicon = question, lexicon
        self._weights = [_weight(term, lexicon) for term in question.terms]
        self._absent = [
            weight * (_COMMON if term.common else 1.0)
            for term, weight in zip(question.terms, self._weights, strict=True)
        ]
        self._all_absent = sum(self._absent)
        self._of: dict[str, list[tuple[int, float]]] = {}
        self._within = [term.within(lexicon.language) for term in question.terms]
        for number, (term, variants) in enumerate(zip(question.terms, self._within, strict=True)):
            for variant in variants:
                worth = 1.0 if term.figure else 0.6 + 0.4 * variant.weight
                self._of.setdefault(variant.stem, []).append((number, worth))
        self._keys = frozenset(self._of)
        self._shares: dict[frozenset[str], float] = {}
        self._own = frozenset(key for key, found in self._of.items() if any(worth >= 1.0 for _, worth in found))
        # A long message is like no phrasing; to compare it with all of them would be the dearest part of a search.
        own = question.language == lexicon.language and len(question.wording) <= _LONG
        self._wording = question.wording if own else frozenset()
        self._sense = question.sense if own else _meant(self._within)
        self._matter = question.matter if own else frozenset()

    def rarest(self, limit: int) -> list[tuple[Variant, ...]]:
        """Return the variants of the terms that weigh most, at most *limit* of them, in the question's order."""
        known = [number for number, variants in enumerate(self._within) if variants]
        kept = sorted(sorted(known, key=lambda number: -self._absent[number])[:limit])
        return [self._within[number] for number in kept]

    def share(self, stems: frozenset[str], *, exact: bool = False) -> float:
        """Return the share of the terms found among *stems*; an ordinary word that is missing counts little."""
        found = (self._own if exact else self._keys) & stems
        if found not in self._shares:
            self._shares[found] = self._share(found)
        return self._shares[found]

    def _share(self, found: frozenset[str]) -> float:
        best: dict[int, float] = {}
        for stem in found:
            for number, worth in self._of[stem]:
                if worth > best.get(number, 0.0):
                    best[number] = worth
        covered, missed = 0.0, self._all_absent
        for number, worth in best.items():
            covered += self._weights[number] * worth
            missed -= self._absent[number] * worth
        return covered / (covered + missed) if covered else 0.0

    def fit(self, article: ReadArticle, passage: ReadPassage, score: float) -> Fit:
        """Return how *passage* of *article* fits, whose score in the index is *score* of the best one's."""
        heads = self.share(article.heads)
        close = heads >= _COMPARED
        likeness = _nearest(self._wording, article.phrasings) if close else 0.0
        return Fit(
            score=score,
            article=self.share(article.stems),
            exact=self.share(article.stems, exact=True),
            heads=heads,
            titles=self.share(article.titles),
            passage=self.share(passage.stems),
            sentence=max(map(self.share, passage.sentences), default=0.0),
            likeness=likeness,
            sense=_nearest(self._sense, article.senses) if close else 0.0,
            own=_nearest(self._sense, passage.senses) if close else 0.0,
            heading=alike(self._matter, passage.heading) if close else 0.0,
            listed=float(likeness == 1.0),
        )

    @property
    def unknown(self) -> float:
        """The share of the question's terms that no article knows, ordinary words aside, weighted by rarity."""
        total = sum(self._weights)
        rows = zip(self.question.terms, self._weights, strict=True)
        lost = sum(weight for term, weight in rows if not (term.variants or term.common))
        return lost / total if total else 0.0

    @property
    def telling(self) -> float:
        """How much the question tells: the logarithm of 1 + its terms, each as rare as the rarest counting 1."""
        return math.log1p(self._all_absent / self.lexicon.rarity(""))


def take(weighed: Weighed, ranked: Sequence[tuple[str, Fit, float]]) -> Readings:
    """Read a ranking of passages of one language: (article id, fit, value), best first."""
    if not ranked:
        return Readings()
    best, fit, value = ranked[0]
    second = next((v for article, _, v in ranked if article != best), value - _CLEAR)
    peers = [article for article, _, _ in ranked[:5]]
    mine = [f for article, f, _ in ranked if article == best]
    return Readings(
        article=fit.article,
        exact=fit.exact,
        heads=fit.heads,
        titles=fit.titles,
        passage=max(f.passage for f in mine),
        sentence=max(f.sentence for f in mine),
        sense=fit.sense,
        listed=fit.listed,
        lead=min(value - second, _CLEAR),
        agreement=peers.count(best) / len(peers),
        unknown=weighed.unknown,
        telling=weighed.telling,
    )


def _nearest(said: frozenset[str], listed: Sequence[frozenset[str]]) -> float:
    """How like *said* is to the nearest of *listed* (Jaccard); written out, for it is called most of all."""
    best, size = 0.0, len(said)
    for one in listed:
        if both := len(said & one):
            like = both / (size + len(one) - both)
            if like > best:
                best = like
    return best


def _meant(within: Sequence[tuple[Variant, ...]]) -> frozenset[str]:
    """What each of the question's terms most surely is in another language than its own."""
    return frozenset(max(variants, key=lambda one: one.weight).stem for variants in within if variants)


def _weight(term: Term, lexicon: Lexicon) -> float:
    """The term's rarity; of a word that is known by its meaning or a slip only, half its own and half the other's."""
    known = term.within(lexicon.language)
    if not known:
        weight = lexicon.rarity("")
    else:
        best = max(known, key=lambda variant: variant.weight)
        weight = lexicon.rarity(best.stem)
        if best.weight < 1.0 and not term.figure:
            weight = (weight + lexicon.rarity("")) / 2
    return weight * (_FIGURE if term.figure else 1.0)
