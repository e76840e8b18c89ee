"""Detectors of numbers that belong to a person: cards, IBANs, national ids, phones. All yield (start, end)."""

import re
from collections.abc import Iterator

from stdnum.es import dni, nie
from stdnum.iban import calc_check_digits

# ISO 13616 lengths; the IBAN registry of the countries whose residents shop in the languages we speak, and neighbours.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ -]?\d{2}(?:[ .-]{0,2}[A-Za-z0-9]){11,34}")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ -]?\d{2}")
_IBAN_WORD = re.compile(r"\biban\b", re.IGNORECASE)

# A run of digits as people type card numbers: blanks, dashes, dots, up to three between two digits.
_RUN = re.compile(r"(?<![^\W_])\d(?:[ \t\n\xa0.,\-–—_/]{0,3}\d){11,}")
_GROUP = re.compile(r"\d+")
# A card typed digit by digit is one thing, a page of single digits another.
_MOST_GROUPS = 200
_BRANDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})$|(?:5[1-5]|2[2-7])\d{14}$|3[47]\d{13}$|3(?:0[0-5]|[689]\d)\d{11,16}$|35\d{14,17}$"
    r"|(?:2131|1800)\d{11}$|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}$|(?:50|5[6-9]|6\d)\d{10,17}$"
)
_CARD_WORD = re.compile(
    r"(?:card|visa|master ?card|amex|american express|maestro|kreditkarte|debitkarte|karten?(?:nummer|"
    r"nr)?|tarjeta|carte|cart[ãa]o|carta)"
    r"\b[^\d\[\n]{0,30}$",
    re.IGNORECASE,
)
_GIFT = re.compile(r"gift|gutschein|geschenk|regalo|cadeau|presente|loyalty|member", re.IGNORECASE)
# Numbers that name a thing, not a person.
_THING = re.compile(
    r"(?:order|orders|bestell\w*|auftrag\w*|pedidos?|orden|commande|ordine|encomenda|bestelling|invoice|"
    r"rechnung\w*|factura|faktur\w*|"
    r"tracking|sendung\w*|paket\w*|parcel|shipment|env[ií]o|seguimiento|ticket|case|vorgang\w*|referen\w*|ref|incident|"
    r"kunden\w*|customer|cliente|member\w*|mitglied\w*|article|artikel\w*|art[ií]culo|sku|serial|"
    r"serien\w*|imei|isbn|ean|"
    r"transaction|transaktion\w*|voucher|gutschein\w*|gift card|coupon|booking|buchung\w*|reserva|rma|"
    r"model|modell|code)"
    r"\b[^\d\n\[\]]{0,22}$|#\s?$",
    re.IGNORECASE,
)

_CVV = re.compile(
    r"(?<!\[)\b(?:cvv2?|cvc2?|csc|cvn|card verification (?:value|code|number)|"
    r"(?<!social )(?:card )?security (?:code|number)|"
    r"kartenpr(?:ü|ue)fnummer|pr(?:ü|ue)fnummer|pr(?:ü|ue)fziffer|sicherheitscode|sicherheitsnummer|"
    r"c[oó]digo de seguridad|"
    r"c[oó]digo cvv|code de s[eé]curit[eé]|cryptogramme|"
    r"codice di sicurezza)\b[^\d\n\[\]]{0,20}(\d{3,4})(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
_CVV_AFTER = re.compile(
    r"(?<![\w.,])(?<!\d[ -])(\d{3,4})[ )(,]{1,3}(?:is|as|es|ist|=)?\s?"
    r"(?:the |my |el |mi |der |die |meine )?(?:cvv2?|cvc2?)\b(?!\])",
    re.IGNORECASE,
)

_ID_WORD = re.compile(
    r"\b(?:pass(?:port)?s?|reisepass\w*|passnummer|pass-?nr|pasaporte|passeport|passaporto|paspoort|ssn|"
    r"social security|"
    r"national (?:id|insurance|identity)|identity (?:card|number)|id (?:card|number|no)|"
    r"i\.?d\.? ?(?:number|no|#)|nino?|"
    r"personalausweis\w*|ausweis\w*|perso|steuer-?id\w*|steuer(?:identifikations)?nummer|sozialversicherungs\w*|"
    r"dni|nie|nif|documento nacional|documento de identidad|c[eé]dula|carte d'identit[eé]|"
    r"carta d'identit[aà]|codice fiscale|"
    r"driver'?s? licen[cs]e|driving licen[cs]e|f(?:ü|ue)hrerschein\w*|carn[eé]t? de conducir|bsn|burgerservicenummer)\b"
    r"[^\d\n\[\]]{0,32}?(?<![A-Za-z0-9])((?=[A-Za-z-]{0,3}\d)(?:[A-Za-z]{0,3}-?\d[A-Za-z0-9]{4,12}"
    r"(?:[ .-]?[A-Za-z0-9]{1,4}){0,3}?))"
    r"(?![\w]|[ -]\d)",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_SPANISH = re.compile(r"(?<![\w])(?:[XYZ][- ]?\d{7}|\d{2}[. ]?\d{3}[. ]?\d{3})[- ]?[A-Z](?!\w)", re.IGNORECASE)
_BRITISH = re.compile(r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)")
_ITALIAN = re.compile(r"(?<!\w)[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)", re.IGNORECASE)

_PHONE = re.compile(
    r"(?<![\w@.,/#€$£+-])(?:\+|\(\+|00(?=\d))?\(?\d(?:[ \xa0().\-/–]{0,3}\d){6,14}"
    r"(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![\w@%€$£]|[.,:-]\d)"
)
_PHONE_WORD = re.compile(
    r"(?:phone|call|cell|mobile|tel|fax|whats ?app|text me|sms|reach|ring|contact|number is|my number|"
    r"telefon\w*|handy\w*|"
    r"ruf\w*|anruf\w*|erreich\w*|mobil\w*|nummer ist|m[oó]vil|tel[eé]fono|ll[aá]m\w*|n[uú]mero|"
    r"t[eé]l[eé]phone|portable|cellulare|telefoon)"
    r"\b[^\d\[\]]{0,30}$",
    re.IGNORECASE,
)
_HOME = re.compile(
    r"0[1-9]\d{7,10}$|(?:1[2-9]|[2-9])\d{2}[2-9]\d{6}$|[6-9]\d{8}$",
)
_US_SHAPE = re.compile(r"(?:1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[-. /])\d{3}[-. ]\d{4}(?:\s?(?:x|ext).*)?$")
_ES_SHAPE = re.compile(r"[6789]\d{2} \d{3} \d{3}$|[6789]\d{2}( \d{2}){3}$")
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b(?![./-]\d)|\d{4}[-./]\d{1,2}[-./]\d{1,2}\b(?![./-]\d)"
    r"|\d{1,3}(?:\.\d{1,3}){3}$|\d{1,3}(?:\.\d{3})+$"
)
_MONEY = re.compile(r"(?:[€$£]|eur|usd|gbp)\s?$", re.IGNORECASE)
_BEFORE = 48


def luhn(digits: str) -> bool:
    """Whether *digits* pass the Luhn check (ISO/IEC 7812-1).

    >>> luhn("4111111111111111")
    True
    """
    odd = sum(int(d) for d in digits[-1::-2])
    even = sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(d)] for d in digits[-2::-2])
    return (odd + even) % 10 == 0


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Find IBANs by country length and mod 97; after the word IBAN one with a wrong check digit too."""
    for start in _IBAN_START.finditer(text):
        match = _IBAN.match(text, start.start())
        if match is None:
            continue
        places = [i for i in range(*match.span()) if text[i].isalnum()]
        compact = "".join(text[i] for i in places).upper()
        expected = _IBAN_LENGTHS.get(compact[:2])
        for length in (expected,) if expected else range(34, 14, -1):
            if length > len(places) or _splits_word(text, places[length - 1]):
                continue
            named = expected and _IBAN_WORD.search(text, max(0, match.start() - 20), match.start())
            if named or calc_check_digits(compact[:length]) == compact[2:4]:
                yield match.start(), places[length - 1] + 1
                break


def _splits_word(text: str, last: int) -> bool:
    return last + 1 < len(text) and text[last + 1].isalnum()


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Find card numbers: 13 to 19 digits that pass Luhn, or follow a word for card and look like one."""
    for run in _RUN.finditer(text):
        groups = [m.span() for m in _GROUP.finditer(text, *run.span())]
        first = 0
        spaced_out = len(groups) > _MOST_GROUPS
        while first < len(groups):
            if spaced_out and groups[first][1] - groups[first][0] < 2:
                first += 1
                continue
            last = _card_end(text, groups, first)
            if last is None:
                first += 1
            else:
                yield groups[first][0], groups[last][1]
                first = last + 1


def _card_end(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Return the group that ends a card number beginning at group *first*; a known brand goes before mere Luhn."""
    digits = ""
    fallback: int | None = None
    for last in range(first, min(first + 19, len(groups))):
        digits += text[slice(*groups[last])]
        if len(digits) > 19:
            break
        if len(digits) < 12:
            continue
        valid = luhn(digits)
        brand = _BRANDS.match(digits) is not None
        if brand and valid and len(digits) > 12:
            return last
        if _likely_card(text, groups[first : last + 1], digits, valid, brand):
            fallback = last
    return fallback


def _likely_card(text: str, groups: list[tuple[int, int]], digits: str, valid: bool, brand: bool) -> bool:
    start = groups[0][0]
    before = text[max(0, start - _BEFORE) : start]
    named = _CARD_WORD.search(before) is not None and not _GIFT.search(before)
    if named and brand:
        return True
    if not valid or len(digits) < 13 or _THING.search(before):
        return False
    sizes = {end - begin for begin, end in groups[:-1]}
    return named or len(sizes) <= 1 or [e - b for b, e in groups] == [4, 6, 5]


def cvvs(text: str) -> Iterator[tuple[int, int]]:
    """Find three or four digits that a context word names a card's security code."""
    for shape in (_CVV, _CVV_AFTER):
        for match in shape.finditer(text):
            yield match.span(1)


def national_ids(text: str) -> Iterator[tuple[int, int]]:
    """Find ids after a context word, and those whose own form or check letter gives them away."""
    for match in _ID_WORD.finditer(text):
        if sum(c.isdigit() for c in match.group(1)) >= 4:
            yield match.span(1)
    for match in _SSN.finditer(text):
        if not _THING.search(text[max(0, match.start() - _BEFORE) : match.start()]):
            yield match.span()
    yield from (m.span() for m in _SPANISH.finditer(text) if dni.is_valid(m.group()) or nie.is_valid(m.group()))
    for shape in (_BRITISH, _ITALIAN):
        for match in shape.finditer(text):
            yield match.span()


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Find phone numbers in international form, in a home format, or after a word for phone."""
    for match in _PHONE.finditer(text):
        number = match.group()
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if _is_phone(number, before):
            yield match.span()


def _is_phone(number: str, before: str) -> bool:
    digits = re.sub(r"\D", "", re.split(r"x|ext", number)[0])
    if number.lstrip("(").startswith("+"):
        return 7 <= len(digits) <= 15
    if _DATE.match(number) or _MONEY.search(before) or _THING.search(before):
        return False
    if _PHONE_WORD.search(before):
        return 7 <= len(digits) <= 15
    if number.startswith("00"):
        return 10 <= len(digits) <= 16
    shaped = _US_SHAPE.match(number) or _ES_SHAPE.match(number)
    return shaped is not None or (len(digits) >= 9 and number.lstrip("(").startswith("0") and bool(_HOME.match(digits)))
