"""A labelled day: what customers ask, and what the answer must contain to be right."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from random import Random

import yaml

from supportbot.domain.errors import BadInput


class Kind(StrEnum):
    """What a ticket of the day deserves."""

    SIMPLE = "simple"  #: one article answers it
    MEDIUM = "medium"  #: several parts or a comparison
    PEOPLE = "people"  #: asks for a person, or is a matter for one
    GUARD = "guard"  #: a greeting or thanks; needs no model
    UNCOVERED = "uncovered"  #: no article covers it; right is to say so


#: How often each kind comes in an ordinary day, in percent.
MIX = {Kind.SIMPLE: 76, Kind.MEDIUM: 14, Kind.PEOPLE: 5, Kind.GUARD: 2, Kind.UNCOVERED: 3}


@dataclass(frozen=True, slots=True)
class Asked:
    """One labelled question. Each fact is a tuple of wordings, any of which will do."""

    text: str
    kind: Kind
    facts: tuple[tuple[str, ...], ...] = ()
    reply: str = ""  #: what the simulated agent answers

    def right(self, answer: str) -> bool:
        """Whether every fact is in *answer*, capitals and marks aside."""
        plain = _plain(answer)
        return bool(self.facts) and all(any(_plain(w) in plain for w in wordings) for wordings in self.facts)


@cache
def questions() -> tuple[Asked, ...]:
    """Return the labelled questions, as shipped."""
    raw = yaml.safe_load((files(__package__) / "day.yaml").read_text("utf-8"))
    return tuple(
        Asked(
            text=entry["text"],
            kind=Kind(kind),
            facts=tuple(tuple(str(fact).split("|")) for fact in entry.get("facts", [])),
            reply=entry.get("reply", ""),
        )
        for kind, entries in raw.items()
        for entry in entries
    )


def draw(n: int, seed: int, pool: Sequence[Asked] | None = None) -> tuple[Asked, ...]:
    """Return *n* tickets of a day in the usual mix; the same seed gives the same day. BadInput below 1."""
    if n < 1:
        raise BadInput("A day has at least one ticket.")
    pool = pool or questions()
    random = Random(seed)
    by_kind = {kind: [q for q in pool if q.kind is kind] for kind in Kind}
    kinds = random.choices(list(MIX), weights=list(MIX.values()), k=n)
    return tuple(random.choice(by_kind[kind]) for kind in kinds)


#: Marks that belong to a word when they stand inside it: prices, times, addresses.
_KEPT = "€$%.,:@"


def _plain(text: str) -> str:
    """Return the words of *text*, one space around each, so that only whole words are found: 3 days is not in 13."""
    words = "".join(c if c.isalnum() or c in _KEPT else " " for c in text.lower()).split()
    return f" {' '.join(bare for word in words if (bare := word.strip('.,:')))} "
