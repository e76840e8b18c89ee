"""The sample company says the same everywhere, and the questions that score the desk are labelled by what it says."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml
from benchmarks.labels import ANSWERED, HALVES, Kind, Question, half, holds, plain

from supportbot.demo.day import questions as day
from supportbot.domain.passage import Article, Visibility
from supportbot.knowledge import load

ROOT = Path(__file__).parents[2]
SHEET = yaml.safe_load((ROOT / "docs" / "reference" / "sample-facts.yaml").read_text("utf-8"))
FACTS, UNCOVERED = SHEET["facts"], SHEET["uncovered"]
_MARKS = re.compile(r"[*_\[]|\]\([^)]*\)|\]")
TIERS = {"fast", "strong", "human", "none"}
_EMPTY = {
    language: frozenset(words.split())
    for language, words in {
        "en": "a an the i my me you your we it is are was be do does did can could will how what when where which who "
        "why to of for in on at from by and or if there this that have has got get with not no please much many",
        "de": "der die das den ein eine einen ich mein meine mir ist sind was wie wo wann und oder zu in im an "
        "für nach von kann es ihr euch bei",
        "es": "el la los las un una mi me es son qué cómo cuándo dónde cuánto de del en a y o por para con se",
    }.items()
}


@cache
def articles() -> dict[str, Article]:
    return {article.id: article for article in load(ROOT / "knowledge")}


@cache
def labelled() -> tuple[Question, ...]:
    return tuple(question for name in HALVES for question in half(name))


@cache
def text_of(article: Article) -> str:
    """What an article says, without the marks of its format."""
    return f"{article.title}\n{_MARKS.sub('', article.body)}"


def content(text: str, language: str) -> frozenset[str]:
    """The words a phrasing is about, so that `How do I pay?` and `pay how` are the same."""
    return frozenset(plain(text).split()) - _EMPTY[language]


# -- facts


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["fact"])
def test_a_fact_stands_in_every_article_that_states_it(fact: dict[str, str]) -> None:
    """The sheet names the articles; each of them has the value."""
    missing = [name for name in fact["articles"] if not holds(fact["value"], text_of(articles()[name]))]
    assert missing == []


@pytest.mark.parametrize("fact", [f for f in FACTS if "wherever" in f], ids=lambda fact: fact["fact"])
def test_no_article_contradicts_a_fact(fact: dict[str, str]) -> None:
    """Wherever its words stand, the figure beside them is the one in the sheet; and they stand somewhere."""
    found = {
        (article.id, group.strip())
        for article in articles().values()
        for match in re.finditer(fact["wherever"], plain(text_of(article)))
        for group in match.groups()
        if group
    }
    assert found
    assert {each for each in found if each[1] != plain(fact["value"]).strip()} == set()


def test_the_sheet_names_a_fact_once() -> None:
    """One place per fact."""
    assert [name for name, n in Counter(f["fact"] for f in FACTS).items() if n > 1] == []


@pytest.mark.parametrize("gap", UNCOVERED, ids=lambda gap: gap["matter"])
def test_what_is_left_uncovered_is_covered_by_no_public_article(gap: dict[str, list[str]]) -> None:
    """Honest refusals stay testable: an article on such a matter has to come with other questions."""
    public = [a for a in articles().values() if a.visibility is Visibility.PUBLIC]
    assert [(a.id, word) for a in public for word in gap["words"] if holds(word, text_of(a))] == []


# -- articles


def test_there_are_articles_of_every_sort() -> None:
    """Forty at least, five internal, four German and four Spanish."""
    everything = articles().values()
    assert len(everything) >= 40
    assert sum(a.visibility is Visibility.INTERNAL for a in everything) >= 5
    assert all(sum(a.language == language for a in everything) >= 4 for language in ("de", "es"))


def test_the_page_on_the_sample_counts_right() -> None:
    """As many articles as it says, by language and visibility."""
    page = (ROOT / "docs" / "reference" / "sample-company.md").read_text("utf-8")
    total, public = len(articles()), [a for a in articles().values() if a.visibility is Visibility.PUBLIC]
    english = sum(a.language == "en" for a in public)
    assert f"{total} articles: {english} in English, four each in German and Spanish, seven internal" in page
    assert (len(public) - english, total - len(public)) == (8, 7)


@pytest.mark.parametrize("name", sorted(articles()))
def test_an_article_lists_a_few_phrasings(name: str) -> None:
    """Three to eight, as customers type them: short."""
    phrasings = articles()[name].asked_as
    assert 3 <= len(phrasings) <= 8
    assert all(len(phrasing.split()) <= 16 for phrasing in phrasings)


def test_no_phrasing_is_copied_from_a_question_that_scores() -> None:
    """What the desk is measured with stands in no article, neither a labelled question nor one of the demo's day."""
    asked = [q.text for q in labelled()] + [q.text for q in day()]
    asked_about = {language: [(text, content(text, language)) for text in asked] for language in _EMPTY}
    copied = [
        (article.id, phrasing, question)
        for article in articles().values()
        for phrasing in article.asked_as
        if (about := content(phrasing, article.language))
        for question, other in asked_about[article.language]
        if len(about & other) >= 0.8 * len(about | other)
    ]
    assert copied == []


# -- labels


def test_the_halves_are_alike() -> None:
    """As many of each kind in both, so that a figure of one can be compared with the other's."""
    counts = [Counter((q.kind, q.style if q.kind is Kind.UNCOVERED else "") for q in half(name)) for name in HALVES]
    assert counts[0] == counts[1]
    assert sum(counts[0].values()) == 150
    whole = Counter(q.kind for q in labelled())
    assert whole[Kind.UNCOVERED] == 60
    assert whole[Kind.PARTS] == 40
    assert whole[Kind.FOLLOW_UP] == 30
    assert min(sum(q.language == language for q in labelled()) for language in ("de", "es")) >= 25


def test_no_question_is_asked_twice() -> None:
    """Neither within a half nor across, history and all."""
    ids = Counter(q.id for q in labelled())
    texts = Counter((q.history, plain(q.text)) for q in labelled())
    assert [one for one, n in [*ids.items(), *texts.items()] if n > 1] == []


@pytest.mark.parametrize("name", HALVES)
def test_a_question_is_labelled_whole(name: str) -> None:
    """An answered kind has articles customers may read, and facts; a follow-up has a history; every tier is one."""
    public = {article.id for article in articles().values() if article.visibility is Visibility.PUBLIC}
    for question in half(name):
        answered = question.kind in ANSWERED
        assert bool(question.articles) == bool(question.facts) == answered, question.id
        assert set(question.articles) <= public, question.id
        assert bool(question.history) == (question.kind is Kind.FOLLOW_UP), question.id
        assert question.tiers, question.id
        assert set(question.tiers) <= TIERS, question.id


@pytest.mark.parametrize("name", HALVES)
def test_a_label_asks_for_nothing_its_articles_do_not_say(name: str) -> None:
    """Each fact stands in one of the articles named; otherwise honest answers would count as wrong."""
    for question in half(name):
        said = [text_of(articles()[article]) for article in question.articles]
        unsaid = [fact for fact in question.facts if not any(holds(fact, text) for text in said)]
        assert unsaid == [], question.id


def test_every_public_article_is_asked_for() -> None:
    """None is left unmeasured."""
    public = {article.id for article in articles().values() if article.visibility is Visibility.PUBLIC}
    assert public - {name for question in labelled() for name in question.articles} == set()


@pytest.mark.parametrize(
    ("fact", "text", "held"),
    [
        ("3 to 5", "It takes 3–5 days.", True),
        ("3 to 5", "Das dauert 3 bis 5 Werktage.", True),
        ("3 to 5", "between three and five days", True),
        ("3 to 5", "13 to 5 days", False),
        ("€4.90", "Es kostet 4,90 €.", True),
        ("€4.90", "It costs 4.90 euros", True),
        ("€4.90", "It costs €14.90", False),
        ("€1,000", "above €1,000 only", True),
        ("€1", "above €1,000 only", False),
        ("20:00", "until 8 pm", True),
        ("20:00", "bis 20 Uhr", True),
        ("expired|used before", "The code was **used before**.", True),
        ("14 days", "114 days", False),
    ],
)
def test_a_fact_is_read_however_it_is_written(fact: str, text: str, held: bool) -> None:
    """Money, ranges, hours and numbers are compared by what they mean; parts of words and numbers are not found."""
    assert holds(fact, text) is held
