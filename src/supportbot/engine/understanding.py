"""From a burst of messages to an Assessment: guards first, then search, then signals. Nothing here costs money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from supportbot import triage
from supportbot.domain.assessment import Assessment, Complexity, Guard
from supportbot.domain.decision import Reason, Tier
from supportbot.domain.passage import Passage, Retrieval
from supportbot.engine.config import Engine
from supportbot.engine.context import TurnContext

#: Most characters of the customer's words in a reason.
_QUOTED = 40
#: Passages asked of each search.
_HITS = 8
#: P(the top article is right) from which a find is not doubted.
_SURE = 0.5
_RANK = {None: 0, Tier.FAST.value: 1, Tier.STRONG.value: 2, Tier.HUMAN.value: 3}


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the turn is about, and the passages it may be answered from."""

    text: str  #: the burst as one text, masked
    assessment: Assessment
    retrieval: Retrieval
    passages: tuple[Passage, ...]
    repeats: int = 0
    trigger: str = ""  #: the words that fired a guard, a critical class or needs_person


def understand(engine: Engine, context: TurnContext) -> Understanding:
    """Return what triage finds in the turn's burst."""
    text = triage.merge_burst([m.text for m in context.burst])
    language = triage.detect_language(text, default=context.ticket.language)
    alarm = _alarm(engine, context, text, language)
    repeats = context.repeats(text)
    if alarm is None and context.person_offered and triage.accepts(text):
        return _accepted(engine, context, text, repeats)
    if alarm is not None or triage.guard(text, language) is not None:
        return _without_search(engine, context, text, language, alarm, repeats)
    query = triage.standalone(text, _spoken(context.history, language), language)
    query, parts, retrieval, passages = _searched(engine, query, language)
    assessment = triage.assess(
        text,
        history=context.history,
        retrieval=retrieval,
        deployments=tuple(engine.deployments.values()),
        language=language,
        repeats=repeats,
        thumbs_down=context.thumbs_down,
        large_amount=engine.config.large_amount,
        query=query,
        parts=parts,
    )
    trigger = (triage.needs_person(text, language) or "") if assessment.needs_person else ""
    return Understanding(text, assessment, retrieval, passages, repeats, trigger)


def _searched(engine: Engine, query: str, language: str) -> tuple[str, tuple[str, ...], Retrieval, tuple[Passage, ...]]:
    """Search for the question; where the find is doubtful, for its questions alone, without what is told beside."""
    parts = triage.split_parts(query, language)
    retrieval, passages = search(engine, query, parts, language)
    asked = triage.asked_only(query) if retrieval.confidence < _SURE else None
    if asked is not None:
        alone = triage.split_parts(asked, language)
        found, those = search(engine, asked, alone, language)
        if found.confidence > retrieval.confidence:
            return asked, alone, found, those
    return query, parts, retrieval, passages


def _spoken(history: Sequence[str], language: str) -> tuple[str, ...]:
    """Return what was said in *language*: the subject of a message in another is no subject in this one."""
    return tuple(said for said in history if triage.detect_language(said, default=language) == language)


def _accepted(engine: Engine, context: TurnContext, text: str, repeats: int) -> Understanding:
    """A plain yes to the offer of a person is a request for one."""
    plain = _without_search(engine, context, text, context.ticket.language, None, repeats)
    assessment = replace(
        plain.assessment,
        guard=Guard.PERSON,
        complexity=Complexity.COMPLEX,
        needs_person=True,
        reasons=(Reason("guard_person", f"The customer accepts the offer of a person: “{text[:_QUOTED]}”."),),
    )
    return replace(plain, assessment=assessment, repeats=0, trigger=text)


def _alarm(engine: Engine, context: TurnContext, text: str, language: str) -> tuple[str, str] | None:
    """Return text and quoted words of the first critical message of the burst; a later one never hides it."""
    for said in (text, *(m.text for m in context.burst)):
        found = triage.critical(said, language, engine.config.large_amount)
        if found is not None:
            return said, found[1]
    return None


def _without_search(
    engine: Engine, context: TurnContext, text: str, language: str, alarm: tuple[str, str] | None, repeats: int
) -> Understanding:
    said = alarm[0] if alarm else text
    assessment = triage.assess(
        said,
        history=context.history,
        retrieval=Retrieval(said),
        deployments=tuple(engine.deployments.values()),
        language=language,
        repeats=repeats,
        thumbs_down=context.thumbs_down,
        large_amount=engine.config.large_amount,
    )
    person = text if assessment.guard in (Guard.PERSON, Guard.PERSON_MAYBE) else ""
    return Understanding(text, assessment, Retrieval(said), (), repeats, alarm[1] if alarm else person)


def search(
    engine: Engine, query: str, parts: Sequence[str], language: str, *, internal: bool = False
) -> tuple[Retrieval, tuple[Passage, ...]]:
    """Search the question, and each part of it; readings of several parts are their mean."""
    found = [
        engine.knowledge.search(part, language=language, internal=internal, limit=_HITS)
        for part in (parts if len(parts) > 1 else [query])
    ]
    whole = found[0] if len(found) == 1 else _mean(query, found)
    passages: dict[str, Passage] = {}
    for rank in range(_HITS):
        for retrieval in found:
            if rank < len(retrieval.hits):
                passage = retrieval.hits[rank].passage
                passages.setdefault(passage.id, passage)
    return whole, tuple(passages.values())[: engine.config.max_passages]


def _mean(query: str, found: Sequence[Retrieval]) -> Retrieval:
    n = len(found)
    return Retrieval(
        query=query,
        hits=tuple(h for r in found for h in r.hits[:3]),
        top_score=sum(r.top_score for r in found) / n,
        margin=sum(r.margin for r in found) / n,
        agreement=sum(r.agreement for r in found) / n,
        coverage=sum(r.coverage for r in found) / n,
        confidence=sum(r.confidence for r in found) / n,
        by_part=tuple(r.confidence for r in found),
    )


def minimum_tier(context: TurnContext, understanding: Understanding) -> Tier | None:
    """Up a tier after an answer that did not help, a repeat or anger; a person after two, or anger at an answer."""
    angry = understanding.assessment.mood == "angry"
    if understanding.repeats >= 2 or context.failures >= 2 or (angry and context.answers):
        wanted: Tier | None = Tier.HUMAN
    elif understanding.repeats or context.failures or angry:
        wanted = Tier.STRONG
    else:
        wanted = None
    asked = Tier(context.turn.minimum_tier) if context.turn.minimum_tier else None
    return max(wanted, asked, key=lambda t: _RANK[t.value if t else None])
