"""Turns that need no model: empty, greeting, thanks, gibberish, out of scope, injection, a request for a person."""

import re
from functools import lru_cache

from supportbot.domain.assessment import Guard
from supportbot.triage.lexicon import Reading, read, words

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_SPECIAL_TOKEN = re.compile(
    r"<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>|(?:^|\n)\s{0,8}#{0,3}\s{0,3}(?:system|assistant)\s{0,3}:|</?system>",
    re.IGNORECASE,
)
_VOWELLESS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}")
_KEYBOARD = (
    "qwe",
    "wer",
    "asd",
    "sdf",
    "dfg",
    "fgh",
    "ghj",
    "hjk",
    "jkl",
    "zxc",
    "xcv",
    "yxc",
    "uio",
    "iop",
    "vbn",
    "bnm",
    "rty",
    "ert",
)
_REPEAT = re.compile(r"(.)\1{3,}|^(.{1,3})\2{2,}$")
_SHORT = 12  # words; nobody types gibberish at length, and languages we do not know must not look like it


def guard(text: str, language: str) -> Guard | None:
    """Return why *text* needs no model, or None for a question; critical classes are a question of their own."""
    del language  # greetings and requests for a person are understood in every language at any time
    return _guard(text)


@lru_cache(maxsize=32)
def _guard(text: str) -> Guard | None:
    """Judge *text*; several steps of one decision ask, and share the answer."""
    if not text.strip():
        return Guard.EMPTY
    if not _LETTER_OR_DIGIT.search(text):
        return Guard.EMOJI
    reading = read(text)
    if _clear(reading):  # whatever else a message tries, a person may read it
        return Guard.PERSON
    if _injection(reading):
        return Guard.INJECTION
    return _small_talk(reading) or _beside_the_point(reading)


def accepts(text: str) -> bool:
    """Whether *text* only says yes, which means something after an offer and nothing by itself."""
    reading = read(text)
    return bool(reading.tokens.sentences) and reading.tokens.sentences[-1] == 0 and reading.has("accept")


def person_words(text: str) -> str | None:
    """Return the words with which *text* asks for a person, clearly or vaguely."""
    reading = read(text)
    match = reading.first("person.clear", "person.maybe")
    return reading.quote(match) if match else None


def instructs_model(text: str) -> bool:
    """Whether *text* tries to instruct the model, whatever else it asks for."""
    return _injection(read(text))


def _injection(reading: Reading) -> bool:
    return _SPECIAL_TOKEN.search(reading.tokens.text) is not None or _allowed(
        reading, "injection.patterns", "injection.unless"
    )


def _clear(reading: Reading) -> bool:
    return _allowed(reading, "person.clear", "person.unless")


def _allowed(reading: Reading, label: str, unless: str) -> bool:
    """Whether *label* was found in a sentence without *unless*."""
    return any(not reading.has(unless, m.sentence) for m in reading.matches.get(label, ()))


def _small_talk(reading: Reading) -> Guard | None:
    said = [w for w in reading.tokens.words if not w.startswith("[")]
    if not said or len(said) > _SHORT:
        return None
    maybe = reading.matches.get("person.maybe", ())
    if maybe and maybe[0].last - maybe[0].first >= len(said) - 2:
        return Guard.PERSON_MAYBE
    if len(reading.tokens.sentences) and reading.tokens.sentences[-1] == 0 and reading.has("opener"):
        return Guard.GREETING
    if len(said) == 1 and said[0] in words("no"):
        return Guard.THANKS
    question = reading.tokens.text.rstrip().endswith("?")
    for kind, guard_of in (("greeting", Guard.GREETING), ("thanks", Guard.THANKS)):
        core = words(f"{kind}.core")
        known = core | words(f"{kind}.filler") | words("greeting.core")
        if any(w in core for w in said) and all(w in known for w in said) and (kind == "greeting" or not question):
            return guard_of
    return None


def _beside_the_point(reading: Reading) -> Guard | None:
    if _allowed(reading, "out_of_scope.patterns", "out_of_scope.unless"):
        return Guard.OUT_OF_SCOPE
    return Guard.GIBBERISH if _gibberish(reading) else None


def _gibberish(reading: Reading) -> bool:
    said = [w for w in reading.tokens.words if not w.startswith("[")]
    if len(said) > _SHORT or any(label.startswith(("type.", "needs_person")) for label in reading.matches):
        return False
    letters = [w for w in said if w.isalpha()]
    if not letters or any(not w.isascii() for w in letters):
        return False
    known = words("function_words") | words("ordinary") | words("stop") | words("greeting.core") | words("thanks.core")
    odd = [w for w in letters if w not in known and _odd(w)]
    return len(odd) * 2 > len(letters) and not any(w in known and len(w) > 2 for w in letters)


def _odd(word: str) -> bool:
    if len(word) <= 2:
        return True
    no_vowel = not re.search(r"[aeiouy]", word)
    return bool(no_vowel or _VOWELLESS.search(word) or _REPEAT.search(word) or any(k in word for k in _KEYBOARD))
