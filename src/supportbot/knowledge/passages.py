"""Cuts an article into passages by heading, as the plain sentences a bot may quote."""

import re
from collections.abc import Iterator

from supportbot.domain.passage import Article, Passage

#: Words; small enough to quote, large enough to stand alone.
LONGEST = 120
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.{1,300}?)[ \t]*#*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_ITEM = re.compile(r"^ {0,12}(?:[-*+]|\d{1,3}[.)])[ \t]+(?=\S)")
_RULE = re.compile(r"^ {0,3}(?:[-*_][ \t]*){3,40}$")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t:|-]+\|[ \t:|-]*$")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\](?:\([^()\n]{0,500}\)|\[[^\[\]\n]{0,100}\])")
_AUTOLINK = re.compile(r"<(https?://[^<>\s]{1,500})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,300}>")
_STRONG = re.compile(r"(\*\*\*|\*\*|__|`)(?=\S)([^\n]{1,1000}?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^\n*]{1,1000}?)(?<=\S)\1(?![\w*])")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>|~<])")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def cut(article: Article) -> tuple[Passage, ...]:
    """Return the article's passages in order, ids `article#1`, `article#2`, …; none longer than LONGEST words."""
    pieces = [(heading, text) for heading, blocks in _sections(article.body) for text in _pack(blocks)]
    return tuple(
        Passage(
            id=f"{article.id}#{number}",
            article_id=article.id,
            article_version=article.version,
            title=article.title,
            heading=heading,
            text=text,
            language=article.language,
            visibility=article.visibility,
            updated=article.updated,
        )
        for number, (heading, text) in enumerate(pieces, 1)
    )


def plain(line: str) -> str:
    """Return one line of Markdown as a reader sees it: links and emphasis flattened, tags gone, single spaces."""
    text = _TAG.sub("", _AUTOLINK.sub(r"\1", _LINK.sub(r"\1", line)))
    text = _EMPHASIS.sub(r"\2", _STRONG.sub(r"\2", text))
    return " ".join(_ESCAPE.sub(r"\1", text).split())


def _sections(body: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each heading with its blocks (paragraphs, list items, table rows) as plain text."""
    heading, lines, fenced = "", [], False
    for line in _COMMENT.sub("", body).split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
            lines.append("")
            continue
        match = None if fenced else _HEADING.match(line)
        if match:
            yield heading, list(_blocks(lines))
            heading, lines = plain(match[1]), []
        else:
            lines.append(line)
    yield heading, list(_blocks(lines))


def _blocks(lines: list[str]) -> Iterator[str]:
    """Yield paragraphs joined to one line each; a list item or a table row is a block of its own."""
    waiting: list[str] = []
    header: list[str] = []
    for line in [*lines, ""]:
        line = re.sub(r"^ {0,3}(?:> ?)+", "", line)
        row = _cells(line)
        if waiting and (row or not line.strip() or _ITEM.match(line) or _RULE.match(line)):
            yield from _finish(waiting)
            waiting = []
        if row:
            if header and not _TABLE_RULE.match(line):
                yield from _finish([_row(header, row)])
            header = header or row
            continue
        header = []
        if line.strip() and not _RULE.match(line):
            waiting.append(line)


def _finish(lines: list[str]) -> Iterator[str]:
    listed = bool(_ITEM.match(lines[0]))
    text = plain(" ".join([_ITEM.sub("", lines[0]), *lines[1:]]))
    if text and listed and text[-1] not in ".!?…:;":
        text += "."
    if text:
        yield text


def _cells(line: str) -> list[str]:
    stripped = line.strip()
    return [cell.strip() for cell in stripped.strip("|").split("|")] if stripped.startswith("|") else []


def _row(header: list[str], row: list[str]) -> str:
    """A table row as a sentence: `Plan: Gold; Price: €99.`"""
    pairs = [f"{name}: {cell}" if name else cell for name, cell in zip(header, row, strict=False) if cell]
    return "; ".join(pairs) + "." if pairs else ""


def _pack(blocks: list[str]) -> Iterator[str]:
    """Join blocks, one per line, into texts of at most LONGEST words; cut at paragraph ends where possible."""
    text: list[str] = []
    count = 0
    for block in (part for whole in blocks for part in _split(whole)):
        size = len(block.split())
        if text and count + size > LONGEST:
            yield "\n".join(text)
            text, count = [], 0
        text.append(block)
        count += size
    if text:
        yield "\n".join(text)


def _split(block: str) -> Iterator[str]:
    """Cut a block that is too long by itself: after sentences, and a sentence without end after LONGEST words."""
    if len(block.split()) <= LONGEST:
        yield block
        return
    part: list[str] = []
    for sentence in _SENTENCE_END.split(block):
        for words in _chunks(sentence.split()):
            if part and len(part) + len(words) > LONGEST:
                yield " ".join(part)
                part = []
            part = part + words
    if part:
        yield " ".join(part)


def _chunks(words: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(words), LONGEST):
        yield words[start : start + LONGEST]
