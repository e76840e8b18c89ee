"""Articles are cut by heading into plain sentences that can be quoted."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.domain.passage import Article, Visibility
from supportbot.knowledge import cut
from supportbot.knowledge.passages import LONGEST, plain


def article(body: str) -> Article:
    return Article("a", "Title", "en", Visibility.PUBLIC, date(2026, 11, 12), "v1", body)


def texts(body: str) -> list[tuple[str, str]]:
    return [(passage.heading, passage.text) for passage in cut(article(body))]


def test_each_heading_begins_a_passage() -> None:
    """Ids count from 1, and the text before the first heading is a passage too."""
    passages = cut(article("Intro.\n\n## One\n\nFirst.\n\n### Two\nSecond.\n"))
    assert [(p.id, p.heading, p.text) for p in passages] == [
        ("a#1", "", "Intro."),
        ("a#2", "One", "First."),
        ("a#3", "Two", "Second."),
    ]
    assert {(p.article_id, p.article_version, p.title) for p in passages} == {("a", "v1", "Title")}


def test_a_wrapped_paragraph_is_one_line() -> None:
    """Line breaks inside a paragraph are spaces; paragraphs stay apart."""
    assert texts("One\ntwo.\n\nThree.") == [("", "One two.\nThree.")]


def test_list_items_become_sentences() -> None:
    """Each item stands alone and ends like a sentence."""
    assert texts("Bring:\n- the *item*\n- the label.\n1. go") == [("", "Bring:\nthe item.\nthe label.\ngo.")]


def test_table_rows_become_sentences_with_their_columns() -> None:
    """A row keeps the names of its columns, so that it can be quoted alone."""
    table = "| Plan | Price |\n|---|---|\n| Plus | €49 |\n| **Gold** | €99 |\n"
    assert texts(table) == [("", "Plan: Plus; Price: €49.\nPlan: Gold; Price: €99.")]


@pytest.mark.parametrize(
    ("markdown", "read"),
    [
        ("see [returns](returns.md) now", "see returns now"),
        ("**bold** and *thin* and `code`", "bold and thin and code"),
        ("__bold__ and _thin_", "bold and thin"),
        ("snake_case_word and 2*3*4", "snake_case_word and 2*3*4"),
        ("![a box](box.png) here", "a box here"),
        ("<b>loud</b> <https://juniper.example>", "loud https://juniper.example"),
        (r"5 \* 3 and \[this\]", "5 * 3 and [this]"),
        ("Account > Orders", "Account > Orders"),
    ],
)
def test_markdown_is_flattened(markdown: str, read: str) -> None:
    """Emphasis and links are shown as their words."""
    assert plain(markdown) == read


def test_comments_are_never_quoted() -> None:
    """What an editor hid in a comment stays hidden, also when the comment was not closed."""
    assert texts("Before. <!-- ask Ana -->After.\n\n<!-- internal\n## Secret\n") == [("", "Before. After.")]


def test_a_heading_in_a_code_block_is_no_heading() -> None:
    """Only real headings cut."""
    assert [heading for heading, _ in texts("## Real\n```\n# not one\n```\n")] == ["Real"]


def test_a_long_section_is_cut_at_a_paragraph_end() -> None:
    """A section over the limit becomes several passages of whole paragraphs."""
    paragraphs = [" ".join([f"word{n}"] * 50) + "." for n in range(4)]
    assert texts("## Long\n\n" + "\n\n".join(paragraphs)) == [
        ("Long", "\n".join(paragraphs[:2])),
        ("Long", "\n".join(paragraphs[2:])),
    ]


def test_a_long_paragraph_is_cut_after_a_sentence() -> None:
    """A paragraph over the limit is cut between sentences."""
    sentences = [" ".join([f"word{n}"] * 70) + "." for n in range(3)]
    assert [text for _, text in texts(" ".join(sentences))] == sentences


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab.# \n-*_`[]()|<>!\\é~1"), max_size=400) | st.text(max_size=200))
def test_every_passage_is_made_of_the_articles_words(body: str) -> None:
    """Nothing is invented: each word of a passage stands in the article, in order; no passage is too long."""
    letters = re.sub(r"\W|_", "", body)
    for passage in cut(article(body)):
        assert passage.text.strip()
        assert 1 <= len(passage.text.split()) <= LONGEST
        assert is_subsequence(re.sub(r"\W|_", "", passage.text), letters)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abc .", min_size=1, max_size=60), max_size=12))
def test_plain_paragraphs_lose_no_word(paragraphs: list[str]) -> None:
    """What is not Markdown arrives whole."""
    body = "\n\n".join(paragraphs)
    assert " ".join(passage.text for passage in cut(article(body))).split() == body.split()


def is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(letter in rest for letter in short)
