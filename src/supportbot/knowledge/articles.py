"""What the words of an article stand for: found out once, and kept for as long as the article stays the same."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from supportbot.domain.passage import Article, Passage
from supportbot.knowledge.analysis import Text, analysed
from supportbot.knowledge.language import concepts
from supportbot.knowledge.passages import cut
from supportbot.knowledge.phrasings import assigned

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n")


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage with what its parts say."""

    passage: Passage
    parts: Mapping[str, str]  #: heading, body and own phrasings, as the index holds them
    stems: frozenset[str]  #: of heading, text and own phrasings, with marks
    sentences: tuple[frozenset[str], ...]
    heading: frozenset[str]  #: the telling stems of its heading
    senses: tuple[frozenset[str], ...]  #: of each of its own phrasings


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article with what its parts say."""

    article: Article
    passages: tuple[ReadPassage, ...]
    parts: Mapping[str, str]  #: title and all phrasings, as the index holds them
    titles: frozenset[str]
    heads: frozenset[str]  #: of title and phrasings
    stems: frozenset[str]  #: of everything
    phrasings: tuple[frozenset[str], ...]  #: stems of all words of title and phrasings, small ones too
    senses: tuple[frozenset[str], ...]  #: of title and phrasings
    words: frozenset[str]


def read(article: Article) -> ReadArticle:
    """Cut an article and take every part of it apart."""
    language = article.language
    title = analysed(article.title, language)
    asked = {phrasing: analysed(phrasing, language) for phrasing in article.asked_as}
    pieces = [(one, analysed(one.heading, language), analysed(one.text, language)) for one in cut(article)]
    owned = assigned(asked, pieces, language)
    passages = [
        _passage(replace(passage, asked_as=own), heading, body, [asked[one] for one in own])
        for (passage, heading, body), own in zip(pieces, owned, strict=True)
    ]
    said = [title, *asked.values(), *(text for _, heading, body in pieces for text in (heading, body))]
    heads = title.known.union(*(one.known for one in asked.values()))
    return ReadArticle(
        article=article,
        passages=tuple(passages),
        parts={"title": title.indexed, "asked": _joined(asked.values())},
        titles=title.known,
        heads=heads,
        stems=heads.union(*(one.known for one in said)),
        phrasings=tuple(frozenset(one.stems) for one in (title, *asked.values())),
        senses=tuple(one.sense(language) for one in (title, *asked.values())),
        words=frozenset(word for one in said for word in one.words),
    )


def _passage(passage: Passage, heading: Text, body: Text, asked: list[Text]) -> ReadPassage:
    language = passage.language
    pieces = [piece for piece in _SENTENCE_END.split(passage.text) if piece.strip()]
    sentences = tuple(analysed(piece, language).known for piece in pieces) if len(pieces) > 1 else (body.known,)
    return ReadPassage(
        passage=passage,
        parts={"heading": heading.indexed, "body": body.indexed, "own": _joined(asked)},
        stems=heading.known.union(body.known, *(one.known for one in asked)),
        sentences=sentences,
        heading=heading.sense(language) - concepts().every,
        senses=tuple(one.sense(language) for one in asked),
    )


def _joined(texts: Iterable[Text]) -> str:
    return " ".join(one.indexed for one in texts)
