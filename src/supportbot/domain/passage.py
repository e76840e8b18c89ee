"""Articles, the passages they are cut into, and what a search reads from them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Visibility(StrEnum):
    """Who may read an article."""

    PUBLIC = "public"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Article:
    """A help article; `version` is a hash of its content, so a citation names exactly what was read."""

    id: str
    title: str
    language: str
    visibility: Visibility
    updated: date
    version: str
    body: str
    tags: tuple[str, ...] = ()
    asked_as: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of an article, small enough to quote: `id` is `article#n`."""

    id: str
    article_id: str
    article_version: str
    title: str
    heading: str
    text: str
    language: str
    visibility: Visibility
    updated: date
    asked_as: tuple[str, ...] = ()  #: those of the article's phrasings that this section answers


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and its search score (BM25; comparable only within one query)."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What one search found, with the readings triage uses. Shares lie in [0, 1].

    `coverage`: share of the query's content terms (weighted by rarity) found in the best article. `margin`: how far
    the best article leads the second, relative to the best. `agreement`: share of the top hits from the best article.
    """

    query: str
    hits: tuple[Hit, ...] = ()
    top_score: float = 0.0
    margin: float = 0.0
    agreement: float = 0.0
    coverage: float = 0.0
    confidence: float = 0.0  #: P(the top article is right), from the readings above
    by_part: tuple[float, ...] = ()  #: the same for each part of a question that was searched part by part
