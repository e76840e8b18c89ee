"""Which words which articles of one language use, and how rare they are."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from supportbot.knowledge.articles import ReadArticle
from supportbot.knowledge.language import concepts, fillers, stem
from supportbot.knowledge.vocabulary import Vocabulary


class Lexicon:
    """The words of all articles of one language."""

    def __init__(self, language: str, articles: Iterable[ReadArticle]) -> None:
        self.language = language
        self.articles: Mapping[str, ReadArticle] = {one.article.id: one for one in articles}
        self.articles_with: Mapping[str, int] = Counter(stem for one in self.articles.values() for stem in one.stems)
        words = concepts().surfaces(language).union(*(one.words for one in self.articles.values()))
        self.vocabulary = Vocabulary(words - fillers(language))

    def knows(self, word: str) -> bool:
        """Whether the word, or another form of it, stands in an article or among the concepts."""
        return word in self.vocabulary or stem(word, self.language) in self.articles_with

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency over articles (BM25's, never negative); highest for unknown stems."""
        known = self.articles_with.get(term, 0)
        return math.log(1 + (len(self.articles) - known + 0.5) / (known + 0.5))
