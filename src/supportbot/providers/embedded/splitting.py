"""Splits a question into the parts it asks."""

import re

from supportbot.domain.prompt import Prompt
from supportbot.domain.words import fold, terms

_ASKING = (
    r"(?:what|how|when|where|which|who|why|can|could|do|does|did|is|are|will|would|may|should|must"
    r"|was|wie|wann|wo|welche[rsn]?|wer|warum|kann|kannst|darf|gibt|ist|sind|muss|werden"
    r"|que|como|cuando|cuanto|cuanta|cuantos|donde|cual|quien|puedo|puede|hay|es|tengo|se puede)"
)
_JOINT = re.compile(
    rf"[,;]?\s+(?:and|und|y|e|plus|&)\s+(?:(?:also|auch|ausserdem|tambien|ademas|then|so)\s+)?(?=[¿]?{_ASKING}\b)"
    rf"|[,;]\s*(?:also|auch|ausserdem|tambien|ademas)\s*,?\s+(?=[¿]?{_ASKING}\b)"
)
_ENDS = re.compile(r"(?<=[?])\s*(?=\S)|\n+")
#: Most parts that are answered; what comes after belongs to a person's eye.
MOST = 5


def parts(prompt: Prompt) -> tuple[str, ...]:
    """Return the question's parts: those triage found, else a split at question marks and "and how …"."""
    if len(prompt.parts) > 1:
        return _joined(prompt.parts)[:MOST]
    return split(prompt.question)[:MOST] or (prompt.question,)


def relevance(prompt: Prompt, asked: tuple[tuple[str, str], ...]) -> tuple[float | None, ...]:
    """Return for each part of *asked*, paired with what it leans on, the search's P(right); None if nobody searched.

    Where the search took other parts it is their mean. A part that leans on another is as likely as the best before it:
    a search for "how many days will it be" alone knows nothing of the matter.
    """
    given = prompt.relevance
    if not given:
        return (None,) * len(asked)
    fitting = given if len(given) == len(asked) else (sum(given) / len(given),) * len(asked)
    found: list[float] = []
    for likely, (_, topic) in zip(fitting, asked, strict=True):
        found.append(max(likely, *found) if topic and found else likely)
    return tuple(found)


_GIVEN = re.compile(r"(if|when|wenn|falls|si|cuando)\b(?!.*[?]\s*$)")


def _joined(found: tuple[str, ...]) -> tuple[str, ...]:
    """Put a part that only says in which case ("If I cancel Plus") before the part that asks."""
    joined: list[str] = []
    case = ""
    for part in found:
        if _GIVEN.match(fold(part)) and not case:
            case = f"{part.rstrip(' ,')}, "
        else:
            joined.append(case + part)
            case = ""
    return tuple([*joined, case] if case else joined)


def split(question: str) -> tuple[str, ...]:
    """Split a question by itself; sentences that ask nothing stay with the question after them.

    >>> split("How long does delivery take and what does it cost?")
    ('How long does delivery take', 'what does it cost?')
    """
    found: list[str] = []
    told = ""
    for piece in (p for whole in _ENDS.split(question) for p in _at_joints(whole)):
        if not piece.strip(" ?¿.!,;"):
            continue
        if asks(piece):
            found.append(f"{told} {piece}".strip())
            told = ""
        else:
            told = f"{told} {piece}".strip()
    if told and found:
        found[-1] = f"{found[-1]} {told}"
    return tuple(found) or ((told,) if told else ())


_VAGUE = re.compile(r"\b(it|its|they|them|that|this|these|those|davon|dafur|dazu|eso|esto|ellas|ellos)\b")
_TOPIC = re.compile(r"^(.*?)\s*\(([^()]*)\)\s*$", re.DOTALL)


def standalone(asked: tuple[str, ...], language: str) -> tuple[tuple[str, str], ...]:
    """Pair each part with what it leans on: the topic triage put in brackets behind it, or an earlier part.

    >>> standalone(("What is Gold", "does it include support? (Gold)"), "en")
    (('What is Gold', ''), ('does it include support?', 'Gold'))
    """
    paired: list[tuple[str, str]] = []
    topic = ""
    for whole in asked:
        match = _TOPIC.match(whole)
        part, given = (match[1], match[2]) if match and match[1] else (whole, "")
        leaning = vague(part) or len(terms(part, language)) <= 1
        paired.append((part, given or (topic if leaning else "")))
        topic = topic if leaning and topic else part
    return tuple(paired)


def vague(part: str) -> bool:
    """Whether a part points to something named elsewhere ("does it …")."""
    return bool(_VAGUE.search(fold(part)))


def asks(piece: str) -> bool:
    """Whether a piece of a question asks something: it ends in a question mark or opens with a word that asks."""
    return "?" in piece or bool(re.search(rf"(?:^|: ){_ASKING}\b", fold(piece).lstrip(" ¿")))


def _at_joints(text: str) -> list[str]:
    """Cut before "and how …"; folded letter by letter, so that offsets stay those of the text."""
    folded = "".join((fold(letter) or letter)[:1] for letter in text)
    cuts = [(m.start(), m.end()) for m in _JOINT.finditer(folded)]
    edges = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    return [text[a:b].strip() for a, b in zip(*edges, strict=True)]
