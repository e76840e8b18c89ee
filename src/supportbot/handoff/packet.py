"""Builds what the agent sees on one screen. Pure: everything it needs is passed in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from supportbot.domain.answer import sentences
from supportbot.domain.handoff import HandoffReason, Packet, Source, Tried
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.passage import Retrieval, Visibility
from supportbot.triage import instructs_model, merge_burst

_WHY = {
    HandoffReason.CUSTOMER_REQUEST: "The customer asked for a person.",
    HandoffReason.CRITICAL: "Rule “{rule}”. No automatic answer was given.",
    HandoffReason.MISSING_KNOWLEDGE: "The articles do not cover the question.",
    HandoffReason.NEEDS_PERSON: "Only a person can look this up or change it.",
    HandoffReason.REPEATED: "The answers did not help.",
    HandoffReason.ANGER: "The customer is upset.",
    HandoffReason.MODEL_FAILURE: "No model could be reached.",
    HandoffReason.LIMIT: "A limit of the desk was reached.",
    HandoffReason.RECOVERY: "The answer could not be finished.",
}

#: A number is read from its beginning only: from each of its digits, a page of digits would take seconds.
_AMOUNT = re.compile(r"(?:[€$£]\s?\d[\d.,]*\d|(?<![\d.,])\d[\d.,]*\s?(?:€|EUR|USD|GBP|\$|£))", re.IGNORECASE)
_ORDER = re.compile(
    r"\b(?:order|invoice|bestellung|rechnung|pedido|factura)\s*(?:no\.?|nr\.?|number|nummer|n[úu]mero|#)?\s*#?(\d{4,12})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when a handoff is opened. `retrieval` may hold internal passages: the packet is for agents."""

    messages: Sequence[Message]
    reason: HandoffReason
    trigger: str = ""
    rule: str = ""
    ratings: Mapping[str, str] = field(default_factory=dict)  #: message id to `up` or `down`
    tiers: Mapping[str, str] = field(default_factory=dict)  #: turn id to tier
    retrieval: Retrieval = field(default_factory=lambda: Retrieval(""))
    mood: str = "calm"
    language: str = "en"
    open_questions: tuple[str, ...] = ()


def build_packet(evidence: Evidence) -> Packet:
    """Return the packet. Customer words in it are quotations, cut to size, never instructions."""
    said = [m.text for m in evidence.messages if m.sender is Sender.CUSTOMER]
    return Packet(
        why=_WHY[evidence.reason].format(rule=evidence.rule.replace("_", " ")),
        trigger=_short(evidence.trigger, 120),
        wants=_short(_wants(said), 220),
        open_questions=evidence.open_questions,
        tried=_tried(evidence),
        sources=_sources(evidence),
        suggested_reply=_suggestion(evidence),
        suggested_sources=tuple(dict.fromkeys(h.passage.article_id for h in evidence.retrieval.hits[:1])),
        mood=evidence.mood,
        language=evidence.language,
        extracted=_extracted(said),
        injection_suspected=any(instructs_model(text) for text in said),
    )


def _wants(said: Sequence[str]) -> str:
    """The longest of the customer's last three messages says most, unless a later one corrects an earlier one."""
    latest = said[-3:]
    whole = merge_burst(latest)
    return whole if len(whole) < sum(map(len, latest)) else max(latest, key=len, default="")


def _tried(evidence: Evidence) -> tuple[Tried, ...]:
    answers = (m for m in evidence.messages if m.sender is Sender.BOT and m.kind is MessageKind.ANSWER)
    return tuple(
        Tried(_short(m.text, 120), evidence.tiers.get(m.turn_id or "", ""), evidence.ratings.get(m.id)) for m in answers
    )


def _sources(evidence: Evidence) -> tuple[Source, ...]:
    cited = {c.article_id: c for m in evidence.messages for c in m.citations}
    found = {h.passage.article_id: h for h in reversed(evidence.retrieval.hits)}
    first = [Source(c.article_id, c.title, Visibility.PUBLIC, True, 0.0) for c in cited.values()]
    others = [
        Source(key, hit.passage.title, hit.passage.visibility, False, round(hit.score, 2))
        for key, hit in sorted(found.items(), key=lambda pair: -pair[1].score)
        if key not in cited
    ]
    return tuple(first + others)[:5]


def _suggestion(evidence: Evidence) -> str:
    """The first sentences of the best passage: a start the agent reads and edits, never sent by itself.

    Empty for a critical matter, where an article's words could do harm.
    """
    if evidence.reason is HandoffReason.CRITICAL or evidence.retrieval.confidence < 0.35:
        return ""
    public = [h for h in evidence.retrieval.hits if h.passage.visibility is Visibility.PUBLIC]
    return " ".join(s.text for s in sentences(public[0].passage.text)[:2]) if public else ""


def _extracted(said: Sequence[str]) -> tuple[tuple[str, str], ...]:
    text = merge_burst(said)  # "sorry, 5512" takes the place of the number before it
    amounts = [("amount", found) for found in _AMOUNT.findall(text)]
    orders = [("order", found) for found in _ORDER.findall(text)]
    return tuple(dict.fromkeys(amounts + orders))[:6]


def _short(text: str, limit: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
