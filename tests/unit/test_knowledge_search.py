"""Search finds the right article, says how sure it is, and never shows an internal one to a customer."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.domain.errors import KnowledgeError, NotFound
from supportbot.domain.passage import Article, Visibility
from supportbot.knowledge import Knowledge
from supportbot.ports import KnowledgeBase

DELIVERY = Article(
    "delivery",
    "Standard delivery",
    "en",
    Visibility.PUBLIC,
    date(2026, 11, 12),
    "v1",
    "## How long\n\nStandard delivery takes 3 days.\n\n## What it costs\n\nStandard delivery costs €5.",
    asked_as=("How long does delivery take?",),
)
PASSWORD = replace(
    DELIVERY,
    id="password",
    title="Changing your password",
    body="## Change it\n\nOpen Account and choose a new password.",
    asked_as=("How do I change my password?",),
)
REFUND = replace(
    DELIVERY,
    id="refund",
    title="When refunds arrive",
    body="## How long\n\nA refund takes 5 days.",
    asked_as=("When do I get my refund?",),
)
SECRET = replace(
    DELIVERY,
    id="secret",
    title="Refund limits (internal)",
    visibility=Visibility.INTERNAL,
    body="## Limits\n\nAgents may refund up to €250 of delivery charges.",
    asked_as=("How much may I refund?",),
)
LIEFERUNG = replace(
    DELIVERY,
    id="lieferung",
    title="Standardlieferung",
    language="de",
    body="## Dauer\n\nDie Standardlieferung dauert 3 Tage.",
    asked_as=("Wie lange dauert die Standardlieferung?",),
)
ALL = (DELIVERY, PASSWORD, REFUND, SECRET, LIEFERUNG)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge(ALL)


def top(knowledge: Knowledge, query: str, language: str | None = None, internal: bool = False) -> str | None:
    hits = knowledge.search(query, language=language, internal=internal).hits
    return hits[0].passage.article_id if hits else None


def test_it_is_a_knowledge_base(knowledge: Knowledge) -> None:
    """Everything the port asks for is there."""
    port: KnowledgeBase = knowledge
    assert port.version


def test_a_plain_question_is_answered_with_confidence(knowledge: Knowledge) -> None:
    """All its words stand in the right article, which leads clearly."""
    found = knowledge.search("How long does standard delivery take?")
    assert found.hits[0].passage.id == "delivery#1"
    assert found.top_score == found.hits[0].score > 0
    assert found.coverage == pytest.approx(1.0)
    assert found.confidence > 0.8


def test_typing_errors_find_the_same_article_nearly_as_surely(knowledge: Knowledge) -> None:
    """A slip costs a little confidence, not the answer."""
    found = knowledge.search("hw do i chnge my pasword thx")
    assert found.hits[0].passage.article_id == "password"
    assert found.confidence > 0.8


def test_words_no_article_knows_take_the_confidence_away(knowledge: Knowledge) -> None:
    """A near-domain question without an article is not answered from the nearest one."""
    found = knowledge.search("Is delivery by helicopter insured against meteorites?")
    assert found.coverage < 0.5
    assert found.confidence < 0.3


@pytest.mark.parametrize("query", ["", "   ", "🙂", "???", "the of and", "zzzz qqqq", "\x00\x07", "[card 1]"])
def test_nothing_to_look_for_finds_nothing(knowledge: Knowledge, query: str) -> None:
    """No content word, no hit, no confidence."""
    found = knowledge.search(query)
    assert (found.hits, found.confidence, found.coverage, found.top_score) == ((), 0.0, 0.0, 0.0)


def test_an_unknown_order_number_does_not_disturb(knowledge: Knowledge) -> None:
    """Figures that no article mentions say nothing about the matter."""
    plain = knowledge.search("when do I get my refund")
    numbered = knowledge.search("when do I get my refund 88214")
    assert top(knowledge, "when do I get my refund 88214") == "refund"
    assert numbered.confidence == pytest.approx(plain.confidence, abs=0.05)


def test_internal_articles_are_for_agents_only(knowledge: Knowledge) -> None:
    """The same question finds the internal article only when asked for."""
    assert top(knowledge, "refund limits internal", internal=True) == "secret"
    assert top(knowledge, "refund limits internal") == "refund"
    assert [article.id for article in knowledge.articles()] == ["delivery", "lieferung", "password", "refund"]
    assert "secret" in [article.id for article in knowledge.articles(internal=True)]


def test_an_internal_article_is_not_found_by_its_id(knowledge: Knowledge) -> None:
    """For a customer there is no such article."""
    assert knowledge.article("secret", internal=True) is SECRET
    with pytest.raises(NotFound):
        knowledge.article("secret")
    with pytest.raises(NotFound):
        knowledge.article("nothing")


def test_the_customers_language_comes_first(knowledge: Knowledge) -> None:
    """An article in the customer's language wins over its translation."""
    assert top(knowledge, "Wie lange dauert die Lieferung?", language="de") == "lieferung"
    assert top(knowledge, "Wie lange dauert die Lieferung?") == "lieferung"
    assert top(knowledge, "How long is delivery?", language="en") == "delivery"


@pytest.mark.parametrize(
    ("query", "article"),
    [
        ("¿Cómo cambio mi contraseña?", "password"),
        ("como cambio mi contrasena", "password"),
        ("Wie ändere ich mein Passwort?", "password"),
        ("Wann kommt meine Rückerstattung?", "refund"),
        ("¿Cuándo llega mi reembolso?", "refund"),
        ("¿Cuánto tarda el envío?", "delivery"),
    ],
)
def test_a_question_in_another_language_finds_the_english_article(
    knowledge: Knowledge, query: str, article: str
) -> None:
    """Where no article is written in the customer's language, the English one is found, and surely."""
    found = knowledge.search(query)
    assert found.hits[0].passage.article_id == article
    assert found.confidence > 0.5


def test_a_compound_is_found_by_its_parts(knowledge: Knowledge) -> None:
    """German writes `Standardlieferung` as one word, customers ask for the `Lieferung`."""
    assert top(knowledge, "Lieferung", language="de") == "lieferung"
    assert top(knowledge, "Lieferdauer der Standardlieferungen", language="de") == "lieferung"


def test_the_limit_bounds_the_hits_not_the_readings(knowledge: Knowledge) -> None:
    """Asking for fewer passages changes no reading."""
    one, many = knowledge.search("delivery cost", limit=1), knowledge.search("delivery cost", limit=10)
    assert len(one.hits) == 1 < len(many.hits)
    assert replace(one, hits=()) == replace(many, hits=())
    assert knowledge.search("delivery cost", limit=0).hits == ()


def test_no_articles_find_nothing() -> None:
    """An empty knowledge base answers, with nothing."""
    empty = Knowledge(())
    assert empty.search("How long does delivery take?").hits == ()
    assert empty.articles(internal=True) == ()


def test_the_version_follows_every_article() -> None:
    """A changed article is another version of the whole."""
    assert Knowledge(ALL).version == Knowledge(reversed(ALL)).version
    assert Knowledge(ALL).version != Knowledge((*ALL[:-1], replace(LIEFERUNG, version="v2"))).version


def test_a_broken_folder_is_refused_at_the_start(tmp_path: Path) -> None:
    """Opening is strict; only a reload is forgiving."""
    tmp_path.joinpath("a.md").write_text("no front matter")
    with pytest.raises(KnowledgeError, match=r"^a\.md:1: "):
        Knowledge.open(tmp_path)


ANY_TEXT = st.text(max_size=300) | st.text(
    alphabet=st.sampled_from(list("\"':()[]{}~*?\\/^+-!&|<>\x00\x1b\u202e\u200fא ش🙂é0a deliverry refund")),
    max_size=200,
)


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from([None, "en", "de", "es", "tlh", ""]), st.integers(-1, 30))
def test_any_text_is_searched_and_internal_stays_internal(query: str, language: str | None, limit: int) -> None:
    """Quotes, colons, control characters, right-to-left text: no error, shares in [0, 1], nothing internal."""
    found = SEARCHED.search(query, language=language, limit=limit)
    assert all(hit.passage.visibility is Visibility.PUBLIC for hit in found.hits)
    assert all(
        0.0 <= share <= 1.0 + 1e-9 for share in (found.margin, found.agreement, found.coverage, found.confidence)
    )
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)


SEARCHED = Knowledge(ALL)


@pytest.mark.parametrize("piece", ["refund ", "x", "\ud800", "“'\": ", "Überweisung\n", "א", "1 "])
def test_two_hundred_thousand_characters_are_searched(piece: str) -> None:
    """Size is no reason to fail."""
    assert SEARCHED.search(piece * (200_000 // len(piece))) is not None


def test_the_end_of_a_long_message_is_read_too() -> None:
    """The question often stands below a long log."""
    assert top(SEARCHED, "lorem ipsum dolor " * 5_000 + "How do I change my password?") == "password"
