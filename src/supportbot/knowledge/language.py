"""How words of a language become terms, and which words mean the same across languages."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

import yaml
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from supportbot.domain.words import STOP_WORDS, words
from supportbot.knowledge.meanings import Meanings, meanings, rows

#: Language code to the name of its stemmer.
STEMMERS: Mapping[str, str] = MappingProxyType(
    {
        "en": "English",
        "de": "German",
        "es": "Spanish",
        "fr": "French",
        "it": "Italian",
        "pt": "Portuguese",
        "nl": "Dutch",
    }
)
_LONGEST_WORD = 40
#: Languages that write compounds as one word, and the letters of the shortest part looked for in one.
_COMPOUNDING = frozenset({"de", "nl"})
_PART = 5
#: Small words that tell one matter from another ("where is my order", "how long", "how much").
TELLING = frozenset({"where", "wo", "donde", "long", "lange", "dauert", "tarda", "much", "viel"})


@cache
def analyser(language: str) -> TextAnalyzer:
    """Return the analyser that indexes *language*: words, lower case, no accents, stems."""
    return _words().filter(Filter.stemmer(STEMMERS[language])).build()


@cache
def _plain_analyser() -> TextAnalyzer:
    return _words().build()


def _words() -> TextAnalyzerBuilder:
    # Accents go before the stemmer, for customers leave them out: both spellings must reach one stem.
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(_LONGEST_WORD))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
    )


def encodable(text: str) -> str:
    """Return *text* without what UTF-8 cannot carry (lone surrogates)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def surfaces(text: str) -> list[str]:
    """Return the words of *text* in order, lower case and without accents."""
    return list(_plain_analyser().analyze(encodable(text)))


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """Return the stem of one word, as the index of *language* holds it; empty when nothing is left."""
    return next(iter(analyser(language).analyze(word)), "")


@cache
def fillers(language: str) -> frozenset[str]:
    """Return the words of *language* that carry no matter, as `surfaces` gives them."""
    extra: dict[str, str] = yaml.safe_load(_data("fillers.yaml"))
    listed = {part for word in STOP_WORDS.get(language, frozenset()) for part in (word, *surfaces(word))}
    return frozenset(listed | set(surfaces(extra.get(language, "")))) - TELLING


@cache
def common(language: str) -> frozenset[str]:
    """Return ordinary words of *language* that rarely say what a question is about, as `surfaces` gives them."""
    listed: dict[str, str] = yaml.safe_load(_data("common.yaml"))
    return frozenset(surfaces(listed.get(language, "")))


def opened(text: str, language: str) -> str:
    """Return *text* followed by the listed words its compounds begin or end with (`Standardlieferung`: `lieferung`)."""
    if language not in _COMPOUNDING:
        return text
    return " ".join([text, *(part for word in surfaces(text) for part in _listed_parts(word, language))])


@lru_cache(maxsize=50_000)
def _listed_parts(word: str, language: str) -> tuple[str, ...]:
    if len(word) < 2 * _PART - 1:
        return ()
    cuts = range(_PART, len(word) - 2)
    found = {word[:at] for at in cuts} | {word[-at:] for at in cuts}
    return tuple(sorted(found & concepts().surfaces(language)))


class Concepts:
    """Words that mean the same, by language: each concept is a mark that the index holds beside the words."""

    def __init__(self, listed: Mapping[str, Mapping[str, Iterable[str]]], meant: Meanings) -> None:
        self._meant = meant
        # A stemmer leaves a mark with figures in it alone, and no word looks like it.
        self._marks = {name: f"c{number:03}c" for number, name in enumerate(listed)}
        self._every = frozenset(self._marks.values())
        self._by_stem: dict[tuple[str, str], tuple[str, ...]] = {}
        self._surfaces: dict[str, set[str]] = {}
        for name, by_language in listed.items():
            for language, entries in by_language.items():
                for entry in entries:
                    self._enter(self._marks[name], language, surfaces(entry))

    def _enter(self, mark: str, language: str, entry: list[str]) -> None:
        if len(entry) == 1:
            self._surfaces.setdefault(language, set()).update(entry)
            key = language, stem(entry[0], language)
            self._by_stem[key] = tuple(dict.fromkeys((*self._by_stem.get(key, ()), mark)))

    @property
    def every(self) -> frozenset[str]:
        """Every mark."""
        return self._every

    def marks(self, term: str, language: str) -> tuple[str, ...]:
        """Return the marks of what the stem *term* of *language* means."""
        return self._by_stem.get((language, term), ())

    def phrases(self, said: Sequence[str], language: str) -> tuple[tuple[tuple[int, ...], str], ...]:
        """Return the phrases in folded words: the places of each one's words, and its mark."""
        return tuple((one.at, self._marks[one.concept]) for one in self._meant.phrases(said, language))

    def surfaces(self, language: str) -> frozenset[str]:
        """Return every listed single word of *language*."""
        return frozenset(self._surfaces.get(language, ()))


@cache
def concepts() -> Concepts:
    """Return the concepts shipped with the package."""
    return Concepts(rows(), meanings())


def marked(text: str, language: str) -> str:
    """Return the marks of every concept that *text* names, in a word or a phrase."""
    listed = concepts()
    single = [
        mark for word in surfaces(opened(text, language)) for mark in listed.marks(stem(word, language), language)
    ]
    return " ".join([*single, *(mark for _, mark in listed.phrases(words(text), language))])


def _data(name: str) -> str:
    return files("supportbot.knowledge").joinpath("data", name).read_text(encoding="utf-8")
