"""A small linear classifier of critical sentences: hashed words, word pairs and letter groups, learnt from examples.

`data/critical_model.json` holds its coefficients; `python -m benchmarks.critical_model` learns them anew. It hears what
no rule foresaw; what it needs per word is kept, so that a sentence costs one addition per word and class.
"""

import base64
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from supportbot.domain.assessment import CriticalClass

_GROUPS = (4, 5)  # letters
_EDGE = "\x02"
#: Longer sentences are lists and logs; they are read in pieces of so many words.
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Model:
    """Coefficients by bucket and class; the last class is "none of them"."""

    classes: tuple[CriticalClass, ...]
    buckets: int
    rows: Sequence[Sequence[float]]
    bias: Sequence[float]


def features(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the features of folded *words*, one tuple per word: itself, its pair with the word before, its letters."""
    before = _EDGE
    found: list[tuple[str, ...]] = []
    for word in words:
        found.append((f"{before}_{word}", *_of_word(word)))
        before = word
    return found


@lru_cache(maxsize=65_536)
def _of_word(word: str) -> tuple[str, ...]:
    edged = f"<{word[:24]}>"
    groups = (edged[i : i + n] for n in _GROUPS for i in range(len(edged) - n + 1))
    return (f"={word}", *groups)


def bucket(feature: str, buckets: int) -> int:
    """Return the row of *feature*."""
    return zlib.crc32(feature.encode()) % buckets


def strength(count: int) -> float:
    """Return the weight of each of *count* features, so that a long sentence does not speak louder than a short one."""
    return 3.0 / math.sqrt(max(1, count))


def judge(words: Sequence[str]) -> tuple[CriticalClass, float]:
    """Return the likeliest critical class of a sentence, and the probability that it is critical at all."""
    best = (model().classes[0], 0.0)
    for start in range(0, len(words), _LONGEST):
        found = _judge(tuple(words[start : start + _LONGEST]))
        best = max(best, found, key=lambda pair: pair[1])
    return best


def _judge(words: tuple[str, ...]) -> tuple[CriticalClass, float]:
    known = model()
    sums, count, before = [0.0] * len(known.bias), 0, _EDGE
    for word in words:
        for row, size in (_row_of_word(word), _row_of_pair(before, word)):
            sums = [a + b for a, b in zip(sums, row, strict=True)]
            count += size
        before = word
    scale = strength(count)
    logits = [bias + scale * value for bias, value in zip(known.bias, sums, strict=True)]
    top = max(logits)
    odds = [math.exp(value - top) for value in logits]
    likeliest = max(range(len(known.classes)), key=lambda i: odds[i])
    return known.classes[likeliest], 1.0 - odds[-1] / sum(odds)


@lru_cache(maxsize=32_768)
def _row_of_word(word: str) -> tuple[tuple[float, ...], int]:
    return _sum(_of_word(word))


@lru_cache(maxsize=32_768)
def _row_of_pair(before: str, word: str) -> tuple[tuple[float, ...], int]:
    return _sum((f"{before}_{word}",))


def _sum(found: tuple[str, ...]) -> tuple[tuple[float, ...], int]:
    known = model()
    rows = [known.rows[bucket(feature, known.buckets)] for feature in found]
    return tuple(map(sum, zip(*rows, strict=True))), len(found)


@lru_cache(maxsize=1)
def model() -> Model:
    """Return the coefficients shipped with the package; the first call reads them."""
    raw = json.loads((files("supportbot.triage") / "data" / "critical_model.json").read_text("utf-8"))
    cells = memoryview(zlib.decompress(base64.b64decode(raw["cells"]))).cast("b")
    width, scale = len(raw["bias"]), float(raw["scale"])
    rows = [tuple(c * scale for c in cells[i : i + width]) for i in range(0, len(cells), width)]
    return Model(tuple(CriticalClass(c) for c in raw["classes"]), int(raw["buckets"]), rows, raw["bias"])
