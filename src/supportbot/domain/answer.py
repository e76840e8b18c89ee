"""The form of an answer: sentences that end in citation marks, or an honest abstention."""

import re
from dataclasses import dataclass

#: A model that finds nothing in its passages writes exactly this, alone or as one labelled part.
ABSTAIN = "NOT_COVERED"

_MARKS = re.compile(r"\s*((?:\[\d{1,2}\])+)")
_MARK = re.compile(r"\[(\d{1,2})\]")
_END = re.compile(r"(?<=[.!?…])(?=(?:\s*\[\d{1,2}\])*(?:\s|$))")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence without its marks, and the passage numbers it cites."""

    text: str
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole answer as a model wrote it."""

    text: str
    served_model: str = ""

    @property
    def abstained(self) -> bool:
        """Whether the model said that its passages do not cover the question at all."""
        rest = self.text.replace(ABSTAIN, "").strip(" .\n*:-")
        return ABSTAIN in self.text and not _MARK.search(rest)

    @property
    def partly_abstained(self) -> bool:
        """Whether some part was not covered while another was."""
        return ABSTAIN in self.text and not self.abstained

    @property
    def cites(self) -> tuple[int, ...]:
        """Every passage number cited, in order of first use."""
        return tuple(dict.fromkeys(int(n) for n in _MARK.findall(self.text)))


def sentences(text: str) -> tuple[Sentence, ...]:
    """Split an answer into sentences, each with the marks that follow it.

    >>> sentences("It takes 3 days. [1][2] Free over €50. [2]")
    (Sentence(text='It takes 3 days.', cites=(1, 2)), Sentence(text='Free over €50.', cites=(2,)))
    """
    found: list[Sentence] = []
    for line in text.splitlines():
        rest = line.strip()
        while rest:
            cut = _next_cut(rest)
            piece, rest = rest[:cut].strip(), rest[cut:].strip()
            cites = tuple(int(n) for n in _MARK.findall(piece))
            bare = _MARKS.sub("", piece).strip()
            if bare:
                found.append(Sentence(bare, cites))
    return tuple(found)


def _next_cut(text: str) -> int:
    """Offset just after the first sentence of *text* and the marks behind it."""
    for match in _END.finditer(text):
        end = match.start()
        if _abbreviation(text[:end]):
            continue
        marks = _MARKS.match(text, end)
        return marks.end() if marks else end
    return len(text)


def _abbreviation(head: str) -> bool:
    """Whether *head* ends in a full stop that does not end a sentence ("e.g.", "z. B.", "3.")."""
    return bool(
        re.search(
            r"(?:\b(?:[A-Za-z]|e\.g|i\.e|z\.\s?B|etc|approx|ca|bzw|Sr|Sra|Mr|Ms|Dr|No|Nr)|(?:^|\s)\d{1,2})\.$", head
        )
    )
