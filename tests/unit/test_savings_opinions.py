"""Satisfaction: thumbs and marks together, each for the tier that had answered when it was given."""

import pytest
from chatting import Chat

from supportbot.access.roles import OPERATOR
from supportbot.savings import Assumptions, SavingsFilter
from supportbot.savings.report import Satisfaction

DELIVERY = "How long does standard delivery take?"


def satisfaction(chat: Chat) -> Satisfaction:
    return chat.app.savings.report(SavingsFilter(), Assumptions(), actor=OPERATOR).satisfaction


def by_tier(chat: Chat) -> dict[str, tuple[float | None, int]]:
    return {tier: (ratio.value, ratio.n) for tier, ratio in satisfaction(chat).by_tier.items()}


def test_a_thumb_stays_with_the_model_and_the_mark_goes_to_the_person(chat: Chat) -> None:
    """The fast answer was liked, the agent's end of it was not; a handoff in between moves neither."""
    chat.ask(DELIVERY)
    chat.app.customers.rate(chat.customer, chat.answer.id, True)
    chat.ask("I want to talk to a human")
    chat.finish_by_agent()
    chat.app.customers.score(chat.customer, 2)
    assert by_tier(chat) == {"fast": (1.0, 1), "human": (0.0, 1)}
    assert (satisfaction(chat).satisfied.value, satisfaction(chat).satisfied.n) == (0.5, 2)


@pytest.mark.parametrize(("mark", "satisfied"), [(5, 1.0), (4, 1.0), (3, 0.0), (1, 0.0)])
def test_four_and_five_are_satisfied(chat: Chat, mark: int, satisfied: float) -> None:
    """A mark after the bot's own answer is an opinion on the tier that gave it."""
    chat.ask(DELIVERY)
    chat.app.customers.finish(chat.customer)
    chat.app.customers.score(chat.customer, mark)
    assert by_tier(chat) == {"fast": (satisfied, 1)}


def test_a_thumb_taken_back_is_no_opinion(chat: Chat) -> None:
    """And nobody has responded then."""
    chat.ask(DELIVERY)
    chat.app.customers.rate(chat.customer, chat.answer.id, True)
    chat.app.customers.rate(chat.customer, chat.answer.id, None)
    said = satisfaction(chat)
    assert (said.satisfied.value, said.satisfied.n, dict(said.by_tier)) == (None, 0, {})
    assert (said.responded.value, said.responded.n) == (0.0, 1)


def test_each_answer_is_rated_for_its_own_tier(chat: Chat) -> None:
    """A thumb down on the fast answer brings the strong one; a thumb up there is the strong model's."""
    chat.ask(DELIVERY)
    chat.down()
    chat.app.customers.rate(chat.customer, chat.answer.id, True)
    assert by_tier(chat) == {"fast": (0.0, 1), "strong": (1.0, 1)}


def test_the_response_rate_is_over_tickets_that_somebody_handled(chat: Chat) -> None:
    """A greeting asks for no opinion; of two answered tickets one was rated."""
    chat.ask(DELIVERY)
    chat.app.customers.rate(chat.customer, chat.answer.id, True)
    for name, text in (("Mia", "hi"), ("Tom", DELIVERY)):
        chat.stage.ask(chat.stage.customer(name), text)
    said = satisfaction(chat)
    assert (said.responded.value, said.responded.n) == (0.5, 2)
