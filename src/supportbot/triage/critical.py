"""Critical classes: rules of every language first, a small linear classifier second; either suffices.

A miss costs far more than a needless handoff, so both are set for recall, and look-alikes are silenced one by one.
"""

import re
from functools import lru_cache

from supportbot.domain.assessment import CriticalClass
from supportbot.triage.amounts import amounts
from supportbot.triage.lexicon import Reading, lexicon, read
from supportbot.triage.tokens import Tokens

# When several fire, the one a person must see first names the handoff.
_ORDER = (
    CriticalClass.SELF_HARM,
    CriticalClass.ACCOUNT_TAKEOVER,
    CriticalClass.SECURITY_REPORT,
    CriticalClass.FRAUD,
    CriticalClass.PRIVACY_REQUEST,
    CriticalClass.LEGAL_THREAT,
)


def critical(text: str, language: str, large_amount: int = 1000) -> tuple[CriticalClass, str] | None:
    """Return the critical class of *text* and the words that fired, or None.

    The rules of all languages are tried, whatever *language* says: people change language when it matters.
    *large_amount* is in units of the currency named in the text.
    """
    del language
    return _critical(text, large_amount)


@lru_cache(maxsize=32)
def _critical(text: str, large_amount: int) -> tuple[CriticalClass, str] | None:
    """Judge *text*; several steps of one decision ask, and share the answer."""
    reading = read(text)
    for kind in _ORDER:
        words = _by_rule(reading, kind)
        if words:
            return kind, words
    disputed = _disputed_amount(reading, large_amount)
    if disputed:
        return CriticalClass.LARGE_AMOUNT, disputed
    return _by_weight(reading)


def _by_rule(reading: Reading, kind: CriticalClass) -> str | None:
    prefix = f"classes.{kind.value}"
    for match in reading.matches.get(f"{prefix}.strong", ()):
        if not reading.has(f"{prefix}.unless", match.sentence):
            return reading.quote(match)
    for match in reading.matches.get(f"{prefix}.weak", ()):
        if not reading.has(f"{prefix}.unless", match.sentence) and not reading.has("hypothetical", match.sentence):
            return reading.quote(match)
    return None


def _by_weight(reading: Reading) -> tuple[CriticalClass, str] | None:
    """Score each sentence by the summed weights of its distinct words; hypothetical questions do not count."""
    tokens = reading.tokens
    scores: dict[CriticalClass, dict[int, float]] = {}
    for word, sentence in dict.fromkeys(zip(tokens.words, tokens.sentences, strict=True)):
        for kind, weight in _weights(word):
            of_kind = scores.setdefault(kind, {})
            of_kind[sentence] = of_kind.get(sentence, 0.0) + weight
    for kind in _ORDER:
        for sentence, score in scores.get(kind, {}).items():
            silent = reading.has(f"classes.{kind.value}.unless", sentence) or reading.has("hypothetical", sentence)
            if score >= lexicon().weights[kind.value][0] and not silent:
                return kind, _sentence(tokens, sentence)
    return None


@lru_cache(maxsize=65_536)
def _weights(word: str) -> tuple[tuple[CriticalClass, float], ...]:
    """Return the classes that *word* points to, with its weight in each; most words point to none."""
    found: list[tuple[CriticalClass, float]] = []
    for kind in _ORDER:
        if kind.value in lexicon().weights:
            words, stems = lexicon().weights[kind.value][1]
            starts = (weight for stem, weight in stems.items() if word.startswith(stem))
            weight = words[word] if word in words else max(starts, default=0.0)
            if weight:
                found.append((kind, weight))
    return tuple(found)


def _sentence(tokens: Tokens, sentence: int) -> str:
    inside = [i for i, s in enumerate(tokens.sentences) if s == sentence]
    return tokens.quote(inside[0], inside[-1])[:200]


_SENTENCE_REACH = 1  # the amount and the complaint about it often stand in neighbouring sentences


def _disputed_amount(reading: Reading, large_amount: int) -> str | None:
    """Return the amount's words when it is large and disputed in the same or a neighbouring sentence."""
    text = reading.tokens.text
    if not re.search(r"\d", text):
        return None
    for amount in amounts(text):
        if amount.value < large_amount:
            continue
        sentence = _sentence_at(reading.tokens, amount.start)
        near = [m for m in reading.matches.get("dispute", ()) if abs(m.sentence - sentence) <= _SENTENCE_REACH]
        sure = amount.currency or (len(near) > 1 and _about_money(reading, sentence))
        if sure and any(_counts(reading, m.sentence) for m in near):
            return text[amount.start : amount.end]
    return None


def _about_money(reading: Reading, sentence: int) -> bool:
    """Whether words of paying stand around *sentence*: a number in a pasted log is no amount."""
    labels = [label for label in reading.matches if label.endswith((".billing", ".refund"))]
    return any(abs(m.sentence - sentence) <= _SENTENCE_REACH for label in labels for m in reading.matches[label])


def _counts(reading: Reading, sentence: int) -> bool:
    return not reading.has("hypothetical", sentence)


def _sentence_at(tokens: Tokens, offset: int) -> int:
    for span, sentence in zip(tokens.spans, tokens.sentences, strict=True):
        if span[1] > offset:
            return sentence
    return tokens.sentences[-1] if tokens.sentences else 0
