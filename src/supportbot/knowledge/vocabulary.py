"""The words the articles of one language use, and the nearest of them to a mistyped word."""

from collections.abc import Iterable

_SHORTEST = 4
#: Letters of the shortest part a run-together word is split into.
_PART = 3
#: Links between the parts of a compound (German, Dutch).
_JOINTS = ("", "s", "n", "en")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
_SOUNDS = frozenset(map(frozenset, ("ck", "cs", "sz", "mn", "fv", "dt", "bp", "gj", "vw", "kq", "il")))


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

    def parts(self, word: str) -> tuple[str, ...]:
        """Return the two known words that *word* runs together (`giftcard`, `lieferadresse`), or nothing."""
        for at in range(len(word) - _PART, _PART - 1, -1):
            left, right = word[:at], word[at:]
            if right in self._words and len(right) >= _PART:
                for joint in _JOINTS:
                    stem = left.removesuffix(joint) if joint else left
                    if len(stem) >= _PART and stem in self._words:
                        return stem, right
        return ()


def _without_one(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def one_slip(one: str, other: str) -> bool:
    """Whether one slip makes the words equal: a letter more or less, two swapped, or one taken for a near one.

    Near are neighbours on the keyboard, vowels among themselves, and letters that sound alike; with any letter allowed,
    `parking` would be `packing`.

    >>> [one_slip("change", w) for w in ("chnge", "chagne", "chanje", "charge", "change", "chng")]
    [True, True, True, False, False, False]
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, tail = one[start:], other[start:]
    if len(one) == len(other):
        swapped = rest[:2] == tail[:2][::-1] and rest[2:] == tail[2:]
        return swapped or (rest[1:] == tail[1:] and _near(rest[0], tail[0]))
    return rest[1:] == tail or rest == tail[1:]


def _near(one: str, other: str) -> bool:
    if {one, other} <= _VOWELS or frozenset((one, other)) in _SOUNDS:
        return True
    place, target = _place(one), _place(other)
    if place is None or target is None:
        return False
    # Each row of keys lies half a key to the right of the one above.
    across = (place[1] + place[0] / 2) - (target[1] + target[0] / 2)
    return abs(place[0] - target[0]) <= 1 and abs(across) <= 1


def _place(letter: str) -> tuple[int, int] | None:
    return next(((row, keys.index(letter)) for row, keys in enumerate(_ROWS) if letter in keys), None)
