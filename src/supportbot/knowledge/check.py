"""What `supportbot knowledge check` finds: articles that cannot be read, and those that may lead a customer astray."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from supportbot.domain.passage import Article, Visibility
from supportbot.domain.words import figures
from supportbot.knowledge.analysis import analysed
from supportbot.knowledge.language import surfaces
from supportbot.knowledge.load import read
from supportbot.knowledge.passages import cut
from supportbot.knowledge.problem import Problem, Severity
from supportbot.knowledge.search import Knowledge

#: Eighteen months.
STALE_AFTER = timedelta(days=548)
_LINK = re.compile(r"\]\(\s*([^()\s]{1,500})[^()]{0,300}\)")
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//|#|/)", re.IGNORECASE)


def check(folder: Path | str, today: date | None = None) -> tuple[Problem, ...]:
    """Return every problem of the articles under *folder*, by file and line; without *today* none is called stale."""
    articles, problems = read(folder)
    if not articles and not problems:
        return (_warning(str(folder), 1, "there is no article in this folder; add one as a Markdown file"),)
    files = [_File(article, Path(folder)) for article in articles]
    found = [
        *problems,
        *_dead_links(files),
        *_same_titles(files),
        *_same_phrasings(files),
        *_contradictions(files),
        *_lost_phrasings(files),
    ]
    if today is not None:
        found += _stale(files, today)
    return tuple(sorted(found))


class _File:
    """An article with the lines of its file, to say where a problem stands."""

    def __init__(self, article: Article, root: Path) -> None:
        self.article = article
        try:
            self._lines = root.joinpath(article.path).read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            self._lines = []

    @property
    def public(self) -> bool:
        return self.article.visibility is Visibility.PUBLIC

    def warning(self, text: str, near: str) -> Problem:
        """A warning at the first line that holds *near*."""
        line = next((number for number, line in enumerate(self._lines, 1) if near in line), 1)
        return _warning(self.article.path, line, text)


def _warning(file: str, line: int, text: str) -> Problem:
    return Problem(file, line, text, Severity.WARNING)


def _dead_links(files: list[_File]) -> Iterator[Problem]:
    by_id = {file.article.id: file for file in files}
    for file in files:
        for target in _LINK.findall(file.article.body):
            if _ELSEWHERE.match(target):
                continue
            name = target.split("#")[0].split("/")[-1].removesuffix(".md")
            if name not in by_id:
                yield file.warning(f"the link to `{target}` leads to no article; correct it or remove it", f"({target}")
            elif file.public and not by_id[name].public:
                yield file.warning(f"the link to `{target}` leads customers to an internal article; remove it", target)


def _stale(files: list[_File], today: date) -> Iterator[Problem]:
    for file in files:
        if today - file.article.updated > STALE_AFTER:
            text = f"last updated on {file.article.updated}, over 18 months ago; check it and set `updated`"
            yield file.warning(text, "updated:")


def _same_titles(files: list[_File]) -> Iterator[Problem]:
    return _repeated(files, "title", lambda article: (article.title,))


def _same_phrasings(files: list[_File]) -> Iterator[Problem]:
    return _repeated(files, "phrasing", lambda article: article.asked_as)


def _repeated(files: list[_File], what: str, read_from: Callable[[Article], Iterable[str]]) -> Iterator[Problem]:
    """Report what two articles of one language and visibility share, at the later one."""
    first: dict[tuple[str, bool, tuple[str, ...]], Article] = {}
    for file in files:
        for text in read_from(file.article):
            key = (file.article.language, file.public, tuple(surfaces(text)))
            other = first.setdefault(key, file.article)
            if other is not file.article:
                message = f"the {what} `{text}` is also in {other.path}; search cannot tell them apart, so change one"
                yield file.warning(message, text)


def _contradictions(files: list[_File]) -> Iterator[Problem]:
    """Report sections of two public articles under the same heading that name different figures."""
    sections: dict[tuple[str, frozenset[str]], list[tuple[_File, str, frozenset[str]]]] = defaultdict(list)
    for file in files:
        if not file.public:
            continue
        for heading, text in _sections(file.article):
            matter = frozenset(analysed(heading, file.article.language).stems)
            if matter:
                sections[file.article.language, matter].append((file, heading, frozenset(figures(text))))
    for same in sections.values():
        one, *others = same
        for file, heading, numbers in others:
            if file.article is not one[0].article and numbers and one[2] and numbers != one[2]:
                differing = ", ".join(sorted(numbers ^ one[2]))
                text = f"`{heading}` names other figures than {one[0].article.path} ({differing}); make them agree"
                yield file.warning(text, heading)


def _lost_phrasings(files: list[_File]) -> Iterator[Problem]:
    """Report phrasings that search answers with another article than the one that lists them."""
    knowledge = Knowledge(file.article for file in files)
    lists = Counter((file.article.language, one) for file in files for one in _phrasings(file.article))
    for file in files:
        for text in file.article.asked_as:
            if lists[file.article.language, tuple(surfaces(text))] > 1:
                continue
            found = knowledge.search(text, language=file.article.language, internal=not file.public, limit=1).hits
            if found and found[0].passage.article_id != file.article.id:
                other = found[0].passage.article_id
                yield file.warning(f"the phrasing `{text}` finds `{other}` first; use its words in this text too", text)


def _phrasings(article: Article) -> set[tuple[str, ...]]:
    return {tuple(surfaces(text)) for text in article.asked_as}


def _sections(article: Article) -> list[tuple[str, str]]:
    texts: dict[str, str] = {}
    for passage in cut(article):
        texts[passage.heading] = f"{texts.get(passage.heading, '')}\n{passage.text}"
    return list(texts.items())
