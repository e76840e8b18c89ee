"""The check finds what cannot be read and what may lead a customer astray."""

from datetime import date
from pathlib import Path

from supportbot.knowledge import Severity, check

TODAY = date(2026, 11, 23)


def article(folder: Path, key: str, body: str = "Some text.", **changes: str) -> None:
    head = {"title": f"Title {key}", "language": "en", "visibility": "public", "updated": "2026-11-12"} | changes
    lines = [f"{name}: {value}" for name, value in head.items()]
    folder.joinpath(f"{key}.md").write_text("\n".join(["---", f"id: {key}", *lines, "---", body]))


def found(folder: Path) -> list[str]:
    return [str(problem) for problem in check(folder, TODAY)]


def test_good_articles_have_no_problems(tmp_path: Path) -> None:
    """Silence means everything is fine."""
    article(tmp_path, "one", "See [two](two.md#part), [web](https://juniper.example) and [mail](mailto:a@b.example).")
    article(tmp_path, "two")
    assert found(tmp_path) == []


def test_load_errors_are_errors_and_do_not_hide_the_rest(tmp_path: Path) -> None:
    """An unreadable article is an error; warnings about the others still come."""
    article(tmp_path, "bad", visibility="secret")
    article(tmp_path, "old", updated="2025-01-01")
    problems = check(tmp_path, TODAY)
    assert [(one.file, one.line, one.severity) for one in problems] == [
        ("bad.md", 5, Severity.ERROR),
        ("old.md", 6, Severity.WARNING),
    ]


def test_a_dead_link_is_found_by_line(tmp_path: Path) -> None:
    """A link between articles must lead to one."""
    article(tmp_path, "one", "First line.\n\nSee [three](three.md).")
    assert found(tmp_path) == ["one.md:10: the link to `three.md` leads to no article; correct it or remove it"]


def test_a_public_link_to_an_internal_article_is_found(tmp_path: Path) -> None:
    """Customers cannot open it."""
    article(tmp_path, "one", "See [two](two.md).")
    article(tmp_path, "two", visibility="internal")
    assert found(tmp_path) == ["one.md:8: the link to `two.md` leads customers to an internal article; remove it"]


def test_an_article_is_stale_after_eighteen_months(tmp_path: Path) -> None:
    """Age is measured against the day given; without one nothing is called stale."""
    article(tmp_path, "fresh", updated="2025-05-24")
    article(tmp_path, "stale", updated="2025-05-23")
    assert [line.split(":")[0] for line in found(tmp_path)] == ["stale.md"]
    assert check(tmp_path) == ()


def test_repeated_titles_and_phrasings_are_found(tmp_path: Path) -> None:
    """Case and punctuation do not matter; another language or visibility does."""
    article(tmp_path, "one", title="Refunds", asked_as="[Where is my money]")
    article(tmp_path, "two", title="refunds!", asked_as="['where is MY money?']")
    article(tmp_path, "three", title="Refunds", language="de")
    article(tmp_path, "four", title="Refunds", visibility="internal")
    assert found(tmp_path) == [
        "two.md:3: the title `refunds!` is also in one.md; search cannot tell them apart, so change one",
        "two.md:7: the phrasing `where is MY money?` is also in one.md; search cannot tell them apart, so change one",
    ]


def test_two_figures_for_one_matter_are_found(tmp_path: Path) -> None:
    """The same heading with other numbers in two public articles is a contradiction to look at."""
    article(tmp_path, "one", "## How long you can return\n\nWithin 30 days.")
    article(tmp_path, "two", "Intro.\n\n## How long you can return\n\nWithin 14 days.")
    article(tmp_path, "three", "## How long you can return\n\nWithin 60 days.", visibility="internal")
    assert found(tmp_path) == [
        "two.md:10: `How long you can return` names other figures than one.md (14, 30); make them agree"
    ]


def test_a_phrasing_that_finds_another_article_is_found(tmp_path: Path) -> None:
    """What customers are said to ask must lead to the article that says so."""
    article(
        tmp_path,
        "refund",
        "## My refund arrives\n\nMy refund arrives in 5 days.",
        title="My refund arrives",
        asked_as="[when my refund arrives]",
    )
    article(
        tmp_path, "other", "Nothing here.", title="Something about parcels and lamps", asked_as="[my refund arrives]"
    )
    (line,) = found(tmp_path)
    assert line.startswith("other.md:7: the phrasing `my refund arrives` finds `refund` first")


def test_a_missing_or_empty_folder_is_one_problem(tmp_path: Path) -> None:
    """There is one clear line for each."""
    (missing,) = check(tmp_path / "nowhere")
    assert missing.severity is Severity.ERROR
    (empty,) = check(tmp_path)
    assert empty.severity is Severity.WARNING
    assert "there is no article" in str(empty)
