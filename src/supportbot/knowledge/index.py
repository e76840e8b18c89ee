"""The search index: tantivy in memory, one analysed set of fields per language, visibility a filter of the index."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tantivy import Document, Index, Occur, Query, Schema, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from supportbot.domain.passage import Visibility
from supportbot.knowledge.articles import ReadArticle, ReadPassage

#: What a match in each part of an article weighs; the answer stands in the body, but the matter in the others.
#: `asked` are all phrasings of the article, `own` those that the passage answers.
BOOSTS: Mapping[str, float] = MappingProxyType({"title": 1.8, "asked": 1.6, "own": 2.0, "heading": 1.5, "body": 1.0})
#: Up to this weight a variant is only near in meaning, and is looked for where that tells: a phrasing's passage and a
#: heading are told by their words.
_MEANT = 0.5
_OF_MEANING = {part: BOOSTS[part] for part in ("title", "asked", "body")}
#: How much of a term's weaker matches counts beside its best one.
_TIE = 0.35
_WRITER_BYTES = 15_000_000
_SPACED = "spaced"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way a term of the question may stand in the articles: a stem of *language*, worth *weight* (0 to 1)."""

    language: str
    stem: str
    weight: float


class SearchIndex:
    """An immutable index over passages; searching is thread-safe."""

    def __init__(self, entries: Sequence[tuple[ReadArticle, ReadPassage]]) -> None:
        self._languages = tuple(sorted({passage.passage.language for _, passage in entries}))
        self._schema = _schema(self._languages)
        index = Index(self._schema)
        # What is indexed has been analysed already, with what it means: here it is only cut at its spaces.
        index.register_tokenizer(_SPACED, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
        writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for number, (article, passage) in enumerate(entries):
            writer.add_document(_document(number, article, passage))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._index = index
        self._public = Query.const_score_query(
            Query.term_query(self._schema, "visibility", Visibility.PUBLIC.value), 0.0
        )
        self._searcher = index.searcher()

    def search(self, terms: Iterable[Sequence[Variant]], *, internal: bool, limit: int) -> list[tuple[int, float]]:
        """Return (entry number, score) of the best passages; each term counts by the best of its variants."""
        wanted = [(Occur.Should, query) for variants in terms if (query := self._term(variants))]
        if not wanted or limit < 1:
            return []
        query = Query.boolean_query(wanted)
        if not internal:
            query = Query.boolean_query([(Occur.Must, self._public), (Occur.Must, query)])
        hits = self._searcher.search(query, limit=limit, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return [(int(number or 0), float(score)) for number, (score, _) in zip(numbers, hits, strict=True)]

    def _term(self, variants: Sequence[Variant]) -> Query | None:
        queries = [
            Query.boost_query(
                Query.term_query(self._schema, f"{part}_{variant.language}", variant.stem),
                boost * variant.weight,
            )
            for variant in variants
            for part, boost in (BOOSTS if variant.weight > _MEANT else _OF_MEANING).items()
        ]
        return Query.disjunction_max_query(queries, _TIE) if queries else None


def _schema(languages: Iterable[str]) -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("number", fast=True)
    builder.add_text_field("visibility", tokenizer_name="raw", index_option="basic")
    for language in languages:
        for part in BOOSTS:
            builder.add_text_field(f"{part}_{language}", tokenizer_name=_SPACED, index_option="freq")
    return builder.build()


def _document(number: int, article: ReadArticle, passage: ReadPassage) -> Document:
    document = Document()
    document.add_unsigned("number", number)
    document.add_text("visibility", passage.passage.visibility.value)
    language = passage.passage.language
    for part, said in (*article.parts.items(), *passage.parts.items()):
        if said:
            document.add_text(f"{part}_{language}", said)
    return document
