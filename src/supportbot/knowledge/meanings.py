"""The one list of words that mean the same: read here, used by the search and by the embedded models. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from supportbot.domain.words import stem, words

#: Other words that may stand between two words of a phrase.
_GAP = 1


#: The stems of a phrase's words, and the concept it stands for.
_Phrase = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase found in a row of words: the places of its words, standing for `concept`."""

    at: tuple[int, ...]
    concept: str


class Meanings:
    """Concepts by word and by phrase, per language."""

    def __init__(self, rows: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        self.names = tuple(rows)
        self._single: dict[str, dict[str, frozenset[str]]] = {}
        #: By language and the first two words: by the first alone, "how …" would be hundreds.
        self._phrases: dict[str, dict[tuple[str, str], list[_Phrase]]] = {}
        for concept, by_language in rows.items():
            for language, entries in by_language.items():
                for entry in entries:
                    self._enter(concept, language, words(entry))

    def _enter(self, concept: str, language: str, entry: Sequence[str]) -> None:
        stems = tuple(_stem(word, language) for word in entry)
        if len(stems) > 1:
            starts = self._phrases.setdefault(language, {})
            starts.setdefault((stems[0], stems[1]), []).append((stems, concept))
        else:
            single = self._single.setdefault(language, {})
            single[stems[0]] = single.get(stems[0], frozenset()) | {concept}

    def of(self, term: str, language: str) -> frozenset[str]:
        """Return the concepts that a stem (`domain.words.stem`) stands for by itself."""
        return self._single.get(language, {}).get(term, frozenset())

    def phrases(self, said: Sequence[str], language: str) -> tuple[Said, ...]:
        """Return the phrases in folded words, in order; where two begin alike, the longer one, and all its concepts."""
        starts = self._phrases.get(language)
        if not starts:
            return ()
        stems = [_stem(word, language) for word in said]
        found = tuple(self._phrases_in(stems, starts))
        if len(found) < 2:
            return found
        # What stands inside a longer phrase is that phrase: "does it cost" in "what does it cost".
        places = [frozenset(one.at) for one in found]
        return tuple(one for one, at in zip(found, places, strict=True) if not any(at < other for other in places))

    @staticmethod
    def _phrases_in(stems: Sequence[str], starts: Mapping[tuple[str, str], Sequence[_Phrase]]) -> Iterator[Said]:
        for start, first in enumerate(stems):
            seconds = dict.fromkeys(stems[start + 1 : start + 2 + _GAP])
            begun = [phrase for second in seconds for phrase in starts.get((first, second), ())]
            longest = 0
            for phrase, concept in sorted(begun, key=lambda one: -len(one[0])):
                if len(phrase) < longest:
                    break
                if at := _places(stems, start, phrase):
                    longest = len(phrase)
                    yield Said(at, concept)


def _stem(word: str, language: str) -> str:
    """The stem, in which "don't" stays another word than "do" and the same as "dont"."""
    return word.replace("'", "") if word.endswith("n't") else stem(word, language)


def _places(stems: Sequence[str], start: int, phrase: Sequence[str]) -> tuple[int, ...]:
    """Where the words of *phrase* stand that begins at *start*; nowhere if it is not there."""
    at = [start]
    for word in phrase[1:]:
        near = range(at[-1] + 1, min(at[-1] + 2 + _GAP, len(stems)))
        place = next((i for i in near if stems[i] == word), None)
        if place is None:
            return ()
        at.append(place)
    return tuple(at)


@cache
def meanings() -> Meanings:
    """Return the list shipped with the package."""
    return Meanings(rows())


@cache
def rows() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the list as written: concept to language to entries, an entry of several words being a phrase."""
    raw = yaml.safe_load(files("supportbot.knowledge").joinpath("data", "concepts.yaml").read_text(encoding="utf-8"))
    return {name: {code: tuple(map(str, entries)) for code, entries in row.items()} for name, row in raw.items()}
