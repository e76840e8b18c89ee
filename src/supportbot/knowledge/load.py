"""Reads a folder of Markdown articles, naming file and line of everything that is wrong."""

import hashlib
from pathlib import Path

from supportbot.domain.errors import KnowledgeError
from supportbot.domain.passage import Article
from supportbot.knowledge.frontmatter import Faulty, FrontMatter, split
from supportbot.knowledge.language import encodable
from supportbot.knowledge.problem import Problem

#: Bytes; a help article is a page, and anything larger is a wrong file.
LARGEST = 1_000_000
_VERSION_DIGITS = 16


def load(folder: Path | str) -> tuple[Article, ...]:
    """Return the articles under *folder*, by id; raise KnowledgeError with the first problem and how many follow."""
    articles, problems = read(folder)
    if problems:
        more = f" ({len(problems) - 1} more: run `supportbot knowledge check`)" if len(problems) > 1 else ""
        raise KnowledgeError(f"{problems[0]}{more}")
    return articles


def read(folder: Path | str) -> tuple[tuple[Article, ...], tuple[Problem, ...]]:
    """Return every article that can be read, by id, and every problem met; `README.md` and dot files are left out."""
    root = Path(folder)
    try:
        if not root.is_dir():
            missing = "is not a folder" if root.exists() else "does not exist"
            return (), (_of_folder(root, f"{missing}; create it or name another"),)
        paths = article_files(root)
    except OSError as wrong:
        return (), (_of_folder(root, f"cannot be read ({wrong.strerror}); check its permissions"),)
    found: dict[str, Article] = {}
    problems: list[Problem] = []
    for path in paths:
        name = encodable(path.relative_to(root).as_posix())
        try:
            article, line = _article(path, name)
        except Faulty as wrong:
            problems += [Problem(name, line, text) for line, text in wrong.faults]
            continue
        if article.id in found:
            text = f"the id `{article.id}` is already used in {found[article.id].path}; give this article another"
            problems.append(Problem(name, line, text))
            continue
        found[article.id] = article
    return tuple(found[key] for key in sorted(found)), tuple(sorted(problems))


def _of_folder(root: Path, fault: str) -> Problem:
    return Problem(encodable(str(root)), 1, f"the knowledge folder {fault}")


def article_files(root: Path) -> list[Path]:
    """Return the files under *root* that have to be articles, sorted."""
    return sorted(
        path
        for path in root.rglob("*.md")
        if path.name != "README.md" and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def _article(path: Path, name: str) -> tuple[Article, int]:
    """Return the article and the line of its id; raise Faulty."""
    raw = _bytes(path)
    head, body, _, where = split(_text(raw))
    if not body.strip():
        raise Faulty((where["id"], "the article has no text; write it below the second `---`"))
    return _assemble(head, body, hashlib.sha256(raw).hexdigest()[:_VERSION_DIGITS], name), where["id"]


def _assemble(head: FrontMatter, body: str, version: str, name: str) -> Article:
    return Article(
        id=head.id,
        title=head.title,
        language=head.language,
        visibility=head.visibility,
        updated=head.updated,
        version=version,
        body=body.strip("\n"),
        tags=head.tags,
        asked_as=head.asked_as,
        path=name,
    )


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise Faulty((1, "this is not a regular file; remove it or rename it"))
        if path.stat().st_size > LARGEST:
            raise Faulty((1, "the file is larger than 1 MB; split it into several articles"))
        return path.read_bytes()
    except OSError as wrong:
        raise Faulty((1, f"the file cannot be read ({wrong.strerror}); check its permissions")) from wrong


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise Faulty((line, f"byte 0x{raw[wrong.start]:02x} is not UTF-8; save the file as UTF-8")) from wrong
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    at = text.find("\x00")
    if at >= 0:
        raise Faulty((text.count("\n", 0, at) + 1, "the file holds a NUL character; save it as plain text"))
    return text
