"""Text as it came, made safe to read: control characters out, one form of every letter, bounded length."""

import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Soft hyphen, zero-width and bidi characters, and the invisible "tag" letters with which prompts are smuggled in.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u206a-\u206f\ufeff\U000e0000-\U000e007f]"
)
# Joiners belong inside emoji and some scripts, never beside a Latin letter or digit.
_JOINERS = re.compile(r"(?<=[\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|\Z)|\A[\u200c\u200d]+")
# Sorting a long run of combining marks into canonical order takes quadratic time.
_MARK_RUN = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{8})"
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


def normalise(text: str) -> str:
    r"""Return *text* in NFC without control, zero-width and bidi characters, lines ending in \n; never raises.

    >>> normalise("a\u202eb\x00c\r\nd")
    'abc\nd'
    """
    if text.isascii():
        return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    text = _JOINERS.sub("", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", _MARK_RUN.sub(r"\1", text))


def cut(text: str, limit: int = 8000) -> tuple[str, int]:
    """Return *text* within *limit* characters, head and tail kept, and how many characters were cut.

    The tail gets two thirds: in a long message with a log the question usually stands at the end.

    >>> cut("short")
    ('short', 0)
    """
    if len(text) <= limit:
        return text, 0
    mark = "\n[…]\n"
    room = max(limit - len(mark), 0)
    head = room // 3
    tail = room - head
    kept = text[:head] + mark + (text[-tail:] if tail else "")
    return kept[:limit], len(text) - head - tail
