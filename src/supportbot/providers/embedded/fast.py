"""The fast answerer: the best passage, its best sentences and their short paragraph, or an honest abstention."""

from supportbot.domain.answer import ABSTAIN
from supportbot.domain.prompt import Prompt
from supportbot.providers.embedded.composing import compose, fresh, languages
from supportbot.providers.embedded.relevance import Matcher, ask, read
from supportbot.providers.embedded.selecting import choose, in_reading_order, rank, rest_of_paragraph
from supportbot.providers.embedded.splitting import parts, standalone


def answer(prompt: Prompt) -> str:
    """Return an answer from one passage, every sentence cited, or `NOT_COVERED`.

    Looks at one passage only, so of a question with several parts it answers one.
    """
    return fresh(prompt, lambda banned: _answer(prompt, banned))


def _answer(prompt: Prompt, banned: frozenset[str]) -> str:
    passages = [read(p) for p in prompt.passages]
    for question, context in ((prompt.question, ""), *standalone(parts(prompt), prompt.language)):
        matcher = Matcher(ask(question, prompt.language, context=context), passages)
        for found in rank(matcher, passages, prompt.language, banned)[:1]:
            if chosen := choose(matcher, found.read, limit=2, banned=banned):
                whole = in_reading_order((*chosen, *rest_of_paragraph(found.read, chosen, banned)))
                return compose(whole, languages(passages), prompt.language)
    return ABSTAIN
