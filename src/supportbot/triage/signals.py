"""The readings success heads are fed with; each is kept with the decision and shown."""

import re
from collections.abc import Sequence

from supportbot.domain.passage import Retrieval
from supportbot.triage.followup import is_comparison
from supportbot.triage.lexicon import read, words

_CODE = re.compile(r"```|Traceback|\w+\(\)|[{};]\s*\n|\b0x[0-9a-f]+\b|https?://|\w+\.\w+\.\w+\(")
_LONG_FROM, _LONG_AT = 60, 260  # words: where length begins to tell, and where it tells all
# Below this no article answers: at .18 the calibrated confidence is wrong four times out of five.
NO_ARTICLE = 0.18


def signals(
    text: str,
    query: str,
    parts: Sequence[str],
    retrieval: Retrieval,
    *,
    language: str,
    repeats: int = 0,
    thumbs_down: int = 0,
    mood: str = "calm",
    person: str | None = None,
) -> dict[str, float]:
    """Return every reading by name: counts as they are, shares in [0, 1], yes and no as 1 and 0."""
    said = read(text).tokens.words
    count = len(said)
    return {
        "words": float(count),
        "questions": float(text.count("?")),
        "parts": float(max(len(parts), 1)),
        "extra_parts": float(min(max(len(parts) - 1, 0), 3)),
        "comparison": float(is_comparison(text, language)),
        "digits": float(sum(w[0].isdigit() for w in said)),
        "code": float(bool(_CODE.search(text)) or sum(w in words("codes") for w in said) >= 2),
        "long": min(max(count - _LONG_FROM, 0) / (_LONG_AT - _LONG_FROM), 1.0),
        "repeats": float(min(repeats, 3)),
        "thumbs_down": float(min(thumbs_down, 3)),
        "annoyed": float(mood == "annoyed"),
        "angry": float(mood == "angry"),
        "needs_person": float(person is not None),
        "follow_up": float(query != text),
        **_retrieval_signals(retrieval, language),
    }


def _retrieval_signals(retrieval: Retrieval, language: str) -> dict[str, float]:
    found = bool(retrieval.hits)
    same = found and retrieval.hits[0].passage.language == language
    return {
        "confidence": retrieval.confidence,
        "coverage": retrieval.coverage,
        "margin": retrieval.margin,
        "agreement": retrieval.agreement,
        "unsure": 1.0 - retrieval.confidence,
        "uncovered": 1.0 - retrieval.coverage,
        "no_article": float(not found or retrieval.confidence < NO_ARTICLE),
        "language_match": float(same),
        "other_language": float(found and not same),
    }
