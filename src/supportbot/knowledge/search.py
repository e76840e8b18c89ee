"""The articles, as last loaded: search, look up, reload."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from supportbot.domain.errors import KnowledgeError, NotFound
from supportbot.domain.passage import Article, Hit, Passage, Retrieval, Visibility
from supportbot.knowledge import terms
from supportbot.knowledge.articles import ReadArticle, ReadPassage, read
from supportbot.knowledge.index import SearchIndex
from supportbot.knowledge.lexicon import Lexicon
from supportbot.knowledge.load import load
from supportbot.knowledge.readings import Fit, Readings, Weighed, take

#: Passages that the index proposes, and of which how they fit is looked at: in the customer's language, in another.
_DEPTH, _ELSEWHERE = 12, 6
#: What a language counts: English is most widely read beside the customer's own, and few words chance to fit it.
_OWN, _ENGLISH, _OTHER = 1.0, 0.9, 0.4
#: Terms that the index is asked for: of a long message the rarest ones tell.
_TERMS = 12
#: From this P(right) on of an article in the customer's language that has the whole question in its title and
#: phrasings, no other is searched.
_SURE = 0.6
#: Such an article comes first, if it is likely at all. In its text alone the whole question may stand by chance.
_WHOLE, _LIKELY = 0.85, 0.35
#: Least score of a hit: what orders passages may be nothing or less, a score is above.
_LEAST = 0.01
#: How near a less fitting language may come to the best score.
_BEHIND = 0.9


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One consistent state of all articles; never changed, only replaced."""

    version: str
    articles: Mapping[str, Article]
    entries: tuple[tuple[ReadArticle, ReadPassage], ...]
    index: SearchIndex
    lexicons: Mapping[str, Lexicon]
    read: Mapping[Article, ReadArticle]  #: kept for the next load, which reads again only what changed


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The passages of one language, best first, and what the ranking says about itself."""

    language: str
    hits: tuple[Hit, ...]
    readings: Readings
    liking: float

    @property
    def worth(self) -> float:
        """How much the best article speaks for the language."""
        return self.readings.confidence * self.liking


class Knowledge:
    """A knowledge base over articles in memory (`ports.KnowledgeBase`); safe to use from many threads."""

    def __init__(self, articles: Iterable[Article], folder: Path | None = None) -> None:
        self.folder = folder
        self._snapshot = _snapshot(articles)
        self._problems: tuple[str, ...] = ()
        self._reloading = Lock()

    @classmethod
    def open(cls, folder: Path | str) -> "Knowledge":
        """Load a folder; raise KnowledgeError when an article cannot be read."""
        return cls(load(folder), Path(folder))

    @property
    def version(self) -> str:
        """A hash over every article; changes when any does."""
        return self._snapshot.version

    @property
    def read(self) -> Mapping[Article, ReadArticle]:
        """What the words of each article stand for; of an article that a reload finds unchanged, the same object."""
        return self._snapshot.read

    def search(self, query: str, *, language: str | None = None, internal: bool = False, limit: int = 5) -> Retrieval:
        """Return the best passages. *language* is preferred, not required; internal articles only on request."""
        now = self._snapshot
        question = terms.read(query, now.lexicons, language)
        found = _ranked(now, question, internal)
        if not found or limit < 1:
            return Retrieval(query)
        best, hits = found[0].readings, _merged([one.hits for one in found])
        second = next((h.score for h in hits if not _same(h, hits[0])), 0.0)
        return Retrieval(
            query=query,
            hits=hits[:limit],
            top_score=hits[0].score,
            margin=max(0.0, (hits[0].score - second) / hits[0].score),
            agreement=best.agreement,
            coverage=best.article,
            confidence=found[0].worth,
        )

    def fits(self, query: str, language: str, within: str = "") -> tuple[Weighed, list[tuple[Passage, Fit]]]:
        """Return how the public passages fit that the index proposes in one language: what weights are fitted on.

        *within* is the articles' language, if it is not the question's.
        """
        now = self._snapshot
        return _fits(now, terms.read(query, now.lexicons, language), within or language, internal=False)

    def article(self, article_id: str, *, internal: bool = False) -> Article:
        """Return an article; raise NotFound, also for an internal one that was not asked for."""
        found = self._snapshot.articles.get(article_id)
        if found is None or (found.visibility is Visibility.INTERNAL and not internal):
            raise NotFound(f"There is no article `{article_id}`; it may have been renamed or removed.")
        return found

    def articles(self, *, internal: bool = False) -> tuple[Article, ...]:
        """Return every article, by id."""
        everything = self._snapshot.articles.values()
        return tuple(one for one in everything if internal or one.visibility is Visibility.PUBLIC)

    def problems(self) -> tuple[str, ...]:
        """Return why the last reload was refused; empty while the articles in use are those on disk."""
        return self._problems

    def reload(self) -> bool:
        """Read the folder again and swap to it whole; on a bad article keep what is in use and tell in `problems`."""
        if self.folder is None:
            return False
        with self._reloading:
            try:
                fresh = _snapshot(load(self.folder), self._snapshot.read)
            except KnowledgeError as wrong:
                self._problems = (str(wrong),)
                return False
            self._snapshot, self._problems = fresh, ()
            return True


def _ranked(now: _Snapshot, question: terms.Question, internal: bool) -> list[_Ranking]:
    """Rank each language by itself, for scores do not compare across languages; the one that fits best comes first.

    A language that cannot come first any more is not searched.
    """
    found: list[_Ranking] = []
    for language in sorted(now.lexicons, key=lambda one: -_liking(one, question.language)):
        best = max((one.worth for one in found), default=0.0)
        if best >= _liking(language, question.language) or (found and _settled(found[0], question.language)):
            break
        if (one := _ranking(now, question, language, internal)) is not None:
            found.append(one)
    own = [one for one in found if one.language == question.language and one.readings.heads >= _WHOLE]
    first = own[:1] if own and own[0].worth >= _LIKELY else []
    return first + sorted((one for one in found if one not in first), key=lambda one: one.worth, reverse=True)


def _settled(one: _Ranking, language: str) -> bool:
    """Whether no other language is worth a search: an article in the own one has the whole question and is likely."""
    return one.language == language and one.readings.heads >= _WHOLE and one.worth >= _SURE


def _liking(language: str, spoken: str) -> float:
    return _OWN if language == spoken else _ENGLISH if language == "en" else _OTHER


def _ranking(now: _Snapshot, question: terms.Question, language: str, internal: bool) -> _Ranking | None:
    weighed, fits = _fits(now, question, language, internal)
    if not fits:
        return None
    rows = sorted(((passage, fit, fit.value) for passage, fit in fits), key=lambda row: row[2], reverse=True)
    read = take(weighed, [(passage.article_id, fit, value) for passage, fit, value in rows])
    hits = tuple(Hit(passage, max(value, _LEAST)) for passage, _, value in rows)
    return _Ranking(language, hits, read, _liking(language, question.language))


def _fits(
    now: _Snapshot, question: terms.Question, language: str, internal: bool
) -> tuple[Weighed, list[tuple[Passage, Fit]]]:
    """Return how the passages of one language fit that the index proposes, in its order."""
    weighed = Weighed(question, now.lexicons[language])
    depth = _DEPTH if language == question.language else _ELSEWHERE
    proposed = now.index.search(weighed.rarest(_TERMS), internal=internal, limit=depth)
    fits = []
    for number, score in proposed:
        article, passage = now.entries[number]
        fits.append((passage.passage, weighed.fit(article, passage, score / proposed[0][1])))
    return weighed, fits


def _same(one: Hit, other: Hit) -> bool:
    """Whether two hits are no rivals: of one article, or in two languages, for one may translate the other."""
    return one.passage.article_id == other.passage.article_id or one.passage.language != other.passage.language


def _merged(rankings: list[tuple[Hit, ...]]) -> tuple[Hit, ...]:
    merged = list(rankings[0])
    for hits in rankings[1:]:
        scale = min(1.0, _BEHIND * merged[0].score / hits[0].score)
        merged += [Hit(hit.passage, hit.score * scale) for hit in hits]
    return tuple(sorted(merged, key=lambda hit: hit.score, reverse=True))


def _snapshot(articles: Iterable[Article], known: Mapping[Article, ReadArticle] = MappingProxyType({})) -> _Snapshot:
    by_id = {article.id: article for article in sorted(articles, key=lambda article: article.id)}
    taken = {article: known.get(article) or read(article) for article in by_id.values()}
    languages = sorted({article.language for article in taken})
    entries = tuple((one, passage) for one in taken.values() for passage in one.passages)
    digest = hashlib.sha256("\n".join(f"{one.id} {one.version}" for one in taken).encode())
    return _Snapshot(
        version=digest.hexdigest()[:16],
        articles=by_id,
        entries=entries,
        index=SearchIndex(entries),
        lexicons={
            each: Lexicon(each, [one for article, one in taken.items() if article.language == each])
            for each in languages
        },
        read=taken,
    )
