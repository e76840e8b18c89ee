"""The data behind the embedded answerers: the search's word lists, cues of question kinds, and wording."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from supportbot.domain.words import fold, stem
from supportbot.knowledge.language import common, fillers, opened
from supportbot.knowledge.language import concepts as listed
from supportbot.knowledge.meanings import Said, meanings
from supportbot.knowledge.vocabulary import Vocabulary


def _load(name: str) -> Any:
    return yaml.safe_load(files("supportbot.providers.embedded").joinpath(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=20_000)
def concepts(term: str, language: str) -> frozenset[str]:
    """Return the concepts a stem stands for in *language*: the list is the search's own."""
    return meanings().of(term, language)


def phrases(said: Sequence[str], language: str) -> tuple[Said, ...]:
    """Return the multi-word expressions found in folded words, each with its concept."""
    return meanings().phrases(said, language)


@cache
def ordinary(language: str) -> frozenset[str]:
    """Return the folded words of *language*, and their stems, that rarely say what a question is about."""
    return common(language) | {stem(word, language) for word in common(language)}


@cache
def silent(language: str) -> frozenset[str]:
    """Return the folded words of *language* that carry no matter."""
    return fillers(language)


@lru_cache(maxsize=20_000)
def slips(word: str, language: str) -> frozenset[str]:
    """Return the concepts of the listed words that *word* is one slip away from."""
    near = _vocabulary(language).nearest(word)
    return frozenset().union(*(concepts(stem(one, language), language) for one in near))


@cache
def _vocabulary(language: str) -> Vocabulary:
    return Vocabulary(listed().surfaces(language))


@lru_cache(maxsize=20_000)
def with_parts(text: str, language: str) -> str:
    """Return *text* followed by the listed words its compounds begin or end with."""
    return opened(text, language)


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
