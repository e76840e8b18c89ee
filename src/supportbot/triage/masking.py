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
_MOST_PASSES = 6
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
    """Look until nothing new is found, each time with what was found blanked: a second masking then finds nothing."""
    taken: list[tuple[Span, DatumKind]] = []
    rest = text
    for _ in range(_MOST_PASSES):
        found, rest = _pass(rest)
        taken += found
        if not found:
            break
    taken.sort()
    return taken


def _pass(rest: str) -> tuple[list[tuple[Span, DatumKind]], str]:
    taken: list[tuple[Span, DatumKind]] = []
    for kind, needs_digit, find in _DETECTORS:
        if needs_digit and not _ANY_DIGIT.search(rest):
            break
        found = _apart(find(rest))
        taken += [(span, kind) for span in found]
        rest = _blanked(rest, found)
    return taken, rest


def _apart(spans: Iterator[tuple[int, int]]) -> list[Span]:
    """Return *spans* in order, those dropped that overlap an earlier one."""
    kept: list[Span] = []
    for start, end in sorted(spans):
        if not kept or start >= kept[-1].end:
            kept.append(Span(start, end))
    return kept


def _blanked(text: str, spans: list[Span]) -> str:
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], "[" * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


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
