"""The strong answerer: every part of a question, from as many articles as it takes."""

from collections.abc import Sequence

from supportbot.domain.answer import ABSTAIN, sentences
from supportbot.domain.prompt import Prompt
from supportbot.providers.embedded.comparing import compare
from supportbot.providers.embedded.composing import compose, fresh, labelled, languages
from supportbot.providers.embedded.contradicting import contradiction
from supportbot.providers.embedded.lexicon import cues_seen
from supportbot.providers.embedded.relevance import Asked, Matcher, Read, ask, read
from supportbot.providers.embedded.selecting import BESIDE, choose, find, key
from supportbot.providers.embedded.splitting import parts, relevance, standalone


def answer(prompt: Prompt) -> str:
    """Return an answer to every part, every sentence cited; `NOT_COVERED` for parts without one, or for all."""
    passages = [read(p) for p in prompt.passages]
    return fresh(prompt, lambda banned: _answer(prompt, passages, banned))


def _answer(prompt: Prompt, passages: Sequence[Read], banned: frozenset[str]) -> str:
    asked = standalone(parts(prompt), prompt.language)
    readings = [ask(part, prompt.language, context=topic, around=prompt.question) for part, topic in asked]
    sure = relevance(prompt, asked)
    answered = any(find(Matcher(one, passages), p, banned).answered for one, p in zip(readings, sure, strict=True))
    said: frozenset[str] = frozenset()
    sections: list[tuple[str, str]] = []
    for (part, _), reading, likely in zip(asked, readings, sure, strict=True):
        body = _part(reading, passages, banned, likely, beside=answered and len(asked) > 1)
        if body != ABSTAIN and _keys(body) <= said:
            if _gives(body, reading):
                continue  # answered above, in the same sentences
            body = ABSTAIN
        said |= _keys(body)
        sections.append((part, body))
    return labelled(sections, prompt.language)


def _gives(body: str, asked: Asked) -> bool:
    """Whether an answer gives the time or the amount that is asked for, if any is."""
    wanted = asked.cues & {"time", "amount"}
    return not wanted or bool(wanted & cues_seen(body))


def _keys(body: str) -> frozenset[str]:
    return frozenset(key(s.text) for s in sentences(body) if s.cites)


def _part(
    asked: Asked, passages: Sequence[Read], banned: frozenset[str], relevance: float | None, *, beside: bool
) -> str:
    """Answer one part: a comparison if it asks for one, a contradiction if there is one, else the best sentences.

    *beside* an answered part less is asked of this one: who asks two things asks about one matter.
    """
    language = asked.language
    if body := compare(asked.text, language, passages, banned):
        return body
    found = find(Matcher(asked, passages), relevance, banned)
    if not found.answered and not (beside and found.sure >= BESIDE):
        return ABSTAIN
    if body := contradiction(found.matcher, found.reads(), language):
        return body
    chosen = choose(found, everywhere=True)
    return compose(chosen, languages(passages), language) if chosen else ABSTAIN
