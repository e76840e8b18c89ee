"""The data behind the embedded answerers: words that mean the same, cues of question kinds, and wording."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from supportbot.domain.words import fold, stem

LANGUAGES = ("en", "de", "es")


def _load(name: str) -> Any:
    return yaml.safe_load(files("supportbot.providers.embedded").joinpath(name).read_text(encoding="utf-8"))


@cache
def _groups() -> tuple[
    Mapping[str, Mapping[str, frozenset[str]]], Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
]:
    """Concepts by stem and by phrase, per language."""
    single: dict[str, dict[str, frozenset[str]]] = {code: {} for code in LANGUAGES}
    phrases: dict[str, list[tuple[re.Pattern[str], str]]] = {code: [] for code in LANGUAGES}
    for concept, by_language in _load("lexicon.yaml").items():
        for code, entries in by_language.items():
            for entry in map(fold, map(str, entries)):
                if " " in entry:
                    phrases[code].append((_phrase(entry), concept))
                else:
                    key = stem(entry, code)
                    single[code][key] = single[code].get(key, frozenset()) | {concept}
    return single, {code: tuple(found) for code, found in phrases.items()}


def _phrase(entry: str) -> re.Pattern[str]:
    """The words of *entry*, one other between them at most; from four letters on with an ending ("gift cards")."""
    inflected = (re.escape(word) + (r"\w{0,3}" if len(word) >= 4 else "") for word in entry.split())
    return re.compile(r"\b" + r"\s(?:\w+\s)?".join(inflected) + r"\b")


@lru_cache(maxsize=20_000)
def concepts(term: str, language: str) -> frozenset[str]:
    """Return the concepts a stem stands for in *language*."""
    return _groups()[0].get(language, {}).get(term, frozenset())


def phrases(folded: str, language: str) -> dict[str, str]:
    """Return the multi-word expressions found in a folded text, each with its concept."""
    return {
        match[0]: concept for pattern, concept in _groups()[1].get(language, ()) if (match := pattern.search(folded))
    }


@cache
def _cues() -> Mapping[str, Mapping[str, tuple[re.Pattern[str], ...]]]:
    return {
        cue: {side: tuple(re.compile(p) for p in patterns) for side, patterns in sides.items()}
        for cue, sides in _load("cues.yaml").items()
    }


def cues_asked(text: str) -> frozenset[str]:
    """Return the kinds of answer a question asks for: time, amount, steps, permission, place, reason."""
    folded = " ".join(fold(text).replace("¿", "").split())
    found = {cue for cue, sides in _cues().items() if any(p.search(folded) for p in sides["asked"])}
    if "time" in found or "amount" in found:
        found -= {"steps"}
    return frozenset(found)


@lru_cache(maxsize=20_000)
def cues_seen(text: str) -> frozenset[str]:
    """Return the kinds of answer a sentence gives."""
    folded = fold(text)
    return frozenset(cue for cue, sides in _cues().items() if any(p.search(folded) for p in sides["seen"]))


@cache
def wording() -> Mapping[str, Mapping[str, str]]:
    """Return the answerers' own few words, per language."""
    found: Mapping[str, Mapping[str, str]] = _load("wording.yaml")
    return found
