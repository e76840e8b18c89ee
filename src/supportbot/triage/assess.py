"""The Assessment: every reading of a turn put together. Pure; the engine searches, this module judges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from supportbot.domain.assessment import Assessment, Complexity, CriticalClass, Guard, Masked
from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.passage import Retrieval
from supportbot.triage.bursts import merge_burst
from supportbot.triage.critical import critical as find_critical
from supportbot.triage.followup import similar, split_parts, standalone
from supportbot.triage.guards import guard as find_guard
from supportbot.triage.guards import person_words
from supportbot.triage.heads import p_acceptable
from supportbot.triage.language import detect_language
from supportbot.triage.masking import mask
from supportbot.triage.mood import mood as find_mood
from supportbot.triage.normalising import cut, normalise
from supportbot.triage.reasons import found_reasons, signal_reasons
from supportbot.triage.requests import needs_person as find_needs_person
from supportbot.triage.requests import request_type
from supportbot.triage.signals import signals as read_signals

_UNLIKELY = 0.5  # where even the strong tier is more likely to fail than not, the ticket is complex
_UPLIFT = 0.15


def needs_retrieval(text: str, language: str, large_amount: int = 1000) -> bool:
    """Whether a search is worth making: neither a guard nor a critical class answers *text*."""
    return find_critical(text, language, large_amount) is None and find_guard(text, language) is None


def assess(
    text: str,
    *,
    history: Sequence[str],
    retrieval: Retrieval,
    deployments: Sequence[Deployment],
    language: str | None = None,
    repeats: int = 0,
    thumbs_down: int = 0,
    large_amount: int = 1000,
    query: str | None = None,
    parts: Sequence[str] | None = None,
) -> Assessment:
    """Return what triage finds in *text*; *large_amount* is in units of the currency.

    *query* and *parts* are taken as given when the caller has resolved them already. With a guard or a critical class
    an empty Retrieval will do.
    """
    spoken = language or detect_language(text)
    danger = find_critical(text, spoken, large_amount)
    stop = Guard.CRITICAL if danger else find_guard(text, spoken)
    if stop is not None:
        return _stopped(text, spoken, stop, danger, query)
    question = query if query is not None else standalone(text, history, spoken)
    pieces = tuple(parts) if parts is not None else split_parts(question, spoken)
    found = _Found(text, question, pieces, spoken, find_needs_person(text, spoken), find_mood(text, spoken))
    return _weighed(found, retrieval, deployments, repeats, thumbs_down)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the words of a turn say by themselves."""

    text: str
    question: str
    pieces: tuple[str, ...]
    language: str
    person: str | None
    mood: str


def _weighed(
    found: _Found, retrieval: Retrieval, deployments: Sequence[Deployment], repeats: int, thumbs_down: int
) -> Assessment:
    """Return the Assessment of a question that models may answer: its signals, and what each model makes of them."""
    readings = read_signals(
        found.text,
        found.question,
        found.pieces,
        retrieval,
        language=found.language,
        repeats=repeats,
        thumbs_down=thumbs_down,
        mood=found.mood,
        person=found.person,
    )
    chances = p_acceptable(readings, deployments)
    return Assessment(
        complexity=_complexity(chances, deployments, readings, found.person is not None),
        guard=None,
        critical=None,
        request_type=request_type(found.question, found.language),
        language=found.language,
        query=found.question,
        parts=found.pieces,
        signals=readings,
        p_acceptable=chances,
        needs_person=found.person is not None,
        mood=found.mood,
        reasons=signal_reasons(readings, found.text, found.question, found.person),
    )


def _stopped(
    text: str, language: str, stop: Guard, danger: tuple[CriticalClass, str] | None, query: str | None
) -> Assessment:
    """Return the Assessment of a turn that gets no answer call: nothing to search, nothing to predict."""
    to_person = stop in (Guard.CRITICAL, Guard.PERSON)
    return Assessment(
        complexity=Complexity.COMPLEX if to_person else Complexity.SIMPLE,
        guard=stop,
        critical=danger[0] if danger else None,
        request_type=request_type(text, language),
        language=language,
        query=query if query is not None else text,
        parts=(text,),
        needs_person=to_person,
        mood=find_mood(text, language),
        reasons=found_reasons(stop, danger, person_words(text)),
    )


def _complexity(
    chances: Mapping[str, float], deployments: Sequence[Deployment], readings: Mapping[str, float], person: bool
) -> Complexity:
    """Complex where no model is likely to do, medium where the strong tier clearly does better, else simple."""
    if person:
        return Complexity.COMPLEX
    fast = max((chances[d.name] for d in deployments if d.tier is Tier.FAST), default=None)
    strong = max((chances[d.name] for d in deployments if d.tier is Tier.STRONG), default=None)
    if fast is None or strong is None:
        several = readings["parts"] > 1 or readings["comparison"] > 0
        return Complexity.MEDIUM if several else Complexity.SIMPLE
    if max(fast, strong) < _UNLIKELY and readings["no_article"] == 0:
        return Complexity.COMPLEX
    return Complexity.MEDIUM if strong - fast > _UPLIFT else Complexity.SIMPLE


def quick(
    text: str,
    history: Sequence[str],
    *,
    retrieve: Callable[[str, str], Retrieval],
    deployments: Sequence[Deployment],
    large_amount: int = 1000,
) -> tuple[Masked, Assessment]:
    """Return the masked text and its Assessment, from raw text: everything triage does, in its order.

    *retrieve* takes a query and a language; it is called once, and not at all where a guard or a critical class fired.
    """
    masked = mask(cut(normalise(text))[0])
    earlier = [mask(cut(normalise(h))[0]).text for h in history]
    said = masked.text
    if find_critical(said, "", large_amount) is None:  # what is taken back hides nothing critical
        said = merge_burst([said])
    language = detect_language(said)
    if not needs_retrieval(said, language, large_amount):
        found, query = Retrieval(said), said
    else:
        query = standalone(said, earlier, language)
        found = retrieve(query, language)
    return masked, assess(
        said,
        history=earlier,
        retrieval=found,
        deployments=deployments,
        language=language,
        large_amount=large_amount,
        query=query,
        repeats=sum(similar(before, said) for before in earlier[-5:]),
    )
