"""How well passages and their sentences answer a question: term overlap weighted by rarity, and cues of its kind."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from supportbot.domain.prompt import PromptPassage
from supportbot.domain.words import alike, fold, mistyped, terms, words
from supportbot.providers.embedded.lexicon import (
    concepts,
    cues_asked,
    cues_seen,
    ordinary,
    phrases,
    silent,
    slips,
    with_parts,
)
from supportbot.providers.embedded.reading import Kind, Unit, leans, points_on, units
from supportbot.providers.embedded.splitting import asks, vague

#: What is left of a passage's coverage when the question asks for a time or an amount and no sentence gives one.
NO_FIGURE = 0.7
#: Weight of words outside the clause that asks, where they are found; they hardly count where they are not.
CONTEXT = 0.5
#: Weight of the words of the question's other parts, where they are found.
AROUND = 0.25
#: Weight of the words of an earlier part that this one leans on ("and does it …").
TOPIC = 0.6
#: Least weight of a word of the asking sentence, light and ordinary ones aside.
FOCUS = 0.9
#: Weight of an ordinary word where it is found, and how much of that counts against a passage without it.
ORDINARY, UNMISSED = 0.4, 0.2
#: What a word counts that none of the passages knows in any form, beside 1 for one that all of them have: such a word
#: (parking, bitcoin) is the surest sign that the question is about something else. A phrase is one way to read its
#: words, and less strange.
FOREIGN, UNHEARD = 2.0, 1.0
#: What the first sentence of a passage gains: it mostly says what the heading promises.
OPENING = 0.15
#: What a sentence loses that speaks of a case the question does not name.
CONDITION = 0.4
#: What a word is worth that only another section of the same article has.
BESIDE = 0.6
_SPECIFIC = ("time", "amount")
#: Concepts that nearly every question of a shop names; the order of a thing tells less than what is to be done with it.
_LIGHT = frozenset(
    "item order parcel day week month today person customer add accept include contact device arrive".split()  # noqa: SIM905
)
#: Concepts that only say that a time is asked for, which the cues read.
_TIMES = frozenset({"duration"})
#: Small words that the search looks for; here the cues read them.
_LOOKED_FOR = frozenset({"where", "wo", "donde", "long", "lange", "much", "viel"})
_LIGHT_WORDS = frozenset({"thing", "way", "something", "anything"})


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a question: its stem, what it stands for, and how much it counts."""

    stem: str
    concepts: frozenset[str]
    weight: float = 1.0
    ordinary: bool = False  #: counts where it is found, hardly where it is not


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as terms and kinds of answer."""

    text: str
    language: str
    terms: tuple[Term, ...]
    cues: frozenset[str]

    @property
    def empty(self) -> bool:
        """Whether the question has no word to search by."""
        return not self.terms


def ask(text: str, language: str, *, context: str = "", around: str = "") -> Asked:
    """Read a question; sentences and clauses that do not ask, and *context*, count less than those that do.

    *around* is the whole of what the customer said: it only tells apart what answers about as well.
    """
    focus = _asking(text)
    own = _terms(focus, language, 1.0)
    if vague(focus) or not any(term.weight >= FOCUS for term in own):
        own = _terms(text, language, 1.0)  # "what can I do?" asks about what was told before
    found = {term.stem: term for term in own}
    # "How many days will it be?" is about its topic; "does it include support?" about support first.
    alone = any(term.weight >= FOCUS and not term.ordinary for term in own)
    for term in _terms(context, language, TOPIC if alone else 1.0):
        found.setdefault(term.stem, term)
    for term in _terms(text, language, CONTEXT):
        found.setdefault(term.stem, replace(term, ordinary=True))
    for term in _terms(around, language, AROUND):
        found.setdefault(term.stem, replace(term, ordinary=True))
    # "And Gold?" asks what was asked of Plus.
    return Asked(text, language, tuple(found.values()), cues_asked(focus) or cues_asked(context))


def _asking(text: str) -> str:
    """The sentences that end in a question mark, and of the last of them only the clauses that ask."""
    pieces = [piece for piece in re.split(r"(?<=[.!?…])\s+|\n+", text) if piece.strip()]
    focus = " ".join(p for p in pieces if p.rstrip().endswith("?")) or (pieces[-1] if pieces else text)
    clauses = re.split(r"[,;]\s+|\s+[-–]\s+", focus)
    asking = [clause for clause in clauses if asks(clause)]
    return " ".join(asking) if asking else focus


def _terms(text: str, language: str, weight: float) -> list[Term]:
    said = words(text)
    taken: set[int] = set()
    named: dict[tuple[int, ...], frozenset[str]] = {}
    for one in phrases(said, language):
        named[one.at] = named.get(one.at, frozenset()) | {one.concept}
        taken.update(one.at)
    found = [_phrase(" ".join(said[i] for i in at), meant, weight) for at, meant in named.items()]
    rest = [word for at, word in enumerate(said) if at not in taken and not _says_nothing(word, language)]
    for word in dict.fromkeys(rest):
        for term in terms(word, language):
            found.append(_term(word, term, language, weight))
    return found


def _phrase(said: str, meant: frozenset[str], weight: float) -> Term:
    if meant & _TIMES:
        return Term(said, meant, weight * ORDINARY, ordinary=True)
    return Term(said, meant, weight * _lightness(meant))


def _says_nothing(word: str, language: str) -> bool:
    """Whether a word is small: by itself, or each side of its apostrophe ("where's")."""
    return all(part in silent(language) or part in _LOOKED_FOR or len(part) == 1 for part in word.split("'"))


def _term(word: str, term: str, language: str, weight: float) -> Term:
    meant = concepts(term, language)
    if meant & _TIMES or (not meant and _is_ordinary(word, term, language)):
        return Term(term, meant, weight * ORDINARY, ordinary=True)
    meant = meant or slips(word, language)
    return Term(term, meant, weight * (0.5 if term in _LIGHT_WORDS else _lightness(meant)))


def _is_ordinary(word: str, term: str, language: str) -> bool:
    """Whether a word says little: a figure, a listed word, or an English adverb."""
    adverb = language == "en" and word.endswith("ly") and len(word) > 4
    return adverb or word[0].isdigit() or word in ordinary(language) or term in ordinary(language)


def _lightness(meant: frozenset[str]) -> float:
    return 0.5 if meant and meant <= _LIGHT else 1.0


@dataclass(frozen=True, slots=True)
class Read:
    """A passage with its units and the term sets of its heading, its phrasings and each unit."""

    passage: PromptPassage
    units: tuple[Unit, ...]
    heading: frozenset[str]  #: of the title too
    near: frozenset[str]  #: of the heading the text stands under
    asked: frozenset[str]  #: of what customers ask it for
    phrasings: tuple[frozenset[str], ...]  #: the same, one by one
    of_unit: tuple[frozenset[str], ...]

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every term of heading, phrasings and text."""
        return self.heading.union(self.asked, *self.of_unit)


def _vocabulary(text: str, language: str) -> frozenset[str]:
    """Terms, and with a § before them the concepts that words and phrases stand for."""
    found = frozenset(terms(with_parts(text, language), language))
    named = {f"§{one.concept}" for one in phrases(words(text), language)}
    return found | named | {f"§{concept}" for term in found for concept in concepts(term, language)}


@lru_cache(maxsize=4096)
def read(passage: PromptPassage) -> Read:
    """Cut a passage into units and index their words."""
    cut = units(passage)
    head = _vocabulary(f"{passage.title} . {passage.heading}", passage.language)
    near = _vocabulary(passage.heading or passage.title, passage.language)
    said = tuple(_vocabulary(one, passage.language) for one in passage.asked_as)
    of_unit = tuple(_vocabulary(f"{u.lead} {u.text}", passage.language) for u in cut)
    return Read(passage, cut, head, near, frozenset().union(*said), said, of_unit)


class Matcher:
    """Holds a question against a set of passages: which of its terms are where, and how much each is worth."""

    def __init__(self, asked: Asked, passages: Sequence[Read]) -> None:
        self.asked = asked
        self.passages = tuple(passages)
        self._found: dict[tuple[str, str], dict[str, float]] = {}
        self._unknown: set[str] = set()
        self._weights = {term.stem: term.weight * self._rarity(term) for term in asked.terms}
        self.total = sum(self._weights.values()) or 1.0

    def _rarity(self, term: Term) -> float:
        """1 for a word in every passage, more the fewer have it (smoothed idf); FOREIGN for one that none has."""
        holding = sum(self._best(term, p.vocabulary, p.passage.language) > 0 for p in self.passages)
        if not holding and " " in term.stem:
            self._unknown.add(term.stem)
            return UNHEARD
        if not holding:
            self._unknown.add(term.stem)
            beside = term.weight < TOPIC and not term.ordinary  # told beside the question
            return 0.0 if beside else UNMISSED if term.ordinary else FOREIGN
        return 1.0 + 0.4 * math.log(max(1, len(self.passages)) / holding)

    def _matches(self, term: Term, language: str) -> dict[str, float]:
        """Every word of the passages in *language* that stands for *term*, with how surely it does."""
        key = (term.stem, language)
        if key not in self._found:
            pool = frozenset().union(*(p.vocabulary for p in self.passages if p.passage.language == language))
            exact = {word: value for word in pool if (value := self._likeness(term, word, language)) > 0}
            self._found[key] = exact or {word: 0.75 for word in pool if mistyped(term.stem, word)}
        return self._found[key]

    def _likeness(self, term: Term, word: str, language: str) -> float:
        if term.stem == word:
            return 1.0
        if alike(term.stem, word):
            return 0.9
        if word.startswith("§"):
            return 0.9 if word[1:] in term.concepts else 0.0
        compound = language == "de" and len(term.stem) >= 5 and term.stem in word
        return 0.85 if compound else 0.0

    def _best(self, term: Term, vocabulary: frozenset[str], language: str) -> float:
        return max((value for word, value in self._matches(term, language).items() if word in vocabulary), default=0.0)

    def gain(self, vocabulary: frozenset[str], language: str) -> dict[str, float]:
        """Return what each of the question's terms is worth in a set of words; absent ones are left out."""
        found = {}
        for term in self.asked.terms:
            if value := self._best(term, vocabulary, language):
                found[term.stem] = value * self._weights[term.stem]
        return found

    def strange(self, asked: Sequence[Term]) -> float:
        """Return the weighted share of *asked* that none of the passages knows in any form."""
        total = sum(self._weights[term.stem] for term in asked)
        return sum(self._weights[t.stem] for t in asked if t.stem in self._unknown) / total if total else 0.0

    def part(self, gain: Mapping[str, float], asked: Sequence[Term]) -> float:
        """Return the weighted share of *asked* in *gain*; 0 of nothing asked."""
        total = sum(self._weights[term.stem] for term in asked)
        got = sum(min(gain.get(term.stem, 0.0), self._weights[term.stem]) for term in asked)
        return got / total if total else 0.0

    def rarest(self, gain: Mapping[str, float]) -> float:
        """Return how much of the weightiest term's weight the weightiest one in *gain* has."""
        return max(gain.values(), default=0.0) / (max(self._weights.values(), default=0.0) or 1.0)

    def gap(self, gain: Mapping[str, float], asked: Sequence[Term]) -> float:
        """Return the largest share that one missing term has of the weight of *asked*."""
        total = sum(self._weights[term.stem] for term in asked)
        missing = max((self._weights[t.stem] - gain.get(t.stem, 0.0) for t in asked), default=0.0)
        return max(0.0, missing) / total if total else 0.0

    def words(self, vocabulary: frozenset[str], language: str) -> set[str]:
        """Return the words of a set that stand for one of the question's terms."""
        return {w for term in self.asked.terms for w in self._matches(term, language) if w in vocabulary}

    def likeness(self, passage: Read) -> float:
        """Return how like the question is to the nearest of the passage's phrasings (Jaccard of words and concepts)."""
        telling = [term for term in self.asked.terms if not term.ordinary]
        mine = {t.stem for t in telling}.union(*({f"§{one}" for one in t.concepts} for t in telling))
        return max((len(mine & one) / len(mine | one) for one in passage.phrasings if one or mine), default=0.0)

    def coverage(self, passage: Read) -> float:
        """Return the weighted share of the question's terms in *passage*, less when the fact asked for is absent."""
        share = self._share(passage, self.asked.terms)
        wanted = [cue for cue in _SPECIFIC if cue in self.asked.cues]
        seen = frozenset().union(*(cues_seen(unit.text) for unit in passage.units))
        return share if not wanted or any(cue in seen for cue in wanted) else share * NO_FIGURE

    def _share(self, passage: Read, asked: Sequence[Term]) -> float:
        """The weighted share of terms in a passage, or at less in another section of its article."""
        language = passage.passage.language
        held = self.gain(passage.vocabulary, language)
        kin = frozenset().union(*(p.vocabulary for p in self.passages if p.passage.title == passage.passage.title))
        beside = self.gain(kin, language)
        covered = missed = 0.0
        for term in asked:
            got = max(held.get(term.stem, 0.0), BESIDE * beside.get(term.stem, 0.0))
            covered += got
            missed += (self._weights[term.stem] - got) * (UNMISSED if term.ordinary else 1.0)
        return covered / (covered + missed) if covered else float(not asked)

    def score(self, passage: Read, place: int) -> float:
        """Return how well one unit answers: its own terms, its heading's and title's at less, its kind."""
        unit = passage.units[place]
        own = self.gain(passage.of_unit[place], passage.passage.language)
        head = self.gain(passage.heading, passage.passage.language)
        near = self.gain(passage.near, passage.passage.language)
        around = {term: (0.5 if term in near else 0.3) * value for term, value in head.items()}
        value = sum(max(own.get(term, 0.0), around.get(term, 0.0)) for term in {*own, *around}) / self.total
        if not own and not head:
            return 0.0
        value += sum(_CUE_WORTH[cue] for cue in self.asked.cues & cues_seen(unit.text))
        if "steps" in self.asked.cues and (unit.kind is Kind.STEP or _HOW_TO.match(fold(passage.passage.heading))):
            value += 0.15
        value += (OPENING if place == 0 else 0.0) - (0.08 if leans(unit.text) else 0.0) - 0.2 * points_on(unit.text)
        return value - CONDITION * unasked(self.asked, unit.text, passage.passage.language)


def unasked(asked: Asked, text: str, language: str) -> float:
    """Return the share of a sentence's opening condition ("If …,", "For Gold members") that nobody asked about."""
    match = _CONDITION.match(fold(text))
    told = [term for term in _terms(match[1] or match[2], language, 1.0) if not term.ordinary] if match else []
    unmet = sum(not _names(asked, term) for term in told)
    return unmet / len(told) if told else 0.0


def _names(asked: Asked, told: Term) -> bool:
    """Whether one of the question's terms says the same."""
    return any(told.concepts & term.concepts or alike(told.stem, term.stem) for term in asked.terms)


_CUE_WORTH = {"time": 0.35, "amount": 0.35, "steps": 0.35, "permission": 0.06, "place": 0.08, "reason": 0.2}
_HOW_TO = re.compile(r"(how to|so |wie |como )")
_CONDITION = re.compile(
    r"(?=on [^,;:.]{0,20}\d)on ([^,;:.]{1,40}\b(?:january|december))|"
    r"(?:if|when|once|for|with|from|wenn|falls|fur|mit|aus|bei|si|con|para|desde|cuando) "
    r"([^,;:.]{1,80}?(?:,|:|\b(?:members|mitglieder|socios|orders)\b))"
)


def steps_heading(heading: str) -> bool:
    """Whether a folded heading announces how something is done."""
    return bool(_HOW_TO.match(heading))
