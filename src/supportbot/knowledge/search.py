"""The articles, as last loaded: search, look up, reload."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from supportbot.domain.errors import KnowledgeError, NotFound
from supportbot.domain.passage import Article, Hit, Passage, Retrieval, Visibility
from supportbot.knowledge import readings, terms
from supportbot.knowledge.index import SearchIndex
from supportbot.knowledge.lexicon import Lexicon, alike
from supportbot.knowledge.load import load
from supportbot.knowledge.passages import cut
from supportbot.knowledge.phrasings import assigned

#: Passages looked at for the readings, whatever number is asked for.
_DEPTH = 20
#: Of how many passages the best fit speaks for a language.
_TRIED = 3
#: What an article's coverage counts by language: English is most widely read beside the customer's own.
_OWN, _ENGLISH, _OTHER = 1.0, 0.8, 0.6
#: How much a phrasing equal to the question lifts its article, and a heading equal to it lifts its passage.
_LIFT, _HEADING_LIFT = 0.6, 0.3
#: How much a phrasing of the passage lifts it that means the same as the question.
_SENSE_LIFT = 0.8
#: What is left of the score of an article that covers nothing of the question's rarer words.
_PARTLY = 0.4
#: How much more a question lifts that is listed word for word.
_LISTED_LIFT = 1.0
#: How near a less fitting language may come to the best score.
_BEHIND = 0.9


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One consistent state of all articles; never changed, only replaced."""

    version: str
    articles: Mapping[str, Article]
    passages: tuple[Passage, ...]
    index: SearchIndex
    lexicons: Mapping[str, Lexicon]


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

    def search(self, query: str, *, language: str | None = None, internal: bool = False, limit: int = 5) -> Retrieval:
        """Return the best passages. *language* is preferred, not required; internal articles only on request."""
        now = self._snapshot
        question = terms.read(query, now.lexicons, language)
        hits = _ranked(now, question, internal, max(limit, _DEPTH))
        read = readings.take(
            question, [(h.passage.article_id, h.passage.language, h.score) for h in hits], now.lexicons
        )
        return Retrieval(
            query=query,
            hits=hits[: max(limit, 0)],
            top_score=hits[0].score if hits else 0.0,
            margin=read.margin,
            agreement=read.agreement,
            coverage=read.coverage,
            confidence=read.confidence if hits else 0.0,
        )

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
                fresh = _snapshot(load(self.folder))
            except KnowledgeError as wrong:
                self._problems = (str(wrong),)
                return False
            self._snapshot, self._problems = fresh, ()
            return True


def _ranked(now: _Snapshot, question: terms.Question, internal: bool, limit: int) -> tuple[Hit, ...]:
    """Search each language by itself, for scores do not compare across languages, and put the fitting one first."""
    by_language: list[tuple[float, list[Hit]]] = []
    for language, lexicon in now.lexicons.items():
        wanted = [variants for term in question.terms if (variants := term.within(language))]
        found = now.index.search(wanted, internal=internal, limit=limit)
        if found:
            weighed = readings.Weighed(question, lexicon)
            hits = _by_wording([Hit(now.passages[number], score) for number, score in found], question, weighed)
            first = {hit.passage.article_id for hit in hits[:_TRIED]}
            covered = max(weighed.fit(one) for one in first)
            liking = _OWN if language == question.language else _ENGLISH if language == "en" else _OTHER
            by_language.append((covered * liking, hits))
    by_language.sort(key=lambda pair: pair[0], reverse=True)
    return _merged([hits for _, hits in by_language], limit)


def _by_wording(hits: list[Hit], question: terms.Question, weighed: readings.Weighed) -> list[Hit]:
    """Lift what covers the whole question, and what is asked for in these words: "where is my order", "how long"."""
    lexicon = weighed.lexicon
    articles = {hit.passage.article_id for hit in hits}
    covered = {one: _PARTLY + (1 - _PARTLY) * weighed.coverage(one) for one in articles}
    own = question.language == lexicon.language
    likeness = {one: lexicon.likeness(question.wording, one) if own else 0.0 for one in articles}

    def lift(passage: Passage) -> float:
        said = alike(question.matter, lexicon.headings[passage.id]) if own else 0.0
        meant = max((alike(question.sense, one) for one in lexicon.senses[passage.id]), default=0.0) if own else 0.0
        nearest = likeness[passage.article_id]
        listed = _LISTED_LIFT if nearest == 1.0 else 0.0
        return covered[passage.article_id] * (1 + _LIFT * nearest + _HEADING_LIFT * said + _SENSE_LIFT * meant + listed)

    lifted = [Hit(hit.passage, hit.score * lift(hit.passage)) for hit in hits]
    return sorted(lifted, key=lambda hit: hit.score, reverse=True)


def _merged(rankings: list[list[Hit]], limit: int) -> tuple[Hit, ...]:
    if not rankings:
        return ()
    merged = list(rankings[0])
    for hits in rankings[1:]:
        scale = min(1.0, _BEHIND * merged[0].score / hits[0].score)
        merged += [Hit(hit.passage, hit.score * scale) for hit in hits]
    return tuple(sorted(merged, key=lambda hit: hit.score, reverse=True)[:limit])


def _snapshot(articles: Iterable[Article]) -> _Snapshot:
    by_id = {article.id: article for article in sorted(articles, key=lambda article: article.id)}
    pairs = [(article, assigned(article, cut(article))) for article in by_id.values()]
    languages = sorted({article.language for article in by_id.values()})
    entries = [(article, passage) for article, passages in pairs for passage in passages]
    digest = hashlib.sha256("\n".join(f"{one.id} {one.version}" for one in by_id.values()).encode())
    return _Snapshot(
        version=digest.hexdigest()[:16],
        articles=by_id,
        passages=tuple(passage for _, passage in entries),
        index=SearchIndex(entries),
        lexicons={each: Lexicon(each, [pair for pair in pairs if pair[0].language == each]) for each in languages},
    )
