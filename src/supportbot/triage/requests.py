"""What a message asks for: its request type, and whether only a person can do it."""

from supportbot.triage.lexicon import read

#: Every request type, most telling first: the order settles ties.
REQUEST_TYPES = (
    "privacy", "security", "gift_card", "warranty", "store", "refund", "returns", "delivery", "membership",
    "billing", "account", "order", "how_to", "general",
)  # fmt: skip
# `how_to` names the form of a question, `order` its most common noun: both yield to a topic.
_WEIGHTS = {"how_to": 0.4, "order": 0.7}


def request_type(text: str, language: str) -> str:
    """Return the request type whose phrases *text* uses most; `general` when none. *language* settles ties."""
    scores: dict[str, float] = {}
    for label, found in read(text).matches.items():
        if label.startswith("type."):
            _, code, kind = label.split(".")
            weight = _WEIGHTS.get(kind, 1.0) * (1.0 if code == language else 0.9)
            words = 1 if kind == "how_to" else sum(1 + m.last - m.first for m in found)
            scores[kind] = scores.get(kind, 0.0) + weight * words
    if not scores:
        return "general"
    return max(scores, key=lambda kind: (round(scores[kind], 3), -REQUEST_TYPES.index(kind)))


def needs_person(text: str, language: str) -> str | None:
    """Return the words with which *text* asks for what only a person can do, or None.

    Looking up or changing one order or account, an exception, two accounts; not "how do I" and not "where is my order".
    """
    del language
    reading = read(text)
    always = reading.first("needs_person.always")
    if always:
        return reading.quote(always)
    for match in reading.matches.get("needs_person.patterns", ()):
        if not reading.has("needs_person.unless", match.sentence):
            return reading.quote(match)
    return None
