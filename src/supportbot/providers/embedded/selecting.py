"""Chooses for a question the sentences that answer it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supportbot.domain.words import fold
from supportbot.providers.embedded.judging import Judge, Judged, sureness
from supportbot.providers.embedded.lexicon import cues_seen
from supportbot.providers.embedded.reading import Kind, Unit, leans
from supportbot.providers.embedded.relevance import Matcher, Read

#: Least P(answered) to say anything: chosen for honest refusals first (docs/decisions/0010).
FLOOR = 0.4
#: The same of a part, when another part of the question is answered.
BESIDE = 0.2
#: The same where nobody searched, so that only the passages tell how rare a word is.
UNSEARCHED = 0.5
#: How far the customer's own language may lie behind another that answers better.
FOREIGN = 1.5
#: How far a sentence's log-odds may lie behind the best one's: in its passage, in its article, and in another.
NEAR, BESIDES, ELSEWHERE = 2.0, 1.5, 0.5
#: From this lead on the best sentence opens the answer, wherever it stands in its passage.
CLEAR = 0.3
#: Most sentences of an answer to one question, and most words.
MOST, LONGEST = 4, 90
#: Most steps that are given of one way to do something.
STEPS = 7


@dataclass(frozen=True, slots=True)
class Found:
    """The passages' sentences for one question, best first, and P(the best of them answer it)."""

    matcher: Matcher
    ranked: tuple[Judged, ...]
    sure: float
    least: float  #: of P to answer

    @property
    def answered(self) -> bool:
        """Whether there is enough for an answer."""
        return bool(self.ranked) and self.sure >= self.least

    def reads(self) -> tuple[Read, ...]:
        """Return the passages by their best sentence, as far as they are near the best one's."""
        near = (one.read for one in self.ranked if one.value >= self.ranked[0].value - NEAR)
        return tuple({read.passage.index: read for read in near}.values())


def key(text: str) -> str:
    """Return a sentence as compared for repeats: its folded words alone."""
    return " ".join(re.findall(r"\w+", fold(text)))


def find(matcher: Matcher, relevance: float | None, banned: frozenset[str] = frozenset()) -> Found:
    """Judge every sentence of the matcher's passages, in one language: the customer's if that is about as good.

    *relevance* is the search's P(its first article is right), None where nobody searched; *banned* sentences are left
    out.
    """
    judge = Judge(matcher, searched=relevance is not None)
    judged = [one for read in matcher.passages for one in judge.units(read) if key(one.unit.text) not in banned]
    ranked = sorted(judged, key=lambda one: (-one.value, one.unit.index, one.unit.place))
    if ranked:
        own = next((one for one in ranked if _language(one) == matcher.asked.language), ranked[0])
        spoken = _language(own if own.value >= ranked[0].value - FOREIGN else ranked[0])
        ranked = [one for one in ranked if _language(one) == spoken]
    least = FLOOR if relevance is not None else UNSEARCHED
    return Found(matcher, tuple(ranked), sureness(matcher, ranked, relevance), least)


def _language(one: Judged) -> str:
    return one.read.passage.language


def choose(found: Found, *, everywhere: bool) -> tuple[Unit, ...]:
    """Return the sentences of an answer in reading order: of the best article, or of any with *everywhere*."""
    best = found.ranked[0]
    near = [one for one in found.ranked if one.value >= best.value - _reach(one, best, everywhere)]
    if steps := _steps(found, best):
        return steps
    chosen: list[Judged] = []
    words = 0
    for one in near:
        long = len(one.unit.text.split())
        if len(chosen) < MOST and words + long <= LONGEST and not _said(one, chosen):
            chosen.append(one)
            words += long
    return _in_order(_supported(found, chosen), best, found)


def _reach(one: Judged, best: Judged, everywhere: bool) -> float:
    """How far *one* may lie behind the best sentence to be said with it."""
    if one.read is best.read:
        return NEAR
    if one.read.passage.title == best.read.passage.title:
        return BESIDES
    return ELSEWHERE if everywhere else 0.0


def _steps(found: Found, best: Judged) -> tuple[Unit, ...]:
    """The steps around the best sentence, where the question asks how and the sentence is one of several steps."""
    if "steps" not in found.matcher.asked.cues:
        return ()
    allowed = {one.unit.place for one in found.ranked if one.read is best.read}
    units = [unit for unit in best.read.units if unit.place in allowed]
    if best.unit.kind is Kind.STEP:
        return tuple(unit for unit in units if unit.block == best.unit.block)[:STEPS]
    if "steps" not in cues_seen(best.unit.text):
        return ()
    run = [best.unit]
    for unit in units[units.index(best.unit) + 1 :]:
        if "steps" not in cues_seen(unit.text) and not leans(unit.text):
            break
        run.append(unit)
    return tuple(run[:STEPS]) if len(run) > 2 else ()


def _said(one: Judged, chosen: Sequence[Judged]) -> bool:
    """Whether a sentence says nearly what one of the chosen says."""
    mine = set(re.findall(r"\w+", key(one.unit.text)))
    for other in chosen:
        theirs = set(re.findall(r"\w+", key(other.unit.text)))
        if len(mine & theirs) >= 0.75 * min(len(mine), len(theirs)):
            return True
    return False


def _supported(found: Found, chosen: Sequence[Judged]) -> list[Judged]:
    """Add before each leaning sentence the one it leans on; leave it out where that one may not be said."""
    by_place = {(one.unit.index, one.unit.place): one for one in found.ranked}
    kept: dict[tuple[int, int], Judged] = {}
    for one in chosen:
        at = (one.unit.index, one.unit.place)
        before = by_place.get((at[0], at[1] - 1))
        if leans(one.unit.text) and at[1] > 0:
            if before is None:
                continue
            kept.setdefault((at[0], at[1] - 1), before)
        kept[at] = one
    return list(kept.values())


def _in_order(chosen: Sequence[Judged], best: Judged, found: Found) -> tuple[Unit, ...]:
    """Passage by passage, in each as it is written; a best sentence with a clear lead comes first of all."""
    order = list(dict.fromkeys(one.unit.index for one in sorted(chosen, key=lambda one: -one.value)))
    units = sorted((one.unit for one in chosen), key=lambda unit: (order.index(unit.index), unit.place))
    others = [one.value for one in found.ranked if one is not best]
    clear = not others or best.value - others[0] >= CLEAR
    if clear and best.unit in units and not leans(best.unit.text):
        units.remove(best.unit)
        units.insert(0, best.unit)
    return in_reading_order(units)


def in_reading_order(chosen: Iterable[Unit]) -> tuple[Unit, ...]:
    """Return the units as given, except that a leaning sentence stays behind its support."""
    ordered = list(chosen)
    for unit in list(ordered):
        if leans(unit.text):
            ordered.remove(unit)
            at = next(
                (i + 1 for i, u in enumerate(ordered) if u.place == unit.place - 1 and u.index == unit.index), None
            )
            ordered.insert(len(ordered) if at is None else at, unit)
    return tuple(ordered)
