"""The fits: what belongs on one side of a cross-validation, and that the models find what tells."""

import numpy as np
import pytest
from benchmarks.fit.asked import companies, without
from benchmarks.fit.logistic import Choices, conditional, first, logistic, probability

from supportbot import triage


def test_no_article_has_questions_in_two_folds() -> None:
    """Nor has a translation: questions that name both keep them together."""
    folds: dict[str, set[int]] = {}
    for asked in companies(1)[0].asked:
        for article in asked.articles:
            folds.setdefault(article, set()).add(asked.fold)
    assert folds
    assert all(len(found) == 1 for found in folds.values())


def test_articles_are_taken_away_with_all_that_answers_their_questions() -> None:
    """What is asked of a company robbed of articles, none of its articles answers."""
    company = companies(1)[0]
    by_text = {asked.text: asked.articles for asked in company.asked}
    for robbed in without(company):
        kept = {article.id for article in robbed.articles}
        assert not any(by_text[asked.text] & kept for asked in robbed.asked)


def test_a_conditional_logit_finds_the_reading_that_tells() -> None:
    """The second reading marks the right alternative, the first is noise."""
    noise = np.random.default_rng(1)
    rows = [np.column_stack((noise.random(4), np.arange(4) == right)) for right in (0, 1, 2, 3) * 5]
    choices = Choices(rows, [row[:, 1] == 1 for row in rows], [1.0] * len(rows))
    weights = conditional(choices, 0.01)
    assert weights[1] > abs(weights[0])
    assert first(choices, weights).all()


def test_a_logistic_gives_back_the_shares_it_saw() -> None:
    """Of 4 in 5 it says .8, of 1 in 5 it says .2."""
    x = np.repeat([[0.0], [1.0]], 50, axis=0)
    y = np.array([i % 5 == 0 for i in range(50)] + [i % 5 != 0 for i in range(50)], dtype=float)
    p = probability(np.array([[0.0], [1.0]]), logistic(x, y, np.ones(100), 1e-6))
    assert p == pytest.approx([0.2, 0.8], abs=0.01)


@pytest.mark.parametrize(
    ("text", "before", "alone"),
    [
        ("And Gold?", "How much is Plus every year?", "And Gold? (How much is Plus every year)"),
        ("how do I switch to it?", "What is the fee for the Gold plan?", "how do I switch to it? (Gold plan)"),
    ],
)
def test_a_follow_up_carries_the_question_only_when_it_asks_nothing_itself(text: str, before: str, alone: str) -> None:
    """Another thing named is asked the same; what asks for itself takes the matter along, not the fee."""
    assert triage.standalone(text, [before], "en") == alone
