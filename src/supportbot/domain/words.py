"""Words of a text as comparable terms: folded, without filler, stemmed lightly; and the figures that must not change.

Used wherever two texts are held against each other without a model. English, German and Spanish; other languages are
folded and compared unstemmed.
"""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_EN = """
a about above after again all also am an and any are aren't as at be because been before being below between
both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each few for
from further had has have having he her here him his how i i'd i'll i'm i've if in into is isn't it it's its
just let me more most must my myself no nor not of off on once only or other our out over own please same she
should so some such than that that's the their them then there these they this those through to too under
until up us very was wasn't we we're were what what's when where which while who whom why will with won't
would wouldn't you you'd your yours yourself may might shall hi hello hey thanks thank ok okay yes want like
know need get got tell make sure really actually much many long take takes took happen happens possible ever
still already within per
"""
_DE = """
aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bitte da damit danke dann das
dass dein dem den denn der des dessen die dies diese diesem diesen dieser dieses doch dort du durch ein eine
einem einen einer eines er es etwas euch euer für gegen gibt habe haben hallo hat hier hinter ich ihm ihn
ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede jeder jedes kann kannst kein keine keinen können könnte
man mehr mein meine meinem meinen meiner mich mir mit möchte muss müssen nach nicht noch nun nur ob oder ohne
schon sehr sein seine sich sie sind so soll sollen um und uns unser unsere unter viel vom von vor wann warum
was weil welche welchen welcher welches wenn wer werde werden wie wieder will wir wird wo wurde wurden zu zum
zur zwischen über lange dauert dauern brauche wissen geht innerhalb pro per
"""
_ES = """
a al algo algún alguna ante antes así aun aunque bajo bien cada como cómo con cual cuál cuando cuándo cuánto
cuánta cuántos cuántas cuanto de del desde donde dónde dos durante e el él ella ellas ellos en entonces entre
era eres es esa ese eso esta está estamos están estar este esto estos favor fue gracias ha hace hacer haber
hacia han has hasta hay he hola la las le les lo los más me mi mis mucho muy nada ni no nos nosotros o os otra
otro para pero por porque pueda puede pueden puedo podría que qué quien quién quiero quisiera saber se sea
según ser si sí sin sobre solo sólo son soy su sus también tan tanto te tengo tiene tienen todo todos tu tú
tus un una uno unos usted ustedes y ya yo tarda tardan necesito dentro tiempo
"""


def fold(text: str) -> str:
    """Return *text* without case, accents and typographic variants of characters.

    >>> fold("Rückgabe für Mitglieder")
    'ruckgabe fur mitglieder'
    """
    spread = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return "".join(c for c in spread if not unicodedata.combining(c))


STOP_WORDS: dict[str, frozenset[str]] = {
    code: frozenset(fold(text).split()) for code, text in (("en", _EN), ("de", _DE), ("es", _ES))
}
_ALL_STOP_WORDS = frozenset().union(*STOP_WORDS.values())
#: Longest first: the first that fits is cut off.
_DE_ENDINGS = "ungen sten ung ern en er em es st te e n s t"
_ES_ENDINGS = """aciones iciones amiento imiento acion icion iendo ados idos adas idas ando ado ido ada ida
ar er ir es as os an en a o e s"""
_ENDINGS = {
    "de": _DE_ENDINGS.split(),
    "es": _ES_ENDINGS.split(),
}


def words(text: str) -> list[str]:
    """Return the folded words of *text* in order."""
    return [_folded(word) for word in _WORD.findall(text)]


@lru_cache(maxsize=50_000)
def _folded(word: str) -> str:
    return fold(word)


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """Return a folded word without its usual endings: light on purpose, so that stems stay recognisable.

    >>> [stem(w, "en") for w in ("returned", "returns", "returning", "deliveries")]
    ['return', 'return', 'return', 'delivery']
    """
    if any(c.isdigit() for c in word):
        return word
    if language == "en":
        return _stem_english(word)
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _stem_english(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("n't")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) >= 5 else word


def terms(text: str, language: str) -> tuple[str, ...]:
    """Return the stems of the words that carry meaning, in order, repeats kept; figures are terms too."""
    stop = STOP_WORDS.get(language, _ALL_STOP_WORDS)
    return tuple(stem(word, language) for word in words(text) if word not in stop and (len(word) > 1 or word.isdigit()))


def alike(one: str, other: str) -> bool:
    """Whether two stems are the same word: equal, or one continues the other (`cancel`, `cancellation`)."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 5 and long.startswith(short) and not any(c.isdigit() for c in long)


def mistyped(one: str, other: str) -> bool:
    """Whether two stems of five letters or more differ by one slip (two from nine letters on), not in the first letter.

    A slip is a letter wrong, missing, doubled or swapped with its neighbour (optimal string alignment distance).
    """
    if min(len(one), len(other)) < 5 or one[0] != other[0] or not (one.isalpha() and other.isalpha()):
        return False
    allowed = 2 if min(len(one), len(other)) >= 9 else 1
    return abs(len(one) - len(other)) <= allowed and _distance(one, other) <= allowed


def _distance(one: str, other: str) -> int:
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row, last = row, [i], before
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


_LINK = re.compile(r"!?\[([^\]\n]*)\]\(([^)\s]+)[^)]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w))")


def plain(text: str) -> str:
    """Return a line of Markdown as a reader sees it: links as their words, no emphasis, single spaces."""
    return " ".join(_EMPHASIS.sub("", _LINK.sub(r"\1", text)).split())


_URL = re.compile(
    r"(?:https?://|www\.)[^\s)\]>,]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|de|es|eu|example|shop)\b(?:/[^\s)\]>,]*)?",
    re.I,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"\d+(?:[.,:/\u00a0’']\d+)*")


def links(text: str) -> tuple[str, ...]:
    """Return the web and e-mail addresses in *text*, without scheme, case and closing punctuation."""
    found = _EMAIL.findall(text)
    found += _URL.findall(_EMAIL.sub(" ", text))
    return tuple(re.sub(r"^(?:https?://)?(?:www\.)?", "", link.lower()).rstrip("./;:!?*_") for link in found)


def figures(text: str) -> tuple[str, ...]:
    """Return every number in *text* in one spelling: amounts, dates, percentages, times, codes.

    >>> figures("€1,250.00 within 14 days, 20%")
    ('1250', '14', '20')
    """
    return tuple(_spelt(number) for number in _NUMBER.findall(_EMAIL.sub(" ", text)))


def _spelt(number: str) -> str:
    """One spelling of a number: no thousands separators, point before decimals, no empty decimals."""
    number = re.sub(r"[\u00a0’']", "", number)
    number = re.sub(r"[.,](?=\d{3}(?!\d))(?!\d{3}[.,:/]?\d*/)", "", number)
    number = number.replace(",", ".")
    return re.sub(r"\.0+$", "", number)
