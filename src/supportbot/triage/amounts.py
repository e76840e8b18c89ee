"""Amounts of money as customers write them: 48,200 EUR, 48.200 €, $1.5k, 4820 euros."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from supportbot.triage.matching import one_edit

_CURRENCY = (
    r"€|\$|£|eur(?:os?)?|usd|us\$|gbp|chf|dollars?|bucks|pounds?|quid|franken|francs?|pesos?|d[oó]lares?|"
    r"libras?|zł|pln|sek|mxn"
)
_NUMBER = r"\d{1,3}(?:[.,'’ \xa0]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?P<before>{_CURRENCY})?\s?(?P<number>{_NUMBER})(?![\d])\s?(?P<k>k|mil|tsd|thousand|"
    rf"tausend|grand)?(?![a-z])\s?-?\s?"
    rf"(?P<after>(?:{_CURRENCY})(?![a-z])|[a-z]{{5,8}}(?![a-z]))?",
    re.IGNORECASE,
)
_NAMED = re.compile(_CURRENCY)
_SPELT_OUT = ("euros", "pounds", "dollars")

# What a bare number is when it is no amount: a year, a part of a date or an address, the number of a thing.
_YEAR = re.compile(r"(?:19|20)\d\d")
_ID_DIGITS = 8
_PART_BEFORE = re.compile(
    r"[-/:#=_]\s?$|\b(?:orders?|invoices?|no|nr|number|id|row|line|bestellung|rechnung|rechnungsnummer|bestellnummer|"
    r"nummer|zeile|pedido|factura|n[uú]mero|l[ií]nea|since|seit|desde)\W{0,3}$",
    re.IGNORECASE,
)
_PART_AFTER = re.compile(r"[-/:_]\d")


class Amount(NamedTuple):
    """An amount in units of its currency, and its offsets in the text."""

    value: float
    start: int
    end: int
    currency: bool  #: whether a currency stands beside it


def amounts(text: str) -> Iterator[Amount]:
    """Find amounts; numbers without a currency are given too, marked as such, unless they name a thing."""
    for match in _AMOUNT.finditer(text):
        value = parse_number(match["number"]) * (1000 if match["k"] else 1)
        after = match["after"] is not None and _is_currency(match["after"].casefold())
        end = match.end("after") if after else max(match.end("number"), match.end("k"))
        currency = bool(match["before"]) or after
        if currency or not _names_a_thing(text, match["number"], match.start("number"), match.end("number")):
            yield Amount(value, match.start(), end, currency)


def _is_currency(word: str) -> bool:
    """Whether *word* names a currency, one typo in a longer name forgiven."""
    if _NAMED.fullmatch(word):
        return True
    return any(word[0] == name[0] and one_edit(word, name) for name in _SPELT_OUT)


def _names_a_thing(text: str, number: str, start: int, end: int) -> bool:
    """Whether a number without a currency is a year, a date's part or the number of an order, not an amount."""
    if _YEAR.fullmatch(number) or (number.isdigit() and len(number) >= _ID_DIGITS):
        return True
    return bool(_PART_BEFORE.search(text[max(start - 24, 0) : start]) or _PART_AFTER.match(text, end))


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
