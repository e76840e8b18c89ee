"""Takes a text apart: its folded words, their stems, and the marks of what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from supportbot.domain.words import words as folded
from supportbot.knowledge.language import concepts, encodable, fillers, opened, stem, surfaces


@dataclass(frozen=True, slots=True)
class Text:
    """A text as its folded words, the stems of them, and the marks of what they mean."""

    words: tuple[str, ...]
    stems: tuple[str, ...]
    marks: tuple[str, ...]

    @property
    def known(self) -> frozenset[str]:
        """Every stem and mark."""
        return frozenset((*self.stems, *self.marks))

    @property
    def indexed(self) -> str:
        """What the index holds of it: stems and marks, as often as they are said."""
        return " ".join((*self.stems, *self.marks))

    def sense(self, language: str) -> frozenset[str]:
        """Return the stems of the telling words, and the marks."""
        silent = fillers(language)
        return frozenset((*(s for w, s in zip(self.words, self.stems, strict=True) if w not in silent), *self.marks))


def analysed(text: str, language: str) -> Text:
    """Take *text* apart as the index of *language* holds it; compounds are opened."""
    listed = concepts()
    said = tuple(surfaces(opened(text, language)))
    stems = tuple(stem(word, language) for word in said)
    marks = [mark for one in stems for mark in listed.marks(one, language)]
    marks += [mark for _, mark in listed.phrases(folded(encodable(text)), language)]
    return Text(said, stems, tuple(marks))


def together(texts: Sequence[Text]) -> Text:
    """Return what *texts* say one after the other."""
    return Text(
        tuple(word for one in texts for word in one.words),
        tuple(stem for one in texts for stem in one.stems),
        tuple(mark for one in texts for mark in one.marks),
    )


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of all words that both have (Jaccard)."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0
