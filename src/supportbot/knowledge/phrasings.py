"""Which passage of an article each of its phrasings asks for."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from supportbot.domain.passage import Article, Passage
from supportbot.domain.words import fold
from supportbot.knowledge.language import concepts
from supportbot.knowledge.lexicon import alike, sense
from supportbot.knowledge.lexicon import phrasing as phrasing_words

#: What a match in the heading weighs beside one in the text, and a meaning beside a word.
_HEADING, _MEANING = 1.0, 0.7
#: What a heading like "How to return an item" is worth to "How do I return shoes?".
_STEPS = 0.7
#: What the share of words is worth that it has in common with the heading, small ones too.
_LIKE = 1.0
_HOW = re.compile(r"(how (do|can) i|wie (kann|\w+e\b)|como)\b")
_TO = re.compile(r"(how to|so|como)\b")


def assigned(article: Article, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the passages, each with those of the article's phrasings that it answers best, in their order."""
    if len(passages) < 2:
        return tuple(replace(one, asked_as=article.asked_as) for one in passages)
    texts = [sense(one.text, article.language) for one in passages]
    headings = [sense(one.heading, article.language) for one in passages]
    own: list[list[str]] = [[] for _ in passages]
    for phrasing in article.asked_as:
        said = sense(phrasing, article.language)
        worth = {word: _worth(word, texts, headings) for word in said}
        scores = [
            sum(worth[w] for w in said & text) + _HEADING * sum(worth[w] for w in said & heading)
            for text, heading in zip(texts, headings, strict=True)
        ]
        wording = phrasing_words(phrasing, article.language)
        scores = [
            s + _LIKE * alike(wording, phrasing_words(p.heading, article.language))
            for s, p in zip(scores, passages, strict=True)
        ]
        if _HOW.match(fold(phrasing).lstrip("¿ ")):
            scores = [
                s + _STEPS * bool(s and _TO.match(fold(p.heading))) for s, p in zip(scores, passages, strict=True)
            ]
        own[scores.index(max(scores))].append(phrasing)
    return tuple(replace(one, asked_as=tuple(asked)) for one, asked in zip(passages, own, strict=True))


def _worth(word: str, texts: Sequence[frozenset[str]], headings: Sequence[frozenset[str]]) -> float:
    """More for what few of the article's passages speak of."""
    holding = sum(word in text or word in heading for text, heading in zip(texts, headings, strict=True))
    rarity = math.log(1 + len(texts) / holding) if holding else 0.0
    return rarity * (_MEANING if word in concepts().every else 1.0)
