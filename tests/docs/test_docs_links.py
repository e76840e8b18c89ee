"""Nothing in the documentation points to where nothing is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = [ROOT / name for name in _TOP] + sorted((ROOT / "docs").rglob("*.md"))

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:src|docs|tests|knowledge|benchmarks)/[\w./-]+)(?:::(\w+))?`")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
#: Taken from the running pages and added by whoever makes them.
_PICTURES = ("docs/images/",)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return _CODE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """The headings of a page as a forge turns them into anchors."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def broken(page: Path) -> Iterator[str]:
    for target in _LINK.findall(prose(page)):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", file) or file.startswith(_PICTURES):
            continue
        there = (page.parent / file).resolve() if file else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files exist, and anchors are headings of them."""
    assert list(broken(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_path_named_exists(page: Path) -> None:
    """A path in back-quotes is in the checkout; `file::test` is a test in that file."""
    missing = []
    for path, test in _PATH.findall(prose(page)):
        file = ROOT / path.rstrip(".")
        found = file.exists() and (not test or re.search(rf"def {test}\b|class {test}\b", file.read_text("utf-8")))
        if not found:
            missing.append(f"{path}::{test}" if test else path)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_page_begins_with_one_title(page: Path) -> None:
    """One heading of the first level, at the top."""
    titles = re.findall(r"^# .+$", prose(page), re.MULTILINE)
    assert len(titles) == 1
    assert page.read_text("utf-8").startswith("# ")


def test_every_page_can_be_reached_from_the_index() -> None:
    """docs/README.md links to each page of docs."""
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for target in _LINK.findall(prose(index))}
    assert [named(page) for page in PAGES if page.is_relative_to(index.parent) and page not in (*linked, index)] == []
