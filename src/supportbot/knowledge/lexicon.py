"""Which words which articles of one language use, and how rare they are."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from supportbot.domain.passage import Article, Passage
from supportbot.knowledge.language import concepts, fillers, marked, opened, stem, surfaces
from supportbot.knowledge.vocabulary import Vocabulary


class Lexicon:
    """The words of all articles of one language."""

    def __init__(self, language: str, articles: Iterable[tuple[Article, tuple[Passage, ...]]]) -> None:
        self.language = language
        self.heads: dict[str, frozenset[str]] = {}  #: article id to stems and marks of title and phrasings
        self.titles: dict[str, frozenset[str]] = {}  #: article id to stems and marks of its title
        self.stems: dict[str, frozenset[str]] = {}  #: article id to all its stems and marks
        self.phrasings: dict[str, tuple[frozenset[str], ...]] = {}  #: article id to all words of each phrasing
        self.headings: dict[str, frozenset[str]] = {}  #: passage id to the telling stems of its heading
        self.senses: dict[str, tuple[frozenset[str], ...]] = {}  #: passage id to stems and marks of its phrasings
        words: set[str] = set()
        for article, passages in articles:
            above = "\n".join([article.title, *article.asked_as])
            below = "\n".join(f"{one.heading}\n{one.text}" for one in passages)
            head, body = surfaces(opened(above, language)), surfaces(opened(below, language))
            words.update(head, body)
            self.heads[article.id] = _stems(head, above, language)
            self.titles[article.id] = _stems(surfaces(opened(article.title, language)), article.title, language)
            self.phrasings[article.id] = tuple(phrasing(each, language) for each in (article.title, *article.asked_as))
            self.senses.update({one.id: tuple(sense(each, language) for each in one.asked_as) for one in passages})
            self.headings.update({one.id: matter(one.heading, language) for one in passages})
            self.stems[article.id] = self.heads[article.id] | _stems(body, below, language)
        self.articles_with: Mapping[str, int] = Counter(one for stems in self.stems.values() for one in stems)
        self.vocabulary = Vocabulary((words | concepts().surfaces(language)) - fillers(language))

    def knows(self, word: str) -> bool:
        """Whether the word, or another form of it, stands in an article or among the concepts."""
        return word in self.vocabulary or stem(word, self.language) in self.articles_with

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency over articles (BM25's, never negative); highest for unknown stems."""
        known = self.articles_with.get(term, 0)
        return math.log(1 + (len(self.stems) - known + 0.5) / (known + 0.5))

    def likeness(self, question: frozenset[str], article_id: str) -> float:
        """Return how like the question is to the article's nearest phrasing, small words included (Jaccard)."""
        return max((alike(question, one) for one in self.phrasings[article_id] if one), default=0.0)


def _stems(said: Iterable[str], text: str, language: str) -> frozenset[str]:
    """The stems of words, and the marks of what *text* names."""
    return frozenset({*(stem(word, language) for word in said), *marked(text, language).split()})


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of all words that both have (Jaccard)."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def phrasing(text: str, language: str) -> frozenset[str]:
    """Return the stems of all words of *text*, small ones too."""
    return frozenset(stem(word, language) for word in surfaces(text))


def sense(text: str, language: str) -> frozenset[str]:
    """Return the stems of the telling words of *text*, and the marks of what it names."""
    said = (word for word in surfaces(opened(text, language)) if word not in fillers(language))
    return _stems(said, text, language)


def matter(text: str, language: str) -> frozenset[str]:
    """Return the stems of the words of *text* that say what it is about."""
    return frozenset(stem(word, language) for word in surfaces(text) if word not in fillers(language))
