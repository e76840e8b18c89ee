"""Contrasts two things: "difference between X and Y", "X or Y: which one …"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from supportbot.domain.answer import ABSTAIN
from supportbot.domain.words import fold, terms
from supportbot.providers.embedded.composing import compose, labelled, languages
from supportbot.providers.embedded.lexicon import concepts, cues_asked, cues_seen
from supportbot.providers.embedded.reading import Unit, leans
from supportbot.providers.embedded.relevance import Matcher, Read, ask
from supportbot.providers.embedded.selecting import key

_AND = r"\s+(?:and|und|y|e)\s+"
_BETWEEN = re.compile(
    rf"(?:differences?|differ|unterschied\w*|diferencias?)\s+(?:is\s+)?(?:between|zwischen|entre)\s+(.+?){_AND}([^?.,;]+)"
    r"|(?:compare|vergleiche?n?|compara\w*)\s+(.+?)\s+(?:with|to|and|mit|und|con|y)\s+([^?.,;]+)"
    r"|\b(?:is|are)\s+([^?.,;:]+?)\s+(?:\w{3,}er|more \w+)\s+than\s+([^?.,;]+)"
    r"|([^?.,;:]+?)\s+(?:vs\.?|versus)\s+([^?.,;:]+)"
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
#: What a sentence loses that says how to do something when nobody asked how.
_STEPS = 0.5
#: Share of its side's best score that a sentence must reach.
_WORTH = 0.6
#: What it is worth that the two sentences of a pair speak of the same.
_ALIKE = 0.6
#: How many sentences of each side are looked at for pairs.
_WIDE = 8


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides as the customer named them, their distinguishing words, and what is asked about them."""

    left: str
    right: str
    shared: str
    criterion: str
    cues: frozenset[str] = frozenset()

    @property
    def pairs(self) -> int:
        """How many sentences of each side to give: one when the question says by what it compares."""
        return 1 if self.criterion or self.cues & {"time", "amount"} else 2


def find(question: str, language: str) -> Comparison | None:
    """Return what *question* compares, or None when it compares nothing.

    >>> find("What is the difference between Plus and Gold?", "en")
    Comparison(left='plus', right='gold', shared='', criterion='', cues=frozenset())
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
    sides = _sides(left.strip(), right.strip(), rest, language)
    return sides and replace(sides, cues=cues_asked(question))


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
    criterion = [w for w in re.findall(r"[\w'-]+", rest) if _asks_by(w, sides, language)]
    return Comparison(left, right, " ".join(shared), " ".join(c for c in criterion if c not in _EMPTY))


def _asks_by(word: str, sides: set[str], language: str) -> bool:
    """Whether a word outside the sides says by what they are compared ("cheaper", "data")."""
    found = terms(word, language)
    if not found or sides & set(found):
        return False
    return bool(concepts(found[0], language)) or not (_CHOOSING.fullmatch(word) or _EDGE.fullmatch(word))


_FILLER = "difference differences between compare differ unterschied diferencia better option choice choose"
_EMPTY = frozenset(_FILLER.split())


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence about one side: how much it tells, and what it speaks of besides the sides."""

    score: float
    unit: Unit
    matter: frozenset[str]


def compare(question: str, language: str, passages: Sequence[Read], banned: frozenset[str]) -> str:
    """Return the contrast, both sides cited; a side nobody covers is labelled so; "" when nothing is compared."""
    asked = find(question, language)
    if asked is None:
        return ""
    own = [p for p in passages if p.passage.language == language]
    sources = languages(passages)
    for pool in (own, passages):
        left, right = (_side(asked, name, other, language, pool, banned) for name, other in _both(asked))
        if left and right:
            chosen = [*_deciding(asked, language, pool, banned), *_matched(asked, left, right)]
            own_first = sorted(dict.fromkeys(chosen), key=lambda unit: sources[unit.index] != language)
            return compose(own_first, sources, language)
    if not left and not right:
        return ""
    bodies = [compose([c.unit for c in side[:2]], sources, language) or ABSTAIN for side in (left, right)]
    return labelled(list(zip((asked.left, asked.right), bodies, strict=True)), language)


def _both(asked: Comparison) -> tuple[tuple[str, str], tuple[str, str]]:
    return (asked.left, asked.right), (asked.right, asked.left)


def _side(
    asked: Comparison, name: str, other: str, language: str, passages: Sequence[Read], banned: frozenset[str]
) -> list[_Candidate]:
    """The sentences that tell about one side, best first: they or their heading name it, and not the other."""
    mine = Matcher(ask(name, language), passages)
    theirs = Matcher(ask(other, language), passages)
    about = ask(f"{asked.criterion} {name} {asked.shared}".strip(), language)
    wanted = Matcher(replace(about, cues=asked.cues), passages)
    found = []
    for passage in passages:
        source = passage.passage.language
        for unit, words in zip(passage.units, passage.of_unit, strict=True):
            score = _about(mine, theirs, asked, passage, unit)
            if score > 0 and key(unit.text) not in banned and not leans(unit.text):
                sides = {*mine.words(words, source), *theirs.words(words, source)}
                score += wanted.score(passage, unit.place) - 0.02 * unit.index
                score -= _STEPS if "steps" in cues_seen(unit.text) - asked.cues else 0.0
                found.append(_Candidate(score, unit, frozenset(w for w in words - sides if not w[0].isdigit())))
    return sorted(found, key=lambda c: -c.score)


def _matched(asked: Comparison, left: Sequence[_Candidate], right: Sequence[_Candidate]) -> list[Unit]:
    """Pairs of sentences, one of each kind of answer where the question asks for a time and an amount."""
    if not asked.cues >= {"time", "amount"}:
        return _pairs(left, right, asked.pairs)
    chosen: list[Unit] = []
    for cue in ("time", "amount"):
        one, other = ([c for c in side if cue in cues_seen(c.unit.text)] for side in (left, right))
        chosen += _pairs(one, other, 1) if one and other else []
    return chosen or _pairs(left, right, asked.pairs)


def _pairs(left: Sequence[_Candidate], right: Sequence[_Candidate], limit: int) -> list[Unit]:
    """One sentence of each side at a time, those that speak of the same matter first ("costs …", "costs …")."""
    chosen: list[Unit] = []
    for _ in range(limit):
        open_left, open_right = _open(left, chosen), _open(right, chosen)
        pairs = [
            (a.score + b.score + _ALIKE * _common(a, b), a, b)
            for a in open_left
            for b in open_right
            if a.unit != b.unit
        ]
        if not pairs:
            break
        _, a, b = max(pairs, key=lambda pair: pair[0])
        chosen += [a.unit, b.unit]
    return chosen or [c.unit for c in (*left[:1], *right[:1])]


def _open(side: Sequence[_Candidate], chosen: Sequence[Unit]) -> list[_Candidate]:
    """What is left of a side and not far behind its best."""
    return [c for c in side[:_WIDE] if c.unit not in chosen and c.score >= _WORTH * side[0].score]


def _common(one: _Candidate, other: _Candidate) -> float:
    union = one.matter | other.matter
    return len(one.matter & other.matter) / len(union) if union else 1.0


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


_CONTRAST = re.compile(
    r";|\b(while|whereas|but|instead|better|rather|than|everything|both|only|wahrend|aber|sondern|besser|statt|als|alles"
    r"|mientras|pero|mejor|que|todo|ambos|solo)\b"
)


def _deciding(asked: Comparison, language: str, passages: Sequence[Read], banned: frozenset[str]) -> list[Unit]:
    """The sentence that decides: it meets the criterion; without a criterion, it contrasts both sides by itself."""
    criterion = Matcher(ask(asked.criterion, language), passages)
    sides = [Matcher(ask(name, language), passages) for name in (asked.left, asked.right)]
    best: tuple[float, Unit] | None = None
    for passage in passages:
        source = passage.passage.language
        for unit, words in zip(passage.units, passage.of_unit, strict=True):
            held = sum(criterion.gain(words, source).values()) / criterion.total
            named = sum(bool(side.gain(words, source)) for side in sides)
            contrasts = named == 2 and bool(_CONTRAST.search(fold(unit.text)))
            score = held + 0.3 * named + 0.3 * contrasts
            fits = named and held >= _CRITERION if asked.criterion else contrasts
            if fits and key(unit.text) not in banned and not leans(unit.text) and (best is None or score > best[0]):
                best = score, unit
    return [best[1]] if best else []
