"""Amounts of money as customers write them: 48,200 EUR, 48.200 €, $1.5k, 4820 euros."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_CURRENCY = (
    r"€|\$|£|eur(?:os?)?|usd|us\$|gbp|chf|dollars?|bucks|pounds?|quid|franken|francs?|pesos?|d[oó]lares?|"
    r"libras?|zł|pln|sek|mxn"
)
_NUMBER = r"\d{1,3}(?:[.,'’ \xa0]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?P<before>{_CURRENCY})?\s?(?P<number>{_NUMBER})(?![\d])\s?(?P<k>k|mil|tsd|thousand|"
    rf"tausend|grand)?(?![a-z])\s?-?\s?"
    rf"(?P<after>(?:{_CURRENCY})(?![a-z]))?",
    re.IGNORECASE,
)


class Amount(NamedTuple):
    """An amount in units of its currency, and its offsets in the text."""

    value: float
    start: int
    end: int
    currency: bool  #: whether a currency stands beside it


def amounts(text: str) -> Iterator[Amount]:
    """Find amounts; numbers without a currency are given too, marked as such."""
    for match in _AMOUNT.finditer(text):
        value = parse_number(match["number"]) * (1000 if match["k"] else 1)
        end = match.end("after") if match["after"] else max(match.end("number"), match.end("k"))
        yield Amount(value, match.start(), end, bool(match["before"] or match["after"]))


def parse_number(number: str) -> float:
    """Return the value of *number*, whichever mark its writer uses for thousands.

    >>> parse_number("48,200"), parse_number("48.200,50"), parse_number("1.5"), parse_number("1.20")
    (48200.0, 48200.5, 1.5, 1.2)
    """
    bare = re.sub(r"['’ \xa0]", "", number)
    match = re.fullmatch(r"(.*)[.,](\d{1,2})", bare)
    whole, decimals = (match[1], match[2]) if match else (bare, "0")
    digits = re.sub(r"\D", "", whole)
    return float(f"{digits or 0}.{decimals}")
