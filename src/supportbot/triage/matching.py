"""Phrase patterns over words: gaps, stems, groups, and one typo in longer words.

A pattern is a row of slots between blanks. A slot is a word, a stem (`refund*`), alternatives (`sue|suing`) or a named
group (`@person`). `..3` lets up to three words stand in between; `^` and `$` tie the pattern to the start and end of
a sentence. A pattern never reaches across a sentence's end. Words of five letters and more forgive one typo,
those of four a swap of the two in the middle.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from supportbot.triage.tokens import Tokens, fold

_FUZZY_FROM = 5
# Reading every unknown word for typos is for messages; a pasted log is read for exact words only.
_FUZZY_TOKENS = 4_000
_CACHE = 100_000
_ANY_NUMBER = "#"


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern found: its label, and the first and last word it covers."""

    label: str
    first: int
    last: int
    sentence: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    label: str
    slots: tuple[frozenset[int], ...]
    gaps: tuple[int, ...]  # words allowed before each slot
    at_start: bool
    at_end: bool


@dataclass(slots=True)
class _Vocabulary:
    """Words and stems by number, with every one-letter deletion of the longer ones."""

    words: dict[str, int] = field(default_factory=dict)
    stems: dict[str, int] = field(default_factory=dict)
    word_deletes: dict[str, list[str]] = field(default_factory=dict)
    stem_deletes: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def number(self, lexeme: str) -> int:
        """Return the number of a word or `stem*`, adding it when new."""
        stem = lexeme.endswith("*")
        key = fold(lexeme.rstrip("*"))
        table, deletes = (self.stems, self.stem_deletes) if stem else (self.words, self.word_deletes)
        if key not in table:
            table[key] = self.count
            self.count += 1
            if len(key) >= _FUZZY_FROM and key.isalpha():
                for variant in _deletions(key):
                    deletes.setdefault(variant, []).append(key)
        return table[key]


def _deletions(word: str) -> set[str]:
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


def one_edit(a: str, b: str) -> bool:
    """Whether *a* becomes *b* by at most one insertion, deletion, substitution or swap of neighbours.

    >>> one_edit("human", "humna"), one_edit("lawyer", "lawer"), one_edit("refund", "rewind")
    (True, True, False)
    """
    if abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        swapped = a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
        return a[i + 1 :] == b[i + 1 :] or swapped
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[i + 1 :] == shorter[i:]


class Matcher:
    """Finds many patterns in one pass over the words of a text."""

    def __init__(
        self,
        patterns: Iterable[tuple[str, str]],
        groups: Mapping[str, Collection[str]],
        ordinary: Collection[str] = (),
    ):
        """Compile *(label, pattern)* pairs; words in *ordinary* are never taken for a misspelt other word."""
        self._vocabulary = _Vocabulary()
        self._ordinary = frozenset(fold(w) for w in ordinary)
        self._seen: dict[str, tuple[int, ...]] = {}
        self._by_key: dict[int, list[_Pattern]] = {}
        for label, source in patterns:
            self._add(self._compile(label, source, groups))
        self._longest_stem = max((len(s) for s in self._vocabulary.stems), default=0)

    def _compile(self, label: str, source: str, groups: Mapping[str, Collection[str]]) -> _Pattern:
        slots: list[frozenset[int]] = []
        gaps: list[int] = []
        gap = 0
        for piece in source.replace("^", " ").replace("$", " ").split():
            if piece.startswith(".."):
                gap = int(piece[2:])
                continue
            lexemes: list[str] = []
            for choice in piece.split("|"):
                lexemes.extend(groups[choice[1:]] if choice.startswith("@") else (choice,))
            slots.append(frozenset(self._vocabulary.number(x) for x in lexemes))
            gaps.append(gap)
            gap = 0
        return _Pattern(label, tuple(slots), tuple(gaps), source.startswith("^"), source.endswith("$"))

    def _add(self, pattern: _Pattern) -> None:
        for number in min(pattern.slots, key=len):
            self._by_key.setdefault(number, []).append(pattern)

    def numbers(self, word: str, fuzzy: bool = True) -> tuple[int, ...]:
        """Return the numbers of the words and stems that *word* stands for, one typo forgiven."""
        found = self._seen.get(word)
        if found is None:
            found = self._exact(word)
            # A misspelt word may still begin with some stem: "hackde" is no form of hack*, but "hacked".
            if fuzzy and word not in self._vocabulary.words and word not in self._ordinary and word.isalpha():
                found = tuple({*found, *self._misspelt(word)})
            if fuzzy and len(self._seen) < _CACHE:
                self._seen[word] = found
        return found

    def _exact(self, word: str) -> tuple[int, ...]:
        vocabulary = self._vocabulary
        found = [vocabulary.words[word]] if word in vocabulary.words else []
        if word[:1].isdigit() and len(word) > 2 and _ANY_NUMBER in vocabulary.words:
            found.append(vocabulary.words[_ANY_NUMBER])
        for length in range(2, min(len(word), self._longest_stem) + 1):
            number = vocabulary.stems.get(word[:length])
            if number is not None:
                found.append(number)
        return tuple(found)

    def _misspelt(self, word: str) -> tuple[int, ...]:
        vocabulary = self._vocabulary
        if len(word) < _FUZZY_FROM - 1 or len(word) > 30:
            return ()
        if len(word) == _FUZZY_FROM - 1 and word[0] + word[2] + word[1] + word[3] in vocabulary.words:
            return (vocabulary.words[word[0] + word[2] + word[1] + word[3]],)
        found = {vocabulary.words[w] for w in _near(word, vocabulary.word_deletes)}
        for length in range(_FUZZY_FROM - 1, min(len(word), self._longest_stem + 1) + 1):
            found.update(vocabulary.stems[s] for s in _near(word[:length], vocabulary.stem_deletes))
        return tuple(sorted(found))

    def find(self, tokens: Tokens) -> list[Match]:
        """Return every pattern found, one match per pattern and sentence at most."""
        fuzzy = len(tokens.words) <= _FUZZY_TOKENS
        places: dict[int, list[int]] = {}
        for index, word in enumerate(tokens.words):
            for number in self.numbers(word, fuzzy):
                places.setdefault(number, []).append(index)
        matches: list[Match] = []
        done: set[int] = set()
        for number in places:
            for pattern in self._by_key.get(number, ()):
                if id(pattern) not in done:
                    done.add(id(pattern))
                    if all(not slot.isdisjoint(places) for slot in pattern.slots):
                        matches.extend(_walk(pattern, places, tokens))
        matches.sort(key=lambda m: (m.first, m.last, m.label))
        return matches


def _near(word: str, deletes: Mapping[str, list[str]]) -> set[str]:
    candidates: set[str] = set()
    for variant in _deletions(word):
        candidates.update(deletes.get(variant, ()))
    return {c for c in candidates if one_edit(word, c) and (len(c) > _FUZZY_FROM or c[0] == word[0])}


def _slot_places(slot: frozenset[int], places: Mapping[int, list[int]]) -> list[int]:
    hits = [places[number] for number in slot if number in places]
    return hits[0] if len(hits) == 1 else sorted({i for hit in hits for i in hit})


def _walk(pattern: _Pattern, places: Mapping[int, list[int]], tokens: Tokens) -> list[Match]:
    """Advance all possible ends together, slot by slot: linear in the places, whatever the gaps."""
    sentences = tokens.sentences
    reached = {i: i for i in _slot_places(pattern.slots[0], places)}
    if pattern.at_start:
        reached = {i: s for i, s in reached.items() if i == 0 or sentences[i - 1] != sentences[i]}
    for slot, gap in zip(pattern.slots[1:], pattern.gaps[1:], strict=True):
        hits = _slot_places(slot, places)
        onward: dict[int, int] = {}
        for end, start in reached.items():
            k = bisect_left(hits, end + 1)
            while k < len(hits) and hits[k] <= end + 1 + gap and sentences[hits[k]] == sentences[end]:
                onward[hits[k]] = start
                k += 1
        reached = onward
        if not reached:
            return []
    if pattern.at_end:
        last = len(sentences) - 1
        reached = {i: s for i, s in reached.items() if i == last or sentences[i + 1] != sentences[i]}
    first_per_sentence: dict[int, Match] = {}
    for end, start in sorted(reached.items()):
        first_per_sentence.setdefault(sentences[end], Match(pattern.label, start, end, sentences[end]))
    return list(first_per_sentence.values())
