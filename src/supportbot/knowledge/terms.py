"""What a question asks about: its content terms, each with the ways it may stand in the articles."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from supportbot.domain.words import words as folded
from supportbot.knowledge.index import Variant
from supportbot.knowledge.language import (
    STEMMERS,
    TELLING,
    common,
    concepts,
    encodable,
    fillers,
    opened,
    stem,
    surfaces,
)
from supportbot.knowledge.lexicon import Lexicon

#: Characters read from each end of an over-long question.
_REACH = 4_000
#: Terms read from each end of a question with many.
_TERMS = 24
_PLACEHOLDER = re.compile(r"\[[a-z_]{1,20} \d{1,4}\]")
_EXACT, _PHRASE, _TYPO, _PART, _ALIKE, _TRANSLATED, _AS_IS, _FIGURE = 1.0, 0.9, 0.85, 0.7, 0.5, 0.85, 0.6, 0.4


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: hashing variants would cost more than reading
class Term:
    """A content word of the question; no variants means that no article knows it."""

    word: str
    variants: tuple[Variant, ...]
    common: bool = False  #: an ordinary word: counts where it is found, hardly where it is not

    @property
    def figure(self) -> bool:
        """Whether it is a number."""
        return self.word.isdigit()

    def within(self, language: str) -> tuple[Variant, ...]:
        """Return the variants in articles of *language*."""
        return tuple(variant for variant in self.variants if variant.language == language)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart; `language` is the one given, or the one its words look like."""

    language: str
    terms: tuple[Term, ...]
    wording: frozenset[str] = frozenset()  #: stems of all its words, small ones too
    matter: frozenset[str] = frozenset()  #: stems of its content words
    sense: frozenset[str] = frozenset()  #: the same with the marks of what they name


def read(query: str, lexicons: Mapping[str, Lexicon], language: str | None) -> Question:
    """Take *query* apart against the articles' words; any text will do."""
    text = _PLACEHOLDER.sub(" ", _ends(query))
    words = surfaces(text)
    spoken = language if language and language in STEMMERS else _guess(words, lexicons)
    phrases, rest = _phrases(text, spoken, lexicons)
    kept = dict.fromkeys(word for word in rest if _matters(word, spoken))
    terms = (*phrases, *(_term(word, spoken, lexicons) for word in _outer(list(kept))))
    # An order number or a small word the articles do not know says nothing about which of them is right.
    known = tuple(term for term in terms if term.variants or not (_coded(term.word) or term.word in TELLING))
    wording = frozenset(stem(word, spoken) for word in _outer(words))
    matter = frozenset(stem(term.word, spoken) for term in known)
    meant = frozenset(variant.stem for term in known for variant in term.within(spoken))
    return Question(spoken, known, wording, matter, matter | meant)


def _phrases(text: str, spoken: str, lexicons: Mapping[str, Lexicon]) -> tuple[list[Term], list[str]]:
    """The phrases of a question that some article knows, as terms, and the words that remain."""
    said = folded(encodable(text))
    taken: set[int] = set()
    found: dict[tuple[int, ...], list[Variant]] = {}
    for places, mark in concepts().phrases(said, spoken):
        variants = [Variant(code, mark, _PHRASE) for code, lexicon in lexicons.items() if mark in lexicon.articles_with]
        if variants:
            found.setdefault(places, []).extend(variants)
            taken.update(places)
    terms = [Term(" ".join(said[i] for i in places), tuple(variants)) for places, variants in found.items()]
    return terms[:_TERMS], surfaces(" ".join(word for at, word in enumerate(said) if at not in taken))


def _ends(text: str) -> str:
    return text if len(text) <= 2 * _REACH else f"{text[:_REACH]} {text[-_REACH:]}"


def _outer(words: Sequence[str]) -> Sequence[str]:
    return words if len(words) <= 2 * _TERMS else [*words[:_TERMS], *words[-_TERMS:]]


def _coded(word: str) -> bool:
    return any(c.isdigit() for c in word)


def _matters(word: str, language: str) -> bool:
    return word not in fillers(language) and (len(word) > 1 or word.isdigit())


def _guess(words: Iterable[str], lexicons: Mapping[str, Lexicon]) -> str:
    """The language whose small words and listed words the question uses most; English, if known, on a tie."""
    some = list(words)[: 2 * _TERMS]
    known = [language for language in STEMMERS if language in lexicons or concepts().surfaces(language)]

    def points(language: str) -> tuple[float, bool]:
        lexicon = lexicons.get(language)
        listed = concepts().surfaces(language)
        own = sum((word in listed) or (lexicon is not None and word in lexicon.vocabulary) for word in some)
        return own + sum(word in fillers(language) for word in some), language == "en"

    return max(known, key=points, default="en")


def _term(word: str, spoken: str, lexicons: Mapping[str, Lexicon]) -> Term:
    found: dict[tuple[str, str], float] = {}
    for meant, weight in _readings(word, spoken, lexicons):
        for language, lexicon in lexicons.items():
            for candidate, worth in _candidates(meant, spoken, language):
                if candidate in lexicon.articles_with:
                    key = (language, candidate)
                    found[key] = max(found.get(key, 0.0), worth * weight)
    variants = tuple(Variant(language, one, worth) for (language, one), worth in found.items())
    return Term(word, variants, word in common(spoken))


def _readings(word: str, spoken: str, lexicons: Mapping[str, Lexicon]) -> list[tuple[str, float]]:
    """The word itself, or the known words one slip away when nobody knows it."""
    if word.isdigit():
        return [(word, _FIGURE)]
    own = lexicons.get(spoken)
    if own is None or own.knows(word) or any(word in lexicon.vocabulary for lexicon in lexicons.values()):
        return [(word, _EXACT)]
    return [
        (word, _EXACT),
        *((near, _TYPO) for near in own.vocabulary.nearest(word)),
        *((part, _PART) for part in own.vocabulary.parts(word)),
    ]


def _candidates(word: str, spoken: str, language: str) -> list[tuple[str, float]]:
    own = stem(word, spoken)
    marks = _marks(word, own, spoken)
    if language == spoken:
        return [(own, _EXACT), *((mark, _ALIKE) for mark in marks)]
    if marks:
        return [(mark, _TRANSLATED) for mark in marks]
    return [(stem(word, language), _AS_IS)]


def _marks(word: str, own: str, spoken: str) -> tuple[str, ...]:
    """What a word means; of a compound that is not listed, what it begins or ends with."""
    listed = concepts()
    if found := listed.marks(own, spoken):
        return found
    parts = opened(word, spoken).split()[1:]
    return tuple(mark for part in parts for mark in listed.marks(stem(part, spoken), spoken))
