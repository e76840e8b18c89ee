"""Writes chosen units down as an answer: cited, in order, honest about the source's language, never a repeat."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from supportbot.domain.answer import ABSTAIN, sentences
from supportbot.domain.prompt import Prompt
from supportbot.providers.embedded.lexicon import wording
from supportbot.providers.embedded.reading import Kind, Unit
from supportbot.providers.embedded.relevance import Read
from supportbot.providers.embedded.selecting import key


def say(name: str, to: str, **values: object) -> str:
    """Return one of our own phrases in the language *to*, English where we have none in it."""
    said = wording()
    return said.get(to, said["en"])[name].format(**values)


def lead_in(source: str, language: str) -> str:
    """Return the line that says which language the source is in; empty when it is the customer's."""
    if source == language:
        return ""
    own = wording().get(language, wording()["en"])
    return say("source_language", language, language=own.get(source, own["other"]))


def cited(unit: Unit) -> str:
    """Return a unit with its mark."""
    return f"{unit.text} [{unit.index}]"


def compose(chosen: Sequence[Unit], sources: Mapping[int, str], language: str) -> str:
    """Return the units as text: sentences in a row, steps of one list below each other.

    *sources* is each passage's language; sentences in another than the customer's stand below a line that says so.
    """
    lines: list[str] = []
    for source, group in groupby(chosen, key=lambda unit: sources[unit.index]):
        units = list(group)
        lines.append(lead_in(source, language))
        if len(units) > 1 and all(u.kind is Kind.STEP and u.block == units[0].block for u in units):
            lines.append(units[0].lead)
            lines += [f"{number}. {cited(unit)}" for number, unit in enumerate(units, 1)]
        else:
            lines.append(" ".join(map(cited, units)))
    return "\n".join(filter(None, lines))


def languages(passages: Sequence[Read]) -> dict[int, str]:
    """Return each passage's language by its number."""
    return {read.passage.index: read.passage.language for read in passages}


def labelled(sections: Sequence[tuple[str, str]], language: str) -> str:
    """Join the parts' answers under labels: none for a single part, one abstention when no part is covered."""
    if all(body == ABSTAIN for _, body in sections):
        return ABSTAIN
    if len(sections) == 1:
        return sections[0][1]
    written = []
    for number, (part, body) in enumerate(sections, 1):
        written.append(f"**{_label(part) or say('question', language, number=number)}**\n{body}")
    return "\n\n".join(written)


_STRANGE = re.compile(r"[*_`<>\[\](){}|\\#:/@]|\d{3,}|" + ABSTAIN)
_CUT_OFF = re.compile(r"\b(or|and|the|a|oder|und|o|y)$")
_LONGEST = 90


def _label(part: str) -> str:
    """The customer's words as a label, if they are a short plain phrase without Markdown, links or long numbers."""
    text = " ".join(part.split()).strip(" ?¿.!,;-")
    text = re.split(r"(?<=[.!?])\s+", text)[-1].strip(" ?¿.!,;-")
    if not text or len(text) > _LONGEST or _STRANGE.search(text) or _CUT_OFF.search(text.lower()):
        return ""
    return text[0].upper() + text[1:]


def same(one: str, other: str) -> bool:
    """Whether two answers say the same, marks, layout and case aside."""
    said = [" ".join(key(s.text) for s in sentences(text)) for text in (one, other)]
    return said[0] == said[1]


def fresh(prompt: Prompt, write: Callable[[frozenset[str]], str]) -> str:
    """Return what *write* gives for no banned sentences, or, when that is to be avoided, something else or nothing."""
    draft = write(frozenset())
    if not any(same(draft, avoided) for avoided in prompt.avoid):
        return draft
    banned = frozenset(key(s.text) for avoided in prompt.avoid for s in sentences(avoided))
    draft = write(banned)
    return ABSTAIN if any(same(draft, avoided) for avoided in prompt.avoid) else draft
