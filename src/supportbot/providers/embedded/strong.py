"""The strong answerer: every part of a question, from as many articles as it takes."""

import re
from collections.abc import Sequence

from supportbot.domain.answer import ABSTAIN, sentences
from supportbot.domain.prompt import Prompt
from supportbot.providers.embedded.comparing import compare
from supportbot.providers.embedded.composing import compose, fresh, labelled, languages
from supportbot.providers.embedded.contradicting import contradiction
from supportbot.providers.embedded.reading import Kind, Unit
from supportbot.providers.embedded.relevance import Asked, Matcher, Read, ask, read
from supportbot.providers.embedded.selecting import Found, choose, in_reading_order, key, rank, rest_of_paragraph
from supportbot.providers.embedded.splitting import parts, standalone

#: Most sentences of a part.
MOST = 3
#: How near a further passage must come to the first to add to the answer.
NEAR = 0.7


def answer(prompt: Prompt) -> str:
    """Return an answer to every part, every sentence cited; `NOT_COVERED` for parts without one, or for all."""
    passages = [read(p) for p in prompt.passages]
    return fresh(prompt, lambda banned: _answer(prompt, passages, banned))


def _answer(prompt: Prompt, passages: Sequence[Read], banned: frozenset[str]) -> str:
    said: frozenset[str] = frozenset()
    sections: list[tuple[str, str]] = []
    for part, context in standalone(parts(prompt), prompt.language):
        asked = ask(part, prompt.language, context=context, around=prompt.question)
        body = _part(asked, passages, banned)
        if body != ABSTAIN and _keys(body) & said:
            shorter = _part(asked, passages, banned | said)
            if shorter == ABSTAIN:
                continue  # answered above, in the same sentences
            body = shorter
        said |= _keys(body)
        sections.append((part, body))
    return labelled(sections, prompt.language)


def _keys(body: str) -> frozenset[str]:
    return frozenset(key(s.text) for s in sentences(body) if s.cites)


def _part(asked: Asked, passages: Sequence[Read], banned: frozenset[str]) -> str:
    """Answer one part: a comparison if it asks for one, a contradiction if there is one, else the best sentences."""
    language = asked.language
    if body := compare(asked.text, language, passages, banned):
        return body
    matcher = Matcher(asked, passages)
    found = rank(matcher, passages, language, banned)
    if not found:
        return ABSTAIN
    if body := contradiction(matcher, found, language):
        return body
    chosen = _gather(matcher, found, banned)
    return compose(chosen, languages(passages), language) if chosen else ABSTAIN


def _gather(matcher: Matcher, found: Sequence[Found], banned: frozenset[str]) -> tuple[Unit, ...]:
    """Up to three sentences: the best passage's, then others' that speak of what is still open."""
    first = found[0]
    chosen = list(choose(matcher, first.read, limit=2, banned=banned))
    if not chosen or chosen[0].kind is Kind.STEP:
        return tuple(chosen)
    had = _covered(matcher, first.read, chosen)
    for other in found[1:]:
        if len(chosen) >= MOST or other.value < NEAR * first.value:
            break
        if other.read.passage.language != first.read.passage.language:
            continue
        for unit in choose(matcher, other.read, limit=1, banned=banned | {key(u.text) for u in chosen}):
            new = _covered(matcher, other.read, [unit])
            if new - had and not _alike(unit, chosen):
                chosen.append(unit)
                had |= new
    more = rest_of_paragraph(first.read, chosen, banned)
    return in_reading_order([*chosen, *more]) if len(chosen) + len(more) <= MOST else tuple(chosen)


def _covered(matcher: Matcher, passage: Read, chosen: Sequence[Unit]) -> set[str]:
    """The question's telling terms in these units and in the heading they stand under."""
    language = passage.passage.language
    own = (passage.of_unit[u.place] for u in chosen)
    telling = {term.stem for term in matcher.asked.terms if not term.ordinary}
    return telling & set(matcher.gain(passage.heading.union(*own), language))


def _alike(unit: Unit, chosen: Sequence[Unit]) -> bool:
    """Whether a sentence says nearly what one of the chosen says."""
    mine = set(re.findall(r"\w+", key(unit.text)))
    for other in chosen:
        theirs = set(re.findall(r"\w+", key(other.text)))
        if len(mine & theirs) >= 0.75 * min(len(mine), len(theirs)):
            return True
    return False
