"""The word lists and rules of every language, read once from package data and compiled into one matcher.

A language is a folder under `data/` with `words.yaml`, `guards.yaml`, `queue.yaml` and `critical.yaml`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from supportbot.triage.matching import Match, Matcher
from supportbot.triage.tokens import Tokens, fold, tokenise

# The base loader leaves words like "no", "on" and "yes" the strings they are.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
#: A number of three digits and more, as a slot of a pattern.
NUMBER_GROUP = {"number": ["#"]}


@dataclass(frozen=True, slots=True)
class Language:
    """One language's words, by list name, folded."""

    code: str
    lists: Mapping[str, frozenset[str]]

    def words(self, name: str) -> frozenset[str]:
        """Return the list called *name*; empty when the language has none."""
        return self.lists.get(name, frozenset())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything triage knows of words: languages by code, one matcher over all rules."""

    languages: Mapping[str, Language]
    matcher: Matcher


def _folders() -> list[Traversable]:
    root = files("supportbot.triage") / "data"
    return sorted((f for f in root.iterdir() if f.is_dir() and (f / "words.yaml").is_file()), key=lambda f: f.name)


def _read(folder: Traversable, name: str) -> dict[str, Any]:
    return dict(yaml.load((folder / name).read_text("utf-8"), Loader=_LOADER))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the compiled lexicon; the first call reads the files."""
    languages: dict[str, Language] = {}
    patterns: list[tuple[str, str]] = []
    groups: dict[str, list[str]] = dict(NUMBER_GROUP)
    ordinary: set[str] = set()
    for folder in _folders():
        words = _read(folder, "words.yaml")
        languages[folder.name] = Language(folder.name, dict(_lists(words)))
        ordinary.update(words["ordinary"], words["function_words"], words["stop"])
        for name in ("critical.yaml", "guards.yaml", "queue.yaml"):
            rules = _read(folder, name)
            own = _own_groups(folder.name, rules.pop("groups", {}), groups)
            patterns += [(label, _qualify(p, own)) for label, p in _rule_patterns(rules)]
        patterns += _word_patterns(folder.name, words)
    return Lexicon(languages, Matcher(patterns, groups, ordinary))


def _lists(words: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    for name, value in words.items():
        if isinstance(value, list):
            yield name, frozenset(fold(str(w)) for w in value)
        elif name in ("greeting", "thanks", "mood"):
            for part, entries in value.items():
                yield f"{name}.{part}", frozenset(fold(str(w)) for w in entries)


def _own_groups(code: str, own: Mapping[str, list[str]], groups: dict[str, list[str]]) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, members in own.items():
        names[name] = f"{code}.{name}"
        groups.setdefault(names[name], []).extend(str(m) for m in members)
    return names


def _qualify(pattern: str, names: Mapping[str, str]) -> str:
    for name, full in names.items():
        pattern = pattern.replace(f"@{name}", f"@{full}") if f"@{name}" in pattern else pattern
    return pattern


def _rule_patterns(rules: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in rules.items():
        if isinstance(value, Mapping):
            yield from _rule_patterns(value, f"{prefix}{name}.")
        else:
            for pattern in value:
                yield f"{prefix}{name}", str(pattern)


_PATTERN_LISTS = ("abandon", "fragment", "follow_up", "fresh", "comparison")


def _word_patterns(code: str, words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _PATTERN_LISTS:
        for pattern in words.get(name, ()):
            yield (name, str(pattern))
    for name in ("patience", "unhelped"):
        for pattern in words["mood"][name]:
            yield (name, str(pattern))
    for kind, phrases in words["request_types"].items():
        for phrase in phrases:
            yield (f"type.{code}.{kind}", str(phrase).replace("-", " "))


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's words and every rule found in them."""

    tokens: Tokens
    matches: Mapping[str, tuple[Match, ...]]

    def first(self, *labels: str) -> Match | None:
        """Return the first match of any of *labels*."""
        found = [m for label in labels for m in self.matches.get(label, ())]
        return min(found, key=lambda m: m.first) if found else None

    def has(self, label: str, sentence: int | None = None) -> bool:
        """Whether *label* was found, in *sentence* if one is given."""
        return any(sentence is None or m.sentence == sentence for m in self.matches.get(label, ()))

    def quote(self, match: Match) -> str:
        """Return the words of *match* as they stand in the text."""
        return self.tokens.quote(match.first, match.last)


@lru_cache(maxsize=32)
def read(text: str) -> Reading:
    """Return the rules found in *text*; the functions of one decision share one reading."""
    tokens = tokenise(text)
    by_label: dict[str, list[Match]] = {}
    for match in lexicon().matcher.find(tokens):
        by_label.setdefault(match.label, []).append(match)
    return Reading(tokens, {label: tuple(found) for label, found in by_label.items()})


@lru_cache(maxsize=64)
def words(name: str, language: str | None = None) -> frozenset[str]:
    """Return the list *name* of *language*, or of all languages together."""
    languages = lexicon().languages
    if language is not None and language in languages:
        return languages[language].words(name)
    return frozenset().union(*(known.words(name) for known in languages.values()))
