"""Sees when two passages say different figures of the same thing; names both and picks none."""

import re
from collections.abc import Sequence

from supportbot.domain.words import alike, fold, terms
from supportbot.providers.embedded.composing import cited, lead_in, say
from supportbot.providers.embedded.lexicon import concepts
from supportbot.providers.embedded.reading import Unit
from supportbot.providers.embedded.relevance import Matcher, Read
from supportbot.providers.embedded.selecting import key

#: Least score of a sentence that may contradict another.
FIRST = 0.3
#: Words that do not make it another subject.
_PASSING = frozenset({"item", "order", "delivery", "time", "parcel", "keep", "free", "open_box", "price"})
_PASSING_STEMS = """receiv receive customer full back date calendar work business working original unus unused day
possible allow accept arriv original charg tag werktag dia compra ware"""
_FIGURE = re.compile(
    r"(?:([€$£])\s?)?(\d+(?:[.,]\d+)?)(?:\s?([€$£%])|[\s-]+(?:working |business |calendar )?([a-z]+))?"
)


def contradiction(matcher: Matcher, found: Sequence[Read], language: str) -> str:
    """Return an answer that names both passages with their dates, or "" when nothing contradicts."""
    best = _best(matcher, found[0])
    if best is None:
        return ""
    for other in found[1:]:
        if other.passage.language != found[0].passage.language:
            continue
        for unit in other.units:
            if matcher.score(other, unit.place) >= FIRST and _differ(found[0], best, other, unit):
                return _both((found[0], best), (other, unit), language)
    return ""


def _best(matcher: Matcher, passage: Read) -> Unit | None:
    with_figure = [u for u in passage.units if _measures(u.text)]
    return max(with_figure, key=lambda u: matcher.score(passage, u.place), default=None)


def _measures(text: str) -> dict[str, set[str]]:
    """Figures by what they count: `{"day": {"30"}, "€": {"4.90"}}`."""
    found: dict[str, set[str]] = {}
    for before, number, sign, word in _FIGURE.findall(fold(text)):
        unit = before or sign or (word[:4] if word else "")
        if unit:
            found.setdefault(unit, set()).add(number.replace(",", "."))
    return found


def _differ(one: Read, a: Unit, other: Read, b: Unit) -> bool:
    """Whether two sentences have one subject, count the same thing, and have no figure of it in common."""
    first, second = _measures(a.text), _measures(b.text)
    apart = any(unit in second and not first[unit] & second[unit] for unit in first)
    if not apart or key(a.text) == key(b.text):
        return False
    language = one.passage.language
    mine, theirs = _subject(a.text, language), _subject(b.text, language)
    common = [t for t in mine if any(_same(t, o, language) for o in theirs)]
    return bool(common) and not _extra(mine, theirs, other, language) and not _extra(theirs, mine, one, language)


def _subject(text: str, language: str) -> list[str]:
    return [t for t in terms(text, language) if not any(c.isdigit() for c in t)]


def _same(one: str, other: str, language: str) -> bool:
    return alike(one, other) or bool(concepts(one, language) & concepts(other, language))


def _extra(mine: Sequence[str], theirs: Sequence[str], their_read: Read, language: str) -> list[str]:
    """My words that restrict the subject and that the other sentence and its heading do not have."""
    around = [*theirs, *terms(f"{their_read.passage.title} {their_read.passage.heading}", language)]
    passing = _PASSING_STEMS.split()
    return [
        word
        for word in mine
        if word not in passing
        and not concepts(word, language) & _PASSING
        and not any(_same(word, other, language) for other in around)
    ]


def _both(one: tuple[Read, Unit], other: tuple[Read, Unit], language: str) -> str:
    source = one[0].passage.language
    lines = [say("articles_differ", language), lead_in(source, language)]
    for read, unit in (one, other):
        lines += [f"“{read.passage.title}” ({read.passage.updated}):", cited(unit)]
    return "\n".join(line for line in lines if line)
