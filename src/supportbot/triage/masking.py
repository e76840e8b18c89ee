"""Personal data found and replaced before anything is stored, logged or sent to a model.

Several detectors propose spans; where two overlap, the one listed first wins. Every expression is linear: tied to a
word's start, or bounded in its repetition.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from supportbot.domain.assessment import Datum, DatumKind, Masked
from supportbot.triage import identifiers


class Span(NamedTuple):
    """A personal datum proposed by a detector: offsets in the text."""

    start: int
    end: int


_LABELS = {
    DatumKind.CARD: "card",
    DatumKind.CVV: "cvv",
    DatumKind.NATIONAL_ID: "national id",
    DatumKind.EMAIL: "email",
    DatumKind.PHONE: "phone",
    DatumKind.IBAN: "IBAN",
}
_NUMBERED = frozenset({DatumKind.EMAIL, DatumKind.PHONE, DatumKind.IBAN})
_ANY_DIGIT = re.compile(r"\d")
_SPOKEN_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?[(\[]\s?at\s?[)\]] ?[\w-]{1,63}(?:(?: ?[(\[]\s?dot\s?[)\]] ?|"
    r"\.)[a-z0-9-]{2,24}){1,3}(?!\w)"
    r"|(?<![\w.+-])[\w.+-]{1,64} at [\w-]{1,63} dot [a-z]{2,10}(?!\w)",
    re.IGNORECASE,
)
_LOCAL = frozenset("._%+-'!#$&*=/?^`{|}~")
_DOMAIN = re.compile(r" ?(?=[^\W_])(?:[\w-]{1,63}\.){1,6}[^\W\d_][\w-]{1,23}(?![\w])")


def mask(text: str) -> Masked:
    """Return *text* with placeholders for personal data, and the data with their offsets in *text*.

    The same value gets the same number within a text. Masking a masked text finds nothing new.
    """
    spans = _spans(text)
    if not spans:
        return Masked(text)
    numbers: dict[tuple[DatumKind, str], int] = {}
    counts: dict[DatumKind, int] = {}
    data: list[Datum] = []
    pieces: list[str] = []
    at = 0
    for span, kind in spans:
        value = text[span.start : span.end]
        key = (kind, re.sub(r"[\s().\-/]", "", value).casefold())
        if key not in numbers:
            counts[kind] = numbers[key] = counts.get(kind, 0) + 1
        label = f"{_LABELS[kind]} {numbers[key]}" if kind in _NUMBERED else _LABELS[kind]
        pieces += [text[at : span.start], f"[{label}]"]
        data.append(Datum(kind, span.start, span.end, value, f"[{label}]"))
        at = span.end
    return Masked("".join([*pieces, text[at:]]), tuple(data))


def _spans(text: str) -> list[tuple[Span, DatumKind]]:
    taken: list[tuple[Span, DatumKind]] = []
    used = bytearray(len(text))
    for kind, needs_digit, find in _DETECTORS:
        if needs_digit and not _ANY_DIGIT.search(text):
            continue
        for start, end in find(text):
            if not any(used[start:end]):
                used[start:end] = b"\x01" * (end - start)
                taken.append((Span(start, end), kind))
    taken.sort()
    return taken


def _emails(text: str) -> Iterator[tuple[int, int]]:
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        start = _local_start(text, at)
        if domain and start < at:
            yield start, domain.end()
        at = text.find("@", at + 1)
    if "at" in text or "AT" in text:
        for match in _SPOKEN_MAIL.finditer(text):
            yield match.span()


def _local_start(text: str, at: int) -> int:
    """Return where the part before the @ begins; one blank typed before the @ is forgiven."""
    end = at - 1 if at > 1 and text[at - 1] == " " else at
    start = end
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
        start -= 1
    while start < end and text[start] in "'/?!.{|=`":
        start += 1
    return start if start < end else at


_DETECTORS: tuple[tuple[DatumKind, bool, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    (DatumKind.EMAIL, False, _emails),
    (DatumKind.IBAN, True, identifiers.ibans),
    (DatumKind.CARD, True, identifiers.cards),
    (DatumKind.CVV, True, identifiers.cvvs),
    (DatumKind.NATIONAL_ID, True, identifiers.national_ids),
    (DatumKind.PHONE, True, identifiers.phones),
)
