"""Money, hours, answers and prompts as plain values."""

import doctest
from datetime import UTC, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain import answer, money
from supportbot.domain.answer import ABSTAIN, Draft, sentences
from supportbot.domain.hours import Hours
from supportbot.domain.outcome import Outcome, OutcomeKind, ratings

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("module", [money, answer])
def test_examples_in_docstrings_are_true(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@given(st.decimals(min_value=0, max_value=10**6, places=6))
def test_whole_micro_dollars_survive_exactly(amount: Decimal) -> None:
    assert money.micro(amount) == int(amount * 1_000_000)


@pytest.mark.parametrize(("amount", "micro"), [("0.0000005", 1), ("0.00000049", 0), ("-0.0000005", -1)])
def test_half_a_micro_dollar_is_rounded_away_from_zero(amount: str, micro: int) -> None:
    assert money.micro(Decimal(amount)) == micro


def test_hours_end_at_the_closing_minute() -> None:
    hours = Hours("UTC", time(8), time(20))
    assert hours.is_open(MONDAY.replace(hour=8, minute=0))
    assert hours.is_open(MONDAY.replace(hour=19, minute=59))
    assert not hours.is_open(MONDAY.replace(hour=20, minute=0))


def test_people_are_back_on_the_next_day_they_work() -> None:
    hours = Hours("Europe/Berlin", time(8), time(17), weekdays=(0, 1, 2, 3, 4))
    saturday = datetime(2026, 11, 28, 12, tzinfo=UTC)
    back = hours.next_open(saturday)
    assert back is not None
    assert f"{back:%A %H:%M}" == "Monday 08:00"


def test_a_desk_without_people_has_no_next_opening() -> None:
    assert Hours(weekdays=()).next_open(MONDAY) is None


def test_an_answer_that_only_abstains_is_told_from_one_that_answers_a_part() -> None:
    assert Draft(ABSTAIN).abstained
    assert Draft(f"**Refund**\n{ABSTAIN}.").abstained
    partly = Draft(f"**Price**\nIt costs €49. [1]\n**Bitcoin**\n{ABSTAIN}")
    assert not partly.abstained
    assert partly.partly_abstained


def test_marks_belong_to_the_sentence_before_them() -> None:
    found = sentences("It is free. [2] It takes 3.5 days, e.g. Monday. [1][3]")
    assert [s.cites for s in found] == [(2,), (1, 3)]


@given(st.text(alphabet=st.characters(exclude_characters="[]"), max_size=300))
def test_any_text_splits_without_losing_a_character(text: str) -> None:
    kept = "".join("".join(s.text.split()) for s in sentences(text))
    assert kept == "".join(text.split())


def test_the_last_word_on_a_message_counts() -> None:
    def said(kind: OutcomeKind) -> Outcome:
        return Outcome("o", "t", kind, MONDAY, message_id="m")

    up, down, cleared = (said(k) for k in (OutcomeKind.THUMBS_UP, OutcomeKind.THUMBS_DOWN, OutcomeKind.THUMBS_CLEARED))
    assert ratings([up, down]) == {"m": "down"}
    assert ratings([up, cleared]) == {}
