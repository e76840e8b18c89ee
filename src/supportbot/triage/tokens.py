"""A text as folded words with their place, cut into sentences."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"\[(?:card|cvv|national id|(?:email|phone|IBAN) \d+)\]"
    r"|\d+(?:[.,'’]\d+)*"
    r"|[^\W_]+(?:['’´`][^\W_]+)*"
    r"|[.!?…;\n\u3002\uff1f\uff01]"
    r"|(?<=\b[Nn]o),"  # "no, quiero …" says the opposite of "no quiero …"
)
_ENDS = frozenset(".!?…;,\n\u3002\uff1f\uff01")
_QUOTES = str.maketrans("", "", "'’´`")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words in order: folded form, offsets in the text, and the number of the sentence each stands in."""

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    sentences: tuple[int, ...]

    def quote(self, first: int, last: int) -> str:
        """Return the text from word *first* to word *last*, both included."""
        return self.text[self.spans[first][0] : self.spans[last][1]]


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Return *word* in lower case without accents and apostrophes.

    >>> fold("Können"), fold("Can’t"), fold("Straße")
    ('konnen', 'cant', 'strasse')
    """
    word = word.lower().translate(_QUOTES)
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word.replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=32)
def tokenise(text: str) -> Tokens:
    """Return the words of *text*; a full stop inside a number or between letters ends no sentence."""
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    sentences: list[int] = []
    sentence = 0
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece in _ENDS:
            after = match.end()
            if piece != "." or after == len(text) or not text[after].isalnum():
                sentence += 1
            continue
        words.append(fold(piece[:64]))
        spans.append(match.span())
        sentences.append(sentence)
    return Tokens(text, tuple(words), tuple(spans), tuple(sentences))
