"""What a search's result says about itself: coverage, margin, agreement, and how likely the top article is right."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
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


def take(question: Question, ranked: Sequence[tuple[str, str, float]], lexicons: Mapping[str, Lexicon]) -> Readings:
    """Read a ranking of passages, given as (article id, language, score), best first."""
    if not ranked or not question.terms:
        return Readings()
    best, language, score = ranked[0]
    lexicon = lexicons[language]
    # A translation of the best article is no rival to it, so only articles in its own language are.
    second = max((s for article, spoken, s in ranked if article != best and spoken == language), default=0.0)
    peers = [article for article, spoken, _ in ranked[:5] if spoken == language]
    total = sum(_weight(term, lexicon) for term in question.terms)
    return Readings(
        coverage=coverage(question, lexicon, best),
        margin=max(0.0, (score - second) / score) if score > 0 else 0.0,
        agreement=peers.count(best) / len(peers),
        head_coverage=_share(question.terms, lexicon, lexicon.heads[best]),
        unknown=sum(_weight(term, lexicon) for term in question.terms if not (term.variants or term.common)) / total,
    )


def coverage(question: Question, lexicon: Lexicon, article_id: str) -> float:
    """Return the share of the question's terms, weighted by rarity, that an article of the lexicon covers."""
    return _share(question.terms, lexicon, lexicon.stems[article_id])


def fit(question: Question, lexicon: Lexicon, article_id: str) -> float:
    """Return the mean of coverage by the whole article, by its title and phrasings, and by its title alone."""
    parts = (lexicon.stems, lexicon.heads, lexicon.titles)
    return sum(_share(question.terms, lexicon, part[article_id]) for part in parts) / len(parts)


def _share(terms: Sequence[Term], lexicon: Lexicon, stems: frozenset[str]) -> float:
    covered = missed = 0.0
    for term in terms:
        weight, found = _weight(term, lexicon), _found(term, lexicon, stems)
        covered += weight * found
        missed += weight * (1 - found) * (_COMMON if term.common else 1.0)
    return covered / (covered + missed) if covered else 0.0


def _found(term: Term, lexicon: Lexicon, stems: frozenset[str]) -> float:
    """Full for the word itself, nearly so for a slip, a translation or another word for it."""
    worths = [v.weight for v in term.variants if v.language == lexicon.language and v.stem in stems]
    if not worths:
        return 0.0
    return 1.0 if term.figure else 0.6 + 0.4 * max(worths)


@lru_cache(maxsize=1_024)  # one search asks for each term dozens of times
def _weight(term: Term, lexicon: Lexicon) -> float:
    """The term's rarity: of its best known variant, or of an unknown word."""
    known = [v for v in term.variants if v.language == lexicon.language]
    weight = lexicon.rarity(max(known, key=lambda v: v.weight).stem) if known else lexicon.rarity("")
    return weight * (_FIGURE if term.figure else 1.0)
