"""From passages to a prompt, and from an answer's numbers back to stored passages."""

import re
from collections.abc import Sequence

from supportbot.domain.message import Citation
from supportbot.domain.passage import Passage
from supportbot.domain.prompt import Prompt, PromptPassage
from supportbot.domain.words import terms
from supportbot.engine.context import TurnContext
from supportbot.engine.understanding import Understanding

#: How many of a passage's phrasings a model is shown: those nearest to the question.
_PHRASINGS = 3
_MARK = re.compile(r"\[(\d{1,2})\]")


def build_prompt(context: TurnContext, understanding: Understanding, company: str) -> Prompt:
    """Return the prompt of a turn: numbered passages, the standalone question, answers that did not help."""
    assessment, found = understanding.assessment, understanding.retrieval
    retry = understanding.repeats > 0 or context.failures > 0 or context.turn.minimum_tier is not None
    return Prompt(
        question=assessment.query,
        language=assessment.language,
        passages=numbered(understanding.passages, assessment.query),
        parts=assessment.parts if len(assessment.parts) > 1 else (),
        summary=context.summary,
        avoid=tuple(_MARK.sub("", m.text) for m in context.answers) if retry else (),
        company=company,
        relevance=tuple(round(one, 3) for one in found.by_part or (found.confidence,)),
    )


def numbered(passages: Sequence[Passage], question: str = "") -> tuple[PromptPassage, ...]:
    """Give passages the numbers 1, 2, … that an answer cites, and the phrasings nearest to the question."""
    return tuple(
        PromptPassage(i, p.title, p.heading, p.text, p.language, p.updated.isoformat(), _nearest(p, question))
        for i, p in enumerate(passages, start=1)
    )


def _nearest(passage: Passage, question: str) -> tuple[str, ...]:
    """The passage's phrasings that share most words with the question, best first; the listed order breaks ties."""
    asked = set(terms(question, passage.language))

    def shared(phrasing: str) -> float:
        said = set(terms(phrasing, passage.language))
        return len(asked & said) / (len(asked | said) or 1)

    return tuple(sorted(passage.asked_as, key=shared, reverse=True)[:_PHRASINGS])


def with_citations(text: str, passages: Sequence[Passage]) -> tuple[str, tuple[Citation, ...]]:
    """Return the text with its marks renumbered by first use, and the stored passage behind each mark.

    A number that names no passage is taken out: a citation can only point to what was retrieved.
    """
    order: dict[int, int] = {}
    for found in _MARK.findall(text):
        if 1 <= int(found) <= len(passages):
            order.setdefault(int(found), len(order) + 1)

    def renumber(match: re.Match[str]) -> str:
        new = order.get(int(match.group(1)))
        return f"[{new}]" if new else ""

    return _MARK.sub(renumber, text).strip(), tuple(_citation(new, passages[old - 1]) for old, new in order.items())


def _citation(index: int, passage: Passage) -> Citation:
    return Citation(
        index=index,
        passage_id=passage.id,
        article_id=passage.article_id,
        article_version=passage.article_version,
        title=passage.title,
        quote=passage.text,
        language=passage.language,
        updated=passage.updated.isoformat(),
    )
