"""What people and models wrote is shown from an allow-list."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.ui.markdown import host_of, plain, to_html

ALLOWED = {
    "p": set(),
    "b": set(),
    "i": set(),
    "ul": set(),
    "ol": set(),
    "li": set(),
    "br": set(),
    "code": {"class"},
    "span": {"class"},
    "a": {"href", "target", "rel"},
}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and checks them against the allow-list."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        for name, value in attrs:
            assert name in ALLOWED[tag]
            if name == "href":
                assert (value or "").startswith(("https://", "http://"))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, _: str) -> None:
        raise AssertionError("a comment came through")

    def handle_decl(self, _: str) -> None:
        raise AssertionError("a declaration came through")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


PIECES = [
    *"<>&\"'*_`[)!a\\\n$é\u202e\x00م",
    *(
        "**",
        "](",
        "[1]",
        "[2](",
        "$$",
        "\n- ",
        "\n1. ",
        "# ",
        "<script>",
        "<img src=x onerror=alert(1)>",
        "javascript:",
    ),
    *("https://", "http://a.b/", "data:", ":red[", ":smile:", "word ", "<!--", "-->", "]]>", "&lt;", "&#60;"),
]
NASTY = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(NASTY | st.text(max_size=300), st.sets(st.integers(0, 12), max_size=4))
def test_only_allowed_tags_and_http_links_come_out(text: str, cites: set[int]) -> None:
    """Whatever was written, the HTML holds allowed tags, balanced, and links only to http addresses."""
    read(to_html(text, cites))
    read(plain(text))


@given(st.text(alphabet=st.characters(categories=["L", "Sc"], include_characters=" %&<>$"), max_size=200))
def test_ordinary_text_is_kept_word_for_word(text: str) -> None:
    """Text without markup loses nothing but the spaces at its ends."""
    assert read(plain(text)).text == text
    assert read(to_html(text)).text == text.strip()


@given(st.integers(0, 99))
def test_a_mark_is_a_citation_only_when_the_answer_has_that_source(number: int) -> None:
    """`[7]` without a seventh source stays text."""
    assert 'class="cite"' in to_html(f"So it is. [{number}]", {number})
    assert 'class="cite"' not in to_html(f"So it is. [{number}]", {number + 1})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**Orders** and *pending*", "<p><b>Orders</b> and <i>pending</i></p>"),
        ("Price: $5 and $6", "<p>Price: $5 and $6</p>"),
        ("![spy](https://t.example/p.gif)", "<p>spy</p>"),
        ("<b>hi</b>", "<p>&lt;b&gt;hi&lt;/b&gt;</p>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("1. one\n2. two\n\nafter", "<ol><li>one</li><li>two</li></ol><p>after</p>"),
        ("intro\n- one", "<p>intro</p><ul><li>one</li></ul>"),
        ("# Title\ntext", "<p><b>Title</b></p><p>text</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("a_b_c stays", "<p>a_b_c stays</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
    ],
)
def test_each_construct_is_shown_as_stated(text: str, shown: str) -> None:
    """The allow-list, construct by construct."""
    assert to_html(text) == shown


def test_a_link_shows_the_host_it_leads_to() -> None:
    """The label cannot hide where a link goes."""
    html = to_html("[your bank](https://your-bank.example@evil.example/login)")
    assert "(evil.example)" in read(html).text


def test_look_alike_hosts_are_shown_in_ascii() -> None:
    """A Cyrillic letter in a host becomes visible."""
    assert host_of("https://аpple.com/") == "xn--pple-43d.com"


def test_direction_overrides_are_dropped() -> None:
    """A text cannot be made to read backwards."""
    assert "\u202e" not in to_html("abc\u202edef") + plain("abc\u202edef")


def test_a_source_is_shown_once_behind_sentences_that_all_stand_on_it() -> None:
    shown = to_html("It is free. [1] It takes 3 days. [1] Gold is faster. [2] And so on. [1]", {1, 2})
    assert shown.count('class="cite"') == 3
    assert "It is free. It takes 3 days." in shown


def test_sentences_with_sources_of_their_own_keep_them() -> None:
    shown = to_html("It is free. [1][2] It takes 3 days. [1]", {1, 2})
    assert shown.count('class="cite"') == 3
