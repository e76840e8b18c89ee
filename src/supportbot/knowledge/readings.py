"""What a search's result says about itself: coverage, margin, agreement, and how likely the top article is right."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from supportbot.knowledge.lexicon import Lexicon
from supportbot.knowledge.terms import Question, Term

#: What an ordinary word weighs where the article does not have it; what a figure weighs beside a word.
_COMMON, _FIGURE = 0.2, 0.4


@dataclass(frozen=True, slots=True)
class Readings:
    """Shares in [0, 1]; see `domain.passage.Retrieval` for the first three."""

    coverage: float = 0.0
    margin: float = 0.0
    agreement: float = 0.0
    head_coverage: float = 0.0  #: coverage by title and phrasings alone
    unknown: float = 0.0  #: share of the question's terms that no article knows, weighted by rarity

    @property
    def confidence(self) -> float:
        """P(the top article is right): a logistic over the readings with the coefficients in `data/confidence.json`."""
        prior = coefficients()
        z = (
            prior["intercept"]
            + prior["coverage"] * self.coverage
            + prior["head_coverage"] * self.head_coverage
            + prior["margin"] * self.margin
            + prior["agreement"] * self.agreement
            + prior["unknown"] * self.unknown
        )
        return 1 / (1 + math.exp(-z))


@cache
def coefficients() -> Mapping[str, float]:
    """Return the coefficients shipped with the package."""
    raw = json.loads(files("supportbot.knowledge").joinpath("data", "confidence.json").read_text(encoding="utf-8"))
    return {name: float(value) for name, value in raw.items() if name not in ("about", "version")}


class Weighed:
    """A question's terms weighed once against the articles of one language: one search asks for shares many times."""

    def __init__(self, question: Question, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        weights = [_weight(term, lexicon) for term in question.terms]
        self._terms = [
            (weight, weight * (_COMMON if term.common else 1.0), _worths(term, lexicon))
            for term, weight in zip(question.terms, weights, strict=True)
        ]

    def coverage(self, article_id: str) -> float:
        """Return the share of the question's terms, weighted by rarity, that an article covers."""
        return self.share(self.lexicon.stems[article_id])

    def fit(self, article_id: str) -> float:
        """Return the mean of coverage by the whole article, by its title and phrasings, and by its title alone."""
        parts = (self.lexicon.stems, self.lexicon.heads, self.lexicon.titles)
        return sum(self.share(part[article_id]) for part in parts) / len(parts)

    def share(self, stems: frozenset[str]) -> float:
        """Return the share of the terms found among *stems*; an ordinary word that is missing counts little."""
        covered = missed = 0.0
        for weight, absent, worths in self._terms:
            for stem, found in worths:
                if stem in stems:
                    covered += weight * found
                    missed += absent * (1 - found)
                    break
            else:
                missed += absent
        return covered / (covered + missed) if covered else 0.0


def take(question: Question, ranked: Sequence[tuple[str, str, float]], lexicons: Mapping[str, Lexicon]) -> Readings:
    """Read a ranking of passages, given as (article id, language, score), best first."""
    if not ranked or not question.terms:
        return Readings()
    best, language, score = ranked[0]
    lexicon = lexicons[language]
    weighed = Weighed(question, lexicon)
    # A translation of the best article is no rival to it, so only articles in its own language are.
    second = max((s for article, spoken, s in ranked if article != best and spoken == language), default=0.0)
    peers = [article for article, spoken, _ in ranked[:5] if spoken == language]
    total = sum(_weight(term, lexicon) for term in question.terms)
    return Readings(
        coverage=weighed.coverage(best),
        margin=max(0.0, (score - second) / score) if score > 0 else 0.0,
        agreement=peers.count(best) / len(peers),
        head_coverage=weighed.share(lexicon.heads[best]),
        unknown=sum(_weight(term, lexicon) for term in question.terms if not (term.variants or term.common)) / total,
    )


def _worths(term: Term, lexicon: Lexicon) -> tuple[tuple[str, float], ...]:
    """The term's stems in the lexicon's language with what finding each is worth, best first.

    Full for a figure, nearly so for a slip, a translation or another word for it.
    """
    known = sorted((v for v in term.variants if v.language == lexicon.language), key=lambda v: -v.weight)
    return tuple((v.stem, 1.0 if term.figure else 0.6 + 0.4 * v.weight) for v in known)


def _weight(term: Term, lexicon: Lexicon) -> float:
    """The term's rarity: of its best known variant, or of an unknown word."""
    known = [v for v in term.variants if v.language == lexicon.language]
    weight = lexicon.rarity(max(known, key=lambda v: v.weight).stem) if known else lexicon.rarity("")
    return weight * (_FIGURE if term.figure else 1.0)
