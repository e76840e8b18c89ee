"""What the words of an article stand for: found out once, and kept for as long as the article stays the same."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from supportbot.domain.passage import Article, Passage
from supportbot.knowledge.analysis import Text, analysed, together
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
    whole = cut(article)
    sentences = [tuple(analysed(one, language) for one in _sentences(passage.text)) for passage in whole]
    pieces = [
        (passage, analysed(passage.heading, language), together(said))
        for passage, said in zip(whole, sentences, strict=True)
    ]
    owned = assigned(asked, pieces, language)
    passages = [
        _passage(replace(passage, asked_as=own), (heading, body, parts), [asked[one] for one in own])
        for (passage, heading, body), parts, own in zip(pieces, sentences, owned, strict=True)
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


def _sentences(text: str) -> list[str]:
    return [piece for piece in _SENTENCE_END.split(text) if piece.strip()]


def _passage(passage: Passage, said: tuple[Text, Text, tuple[Text, ...]], asked: list[Text]) -> ReadPassage:
    """Put together a passage, its heading, text and sentences as *said*, and the phrasings it answers."""
    heading, body, sentences = said
    return ReadPassage(
        passage=passage,
        parts={"heading": heading.indexed, "body": body.indexed, "own": _joined(asked)},
        stems=heading.known.union(body.known, *(one.known for one in asked)),
        sentences=tuple(one.known for one in sentences),
        heading=heading.sense(passage.language) - concepts().every,
        senses=tuple(one.sense(passage.language) for one in asked),
    )


def _joined(texts: Iterable[Text]) -> str:
    return " ".join(one.indexed for one in texts)
