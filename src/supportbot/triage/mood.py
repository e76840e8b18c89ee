"""How the customer feels, read from words, capitals and marks."""

import re

from supportbot.triage.lexicon import read, words

_MARKS = re.compile(r"!{2,}|\?{2,}|!\?|\?!")
_HIDDEN_PROFANITY = re.compile(
    r"(?<!\w)(?:f[*#@u\-_.]{1,3}c?k\w{0,4}|f\*{2,4}\w{0,4}|s[*#@]{1,3}t|b[*#]{2,5}|wtf|\*{3,})(?!\w)", re.IGNORECASE
)
_CAPITALS = re.compile(r"\b[A-ZÄÖÜÑÁÉÍÓÚ]{4,}\b")
_ANGRY_AT = 3
_ANNOYED_AT = 1


def mood(text: str, language: str) -> str:
    """Return `calm`, `annoyed` or `angry`; profanity in a simple question is at most annoyed."""
    del language
    score = mood_score(text)
    if score >= _ANGRY_AT:
        return "angry"
    return "annoyed" if score >= _ANNOYED_AT else "calm"


def unhelped(text: str) -> bool:
    """Whether *text* says that the answer before it did not help, or that this was asked before."""
    return read(text).has("unhelped")


def mood_score(text: str) -> float:
    """Return a sum of signs of anger: 0 is calm, 1 annoyed, 3 angry."""
    reading = read(text)
    said = set(reading.tokens.words)
    angry = len(said & words("mood.angry"))
    annoyed = len(said & words("mood.annoyed")) + len(reading.matches.get("patience", ()))
    profane = bool(said & words("mood.profanity")) or _HIDDEN_PROFANITY.search(text) is not None
    letters = [c for c in text if c.isalpha()]
    shouting = len(letters) >= 8 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    capitals = 1.5 if shouting else 0.5 * min(len(_CAPITALS.findall(text)), 2)
    marks = 0.5 * min(len(_MARKS.findall(text)), 2)
    return 2.0 * min(angry, 2) + 0.5 * min(annoyed, 4) + 1.0 * profane + capitals + marks
