"""How well a sentence of a passage answers a question, and whether anything does: readings, weighed by package data."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from supportbot.domain.words import fold, words
from supportbot.providers.embedded.lexicon import cues_seen
from supportbot.providers.embedded.reading import Kind, Unit, leans, points_on
from supportbot.providers.embedded.relevance import FOCUS, Matcher, Read, steps_heading, unasked

_CUES = ("time", "amount", "steps", "permission", "place", "reason")


@dataclass(frozen=True, slots=True)
class Judged:
    """A unit with its readings by name, and the log-odds they add up to."""

    unit: Unit
    read: Read
    readings: Mapping[str, float]
    value: float


class Judge:
    """Reads how the units of passages answer one question; made once per question."""

    def __init__(self, matcher: Matcher, *, searched: bool = True) -> None:
        self._matcher, self._searched = matcher, searched

    def units(self, passage: Read) -> list[Judged]:
        """Return every unit of *passage* as judged, in its order."""
        matcher, language = self._matcher, passage.passage.language
        gains = [matcher.gain(words, language) for words in passage.of_unit]
        head, near = matcher.gain(passage.heading, language), matcher.gain(passage.near, language)
        asked = matcher.gain(passage.asked, language)
        coverage, likeness = matcher.coverage(passage), matcher.likeness(passage)
        asked_so = float(words(matcher.asked.text) in [words(one) for one in passage.passage.asked_as])
        first = float(passage.passage.title == matcher.passages[0].passage.title) if self._searched else 1.0
        found = []
        for unit, own in zip(passage.units, gains, strict=True):
            around = _best(own, *gains[max(0, unit.place - 1) : unit.place], *gains[unit.place + 1 : unit.place + 2])
            readings = {
                "own": self._share(own),
                "heading": self._more(near, own),
                "title": self._more(head, _best(own, near)),
                "asked": self._more(asked, _best(own, head)),
                "around": self._more(around, _best(own, head)),
                "passage": coverage,
                "likeness": likeness,
                "asked_so": asked_so,
                "rank": 1 / passage.passage.index if self._searched else 1.0,
                "first": first,
                "rarest": matcher.rarest(own),
                "opening": float(unit.place == 0),
                "leaning": float(leans(unit.text)),
                "pointing": float(points_on(unit.text)),
                "unasked": unasked(matcher.asked, unit.text, language),
                "foreign": float(language != matcher.asked.language),
                "length": math.log(len(unit.text.split())),
                **self._cues(unit, passage),
            }
            found.append(Judged(unit, passage, readings, weighed(readings, "sentence")))
        return found

    def _cues(self, unit: Unit, passage: Read) -> dict[str, float]:
        """Which kinds of answer are asked for and given, and asked for and not given."""
        asked, seen = self._matcher.asked.cues, cues_seen(unit.text)
        found = {f"gives_{cue}": float(cue in asked and cue in seen) for cue in _CUES}
        listed = unit.kind is Kind.STEP or steps_heading(fold(passage.passage.heading))
        return found | {"listed": float("steps" in asked and listed)}

    def _share(self, gain: Mapping[str, float]) -> float:
        return sum(gain.values()) / self._matcher.total

    def _more(self, gain: Mapping[str, float], than: Mapping[str, float]) -> float:
        """What *gain* has beyond *than*."""
        return sum(max(0.0, value - than.get(term, 0.0)) for term, value in gain.items()) / self._matcher.total


#: The kinds of answer whose absence tells.
_SPECIFIC = ("time", "amount")
#: Sentences that are looked at for one.
_LOOKED_AT = 3
#: Bounds of P(right) as the search gives it, so that no reading outweighs all others.
_SURE = 0.98


#: P(answered) by the passages alone, below which no search can make them answer.
_LEAST = 0.25
#: What is left of it is 1 less this, where nobody searched and no passage knows a word of the question.
_STRANGE = 0.5


def sureness(matcher: Matcher, ranked: Sequence[Judged], relevance: float | None) -> float:
    """Return P(the best sentences answer the question).

    *relevance* is the search's P(its first article is right), None where nobody searched. It knows how rare words are
    among all articles, which passages alone do not show; but the passages have to speak of the matter themselves.
    """
    if not ranked or matcher.asked.empty:
        return 0.0
    readings = answer_readings(matcher, ranked)
    alone = _probability(weighed(readings, "alone"))
    if relevance is None:
        # Nobody has looked for the strange words elsewhere: each is the surest sign that the matter is another.
        return alone * (1 - _STRANGE * readings["strange"])
    if alone < _LEAST:
        return alone
    return _probability(weighed(readings | {"relevance": log_odds(relevance)}, "answer"))


def log_odds(p: float) -> float:
    """Return the log-odds of *p*, bounded."""
    sure = min(_SURE, max(1 - _SURE, p))
    return math.log(sure / (1 - sure))


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def answer_readings(matcher: Matcher, ranked: Sequence[Judged]) -> dict[str, float]:
    """Return what speaks for answering from *ranked*, best first."""
    best = ranked[0]
    language = best.read.passage.language
    telling = [term for term in matcher.asked.terms if not term.ordinary]
    focus = [term for term in telling if term.weight >= FOCUS]
    wanted = [cue for cue in _SPECIFIC if cue in matcher.asked.cues]
    seen = frozenset().union(*(cues_seen(one.unit.text) for one in ranked[:_LOOKED_AT]))
    rival = next((one.value for one in ranked if one.read is not best.read), best.value - 3)
    held = matcher.gain(best.read.heading | best.read.asked, language)
    return {
        "value": best.value,
        "own": best.readings["own"],
        "passage": best.readings["passage"],
        "likeness": best.readings["likeness"],
        "heads": best.readings["heading"] + best.readings["title"] + best.readings["asked"],
        "strange": matcher.strange(telling),
        "focus": matcher.part(held, focus),
        "telling": math.log1p(len(telling)),
        "asking": math.log1p(len(focus)),
        "misses": float(bool(wanted) and not any(cue in seen for cue in wanted)),
        "lead": best.value - rival,
        "first": best.readings["first"],
        "gap": matcher.gap(matcher.gain(best.read.vocabulary, language), telling),
        "share": _chance(ranked),
        "asked_so": best.readings["asked_so"],
    }


def _chance(ranked: Sequence[Judged]) -> float:
    """The share of the odds that the best sentences have among all: P(one of them answers, if any does)."""
    odds = [math.exp(one.value - ranked[0].value) for one in ranked]
    return sum(odds[:_LOOKED_AT]) / sum(odds)


def _best(*gains: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for gain in gains:
        for term, value in gain.items():
            found[term] = max(value, found.get(term, 0.0))
    return found


def weighed(readings: Mapping[str, float], name: str) -> float:
    """Return the log-odds that the readings add up to, with the weights of *name*."""
    rows = weights()[name]
    return rows["intercept"] + sum(rows.get(reading, 0.0) * value for reading, value in readings.items())


@cache
def weights() -> Mapping[str, Mapping[str, float]]:
    """Return the weights shipped with the package: of sentences, and of whether to answer at all."""
    raw = json.loads(files("supportbot.providers.embedded").joinpath("weights.json").read_text("utf-8"))
    return {name: {one: float(value) for one, value in raw[name].items()} for name in ("sentence", "alone", "answer")}
