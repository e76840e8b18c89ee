"""Which language a text is in: its small words first, letter statistics when they do not tell."""

import re
from functools import lru_cache
from typing import Any

from supportbot.triage.lexicon import lexicon
from supportbot.triage.tokens import tokenise

# Rivals let a text in a language we do not speak fall back to the default instead of to its nearest relative.
_RIVALS = ("fr", "pt", "it", "nl", "ca", "pl", "sv", "da", "hi", "tr", "id", "ro")
_SAMPLE = 600
_ENOUGH_LETTERS = 20
_PLACEHOLDER = re.compile(r"\[[A-Za-z ]{1,12}\d{0,4}(?:\]|$)")  # what stands for personal data is nobody's language
_SURE = 0.75


# Small words that tell a neighbour from Spanish, German or English, with which it shares many others.
_NEIGHBOURS = tuple(
    frozenset(words.split())
    for words in (
        "le les des du je vous nous mon ma mes est pour quel quelle combien ou dans avec pas ne sur bonjour comment",
        "nao meu minha voce do da em os as quanto tempo onde um uma pelo ola obrigado posso esta quando fazer",
        "il gli che non mio mia quanto dove sono di per della ho posso ciao come una grazie quando anche tempo",
        "ik het een mijn hoe niet van voor wat waar kan wordt zijn heb bestelling lang duurt",
    )
)


# What Spanish shares with its neighbours says little for it.
_WITH_NEIGHBOURS = "a al con de el en es la las le los me no o para por que se si te un una"
_SHARED = frozenset(_WITH_NEIGHBOURS.split())


def _foreign(said: tuple[str, ...]) -> int:
    """Return how many words of *said* its likeliest neighbour language explains."""
    return max(sum(w in known for w in said) for known in _NEIGHBOURS)


def detect_language(text: str, default: str = "en") -> str:
    """Return `en`, `de` or `es` (the languages with a data folder); *default* when short, ambiguous or another one."""
    sample = _PLACEHOLDER.sub(" ", text[: 2 * _SAMPLE])[:_SAMPLE]
    said = tuple(w for w in tokenise(sample).words if w[0].isalpha())  # digits speak no language
    hits = {
        code: sum(w in language.words("function_words") for w in said) for code, language in lexicon().languages.items()
    }
    ranked = sorted(hits.items(), key=lambda item: (-item[1], item[0] != default))
    (best, most), (_, next_most) = ranked[0], [*ranked, ("", 0)][1]
    foreign, known = _foreign(said), lexicon().languages[best].words("function_words")
    if foreign and foreign > sum(w in known and w not in _SHARED for w in said):
        return default
    if most > next_most and (most >= 2 * next_most + 2 or most * 2 >= len(said)):
        return best
    if sum(map(len, said)) >= _ENOUGH_LETTERS:
        guess, sure = _identifier().classify(sample)
        if guess in hits and sure >= _SURE and (hits[guess] >= 1 or len(said) <= 3):
            return str(guess)
        if guess not in hits and sure >= _SURE and most < 2:
            return default
    return best if most > next_most else default


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # a model of 1 MB, wanted by ambiguous texts only

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(identifier.labels)
    identifier.set_languages([code for code in (*lexicon().languages, *_RIVALS) if code in known])
    return identifier
