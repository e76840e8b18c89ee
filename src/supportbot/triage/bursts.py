"""Bursts of short messages: which half waits for the other, and what the customer means in the end."""

import re
from collections.abc import Sequence
from itertools import pairwise

from supportbot.triage.lexicon import read, words

_NUMBER = re.compile(r"(?<![\w.,])#?\d{3,}(?![\w])(?!\s?(?:€|\$|£|%|eur\b|usd\b|gbp\b))", re.IGNORECASE)
_TRAILING = re.compile(r"(?:\.\.\.|…|,|:|-|–|&|\+)\s*$")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_LONGEST_FRAGMENT = 12  # words


def is_fragment(text: str) -> bool:
    """Whether *text* evidently waits for its other half ("my order 5521", "hi so", a trailing "and")."""
    bare = text.strip()
    if not bare:
        return False
    reading = read(bare)
    said = reading.tokens.words
    if bare.endswith(("?", "!")) or not said or len(said) > _LONGEST_FRAGMENT:
        return False
    return bool(_TRAILING.search(bare) or said[-1] in words("dangling") or reading.has("fragment"))


def merge_burst(texts: Sequence[str]) -> str:
    """Return one question from a burst: an abandoned one is dropped, and the newest correction wins.

    >>> merge_burst(["my order 5521", "is wrong", "sorry 5512"])
    'my order 5512 is wrong'
    """
    kept: list[str] = []
    for text in (t.strip() for t in texts):
        rest = _after_abandoning(text)
        if rest is not None:
            kept = [rest] if rest else []
        elif kept and _is_correction(text):
            kept = _corrected(kept, text)
        elif text and (not kept or kept[-1] != text):
            kept.append(text)
    return _joined(kept)


def _after_abandoning(text: str) -> str | None:
    """Return what follows "forget that", or None when nothing is abandoned."""
    reading = read(text)
    match = reading.first("abandon")
    if match is None or match.first > 4:
        return None
    rest = text[reading.tokens.spans[match.last][1] :].lstrip(" ,.:;-–!…\n")
    return rest


def _is_correction(text: str) -> bool:
    """Whether *text* only corrects a number: a correcting word or `*`, one number, little else."""
    said = read(text).tokens.words
    numbers = _NUMBER.findall(text)
    corrects = any(w in words("correction") for w in said) or text.startswith("*") or text.endswith("*")
    return len(numbers) >= 1 and len(said) <= 8 and (corrects or len(said) == 1)


def _corrected(kept: list[str], text: str) -> list[str]:
    number = (
        _NUMBER.findall(text)[-1].lstrip("#") if not _is_negated_last(text) else _NUMBER.findall(text)[0].lstrip("#")
    )
    for index in range(len(kept) - 1, -1, -1):
        found = list(_NUMBER.finditer(kept[index]))
        same = [m for m in found if len(m.group().lstrip("#")) == len(number)] or found
        if same:
            old = same[-1].group().lstrip("#")
            return [re.sub(rf"(?<!\d){re.escape(old)}(?!\d)", number, k) for k in kept]
    return [*kept, text]


def _is_negated_last(text: str) -> bool:
    """Whether the last of two numbers is the wrong one ("5512 not 5521")."""
    reading = read(text).tokens.words
    return any(a in {"not", "nicht", "no", "statt"} and b[:1].isdigit() for a, b in pairwise(reading))


def _joined(kept: Sequence[str]) -> str:
    merged = ""
    for text in kept:
        if not merged:
            merged = text
        elif merged[-1] in ".!?…:,;":
            merged = f"{merged} {text}"
        else:
            merged = f"{merged} {text}" if text[:1].islower() or is_fragment(merged) else f"{merged}. {text}"
    return merged
