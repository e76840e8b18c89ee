"""Articles are read from a folder, and every error names file, line and remedy."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportbot.domain.errors import KnowledgeError
from supportbot.domain.passage import Visibility
from supportbot.knowledge import load
from supportbot.knowledge.load import LARGEST, read

GOOD = """---
title: Standard delivery
id: delivery
tags: [delivery, orders]
language: en
visibility: public
updated: 2026-11-12
asked_as:
  - How long does it take?
---

## How long

It takes 3 days.
"""


def written(folder: Path, text: str | bytes, name: str = "article.md") -> Path:
    folder.joinpath(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def refusal(folder: Path) -> str | None:
    try:
        assert all(article.body.strip() for article in load(folder))
    except KnowledgeError as wrong:
        return str(wrong)
    return None


def test_an_article_carries_its_front_matter(tmp_path: Path) -> None:
    """Every key of the front matter arrives in the article."""
    (article,) = load(written(tmp_path, GOOD))
    assert (article.id, article.title, article.language) == ("delivery", "Standard delivery", "en")
    assert article.visibility is Visibility.PUBLIC
    assert article.updated == date(2026, 11, 12)
    assert article.tags == ("delivery", "orders")
    assert article.asked_as == ("How long does it take?",)
    assert article.body.startswith("## How long")
    assert article.path == "article.md"


def test_a_title_is_one_line(tmp_path: Path) -> None:
    """A title written over two lines is shown on one."""
    (article,) = load(written(tmp_path, GOOD.replace("Standard delivery", "|\n  Standard\n  delivery")))
    assert article.title == "Standard delivery"


def test_a_version_changes_with_the_text_only(tmp_path: Path) -> None:
    """The version is a hash of the content, so a citation names exactly what was read."""
    (before,) = load(written(tmp_path, GOOD))
    (again,) = load(written(tmp_path, GOOD))
    (after,) = load(written(tmp_path, GOOD.replace("3 days", "4 days")))
    assert before.version == again.version != after.version


def test_articles_come_by_id_from_subfolders_too(tmp_path: Path) -> None:
    """Folders may be nested; the order is by id, not by file name."""
    tmp_path.joinpath("a").mkdir()
    written(tmp_path, GOOD.replace("id: delivery", "id: zebra"), "a/one.md")
    written(tmp_path, GOOD.replace("id: delivery", "id: apple"), "two.md")
    assert [article.id for article in load(tmp_path)] == ["apple", "zebra"]


def test_readme_and_dot_files_are_not_articles(tmp_path: Path) -> None:
    """A README and editors' hidden files may lie beside the articles."""
    written(tmp_path, "# About this folder\n", "README.md")
    written(tmp_path, "junk", ".#article.md")
    written(tmp_path, GOOD)
    assert len(load(tmp_path)) == 1


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    """Files saved by other editors read the same."""
    (article,) = load(written(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()))
    assert article.body == "\n## How long\n\nIt takes 3 days.".lstrip("\n")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD.replace("id: delivery\n", ""), 1, "`id` is missing"),
        (GOOD.replace("tags:", "tagz:"), 4, "`tagz` is not a key"),
        (GOOD.replace("2026-11-12", "2026-13-45"), 7, "2026-11-23"),
        (GOOD.replace("2026-11-12", "yesterday"), 7, "2026-11-23"),
        (GOOD.replace("public", "secret"), 6, "`public` or `internal`"),
        (GOOD.replace("language: en", "language: tlh"), 5, "one of en, de"),
        (GOOD.replace("id: delivery", "id: De Livery"), 3, "hyphens"),
        (GOOD.replace("title: Standard delivery", "title: Plans: Plus"), 2, "colon"),
        (GOOD.replace("title: Standard delivery", "title: ''"), 2, "at least one"),
        (GOOD.replace("language: en", "language: e\x07n"), 5, "not allow"),
        (GOOD.replace("tags: [delivery, orders]", "tags: delivery"), 4, "list"),
        (GOOD.replace("tags: [delivery, orders]", "title: Again"), 4, "twice"),
        (GOOD.replace("tags: [delivery, orders]", "tags: &a [x]\nasked_as: *a"), 5, "alias"),
        (GOOD.replace("tags: [delivery, orders]", "tags: [[[[[x]]]]]"), 4, "nested"),
        (GOOD[: GOOD.index("## How")], 3, "no text"),
        ("---\ntitle: Open\n", 1, "not closed"),
        ("Just text.\n", 1, "missing"),
        ("---\n- a\n---\ntext", 2, "key: value"),
        ("", 1, "missing"),
    ],
)
def test_an_error_names_file_line_and_remedy(tmp_path: Path, text: str, line: int, words: str) -> None:
    """The message begins with `file:line:` and says what to do."""
    with pytest.raises(KnowledgeError) as caught:
        load(written(tmp_path, text))
    assert str(caught.value).startswith(f"article.md:{line}: ")
    assert words in str(caught.value)


def test_a_byte_that_is_not_utf8_is_found_by_line(tmp_path: Path) -> None:
    """Broken UTF-8 is reported where it stands."""
    with pytest.raises(KnowledgeError, match=r"^article\.md:14: byte 0xff is not UTF-8; save the file as UTF-8"):
        load(written(tmp_path, GOOD.encode().replace(b"3 days", b"3 d\xffys")))


def test_a_nul_character_is_refused(tmp_path: Path) -> None:
    """A binary file with the wrong name does not become an article."""
    with pytest.raises(KnowledgeError, match=r"^article\.md:14: .*NUL"):
        load(written(tmp_path, GOOD.replace("3 days", "3\x00days")))


def test_two_articles_may_not_share_an_id(tmp_path: Path) -> None:
    """The second file is named, at its id, together with the first."""
    written(tmp_path, GOOD, "a.md")
    with pytest.raises(KnowledgeError, match=r"^b\.md:3: the id `delivery` is already used in a\.md"):
        load(written(tmp_path, GOOD, "b.md"))


def test_a_file_over_one_megabyte_is_refused(tmp_path: Path) -> None:
    """A huge file is a mistake, and is not even read."""
    with pytest.raises(KnowledgeError, match=r"^article\.md:1: .*1 MB"):
        load(written(tmp_path, GOOD + "x" * LARGEST))


def test_a_missing_folder_is_one_clear_message(tmp_path: Path) -> None:
    """The message names the folder and what to do."""
    with pytest.raises(KnowledgeError, match="does not exist; create it"):
        load(tmp_path / "nowhere")
    with pytest.raises(KnowledgeError, match="is not a folder"):
        load(written(tmp_path, GOOD) / "article.md")


def test_a_folder_named_like_an_article_is_reported(tmp_path: Path) -> None:
    """What cannot be read as a file is named instead of passed over."""
    tmp_path.joinpath("odd.md").mkdir()
    with pytest.raises(KnowledgeError, match=r"^odd\.md:1: .*regular file"):
        load(tmp_path)


def test_every_problem_is_collected(tmp_path: Path) -> None:
    """`read` goes on after a problem; `load` says how many more there are."""
    written(tmp_path, GOOD, "good.md")
    written(tmp_path, GOOD.replace("public", "secret").replace("2026-11-12", "never"), "bad.md")
    written(tmp_path, "no", "worse.md")
    articles, problems = read(tmp_path)
    assert [article.path for article in articles] == ["good.md"]
    assert [(one.file, one.line) for one in problems] == [("bad.md", 6), ("bad.md", 7), ("worse.md", 1)]
    with pytest.raises(KnowledgeError, match=r"^bad\.md:6: .*2 more: run `supportbot knowledge check`"):
        load(tmp_path)


HEADS = st.sampled_from([b"", b"---\n", GOOD.encode()[: GOOD.index("## How")], GOOD.encode()])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(head=HEADS, rest=st.binary(max_size=300))
def test_any_bytes_are_articles_or_a_knowledge_error(tmp_path: Path, head: bytes, rest: bytes) -> None:
    """Whatever lies in the folder, loading gives articles or says what is wrong."""
    written(tmp_path, head + rest)
    message = refusal(tmp_path)
    assert message is None or message.startswith("article.md:")


YAML = st.text(alphabet=st.sampled_from("abt:- \n[]{}&*!|>'\"#%@`,?\t0"), max_size=80)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(yaml=YAML)
def test_any_front_matter_is_read_or_refused(tmp_path: Path, yaml: str) -> None:
    """YAML's stranger corners never end in another exception."""
    written(tmp_path, GOOD.replace("tags: [delivery, orders]", yaml))
    message = refusal(tmp_path)
    assert message is None or message.startswith("article.md:")
