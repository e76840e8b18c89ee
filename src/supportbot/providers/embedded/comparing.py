"""Contrasts two things: "difference between X and Y", "X or Y: which one …"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from supportbot.domain.answer import ABSTAIN
from supportbot.domain.words import fold, terms
from supportbot.providers.embedded.composing import cited, labelled, lead_in
from supportbot.providers.embedded.reading import Unit
from supportbot.providers.embedded.relevance import Asked, Matcher, Read, ask, leans
from supportbot.providers.embedded.selecting import key

_AND = r"\s+(?:and|und|y|e)\s+"
_BETWEEN = re.compile(
    rf"(?:differences?|differ|unterschied\w*|diferencias?)\s+(?:is\s+)?(?:between|zwischen|entre)\s+(.+?){_AND}([^?.,;]+)"
    r"|(?:compare|vergleiche?n?|compara\w*)\s+(.+?)\s+(?:with|to|and|mit|und|con|y)\s+([^?.,;]+)"
    r"|([^?.,;:]+?)\s+(?:vs\.?|versus)\s+([^?.,;]+)"
    rf"|how (?:do|does|is|are)\s+(.+?)(?:{_AND}|\s+differ(?:s|ent)? from\s+)([^?.,;]+?)\s*(?:differ(?:ent)?\b|[?]|$)"
)
_EITHER = re.compile(r"([^?.,;:]+?)\s+(?:or|oder|o|u)\s+([^?.,;:]+)")
_CHOOSING = re.compile(
    r"\b(which|whether|better|best|cheaper|cheapest|faster|fastest|should i|rather|instead|difference"
    r"|prefer|more|longer|quicker"
    r"|welche\w*|besser|gunstiger|schneller|soll ich|lieber|unterschied|billiger|langer"
    r"|cual|mejor|mas barat\w+|mas rapid\w+|deberia|diferencia|conviene)\b"
)
_EDGE = re.compile(
    r"\b(is|are|do|does|should|would|will|can|could|i|we|which|what|one|to|choose|pick|between|take|get|better|best|cheaper"
    r"|faster|for|me|the|a|an|my|your|whether|if|than|ist|sind|soll|ich|welche\w*|was|besser|der|die|das|ein|eine|mein\w*|oder"
    r"|gunstiger|schneller|es|son|cual|que|debo|deberia|mejor|el|la|los|las|un|una|mi|su|tu|por)\b"
)
#: Least share of a criterion's words in the sentence that answers it.
_CRITERION = 0.5


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides as the customer named them, their distinguishing words, and what is asked about them."""

    left: str
    right: str
    shared: str
    criterion: str


def find(question: str, language: str) -> Comparison | None:
    """Return what *question* compares, or None when it compares nothing.

    >>> find("What is the difference between Plus and Gold?", "en")
    Comparison(left='plus', right='gold', shared='', criterion='')
    """
    folded = " ".join(fold(question).replace("¿", "").split())
    match = _BETWEEN.search(folded)
    if match is None and _CHOOSING.search(folded):
        match = _EITHER.search(folded)
    if match is None:
        return None
    left, right = (side for side in match.groups() if side)
    if match.re is _EITHER:
        left, right = _EDGE.split(left)[-1], _head(right)
    rest = f"{folded[: match.start()]} {folded[match.end() :]}" if match.re is _BETWEEN else folded
    return _sides(left.strip(), right.strip(), rest, language)


def _head(right: str) -> str:
    """The words after "or", up to the next verb or article ("or cancelling is better")."""
    pieces = [piece for piece in _EDGE.split(right) if piece and piece.strip()]
    heads = [piece for piece in pieces if not _EDGE.fullmatch(piece.strip())]
    return heads[0] if heads else right


def _sides(left: str, right: str, rest: str, language: str) -> Comparison | None:
    """Separate what tells the sides apart from what they share ("standard and express *delivery*")."""
    one, two = terms(left, language), terms(right, language)
    own_left = [t for t in one if t not in two]
    own_right = [t for t in two if t not in one]
    if not own_left or not own_right or len(one) > 6 or len(two) > 6:
        return None
    shared = [t for t in one if t in two]
    if len(own_right) > len(own_left):
        shared += own_right[len(own_left) :]
    elif len(own_left) > len(own_right):
        shared += own_left[len(own_right) :]
    sides = {*one, *two}
    plain = [w for w in re.findall(r"[\w'-]+", rest) if not _CHOOSING.fullmatch(w)]
    criterion = [
        w for w in plain if (found := terms(w, language)) and not sides & set(found) and not _EDGE.fullmatch(w)
    ]
    return Comparison(left, right, " ".join(shared), " ".join(c for c in criterion if c not in _EMPTY))


_FILLER = "difference differences between compare differ unterschied diferencia better option choice choose"
_EMPTY = frozenset(_FILLER.split())


def compare(question: str, language: str, passages: Sequence[Read], banned: frozenset[str]) -> str:
    """Return the contrast, both sides cited; a side nobody covers is labelled so; "" when nothing is compared."""
    asked = find(question, language)
    if asked is None:
        return ""
    own = [p for p in passages if p.passage.language == language]
    for pool in (own, list(passages)):
        sides = [_side(asked, name, other, language, pool, banned) for name, other in _both(asked)]
        if all(sides):
            return _contrast(asked, sides, language, pool, banned)
    if not any(sides):
        return ""
    return labelled([(n, _written(s, language, pool)) for (n, _), s in zip(_both(asked), sides, strict=True)], language)


def _both(asked: Comparison) -> tuple[tuple[str, str], tuple[str, str]]:
    return (asked.left, asked.right), (asked.right, asked.left)


def _side(
    asked: Comparison, name: str, other: str, language: str, passages: Sequence[Read], banned: frozenset[str]
) -> list[Unit]:
    """The sentences that tell most about one side: they or their heading name it, and not the other."""
    mine = Matcher(ask(name, language), passages)
    theirs = Matcher(ask(other, language), passages)
    wanted = Matcher(_question(asked, name, language), passages)
    scored = []
    for passage in passages:
        for unit in passage.units:
            if key(unit.text) in banned or leans(unit.text):
                continue
            score = _about(mine, theirs, asked, passage, unit)
            if score > 0:
                scored.append((score + wanted.score(passage, unit.place), -passage.passage.index, -unit.place, unit))
    scored.sort(key=lambda entry: entry[:3], reverse=True)
    return _best([(entry[0], entry[3]) for entry in scored], 1 if asked.criterion else 2)


def _question(asked: Comparison, name: str, language: str) -> Asked:
    return ask(f"{asked.criterion} {name} {asked.shared}".strip(), language)


def _about(mine: Matcher, theirs: Matcher, asked: Comparison, passage: Read, unit: Unit) -> float:
    """How surely a sentence is about this side and not the other: named in it counts more than in its heading."""
    language = passage.passage.language
    shared = set(asked.shared.split())
    own = set(mine.gain(passage.of_unit[unit.place], language)) - shared
    head = set(mine.gain(passage.heading, language)) - shared
    strange = set(theirs.gain(passage.of_unit[unit.place], language)) - shared
    title = set(theirs.gain(passage.heading, language)) - shared
    if not own and (not head or title or strange):
        return 0.0
    return (
        (1.0 if own else 0.4)
        + (0.3 if head else 0.0)
        - (0.6 if strange else 0.0)
        - (0.2 if title and not head else 0.0)
    )


def _best(scored: Sequence[tuple[float, Unit]], limit: int) -> list[Unit]:
    """The best sentence, and the next of the same passage if it is nearly as good."""
    if not scored:
        return []
    best, first = scored[0]
    more = [u for score, u in scored[1:] if score >= 0.75 * best and u.index == first.index]
    return sorted([first, *more[: limit - 1]], key=lambda u: u.place)


def _contrast(
    asked: Comparison, sides: Sequence[list[Unit]], language: str, passages: Sequence[Read], banned: frozenset[str]
) -> str:
    """The sentence that decides, if a criterion was named and one does, then each side."""
    chosen = _deciding(asked, language, passages, banned)
    chosen += [unit for side in sides for unit in side]
    return _written(list(dict.fromkeys(chosen)), language, passages)


def _deciding(asked: Comparison, language: str, passages: Sequence[Read], banned: frozenset[str]) -> list[Unit]:
    if not asked.criterion:
        return []
    criterion = Matcher(ask(asked.criterion, language), passages)
    sides = [Matcher(ask(name, language), passages) for name in (asked.left, asked.right)]
    best: tuple[float, Unit] | None = None
    for passage in passages:
        source = passage.passage.language
        for unit, words in zip(passage.units, passage.of_unit, strict=True):
            held = sum(criterion.gain(words, source).values()) / criterion.total
            named = sum(bool(side.gain(words, source)) for side in sides)
            heard = sum(bool(side.gain(words | passage.heading, source)) for side in sides)
            score = held + 0.3 * named + 0.1 * heard
            if held >= _CRITERION and named and key(unit.text) not in banned and (best is None or score > best[0]):
                best = score, unit
    return [best[1]] if best else []


def _written(chosen: Sequence[Unit], language: str, passages: Sequence[Read]) -> str:
    if not chosen:
        return ABSTAIN
    source = {p.passage.index: p.passage.language for p in passages}[chosen[0].index]
    return "\n".join(filter(None, (lead_in(source, language), " ".join(map(cited, chosen)))))
