"""Turns what people and models wrote into HTML from an allow-list: everything that is not on it is shown as text.

Allowed: paragraphs, lists, headings (as bold lines), bold, italic, code, links with their host shown, citation marks.
Images become their description, HTML and math become the characters they were typed with.
"""

import re
from collections.abc import Collection, Iterator
from html import escape
from itertools import groupby, pairwise
from operator import itemgetter
from urllib.parse import urlsplit

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff]")
_ITEM = re.compile(r"^\s{0,6}(?:([-*•])|(\d{1,3})[.)])\s+(.*)$")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*$")
_INLINE = re.compile(
    r"(?P<image>!\[(?P<alt>[^\[\]\n]{0,200})\]\([^()\s]{0,500}\))"
    r"|(?P<link>\[(?P<label>[^\[\]\n]{1,300})\]\((?P<to>https?://[^()\s<>\"']{1,1000})\))"
    r"|(?P<url>https?://[^\s<>\"'`\]\)]{1,1000})"
    r"|(?P<cite>\s*\[(?P<mark>\d{1,2})\])"
    r"|(?P<code>`(?P<verbatim>[^`\n]{1,300})`)"
    r"|(?P<bold>\*\*(?P<strong>\S(?:[^*\n]{0,500}\S)?)\*\*)"
    r"|(?P<italic>(?<![\w*])\*(?P<em>[^\s*](?:[^*\n]{0,500}[^\s*])?)\*(?![\w*]))"
)


_MARKS = re.compile(r"\s*((?:\[\d{1,2}\])+)")


def to_html(text: str, cites: Collection[int] = ()) -> str:
    """Return *text* as safe HTML; a mark such as `[1]` becomes a citation only when its number is in *cites*."""
    return "".join(_blocks(cleaned(text), frozenset(cites)))


def plain(text: str) -> str:
    """Return what a customer typed as safe HTML: no markup is read, line breaks are kept, links show their host."""
    return "".join(_plain(cleaned(text)))


def cleaned(text: str) -> str:
    """Drop control characters and direction overrides, which can make a text look like another one."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _plain(text: str) -> Iterator[str]:
    at = 0
    for match in re.finditer(r"https?://[^\s<>\"'`\]\)]{1,1000}", text):
        yield escape(text[at : match.start()])
        yield _url(match.group())
        at = match.end()
    yield escape(text[at:])


def _blocks(text: str, cites: frozenset[int]) -> Iterator[str]:
    for kind, lines in groupby(map(_line, text.split("\n")), key=itemgetter(0)):
        inner = [_inline(_once(line) if cites else line, cites) for _, line in lines]
        if kind in ("ul", "ol"):
            yield f"<{kind}>{''.join(f'<li>{item}</li>' for item in inner)}</{kind}>"
        elif kind == "heading":
            yield "".join(f"<p><b>{heading}</b></p>" for heading in inner)
        elif kind == "text":
            yield f"<p>{'<br>'.join(inner)}</p>"


def _once(line: str) -> str:
    """Show a source once behind sentences in a row that all stand on it."""
    marks = list(_MARKS.finditer(line))
    for mark, following in reversed(list(pairwise(marks))):
        if mark.group(1) == following.group(1):
            line = line[: mark.start()] + line[mark.end() :]
    return line


def _line(line: str) -> tuple[str, str]:
    """Return what kind of line this is, and its words."""
    if item := _ITEM.match(line):
        return ("ol" if item.group(2) else "ul"), item.group(3)
    if heading := _HEADING.match(line):
        return "heading", heading.group(1)
    return ("text" if line.strip() else "blank"), line.strip()


def _inline(text: str, cites: frozenset[int]) -> str:
    out: list[str] = []
    at = 0
    for match in _INLINE.finditer(text):
        out.append(escape(text[at : match.start()]))
        out.append(_span(match, cites))
        at = match.end()
    out.append(escape(text[at:]))
    return "".join(out)


def _span(match: re.Match[str], cites: frozenset[int]) -> str:
    """Return one recognised construct as HTML, or its characters when it is not allowed after all."""
    kind = match.lastgroup and next(name for name in _SPANS if match.group(name))
    if kind == "cite":
        number = int(match.group("mark"))
        return cite(number) if number in cites else escape(match.group())
    if kind == "link":
        return _link(match.group("to"), escape(match.group("label")), match.group())
    if kind == "url":
        return _url(match.group())
    if kind == "code":
        return f'<code class="plain">{escape(match.group("verbatim"))}</code>'
    if kind == "image":
        return escape(match.group("alt"))
    inner = match.group("strong") or match.group("em") or ""
    return f"<b>{_inline(inner, cites)}</b>" if kind == "bold" else f"<i>{_inline(inner, cites)}</i>"


_SPANS = ("image", "link", "url", "cite", "code", "bold", "italic")


def cite(number: int) -> str:
    """Return a citation mark."""
    return f'&nbsp;<span class="cite"><span class="sr">source </span>{number}</span>'


def _url(raw: str) -> str:
    """Return a bare address as a link that shows only its host; punctuation behind it stays text."""
    address = raw.rstrip(".,;:!?…")
    tail = escape(raw[len(address) :])
    return _link(address, "", address) + tail


def _link(address: str, label: str, typed: str) -> str:
    host = host_of(address)
    if host is None:
        return escape(typed)
    opening = f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">'
    if not label:
        return f"{opening}{escape(host)}</a>"
    return f'{opening}{label}</a> <span class="host">({escape(host)})</span>'


def host_of(address: str) -> str | None:
    """Return the host an address really leads to, in ASCII so that look-alike letters show; None when there is none."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        known = parts.scheme in ("http", "https") and "\\" not in address
        return (host.encode("idna").decode("ascii") if known else "") or None
    except (ValueError, UnicodeError):
        return None
