"""How hard, how risky? Pure functions over domain values; word lists and rules are package data."""

from supportbot.triage.assess import assess, needs_retrieval, quick
from supportbot.triage.bursts import is_fragment, merge_burst
from supportbot.triage.critical import critical
from supportbot.triage.followup import asked_only, is_comparison, leans, similar, split_parts, standalone
from supportbot.triage.guards import accepts, guard, instructs_model
from supportbot.triage.heads import p_acceptable
from supportbot.triage.language import detect_language
from supportbot.triage.masking import mask
from supportbot.triage.mood import mood, unhelped
from supportbot.triage.normalising import cut, normalise
from supportbot.triage.requests import REQUEST_TYPES, needs_person, request_type
from supportbot.triage.signals import signals
from supportbot.triage.waiting import about_waiting

__all__ = [
    "REQUEST_TYPES",
    "about_waiting",
    "accepts",
    "asked_only",
    "assess",
    "critical",
    "cut",
    "detect_language",
    "guard",
    "instructs_model",
    "is_comparison",
    "is_fragment",
    "leans",
    "mask",
    "merge_burst",
    "mood",
    "needs_person",
    "needs_retrieval",
    "normalise",
    "p_acceptable",
    "quick",
    "request_type",
    "signals",
    "similar",
    "split_parts",
    "standalone",
    "unhelped",
]
