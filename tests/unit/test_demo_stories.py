"""The three stories: every step acts through the real desk, and whatever is shown stands in its store."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import enumerate as enumerate_threads

import pytest

from supportbot.access.roles import OPERATOR
from supportbot.bootstrap import stage_maker, throwaway
from supportbot.demo.clock import ManualClock
from supportbot.demo.stage import Stage, StageMaker
from supportbot.demo.stories import (
    ACCOUNT_TAKEN_OVER,
    STORIES,
    WHAT_IS_MY_PLAN_WORTH,
    WHERE_IS_MY_ORDER,
    Story,
    StoryPlayer,
)
from supportbot.domain.errors import ProviderError
from supportbot.domain.message import Message, MessageKind, Sender
from supportbot.domain.outcome import OutcomeKind
from supportbot.domain.ticket import CLAIMED, RESOLVED_BY_AGENT, WAITING, Priority
from supportbot.inbox.case import list_cost
from supportbot.knowledge import Knowledge
from supportbot.ports import Chunk, ModelRequest, TicketFilter
from supportbot.savings import Against, Assumptions, SavingsFilter
from supportbot.settings import load


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


@cache
def maker() -> StageMaker:
    return stage_maker(load(environ={}), knowledge=articles())


class Down:
    """A provider nobody reaches."""

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        """Fail at once."""
        raise ProviderError(f"{request.deployment.name} is away.")


def _without_models(_: bool) -> Stage:
    """A stage on which every model call fails."""
    clock = ManualClock()
    desk = throwaway(load(environ={}), clock=clock, models={"embedded": Down()}, knowledge=articles())
    return Stage(desk.store, clock, desk.intake, desk.workers, desk.customers, desk.inbox, desk.savings)


class Told:
    """A story being played, and the stage behind it for a look into its store."""

    def __init__(self, story: Story) -> None:
        self.stages: list[Stage] = []
        self.player = StoryPlayer(self._make, story)
        self.stage = self.stages[0]

    def _make(self, strong_only: bool) -> Stage:
        self.stages.append(maker()(strong_only))
        return self.stages[-1]

    def until(self, label: str) -> "Told":
        """Play up to and with the step that was planned under *label*."""
        place = next(i for i, step in enumerate(self.player.story.steps) if step.label == label)
        while self.player.place <= place:
            assert self.player.step()
        return self

    def end(self) -> "Told":
        """Play to the end."""
        while self.player.step():
            pass
        return self

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message in the store."""
        return self.stage.store.read(lambda tx: tuple(m for t in tx.tickets(TicketFilter()) for m in tx.messages(t.id)))


@pytest.fixture
def orders() -> Iterator[Told]:
    """Story 1."""
    told = Told(WHERE_IS_MY_ORDER)
    yield told
    told.player.close()


@pytest.fixture
def plans() -> Iterator[Told]:
    """Story 2."""
    told = Told(WHAT_IS_MY_PLAN_WORTH)
    yield told
    told.player.close()


@pytest.fixture
def takeover() -> Iterator[Told]:
    """Story 3."""
    told = Told(ACCOUNT_TAKEN_OVER)
    yield told
    told.player.close()


# -- the player


def test_the_page_offers_three_stories() -> None:
    """In the order of the page, each with a blurb and steps."""
    assert [s.title for s in STORIES] == ["Where is my order", "What is my plan worth", "Account taken over"]
    assert all(s.blurb and len(s.steps) >= 5 for s in STORIES)


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.title)
def test_a_story_is_played_step_by_step_to_its_end(story: Story) -> None:
    """Each step is done once; after the last one nothing happens any more."""
    told = Told(story)
    player = told.player
    try:
        for place in range(len(story.steps)):
            assert (player.place, player.done) == (place, False)
            assert [s.done for s in player.steps] == [i < place for i in range(len(story.steps))]
            assert player.step()
        shown = player.steps, player.counters(), told.messages
        assert player.done
        assert not player.step()
        assert (player.steps, player.counters(), told.messages) == shown
        assert all(s.label and s.detail for s in player.steps)
    finally:
        player.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.title)
def test_whatever_is_shown_stands_in_the_store(story: Story) -> None:
    """After every step each message of both windows is a stored one, word for word."""
    told = Told(story)
    try:
        while told.player.step():
            case = told.player.agent_case()
            stored = set(told.messages)
            assert set(told.player.customer_view().messages) <= stored
            assert case is None or {m for m in case.messages if not m.private} <= stored
    finally:
        told.player.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.title)
def test_the_counters_are_the_ledgers_sums(story: Story) -> None:
    """At the end people and models are what the ledger holds, and the steps' costs add up to them."""
    told = Told(story)
    try:
        player = told.end().player
        ids = [t.id for t in told.stage.store.read(lambda tx: tx.tickets(TicketFilter()))]
        calls, times = told.stage.store.read(lambda tx: (tx.calls(ids), tx.human_times(ids)))
        report = told.stage.savings.report(SavingsFilter(), Assumptions(), actor=OPERATOR)
        people, models, all_strong = player.counters()
        assert people == sum(t.cost_microusd for t in times)
        assert models == sum(list_cost(c) for c in calls)
        assert all_strong == report.compared[Against.ALL_STRONG.value].counterfactual.amount_microusd
        assert sum(s.cost_microusd for s in player.steps) == player.steps[-1].so_far_microusd == people + models
    finally:
        player.close()


def test_what_is_planned_costs_nothing_yet(orders: Told) -> None:
    """Before the first step everything is empty."""
    player = orders.player
    assert player.counters() == (0, 0, 0)
    assert player.customer_view().messages == ()
    assert player.agent_case() is None
    assert {(s.cost_microusd, s.so_far_microusd, s.done) for s in player.steps} == {(0, 0, False)}


def test_while_triage_judges_the_page_shows_the_moment_before(orders: Told) -> None:
    """The turn runs as one piece; its answer and its cost appear with the next step."""
    player = orders.until("Triage").player
    assert [m.sender for m in player.customer_view().messages] == [Sender.CUSTOMER]
    assert player.customer_view().running is not None
    assert player.counters() == (0, 0, 0)
    player.step()
    assert [m.sender for m in player.customer_view().messages] == [Sender.CUSTOMER, Sender.BOT]
    assert player.counters()[1] > 0


def test_a_player_leaves_no_thread_and_stays_readable() -> None:
    """A page that was left can still be drawn once."""
    before = set(enumerate_threads())
    told = Told(WHERE_IS_MY_ORDER).end()
    told.player.close()
    assert set(enumerate_threads()) <= before
    assert told.player.customer_view().messages
    assert told.player.counters()[1] > 0


def test_a_closed_player_takes_no_step() -> None:
    """A page that comes late changes nothing."""
    player = Told(WHERE_IS_MY_ORDER).until("Triage").player
    player.close()
    assert not player.step()
    assert (player.place, player.done) == (2, False)


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.title)
def test_a_story_whose_models_fail_does_not_tell_of_an_answer(story: Story) -> None:
    """The planned words give way to what happened: no model answered, nothing was checked, nothing was confirmed."""
    player = StoryPlayer(_without_models, story)
    try:
        while player.step():
            pass
        told = " / ".join(f"{s.label}: {s.detail}" for s in player.steps)
        assert "model answers" not in told
        assert "has a source" not in told
        assert "counted as confirmed" not in told
        assert "counts as durable" not in told
        assert all(m.kind is not MessageKind.ANSWER for m in player.customer_view().messages)
    finally:
        player.close()


def test_two_players_do_not_meet() -> None:
    """Each has a stage of its own."""
    one, two = Told(WHERE_IS_MY_ORDER).end(), Told(WHERE_IS_MY_ORDER)
    assert two.messages == ()
    one.player.close()
    two.player.close()


# -- story 1


def test_a_simple_question_is_answered_by_the_fast_model(orders: Told) -> None:
    """With a source, a thumb that confirms it, and never a person."""
    player = orders.end().player
    answer = player.customer_view().messages[-1]
    assert answer.kind is MessageKind.ANSWER
    assert answer.citations[0].article_id == "track-an-order"
    assert "Track parcel" in answer.text
    assert player.customer_view().ratings == {answer.id: "up"}
    assert player.agent_case() is None
    people, models, all_strong = player.counters()
    assert people == 0
    assert 0 < models < all_strong


def test_the_steps_of_a_simple_question_tell_what_happened(orders: Told) -> None:
    """Labels and details follow from decision, calls, citations and resolution."""
    steps = orders.end().player.steps
    assert [s.label for s in steps] == [
        "Lea writes",
        "Triage: simple",
        "The fast model answers",
        "The answer is checked",
        "Lea says it helped",
        "Not back in 7 days",
    ]
    assert "not yet certified" in steps[1].detail
    assert [s.detail for s in steps[2:]] == [
        "1 article cited",
        "every sentence has a source",
        "counted as confirmed",
        "counts as durable",
    ]


# -- story 2


def test_two_questions_in_one_go_to_the_strong_model(plans: Told) -> None:
    """Both parts are answered, each with its source."""
    player = plans.until("The answer is checked").player
    answer = player.customer_view().messages[-1]
    assert player.steps[2].label == "The strong model answers"
    assert "€99" in answer.text
    assert "phone support" in answer.text
    assert len(answer.citations) >= 2
    assert {one.article_id for one in answer.citations} == {"membership-plans"}


def test_who_asks_for_a_person_gets_one_with_everything_at_hand(plans: Told) -> None:
    """The ticket waits in the same turn, and the packet holds what was tried."""
    player = plans.until("Notes are prepared").player
    case = player.agent_case()
    assert case is not None
    assert case.handoff is not None
    assert case.ticket.state == WAITING
    assert case.handoff.packet.tried
    assert player.customer_view().waiting is not None


def test_the_agent_replies_resolves_and_is_rated(plans: Told) -> None:
    """The customer reads the reply, the minutes cost what they cost, and the marks count for the agent."""
    assert plans.until("Ana takes over").player.customer_view().agent_name == "Ana Lindqvist"
    player = plans.end().player
    view, case = player.customer_view(), player.agent_case()
    assert case is not None
    assert (case.ticket.state, view.csat) == (RESOLVED_BY_AGENT, 5)
    assert [m.author_name for m in view.messages if m.sender is Sender.AGENT] == ["Ana Lindqvist"]
    outcomes = plans.stage.store.read(lambda tx: tx.outcomes([case.ticket.id]))
    assert [o.handler for o in outcomes if o.kind is OutcomeKind.CSAT] == [case.ticket.agent_id]
    assert player.counters()[0] == case.human_microusd > 0


# -- story 3


def test_a_critical_matter_goes_straight_to_the_queue(takeover: Told) -> None:
    """No model is asked, the bot gives no answer, and the ticket is urgent."""
    player = takeover.until("Notes are prepared").player
    case = player.agent_case()
    assert case is not None
    assert (case.ticket.state, case.ticket.priority) == (WAITING, Priority.URGENT)
    assert case.ticket.critical == "account_takeover"
    assert takeover.stage.store.read(lambda tx: tx.calls([case.ticket.id])) == ()
    assert [m.kind for m in player.customer_view().messages] == [MessageKind.TEXT, MessageKind.HANDOFF]
    assert "no model was asked" in player.steps[2].detail
    assert player.counters() == (0, 0, 0)


def test_a_critical_matter_is_resolved_by_a_person_without_a_rating(takeover: Told) -> None:
    """The agent takes over, replies and resolves; the customer is not asked how it went."""
    assert takeover.until("Ana takes over").player.agent_case().ticket.state == CLAIMED  # type: ignore[union-attr]
    player = takeover.end().player
    assert not player.customer_view().csat_due
    assert player.steps[-1].detail.endswith("no rating is asked for")
    people, models, all_strong = player.counters()
    assert people > 0
    assert (models, all_strong) == (0, 0)
