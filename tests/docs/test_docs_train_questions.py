"""The questions to fit words and weights to: labelled whole, by what the articles say."""

from collections import Counter
from pathlib import Path

from benchmarks.labels import ANSWERED, Kind, Question, half, holds, plain

from supportbot.domain.passage import Visibility
from supportbot.knowledge.load import load

ARTICLES = {article.id: article for article in load(Path("knowledge")) if article.visibility is Visibility.PUBLIC}
QUESTIONS = half("train")


def test_every_fact_stands_in_an_article_that_may_come_first() -> None:
    """No question asks for what its articles do not say; what is uncovered names none."""
    for question in QUESTIONS:
        covered = question.kind in ANSWERED
        assert bool(question.articles) == bool(question.facts) == covered, question.id
        said = " ".join(ARTICLES[one].body for one in question.articles)
        assert [fact for fact in question.facts if not holds(fact, said)] == [], question.id


def test_every_public_article_is_asked_about_more_than_once() -> None:
    """Fitting sees all of the company, in three languages, and what it does not cover."""
    asked = Counter(article for question in QUESTIONS for article in question.articles)
    assert min(asked[article] for article in ARTICLES) >= 6
    assert min(sum(q.language == code for q in QUESTIONS) for code in ("de", "es")) >= 60
    assert sum(q.kind is Kind.UNCOVERED for q in QUESTIONS) >= 90


def test_no_question_to_fit_to_is_asked_twice() -> None:
    """Neither its id nor its text after its history."""
    for seen in (lambda q: q.id, _asked):
        assert [one for one, n in Counter(map(seen, QUESTIONS)).items() if n > 1] == []


def _asked(question: Question) -> tuple[str, ...]:
    return (*question.history, plain(question.text))
