"""The fast answerer: the best article's best sentences, or an honest abstention."""

from supportbot.domain.answer import ABSTAIN
from supportbot.domain.prompt import Prompt
from supportbot.providers.embedded.composing import compose, fresh, languages
from supportbot.providers.embedded.relevance import Matcher, ask, read
from supportbot.providers.embedded.selecting import choose, find
from supportbot.providers.embedded.splitting import parts, relevance, standalone


def answer(prompt: Prompt) -> str:
    """Return an answer from one article, every sentence cited, or `NOT_COVERED`.

    Looks at one article only, so of a question with several parts it answers one.
    """
    return fresh(prompt, lambda banned: _answer(prompt, banned))


def _answer(prompt: Prompt, banned: frozenset[str]) -> str:
    passages = [read(p) for p in prompt.passages]
    asked = standalone(parts(prompt), prompt.language)
    sure = relevance(prompt, asked)
    whole = (prompt.question, ""), max((one for one in sure if one is not None), default=None)
    for (question, context), likely in (whole, *zip(asked, sure, strict=True)):
        found = find(Matcher(ask(question, prompt.language, context=context), passages), likely, banned)
        if found.answered and (chosen := choose(found, everywhere=False)):
            return compose(chosen, languages(passages), prompt.language)
    return ABSTAIN
