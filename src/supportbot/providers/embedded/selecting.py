"""Chooses passages for a question and sentences of a passage."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supportbot.domain.words import fold
from supportbot.providers.embedded.reading import Kind, Unit
from supportbot.providers.embedded.relevance import FLOOR, Matcher, Read, leans

#: Least score of a first sentence, and share of it a second one must reach.
FIRST = 0.3
SECOND = 0.5
#: What a place further down in the search's ranking costs.
PRIOR = 0.1
#: What it is worth that customers ask for the passage in these words.
LIKE = 0.3
#: How much better a passage in another language must answer to be preferred to the customer's own.
FOREIGN = 0.35
#: From this share of the best score on, sentences of one passage stay in its order.
EVEN = 0.85
#: Most words of a sentence that says too little by itself ("We do not exchange items directly.").
BRIEF = 11
#: A paragraph of at most so many sentences and words is given whole, best sentence first.
PARAGRAPH_SENTENCES = 3
PARAGRAPH_WORDS = 60
#: Most steps of one list that are given whole.
STEPS = 7


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that covers a question well enough, with its coverage and its best sentence's score."""

    read: Read
    coverage: float
    best: float
    likeness: float = 0.0  #: to one of its phrasings

    @property
    def value(self) -> float:
        """Order among passages; what retrieval put first wins ties."""
        return self.coverage + self.best + LIKE * self.likeness - PRIOR * min(self.read.passage.index, 6)


def key(text: str) -> str:
    """Return a sentence as compared for repeats: its folded words alone."""
    return " ".join(re.findall(r"\w+", fold(text)))


def rank(
    matcher: Matcher, passages: Sequence[Read], language: str, banned: frozenset[str] = frozenset()
) -> list[Found]:
    """Return the passages over the floor, best first; those in the customer's language if they answer about as well."""
    found = []
    for passage in passages:
        coverage = matcher.coverage(passage)
        if matcher.asked.empty or coverage < FLOOR or not matcher.answers(passage):
            continue
        scores = [matcher.score(passage, u.place) for u in passage.units if key(u.text) not in banned]
        if scores and max(scores) >= FIRST:
            found.append(Found(passage, coverage, max(scores), matcher.likeness(passage)))
    found.sort(key=lambda f: -f.value)
    own = [f for f in found if f.read.passage.language == language]
    return own if own and own[0].best >= found[0].best - FOREIGN else found


def choose(matcher: Matcher, passage: Read, *, limit: int, banned: frozenset[str] = frozenset()) -> tuple[Unit, ...]:
    """Return the units that answer best, direct answer first: at most *limit*, or a whole list of steps."""
    scored = [(matcher.score(passage, u.place), u) for u in passage.units if key(u.text) not in banned]
    scored.sort(key=lambda pair: (-pair[0], pair[1].place))
    if not scored or scored[0][0] < FIRST:
        return ()
    best, first = scored[0]
    if first.kind is Kind.STEP and "steps" in matcher.asked.cues:
        return _whole_list(passage, first, banned)
    chosen = [first]
    if leans(first.text) and limit > 1 and (before := _before(passage, first, banned)):
        chosen = [before, first]
    for score, unit in scored[1:]:
        if len(chosen) < limit and score >= SECOND * best and _adds(matcher, passage, chosen, unit):
            chosen.append(unit)
    if len(chosen) < limit and len(first.text.split()) <= BRIEF and (after := _after(passage, first, banned)):
        chosen.append(after)
    scores = {u.place: score for score, u in scored}
    if all(scores[u.place] >= EVEN * best for u in chosen):
        chosen.sort(key=lambda u: u.place)
    return in_reading_order(chosen)


def _whole_list(passage: Read, first: Unit, banned: frozenset[str]) -> tuple[Unit, ...]:
    steps = [u for u in passage.units if u.block == first.block and key(u.text) not in banned]
    return tuple(steps[:STEPS])


def rest_of_paragraph(passage: Read, chosen: Sequence[Unit], banned: frozenset[str]) -> list[Unit]:
    """Return what else stands in the paragraph of the best sentence, where that is short enough to be read at a glance.

    What somebody asks in words of their own is more often in the paragraph than in the sentence that resembles it most.
    """
    around = [u for u in passage.units if u.block == chosen[0].block and u.kind is Kind.SENTENCE]
    if len(around) > PARAGRAPH_SENTENCES or sum(len(u.text.split()) for u in around) > PARAGRAPH_WORDS:
        return []
    had = {key(u.text) for u in chosen}
    return [u for u in around if key(u.text) not in had | banned]


def _before(passage: Read, unit: Unit, banned: frozenset[str]) -> Unit | None:
    """The sentence a leaning one leans on."""
    if unit.place == 0 or unit.kind is not Kind.SENTENCE:
        return None
    before = passage.units[unit.place - 1]
    return before if key(before.text) not in banned else None


def _after(passage: Read, unit: Unit, banned: frozenset[str]) -> Unit | None:
    """What the same paragraph goes on to say."""
    following = passage.units[unit.place + 1 : unit.place + 2]
    fits = [u for u in following if u.block == unit.block and u.kind is Kind.SENTENCE and key(u.text) not in banned]
    return fits[0] if fits else None


def _adds(matcher: Matcher, passage: Read, chosen: Sequence[Unit], unit: Unit) -> bool:
    """Whether a further unit says something about the question that the chosen ones do not, and stands on its own."""
    if key(unit.text) in {key(u.text) for u in chosen}:
        return False
    if leans(unit.text) and passage.units[unit.place - 1] not in chosen:
        return False
    language = passage.passage.language
    had = set().union(*(matcher.gain(passage.of_unit[u.place], language) for u in chosen))
    new = set(matcher.gain(passage.of_unit[unit.place], language)) - had
    follows = any(unit.place == u.place + 1 for u in chosen)
    return bool(new) or follows


def in_reading_order(chosen: Iterable[Unit]) -> tuple[Unit, ...]:
    """Return the best first, except that a leaning sentence stays behind its support."""
    ordered = list(chosen)
    for unit in list(ordered):
        if leans(unit.text):
            ordered.remove(unit)
            at = next(
                (i + 1 for i, u in enumerate(ordered) if u.place == unit.place - 1 and u.index == unit.index), None
            )
            ordered.insert(len(ordered) if at is None else at, unit)
    return tuple(ordered)
