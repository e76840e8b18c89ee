"""Labelled questions: how they are read, and whether an answer holds the facts it had to contain."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml

HERE = Path(__file__).parent
HALVES = ("dev", "test")


class Kind(StrEnum):
    """What a question is, and with that what is right."""

    SIMPLE = "simple"  #: one article answers it
    PARTS = "parts"  #: several parts or a comparison
    FOLLOW_UP = "follow_up"  #: clear only after its history
    UNCOVERED = "uncovered"  #: no article covers it; right is to say so
    INTERNAL = "internal"  #: only an internal article speaks of it; right is to refuse
    PERSON = "person"  #: a matter for people; right is the handoff
    GUARD = "guard"  #: a greeting or thanks; right is an answer without a model


#: The kinds that an article answers.
ANSWERED = (Kind.SIMPLE, Kind.PARTS, Kind.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class Question:
    """One labelled question. Any of `articles` may come first; `tiers` are those it may deserve."""

    id: str
    text: str
    language: str
    kind: Kind
    tiers: tuple[str, ...] = ()  #: empty: nobody judged
    articles: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()  #: each with its wordings, separated by |
    style: str = ""  #: slang, long; of an uncovered question near or far
    history: tuple[str, ...] = ()  #: what the customer asked before, oldest first

    def answered_by(self, text: str) -> bool:
        """Whether every fact is in *text*."""
        return bool(self.facts) and all(holds(fact, text) for fact in self.facts)


def load(file: Path) -> list[Question]:
    """Return the questions of a file."""
    return [
        Question(
            id=str(one["id"]),
            text=one["text"],
            language=one["language"],
            kind=Kind(one["kind"]),
            tiers=tuple(str(one.get("tier", "")).split("|")) if one.get("tier") else (),
            articles=tuple(one.get("articles", ())),
            facts=tuple(str(fact) for fact in one.get("facts", ())),
            style=one.get("style", ""),
            history=tuple(one.get("history", ())),
        )
        for one in yaml.safe_load(file.read_text("utf-8"))
    ]


def half(name: str) -> list[Question]:
    """Return one half of the sample company's questions, `dev` or `test`, or those to fit to: `train`."""
    return load(HERE / f"questions_{name}.yaml")


def holds(fact: str, text: str) -> bool:
    """Whether *text* has one of the wordings of *fact*, as whole words, read by `plain`."""
    read = plain(text)
    return any(wording in read for wording in map(plain, fact.split("|")) if wording.strip())


_TO_TEN = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: str(number) for number, word in enumerate(_TO_TEN, 1)}
_AMOUNT = r"(\d{1,3}(?:[.,]\d{3})+(?!\d)|\d+(?:[.,]\d{2})?(?!\d))"
_MONEY = re.compile(rf"(?:€|\beur\b)\s?{_AMOUNT}|{_AMOUNT}\s?(?:€|euros?\b|eur\b)")
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d\d))?\s?(am|pm|uhr)\b")
_RANGE = re.compile(r"(\d)\s*(?:–|-|\bto\b|\bbis\b|\ba\b|\by\b|\band\b|\bund\b)\s*(?=\d)")
#: Marks that belong to a word when they stand inside it: prices, times, addresses.
_KEPT = "€$%.,:@"


def plain(text: str) -> str:
    """Return the words of *text* as they are compared, one space around each, so that 3 days is not in 13.

    4,90 €, 4.90 euros and €4.90 are one wording, and so are 3–5, three to five and 3 bis 5, or 8 pm and 20:00.
    """
    read = text.lower().replace("\u00a0", " ").replace("\u202f", " ")
    read = re.sub(r"\b[a-z]+\b", lambda found: _NUMBERS.get(found[0], found[0]), read)
    read = _MONEY.sub(lambda found: f" €{_number(found[1] or found[2])} ", read)
    read = _CLOCK.sub(lambda found: _hours(*found.groups()), read)
    read = _RANGE.sub(r"\1 to ", read)
    words = "".join(c if c.isalnum() or c in _KEPT else " " for c in read).split()
    return f" {' '.join(bare for word in words if (bare := word.strip('.,:')))} "


def _number(written: str) -> str:
    """Return an amount with a point before its cents and nothing between its thousands."""
    whole, mark, rest = written.replace(",", ".").rpartition(".")
    return whole.replace(".", "") + rest if mark and len(rest) == 3 else written.replace(",", ".")


def _hours(hour: str, minutes: str | None, half_of_day: str) -> str:
    later = 12 if half_of_day == "pm" and int(hour) < 12 else 0
    return f"{int(hour) + later:02}:{minutes or '00'}"
