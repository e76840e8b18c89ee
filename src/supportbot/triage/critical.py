"""Critical classes: rules of every language first, a small learnt classifier second; either suffices.

A miss costs far more than a needless handoff, so both are set for recall, and look-alikes are silenced one by one.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from supportbot.domain.assessment import CriticalClass
from supportbot.triage.amounts import Amount, amounts
from supportbot.triage.learnt import judge
from supportbot.triage.lexicon import Reading, read
from supportbot.triage.tokens import Tokens

_LIKELY = 0.3  # P(critical) of a sentence from which a person reads it; a miss costs far more than a needless handoff
_FEWEST = 3  # words
_HARMLESS = ("person.clear", "opener")  # what is known to be something else
_SENTENCES = 80  # what is longer is a log or a story, read by the rules alone

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
    return _by_likeness(reading)


def _by_rule(reading: Reading, kind: CriticalClass) -> str | None:
    prefix = f"classes.{kind.value}"
    for match in reading.matches.get(f"{prefix}.strong", ()):
        if not reading.has(f"{prefix}.unless", match.sentence):
            return reading.quote(match)
    for match in reading.matches.get(f"{prefix}.weak", ()):
        if not reading.has(f"{prefix}.unless", match.sentence) and not reading.has("hypothetical", match.sentence):
            return reading.quote(match)
    return None


def _by_likeness(reading: Reading) -> tuple[CriticalClass, str] | None:
    """Ask the classifier about each sentence; what only asks how something works, or a look-alike, stays silent."""
    tokens = reading.tokens
    best: tuple[float, CriticalClass, int] | None = None
    for sentence, words in groupby(zip(tokens.sentences, tokens.words, strict=True), key=lambda pair: pair[0]):
        said = [word for _, word in words]
        if len(said) < _FEWEST or sentence >= _SENTENCES or any(reading.has(x, sentence) for x in _HARMLESS):
            continue
        kind, likely = judge(said)
        if likely < _LIKELY or (best is not None and likely <= best[0]):
            continue
        if not (reading.has(f"classes.{kind.value}.unless", sentence) or reading.has("hypothetical", sentence)):
            best = likely, kind, sentence
    return (best[1], _sentence(tokens, best[2])) if best else None


def _sentence(tokens: Tokens, sentence: int) -> str:
    inside = [i for i, s in enumerate(tokens.sentences) if s == sentence]
    return tokens.quote(inside[0], inside[-1])[:200]


_SENTENCE_REACH = 1  # the amount and the complaint about it often stand in neighbouring sentences


def _disputed_amount(reading: Reading, large_amount: int) -> str | None:
    """Return the amount's words when it is large and disputed in the same or a neighbouring sentence."""
    text = reading.tokens.text
    if not re.search(r"\d", text):
        return None
    named = list(amounts(text))
    for amount in named:
        if amount.value < large_amount:
            continue
        sentence = _sentence_at(reading.tokens, amount.start)
        near = [m for m in reading.matches.get("dispute", ()) if abs(m.sentence - sentence) <= _SENTENCE_REACH]
        sure = amount.currency or (len(near) > 1 and _about_money(reading, sentence))
        if sure and any(_counts(reading, m.sentence) for m in near):
            return text[amount.start : amount.end]
        if amount.currency and _slipped(amount, named) and _counts(reading, sentence):
            return text[amount.start : amount.end]
    return None


def _slipped(amount: Amount, others: Sequence[Amount]) -> bool:
    """Whether the same digits stand elsewhere a place or two lower: 18,000 for what cost 1,800."""
    return any(other.value * factor == amount.value for other in others for factor in (10, 100))


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
