"""The words the articles of one language use, and the nearest of them to a mistyped word."""

from collections.abc import Iterable

_SHORTEST = 4


class Vocabulary:
    """A set of words with neighbours at one slip (a letter wrong, missing, extra, or two swapped)."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._shortened: dict[str, tuple[str, ...]] = {}
        for word in sorted(self._words):
            if len(word) >= _SHORTEST and word.isalpha():
                for short in _without_one(word):
                    self._shortened[short] = (*self._shortened.get(short, ()), word)

    def __contains__(self, word: object) -> bool:
        return word in self._words

    def nearest(self, word: str) -> tuple[str, ...]:
        """Return the known words one slip away that begin with the same letter, by alphabet; none for short words."""
        if len(word) < _SHORTEST or not word.isalpha():
            return ()
        candidates = {one for short in (word, *_without_one(word)) for one in self._shortened.get(short, ())}
        candidates |= {short for short in _without_one(word) if short in self._words and len(short) >= _SHORTEST}
        return tuple(sorted(one for one in candidates if one[0] == word[0] and one_slip(one, word)))


def _without_one(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def one_slip(one: str, other: str) -> bool:
    """Whether one edit makes the words equal: change, insert, delete, or swap of neighbours.

    >>> [one_slip("change", w) for w in ("chnge", "chagne", "chanje", "change", "chng")]
    [True, True, True, False, False]
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, tail = one[start:], other[start:]
    if len(one) == len(other):
        return rest[1:] == tail[1:] or (rest[:2] == tail[:2][::-1] and rest[2:] == tail[2:])
    return rest[1:] == tail or rest == tail[1:]
