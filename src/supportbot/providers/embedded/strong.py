"""The strong answerer: every part of a question, from as many articles as it takes."""

from collections.abc import Sequence

from supportbot.domain.answer import ABSTAIN, sentences
from supportbot.domain.prompt import Prompt
from supportbot.providers.embedded.comparing import compare
from supportbot.providers.embedded.composing import compose, fresh, labelled, languages
from supportbot.providers.embedded.contradicting import contradiction
from supportbot.providers.embedded.relevance import Asked, Matcher, Read, ask, read
from supportbot.providers.embedded.selecting import choose, find, key
from supportbot.providers.embedded.splitting import parts, relevance, standalone


def answer(prompt: Prompt) -> str:
    """Return an answer to every part, every sentence cited; `NOT_COVERED` for parts without one, or for all."""
    passages = [read(p) for p in prompt.passages]
    return fresh(prompt, lambda banned: _answer(prompt, passages, banned))


def _answer(prompt: Prompt, passages: Sequence[Read], banned: frozenset[str]) -> str:
    said: frozenset[str] = frozenset()
    sections: list[tuple[str, str]] = []
    asked = parts(prompt)
    for (part, context), sure in zip(standalone(asked, prompt.language), relevance(prompt, asked), strict=True):
        reading = ask(part, prompt.language, context=context, around=prompt.question)
        body = _part(reading, passages, banned, sure)
        if body != ABSTAIN and _keys(body) <= said:
            continue  # answered above, in the same sentences
        said |= _keys(body)
        sections.append((part, body))
    return labelled(sections, prompt.language)


def _keys(body: str) -> frozenset[str]:
    return frozenset(key(s.text) for s in sentences(body) if s.cites)


def _part(asked: Asked, passages: Sequence[Read], banned: frozenset[str], relevance: float | None) -> str:
    """Answer one part: a comparison if it asks for one, a contradiction if there is one, else the best sentences."""
    language = asked.language
    if body := compare(asked.text, language, passages, banned):
        return body
    found = find(Matcher(asked, passages), relevance, banned)
    if not found.answered:
        return ABSTAIN
    if body := contradiction(found.matcher, found.reads(), language):
        return body
    chosen = choose(found, everywhere=True)
    return compose(chosen, languages(passages), language) if chosen else ABSTAIN
