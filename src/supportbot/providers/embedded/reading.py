"""Cuts a passage into the pieces an answer may quote: sentences, list items, numbered steps, table rows."""

import re
from dataclasses import dataclass
from enum import StrEnum

from supportbot.domain.answer import sentences
from supportbot.domain.prompt import PromptPassage
from supportbot.domain.words import fold, plain


class Kind(StrEnum):
    """What a unit was in its article."""

    SENTENCE = "sentence"
    ITEM = "item"
    STEP = "step"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Unit:
    """A quotable piece of a passage; `block` counts paragraphs and lists, `lead` is the line that opens its list."""

    text: str
    index: int  #: the passage's number
    place: int  #: position within the passage
    block: int
    kind: Kind
    lead: str = ""


_STEP = re.compile(r"^\s*\d{1,2}[.)]\s+(.*)$")
_ITEM = re.compile(r"^\s*[-*+•]\s+(.*)$")
_RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")


@dataclass(slots=True)
class _Block:
    kind: Kind
    lines: list[str]


def units(passage: PromptPassage) -> tuple[Unit, ...]:
    """Return the quotable pieces of *passage* in order; headings and bare lead-ins are none."""
    found: list[Unit] = []
    lead = ""
    for number, block in enumerate(_blocks(passage.text)):
        for text, opener in _pieces(block, lead):
            found.append(Unit(text, passage.index, len(found), number, block.kind, opener))
        last = plain(block.lines[-1]) if block.lines else ""
        lead = last if block.kind is Kind.SENTENCE and last.endswith(":") else ""
    return tuple(found)


def _pieces(block: _Block, lead: str) -> list[tuple[str, str]]:
    """The texts of a block, each with the lead-in it stands under."""
    if block.kind is Kind.ROW:
        return [(row, lead) for row in _rows(block.lines)]
    if block.kind is Kind.SENTENCE:
        joined = plain(" ".join(block.lines))
        return [(s.text, "") for s in sentences(joined) if _quotable(s.text)]
    return [(_closed(plain(line)), lead) for line in block.lines if len(plain(line)) > 1]


def _quotable(text: str) -> bool:
    return not text.endswith(":") and len(text.split()) >= 2


def _closed(text: str) -> str:
    """A list item as a sentence: it ends in a mark."""
    text = text.rstrip(" ,;")
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def _kind(line: str) -> tuple[Kind, str]:
    if step := _STEP.match(line):
        return Kind.STEP, step[1]
    if item := _ITEM.match(line):
        return Kind.ITEM, item[1]
    return (Kind.ROW if line.lstrip().startswith("|") else Kind.SENTENCE), line


def _blocks(text: str) -> list[_Block]:
    """Paragraphs, lists and tables, with wrapped lines joined to their item."""
    blocks: list[_Block] = []
    open_block = False
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "```", "<!--")):
            open_block = False
            continue
        kind, content = _kind(line)
        if kind is Kind.SENTENCE and open_block and _ends(blocks[-1].lines[-1]):
            blocks.append(_Block(kind, [content]))
        elif open_block and blocks[-1].kind is kind:
            blocks[-1].lines.append(content)
        elif open_block and kind is Kind.SENTENCE and line[:1].isspace() and blocks[-1].kind is not Kind.ROW:
            blocks[-1].lines[-1] += " " + content.strip()
        elif blocks and not open_block and blocks[-1].kind is kind and kind in (Kind.STEP, Kind.ITEM):
            blocks[-1].lines.append(content)  # a loose list: its items stand apart
        else:
            blocks.append(_Block(kind, [content]))
        open_block = True
    return blocks


def _ends(line: str) -> bool:
    """Whether a line closes its paragraph: articles cut by the knowledge base hold one block a line."""
    return plain(line).endswith((".", "!", "?", "…", ":", ";"))


def _cells(line: str) -> list[str]:
    return [plain(cell) for cell in line.strip().strip("|").split("|")]


def _rows(lines: list[str]) -> list[str]:
    """Table rows as sentences: "Express: Time 1 day, Price €9.90."."""
    rows = [_cells(line) for line in lines if not _RULE.match(line)]
    if len(rows) < 2:
        return []
    head = rows[0]
    said = []
    for row in rows[1:]:
        rest = [f"{name} {cell}".strip() for name, cell in zip(head[1:], row[1:], strict=False) if cell]
        said.append(_closed(f"{row[0]}: {', '.join(rest)}" if row[0] else ", ".join(rest)))
    return said


_SEE = re.compile(r"\b(see|siehe|consulta|consulte|vea)\b|\bsays how\b")
_LEANING = re.compile(
    r"^(it|they|this|these|those|that|he|she|otherwise|however|but|then|in (that|this) case|also|instead|both"
    r"|after that|the same|your new|by then"
    r"|das|dies|diese|dieser|sie|dann|danach|sonst|ausserdem|jedoch|dabei|dafur|dazu"
    r"|esto|eso|ademas|entonces|despues|sin embargo|en ese caso|tambien|asi)\b"
)


def points_on(text: str) -> bool:
    """Whether a sentence only points to another article."""
    return bool(_SEE.search(fold(text)))


def leans(text: str) -> bool:
    """Whether a sentence needs the one before it ("It takes …")."""
    folded = fold(text)
    return bool(_LEANING.match(folded)) or " by then" in folded
