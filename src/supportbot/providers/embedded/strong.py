"""The strong answerer: every part of a question, from as many articles as it takes."""

from supportbot.domain.prompt import Prompt
from supportbot.providers.embedded import fast


def answer(prompt: Prompt) -> str:
    """Return an answer."""
    return fast.answer(prompt)
