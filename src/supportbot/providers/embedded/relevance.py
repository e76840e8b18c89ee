"""How well passages and their sentences answer a question: term overlap weighted by rarity, and cues of its kind."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from supportbot.domain.prompt import PromptPassage
from supportbot.domain.words import alike, fold, mistyped, stem, terms, words
from supportbot.providers.embedded.lexicon import concepts, cues_asked, cues_seen, phrases
from supportbot.providers.embedded.reading import Kind, Unit, units

#: Share of a question's weighted words a passage must contain to count as covering it. Chosen on the sample articles:
#: below it, questions next to an article's subject begin to be answered with that article.
FLOOR = 0.55
#: What is left of a passage's coverage when the question asks for a time or an amount and no sentence gives one.
NO_FIGURE = 0.6
#: Weight of words outside the sentence that asks.
CONTEXT = 0.2
#: Weight of the words of an earlier part that this one leans on ("and does it …").
TOPIC = 0.6
#: Least weight of a word of the asking sentence, light ones aside; and the share of them an answer must touch.
FOCUS = 0.9
HALF = 0.5
_SPECIFIC = ("time", "amount")
_LIGHT_WORDS = """order item product day time buy bought customer problem issue question help back new old now
today method accept way use go find give show talk
work thing something anything someone bestellung artikel tag frage problem hilfe heute etwas pedido artículo día
pregunta problema ayuda hoy algo cosa"""
_LIGHT = frozenset(stem(word, code) for word in words(_LIGHT_WORDS) for code in ("en", "de", "es"))


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a question: its stem, what it stands for, and how much it counts."""

    stem: str
    concepts: frozenset[str]
    weight: float = 1.0


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


def ask(text: str, language: str, *, context: str = "") -> Asked:
    """Read a question; sentences that do not ask, and *context*, count less than those that do."""
    pieces = [piece for piece in re.split(r"(?<=[.!?…])\s+|\n+", text) if piece.strip()]
    focus = " ".join(p for p in pieces if p.rstrip().endswith("?")) or (pieces[-1] if pieces else text)
    found = {term.stem: term for term in _terms(focus, language, 1.0)}
    for around, weight in ((context, TOPIC), (text, CONTEXT)):
        for term in _terms(around, language, weight):
            found.setdefault(term.stem, term)
    return Asked(text, language, tuple(found.values()), cues_asked(focus))


def _terms(text: str, language: str, weight: float) -> list[Term]:
    folded = " ".join(words(text))
    found: list[Term] = []
    for said, concept in phrases(folded, language).items():
        found.append(Term(said, frozenset({concept}), weight))
        folded = folded.replace(said, " ")
    for term in dict.fromkeys(terms(folded, language)):
        light = 0.5 if term in _LIGHT else 1.0
        found.append(Term(term, concepts(term, language), weight * light))
    return found


@dataclass(frozen=True, slots=True)
class Read:
    """A passage with its units and the term sets of its heading and of each unit."""

    passage: PromptPassage
    units: tuple[Unit, ...]
    heading: frozenset[str]  #: of the title too
    near: frozenset[str]  #: of the heading the text stands under
    of_unit: tuple[frozenset[str], ...]

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every term of heading and text."""
        return self.heading.union(*self.of_unit)


def _vocabulary(text: str, language: str) -> frozenset[str]:
    named = {f"§{concept}" for concept in phrases(" ".join(words(text)), language).values()}
    return frozenset(terms(text, language)) | named


@lru_cache(maxsize=4096)
def read(passage: PromptPassage) -> Read:
    """Cut a passage into units and index their words."""
    cut = units(passage)
    head = _vocabulary(f"{passage.title} . {passage.heading}", passage.language)
    near = _vocabulary(passage.heading or passage.title, passage.language)
    return Read(passage, cut, head, near, tuple(_vocabulary(f"{u.lead} {u.text}", passage.language) for u in cut))


class Matcher:
    """Holds a question against a set of passages: which of its terms are where, and how much each is worth."""

    def __init__(self, asked: Asked, passages: Sequence[Read]) -> None:
        self.asked = asked
        self.passages = tuple(passages)
        self._found: dict[tuple[str, str], dict[str, float]] = {}
        self._weights = {term.stem: term.weight * self._rarity(term) for term in asked.terms}
        self.total = sum(self._weights.values()) or 1.0

    def _rarity(self, term: Term) -> float:
        """1 for a word in every passage, more the fewer have it (smoothed idf); one that none has counts as rarest."""
        holding = sum(self._best(term, p.vocabulary, p.passage.language) > 0 for p in self.passages)
        if not holding and term.weight < TOPIC:
            return 0.0  # what is told beside the question and no article speaks of
        return 1.0 + 0.4 * math.log(max(1, len(self.passages)) / max(1, holding))

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
        if term.concepts & concepts(word, language):
            return 0.85
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

    def words(self, vocabulary: frozenset[str], language: str) -> set[str]:
        """Return the words of a set that stand for one of the question's terms."""
        return {w for term in self.asked.terms for w in self._matches(term, language) if w in vocabulary}

    def answers(self, passage: Read) -> bool:
        """Whether at least half of what the asking sentence itself names is in *passage*."""
        focus = {t.stem: self._weights[t.stem] for t in self.asked.terms if t.weight >= FOCUS}
        held = self.gain(passage.vocabulary, passage.passage.language)
        return sum(held.get(stem, 0.0) for stem in focus) >= HALF * sum(focus.values())

    def coverage(self, passage: Read) -> float:
        """Return the weighted share of the question's terms in *passage*, less when the fact asked for is absent."""
        share = sum(self.gain(passage.vocabulary, passage.passage.language).values()) / self.total
        wanted = [cue for cue in _SPECIFIC if cue in self.asked.cues]
        seen = frozenset().union(*(cues_seen(unit.text) for unit in passage.units))
        return share if not wanted or any(cue in seen for cue in wanted) else share * NO_FIGURE

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
        return value + (0.05 if place == 0 else 0.0) - (0.08 if leans(unit.text) else 0.0) - _refers(unit.text)


_CUE_WORTH = {"time": 0.35, "amount": 0.35, "steps": 0.25, "permission": 0.06, "place": 0.08, "reason": 0.2}
_HOW_TO = re.compile(r"(how to|so |wie |como )")
_SEE = re.compile(r"\b(see|siehe|consulta|consulte|vea)\b|\bsays how\b")
_LEANING = re.compile(
    r"^(it|they|this|these|those|that|he|she|otherwise|however|but|then|in (that|this) case|also|instead|both"
    r"|after that|the same|your new|by then"
    r"|das|dies|diese|dieser|sie|dann|danach|sonst|ausserdem|jedoch|dabei|dafur|dazu"
    r"|esto|eso|ademas|entonces|despues|sin embargo|en ese caso|tambien|asi)\b"
)


def _refers(text: str) -> float:
    """What a sentence loses that only points to another article."""
    return 0.2 if _SEE.search(fold(text)) else 0.0


def leans(text: str) -> bool:
    """Whether a sentence needs the one before it ("It takes …")."""
    folded = fold(text)
    return bool(_LEANING.match(folded)) or " by then" in folded
