"""Which passage of an article each of its phrasings asks for."""

import math
import re
from collections.abc import Mapping, Sequence

from supportbot.domain.passage import Passage
from supportbot.domain.words import fold
from supportbot.knowledge.analysis import Text, alike
from supportbot.knowledge.language import concepts

#: What a match in the heading weighs beside one in the text, and a meaning beside a word.
_HEADING, _MEANING = 1.0, 0.7
#: What a heading like "How to return an item" is worth to "How do I return shoes?".
_STEPS = 0.7
#: What the share of words is worth that it has in common with the heading, small ones too.
_LIKE = 1.0
_HOW = re.compile(r"(how (do|can) i|wie (kann|\w+e\b)|como)\b")
_TO = re.compile(r"(how to|so|como)\b")


def assigned(
    asked: Mapping[str, Text], pieces: Sequence[tuple[Passage, Text, Text]], language: str
) -> list[tuple[str, ...]]:
    """Return for each passage, given with its heading and text analysed, the phrasings it answers best, in order."""
    if len(pieces) < 2:
        return [tuple(asked) for _ in pieces]
    texts = [text.sense(language) for _, _, text in pieces]
    headings = [heading.sense(language) for _, heading, _ in pieces]
    own: list[list[str]] = [[] for _ in pieces]
    for phrasing, read in asked.items():
        said = read.sense(language)
        worth = {word: _worth(word, texts, headings) for word in said}
        scores = [
            sum(worth[w] for w in said & text) + _HEADING * sum(worth[w] for w in said & heading)
            for text, heading in zip(texts, headings, strict=True)
        ]
        wording = frozenset(read.stems)
        scores = [
            s + _LIKE * alike(wording, frozenset(heading.stems))
            for s, (_, heading, _) in zip(scores, pieces, strict=True)
        ]
        if _HOW.match(fold(phrasing).lstrip("¿ ")):
            scores = [
                s + _STEPS * bool(s and _TO.match(fold(p.heading))) for s, (p, _, _) in zip(scores, pieces, strict=True)
            ]
        own[scores.index(max(scores))].append(phrasing)
    return [tuple(phrasings) for phrasings in own]


def _worth(word: str, texts: Sequence[frozenset[str]], headings: Sequence[frozenset[str]]) -> float:
    """More for what few of the article's passages speak of."""
    holding = sum(word in text or word in heading for text, heading in zip(texts, headings, strict=True))
    rarity = math.log(1 + len(texts) / holding) if holding else 0.0
    return rarity * (_MEANING if word in concepts().every else 1.0)
