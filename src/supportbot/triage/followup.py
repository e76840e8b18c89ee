"""Questions that lean on an earlier one, made to stand alone; questions with parts, taken apart."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from supportbot.triage.lexicon import read, words
from supportbot.triage.tokens import fold

_SPLIT = re.compile(
    r"(?<=[?!])\s+|(?<=[.;:])\s+|\n+"
    # After "or" and "and" a joiner is a name: "Gold or Plus".
    r"|(?<! or)(?<! and)(?<! oder)(?<! und)(?<! o),?\s+"
    r"(?=(?:and|also|plus|und|sowie|außerdem|ausserdem|y|e|además|ademas|también)\b)|,\s+(?=[a-zA-Z¿])",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:and|also|plus|then|ok|okay|so|und|sowie|außerdem|ausserdem|dann|y|e|además|ademas|también|entonces)\b[\s,]*)+",
    re.IGNORECASE,
)
_LISTING = re.compile(r"(?:[,;:]\s+(?:(?:and|und|y|e)\s+)?|\s(?:and|und|y|e)\s+)([^\W\d_]+)", re.IGNORECASE)
_LAST_JOINER = re.compile(r"[\s,;]+(?:and|und|y|e)?\s*$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_MAX_PARTS = 6
_SHORT_FOLLOW_UP = 9  # words
_COMPLAINT = 3  # content words
_SHORT_QUESTION = 14  # words
_NAMING = 4  # words of a follow-up that only names another thing
_EDGES = " ?¿!.,;:"
# "… is [card] exp 12/27 cvv [cvv]": where personal data stood, the words that led to them say nothing of the question.
_MASKED = re.compile(
    r"(?:\s*\b(?:is|ist|es|exp\w*|valid|cvv|cvc)\b:?(?:\s*\d\d/\d\d)?)+\s*"
    r"\[(?:card|cvv|national id|(?:email|phone|IBAN) \d+)\]",
    re.IGNORECASE,
)
_LONG = 1200  # characters: beyond them lies a log or a story, and a search for all of it finds nothing
_LAST_QUESTIONS = 3
_SENTENCES = re.compile(r"[^.!?\n]+[.!?]*")
_CLAUSE = re.compile(r"[^,.;:!?\n]+[,.;:!?\n]*\s*")
_ALIKE = 0.82  # of the letters, from which two texts are the same question spelt differently


def content_words(text: str, language: str | None = None) -> tuple[str, ...]:
    """Return the words of *text* that carry its subject, as written, in order, without repeats."""
    tokens = read(text).tokens
    stop = words("stop", language) | words("function_verbs", language)
    kept: dict[str, str] = {}
    for word, (start, end) in zip(tokens.words, tokens.spans, strict=True):
        if word not in stop and len(word) > 1:
            kept.setdefault(word, tokens.text[start:end])
    return tuple(kept.values())


def standalone(text: str, history: Sequence[str], language: str) -> str:
    """Return *text* with the subject of the question it follows; *text* itself when it stands alone.

    *history* holds the customer's earlier messages, oldest first. Each is resolved in its turn, so that a chain of
    follow-ups keeps its subject.
    """
    text = _without_dismissal(_questions_of(_MASKED.sub("", text) if "[" in text else text, language))
    fresh = _after_announcement(text, language)
    if fresh is not None:
        return fresh
    if history and _complains(text, language):
        asked = [h for h in history if not _complains(h, language) and content_words(h, language)]
        if not asked or not _brings_news(text, asked[-1], language):
            return asked[-1] if asked else text
    if not history or not leans(text, language):
        return text
    subject, question = _followed(history, language)
    if question and _names_only(text, language) and len(read(question).tokens.words) <= _SHORT_QUESTION:
        return f"{text.rstrip()} ({question})"
    known = {w.casefold() for w in content_words(text, language)}
    carried = [w for w in subject if w.casefold() not in known]
    # What asks for itself carries the matter along, not what was asked of it ("the fee of the Gold plan").
    carried = ([w for w in carried if fold(w) not in words("facts_asked", language)] or carried)[:5]
    if not carried:
        return text
    return f"{text.rstrip()} ({' '.join(carried)})"


def _followed(history: Sequence[str], language: str) -> tuple[tuple[str, ...], str]:
    """Return what the last messages are about, in content words and as it was asked; nothing when they say nothing."""
    subject: tuple[str, ...] = ()
    asked = ""
    for earlier in history[-6:]:
        announced = _after_announcement(earlier, language)
        own = content_words(announced or earlier, language)
        if own and (announced or not (subject and leans(earlier, language))):
            subject, asked = own, announced or earlier
    return subject, "" if "(" in asked else asked.strip(_EDGES)


def _names_only(text: str, language: str) -> bool:
    """Whether *text* only names another thing ("and to Spain?"): what is asked of it was asked before."""
    said = read(text).tokens.words
    own = content_words(text, language)
    asking = words("question_words", language) | words("wishes", language) | words("pronouns", language)
    return 0 < len(own) <= 2 and len(said) <= _NAMING and not asking & set(said) - {"to", "in", "nach", "a"}


def _questions_of(text: str, language: str) -> str:
    """Return what a long message asks last, without the log or the story before it; its end when it asks nothing."""
    if len(text) <= _LONG:
        return text
    sentences = [s.strip() for s in _SENTENCES.findall(text) if s.strip()]
    asked = [s for s in sentences if s.endswith("?") or (len(s) < _LONG and _asks(s, language))]
    kept = " ".join((asked or sentences)[-_LAST_QUESTIONS:])
    return kept[-_LONG:]


def _without_dismissal(text: str) -> str:
    """Return *text* without a clause that only declines a person ("no need for a human, how do I …")."""
    reading = read(text)
    declined = [m for m in reading.matches.get("person.clear", ()) if reading.has("person.unless", m.sentence)]
    if not declined:
        return text
    clauses = [m.span() for m in _CLAUSE.finditer(text)]
    places = {reading.tokens.spans[i][0] for m in declined for i in range(m.first, m.last + 1)}
    kept = "".join(text[a:b] for a, b in clauses if not any(a <= place < b for place in places)).strip()
    return kept if content_words(kept) else text


def _after_announcement(text: str, language: str) -> str | None:
    """Return the question a text announces as a new matter ("one more thing: …"); None when it announces none.

    What points back all the same ("another question about it") is no new matter.
    """
    reading = read(text)
    announced = [m for m in reading.matches.get("fresh", ()) if m.first == 0]
    if not announced:
        return None
    last = max(m.last for m in announced)
    rest = text[reading.tokens.spans[last][1] :].lstrip(" ,.:;-–—!…\n")
    said = read(rest).tokens.words
    back = any(w in words("pronouns", language) for w in said)
    return rest if said and content_words(rest, language) and not back else None


def _complains(text: str, language: str) -> bool:
    """Whether *text* says little more than that an answer did not help, so that the question is the one before."""
    reading = read(text)
    return reading.has("unhelped") and len(content_words(text, language)) <= _COMPLAINT


def _brings_news(text: str, asked: str, language: str) -> bool:
    """Whether *text* names something besides its complaint that the question before did not ("… what about Spain?")."""
    reading = read(text)
    said = reading.tokens.words
    complaint = {said[i] for m in reading.matches.get("unhelped", ()) for i in range(m.first, m.last + 1)}
    known = complaint | words("about_answers") | {fold(w) for w in content_words(asked, language)}
    return any(fold(w) not in known for w in content_words(text, language))


def leans(text: str, language: str) -> bool:
    """Whether *text* is short and points back: by a pronoun, by its opening, or for want of a subject."""
    reading = read(text)
    said = reading.tokens.words
    if not said or len(said) > 2 * _SHORT_FOLLOW_UP:
        return False
    own = content_words(text, language)
    pronoun = any(w in words("pronouns", language) for w in said)
    opening = reading.has("follow_up", 0)
    if len(said) > _SHORT_FOLLOW_UP:
        return pronoun and opening and len(own) <= 3
    return (pronoun and len(own) <= 3) or (opening and len(own) <= 2) or not own


def split_parts(text: str, language: str) -> tuple[str, ...]:
    """Return the parts of a question, each standing alone; one element for a single question."""
    if is_comparison(text, language):
        whole = [p for p in re.split(r"(?<=[?])\s+", text.strip()) if p]
        if len(whole) <= 1:
            return (text.strip(),)
    pieces = _pieces(text.strip(), language)
    if len(pieces) <= 1:
        return _listed(text.strip(), language) or (text.strip(),)
    parts: list[str] = []
    for piece in pieces[:_MAX_PARTS]:
        bare = _LEAD.sub("", piece).strip(" ,;")
        parts.append(standalone(bare, parts[:1], language) if parts else bare)
    return tuple(parts)


def asked_only(text: str) -> str | None:
    """Return the sentences of *text* that end in a question mark; None when those are all, or none."""
    sentences = [s.strip() for s in _SENTENCES.findall(text) if s.strip()]
    asked = [s for s in sentences if s.endswith("?")]
    return " ".join(asked) if asked and len(asked) < len(sentences) else None


def _pieces(text: str, language: str) -> list[str]:
    """Cut at marks and joiners, but keep a cut only where a question begins on its right."""
    spans: list[tuple[int, int]] = []
    asking = False
    start = 0
    for end, onward in [*(m.span() for m in _SPLIT.finditer(text)), (len(text), len(text))]:
        if text[start:end].strip():
            asks = _asks(text[start:end], language)
            if not spans or (asks and asking):
                spans.append((start, end))
            else:
                spans[-1] = (spans[-1][0], end)
            asking = asking or asks
        start = onward
    return [text[a:b] for a, b in spans]


def _listed(text: str, language: str) -> tuple[str, ...]:
    """Return what a wish lists ("tell me the price, the delivery time and the opening hours"); nothing if it does not.

    Each thing begins with an article or possessive of its own, and of two each must say what it is about.
    """
    wishes, determiners = words("wishes", language), words("determiners", language)
    if not any(word in wishes for word in read(text).tokens.words[:4]):
        return ()
    starts = [m.start(1) for m in _LISTING.finditer(text) if fold(m[1]) in determiners]
    first = next((m.start() for m in _WORD.finditer(text) if fold(m[0]) in determiners), None)
    if first is None or not starts or starts[0] <= first:
        return ()
    edges = [first, *starts, len(text)]
    things = tuple(_LAST_JOINER.sub("", text[a:b]).strip(" ,;.!?") for a, b in pairwise(edges))
    least = 1 if len(things) > 2 else 2
    return things[:_MAX_PARTS] if all(len(content_words(one, language)) >= least for one in things) else ()


def _asks(piece: str, language: str) -> bool:
    """Whether *piece* asks or requests something of its own: it opens with a question word or a wish and has a verb."""
    bare = _LEAD.sub("", piece.strip(" ,¿¡"))
    said = read(bare).tokens.words
    if len(said) < 2:
        return False
    opens = words("question_words", language) | words("wishes", language)
    return said[0] in opens or (piece.rstrip().endswith("?") and len(said) >= 3) or _wish_inside(said, language)


def _wish_inside(said: Sequence[str], language: str) -> bool:
    wishes = words("wishes", language)
    return len(said) > 3 and any(w in wishes for w in said[:3])


def is_comparison(text: str, language: str) -> bool:
    """Whether *text* asks to compare ("difference between", "which is better", "A or B")."""
    del language
    return read(text).has("comparison")


def similar(a: str, b: str) -> bool:
    """Whether *b* asks *a* again: mostly the same subject words, forgiving typos.

    >>> similar("Where is my order?", "WHERE IS MY ORDER???")
    True
    """
    first, second = read(a).tokens.words, read(b).tokens.words
    if not first or not second:
        return False
    if first == second:
        return True
    stop = words("stop")
    one = {w[:5] for w in first if w not in stop} or set(first)
    two = {w[:5] for w in second if w not in stop} or set(second)
    overlap = len(one & two) / min(len(one), len(two))
    union = len(one & two) / len(one | two)
    return (overlap >= 0.99 and union >= 0.4) or union >= 0.6 or _close(" ".join(first)[:300], " ".join(second)[:300])


def _close(a: str, b: str) -> bool:
    """Whether two texts are spelt nearly alike. The quick ratios are upper bounds of the dear one."""
    match = SequenceMatcher(None, a, b)
    return all(ratio() >= _ALIKE for ratio in (match.real_quick_ratio, match.quick_ratio, match.ratio))
