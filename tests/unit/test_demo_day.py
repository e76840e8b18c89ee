"""The labelled day: what the labels promise, how tickets are drawn, and figures that the store itself gives again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from random import Random
from threading import enumerate as enumerate_threads

import pytest

from supportbot.bootstrap import build, stage_maker
from supportbot.demo.cast import Cast
from supportbot.demo.day import MIX, Asked, Kind, draw, questions
from supportbot.demo.play import Day, Pair, play, summary, tally
from supportbot.demo.played import Played
from supportbot.demo.stage import Stage, StageMaker, open_seconds, opening
from supportbot.domain.decision import Tier
from supportbot.domain.errors import BadInput, ConfigurationError, StorageError
from supportbot.domain.hours import Hours
from supportbot.domain.ledger import CallOutcome, ModelCall
from supportbot.domain.money import dollars
from supportbot.domain.outcome import OutcomeKind
from supportbot.domain.ticket import Status, Ticket
from supportbot.knowledge import Knowledge
from supportbot.ports import TicketFilter, Totals, Tx
from supportbot.settings import load

N, SEED = 40, 3


@cache
def articles() -> Knowledge:
    return Knowledge.open(Path("knowledge"))


@cache
def maker() -> StageMaker:
    return stage_maker(load(environ={}), knowledge=articles())


def played(text: str, kind: Kind, *facts: str) -> Played:
    """Ask one question on a stage of its own and read it back."""
    stage = maker()(False)
    try:
        return Cast(stage, Random(1)).ask(Asked(text, kind, tuple((f,) for f in facts)))
    finally:
        stage.close()


# -- labels


def test_every_kind_has_enough_questions() -> None:
    """A day draws from about 75 simple, 25 medium, 12 people, 6 guard and 10 uncovered questions or more."""
    counts = {kind: sum(q.kind is kind for q in questions()) for kind in Kind}
    least = {Kind.SIMPLE: 75, Kind.MEDIUM: 25, Kind.PEOPLE: 12, Kind.GUARD: 6, Kind.UNCOVERED: 10}
    assert all(counts[kind] >= n for kind, n in least.items()), counts


def test_no_question_is_asked_twice() -> None:
    """Texts are unique, so that a question's weight in the day is that of its kind."""
    texts = [q.text.casefold() for q in questions()]
    assert len(texts) == len(set(texts))


def test_questions_with_an_answer_say_what_it_must_contain() -> None:
    """Simple and medium questions have facts; the other kinds have none, for no answer of a model is right."""
    for question in questions():
        assert bool(question.facts) == (question.kind in (Kind.SIMPLE, Kind.MEDIUM)), question.text


def test_every_fact_stands_in_a_public_article() -> None:
    """A label that no article supports would count honest answers as wrong."""
    whole = " ".join(a.body.replace("**", "") for a in articles().articles())
    for question in questions():
        for wordings in question.facts:
            assert any(Asked("", Kind.SIMPLE, ((w,),)).right(whole) for w in wordings), (question.text, wordings)


def test_questions_are_in_the_customers_words() -> None:
    """At most one in twenty repeats a phrasing that an article lists: more would test the list, not the search."""
    listed = {phrase.casefold().rstrip("?") for a in articles().articles() for phrase in a.asked_as}
    repeated = [q.text for q in questions() if q.text.casefold().rstrip("?") in listed]
    assert len(repeated) <= len(questions()) // 20, repeated


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("It takes **3 to 5** working days. [1]", True),
        ("Within 3-5 days.", True),
        ("It takes 13 to 5 days.", False),
        ("", False),
    ],
)
def test_a_fact_is_found_as_whole_words(answer: str, right: bool) -> None:
    """Capitals, emphasis and marks do not matter; half a number is no match."""
    assert Asked("how long?", Kind.SIMPLE, (("3 to 5", "3-5"),)).right(answer) is right


def test_prices_keep_their_marks() -> None:
    """A full stop inside a price belongs to it, one behind it does not."""
    asked = Asked("price?", Kind.SIMPLE, (("€4.90",),))
    assert asked.right("It costs €4.90.")
    assert not asked.right("It costs €4.")
    assert not asked.right("It costs €14.90.")


# -- drawing


def test_the_same_seed_draws_the_same_day() -> None:
    """And another seed another one."""
    assert draw(60, 1) == draw(60, 1)
    assert draw(60, 1) != draw(60, 2)


def test_a_long_day_has_the_usual_mix() -> None:
    """Shares of kinds come within three points of an ordinary day's."""
    drawn = draw(4000, 7)
    for kind, percent in MIX.items():
        assert abs(100 * sum(q.kind is kind for q in drawn) / len(drawn) - percent) < 3


def test_a_day_without_tickets_is_refused() -> None:
    """With a message that names the remedy."""
    with pytest.raises(BadInput, match="at least one ticket"):
        draw(0, 1)


# -- what counts


def test_a_right_answer_holds_its_facts() -> None:
    """Read back from the store: tier, answer, cost at list price."""
    one = played("How long does delivery to France take?", Kind.SIMPLE, "5 to 8")
    assert (one.tier, one.answered, one.right) == (Tier.FAST, True, True)
    assert one.cost > 0


def test_an_honest_refusal_is_right_where_no_article_covers_it() -> None:
    """And wrong where one does."""
    assert played("Do you have a student discount?", Kind.UNCOVERED).right
    assert not played("Do you have a student discount?", Kind.SIMPLE, "discount").right


def test_a_request_for_a_person_is_no_models_ticket() -> None:
    """It counts to people, costs no model and is not compared."""
    one = played("let me talk to a real person please", Kind.PEOPLE)
    assert (one.tier, one.answered, one.cost) == (Tier.HUMAN, False, 0)


def test_a_greeting_is_nobodys_ticket() -> None:
    """A guard answers it: tier none, no cost."""
    one = played("hi there", Kind.GUARD)
    assert (one.tier, one.answered, one.cost) == (Tier.NONE, False, 0)


# -- a whole day


@pytest.fixture(scope="module")
def day(watched: "Watched") -> Day:
    """A small day, played once."""
    return watched.day


def test_the_same_seed_plays_the_same_day(day: Day) -> None:
    """Ticket by ticket: tier, answer, costs, time and marks."""
    again = play(maker(), N, SEED)
    assert summary(again) == summary(day)
    assert [_told(p.routed) for p in again.pairs] == [_told(p.routed) for p in day.pairs]


def _told(one: Played) -> tuple[object, ...]:
    return one.asked, one.tier, one.answer, one.right, one.cost, one.human_seconds, one.csat


def test_every_ticket_has_one_tier(day: Day) -> None:
    """The tiers' counts sum to the tickets."""
    figures = summary(day)
    tiers = figures["tiers"]
    assert isinstance(tiers, dict)
    assert list(tiers) == ["fast", "strong", "human", "none"]
    assert sum(tiers.values()) == figures["tickets"] == N


def test_both_sides_cover_the_same_tickets(day: Day) -> None:
    """Each compared ticket was asked in the same words on both sides, and answered by a model on both."""
    compared = [p for p in day.pairs if p.compared]
    assert compared
    assert all(p.all_strong and p.all_strong.asked is p.routed.asked for p in day.pairs if p.all_strong)
    sums = tally(day.pairs)
    assert sums.compared == len(compared)
    assert sums.cost == sum(p.routed.cost for p in compared)
    assert sums.all_strong_cost == sum(p.all_strong.cost for p in compared if p.all_strong)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one stage's store held when the last ticket was played, added up without the demo's own code."""

    tickets: tuple[Ticket, ...]
    with_people: frozenset[str]
    calls: tuple[ModelCall, ...]
    minutes: float
    human_cost: int
    marks: tuple[int, ...]

    def cost(self, which: frozenset[str]) -> int:
        """What the calls of these tickets cost at list price, micro-dollars."""
        return sum(c.settled.list_cost_microusd or 0 for c in self.calls if c.settled and c.started.ticket_id in which)

    @property
    def answered(self) -> frozenset[str]:
        """The tickets to which a model gave a whole answer."""
        whole = (c for c in self.calls if c.settled and c.settled.outcome is CallOutcome.OK)
        return frozenset(c.started.ticket_id for c in whole)

    def tier(self, tier: Tier) -> frozenset[str]:
        """The tickets without people for which this was the last model called."""
        last = {c.started.ticket_id: c.started.tier for c in self.calls}
        return frozenset(t for t, called in last.items() if called == tier) - self.with_people


def read_ledger(stage: Stage) -> Ledger:
    """Read a stage's store."""

    def read(tx: Tx) -> Ledger:
        tickets = tx.tickets(TicketFilter())
        ids = [t.id for t in tickets]
        times = tx.human_times(ids)
        return Ledger(
            tickets=tickets,
            with_people=frozenset(h.ticket_id for h in tx.handoffs(ids)),
            calls=tx.calls(ids),
            minutes=sum(t.seconds for t in times) / 60,
            human_cost=sum(t.cost_microusd for t in times),
            marks=tuple(o.value or 0 for o in tx.outcomes(ids) if o.kind is OutcomeKind.CSAT),
        )

    return stage.store.read(read)


class Watched:
    """A maker that keeps its stages, and reads both ledgers when the last ticket is played."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.ledgers: list[Ledger] = []
        self.day = Day(())

    def __call__(self, strong_only: bool) -> Stage:
        self.stages.append(maker()(strong_only))
        return self.stages[-1]

    def heard(self, _: Pair, place: int, n: int) -> None:
        """Read the ledgers at the end."""
        if place == n:
            self.ledgers = [read_ledger(stage) for stage in self.stages]


@pytest.fixture(scope="module")
def watched() -> Watched:
    """The same small day, its stores read before they close."""
    watching = Watched()
    watching.day = play(watching, N, SEED, heard=watching.heard)
    return watching


def test_every_figure_is_what_the_store_says(day: Day, watched: Watched) -> None:
    """Tickets, tiers, both costs, people's minutes and marks, added up from the two ledgers alone."""
    routed, strong = watched.ledgers
    figures = summary(day)
    assert figures["tickets"] == len(routed.tickets)
    tiers = {t.value: len(routed.tier(t)) for t in (Tier.FAST, Tier.STRONG)}
    tiers["human"] = len(routed.with_people)
    tiers["none"] = N - sum(tiers.values())
    assert figures["tiers"] == tiers
    assert len(routed.answered) == len(strong.answered) == tally(day.pairs).compared
    assert figures["cost_usd"] == dollars(routed.cost(routed.answered))
    assert figures["all_strong_cost_usd"] == dollars(strong.cost(strong.answered))
    assert figures["human_minutes"] == round(routed.minutes, 1)
    assert figures["csat"] == round(sum(routed.marks) / len(routed.marks), 2)


def test_the_shares_follow_from_the_sums(day: Day, watched: Watched) -> None:
    """Saved with and without people, and both shares of right answers, from the costs and the labels."""
    routed, strong = watched.ledgers
    cost, instead = routed.cost(routed.answered), strong.cost(strong.answered)
    figures, compared = summary(day), [p for p in day.pairs if p.compared]
    assert figures["saved_share"] == round(1 - cost / instead, 4)
    people = routed.human_cost
    assert figures["saved_share_with_people"] == round(1 - (cost + people) / (instead + people), 4)
    assert figures["right_share"] == round(sum(p.routed.right for p in compared) / len(compared), 4)
    right = sum(p.all_strong.right for p in compared if p.all_strong)
    assert figures["all_strong_right_share"] == round(right / len(compared), 4)


def test_the_strong_side_uses_the_strong_model_alone(watched: Watched) -> None:
    """Not one call on that stage went to another tier."""
    strong = watched.ledgers[1]
    assert strong.calls
    assert {c.started.tier for c in strong.calls} == {Tier.STRONG}


def test_nobody_is_left_waiting_at_the_end_of_the_day(watched: Watched) -> None:
    """Who was promised a person was helped by one, and every minute of it is in the ledger."""
    routed = watched.ledgers[0]
    mine = [t for t in routed.tickets if t.id in routed.with_people]
    assert mine
    assert {t.status for t in mine} == {Status.RESOLVED}
    assert routed.minutes > 0


def test_the_day_lies_within_the_desks_hours(watched: Watched) -> None:
    """Customers come from eight in the morning on, Berlin time, and every ticket is labelled as the demo's."""
    tickets = watched.ledgers[0].tickets
    hours = load(environ={}).company.hours
    assert all(t.demo for t in tickets)
    assert all(hours.is_open(t.created_at) for t in tickets)


def test_a_critical_matter_is_never_rated(watched: Watched) -> None:
    """Simulated customers cannot do what real ones are not asked to."""
    routed = watched.ledgers[0]
    critical = {t.id for t in routed.tickets if t.critical}
    assert not critical & routed.answered


def test_a_day_can_be_stopped_in_between() -> None:
    """What was played until then is whole on both sides."""
    seen: list[Pair] = []
    day = play(maker(), N, SEED, heard=lambda pair, *_: seen.append(pair), stopped=lambda: len(seen) == 5)
    assert day.stopped
    assert day.pairs == tuple(seen)
    assert all(p.all_strong is not None for p in day.pairs if p.routed.answered)


def test_a_day_without_anything_to_compare_has_no_shares() -> None:
    """Nothing is divided by nothing."""
    figures = summary(Day(()))
    assert figures["tickets"] == 0
    assert {figures[k] for k in ("saved_share", "right_share", "all_strong_right_share", "csat")} == {None}


# -- a stage


def test_nothing_of_the_demo_reaches_the_real_desk(tmp_path: Path) -> None:
    """A day played beside an open desk leaves its data folder and its database as they were."""
    settings = load(environ={}, data_dir=tmp_path / "var")
    real = build(settings, knowledge=articles())
    try:
        before = real.store.read(_everything), _files(tmp_path)
        play(stage_maker(settings, knowledge=articles()), 6, SEED)
        assert (real.store.read(_everything), _files(tmp_path)) == before
        assert before[0] == (0, Totals(), (), (), ())
    finally:
        real.stop()


def test_the_demo_needs_no_data_folder(tmp_path: Path) -> None:
    """Not even an empty one is made."""
    settings = load(environ={}, data_dir=tmp_path / "var")
    play(stage_maker(settings, knowledge=articles()), 2, SEED)
    assert not (tmp_path / "var").exists()


def _everything(tx: Tx) -> tuple[object, ...]:
    return tx.count_tickets(TicketFilter()), tx.totals(), tx.accounts(), tx.audit(), tx.alerts()


def _files(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_size for p in folder.rglob("*") if p.is_file()}


def test_a_closed_stage_leaves_no_thread_and_refuses_work() -> None:
    """Whatever it began, it ends."""
    before = set(enumerate_threads())
    stage = maker()(False)
    customer_id = stage.customer("Lea")
    stage.ask(customer_id, "How long does delivery to France take?")
    stage.close()
    assert set(enumerate_threads()) <= before
    with pytest.raises(StorageError):
        stage.customer("Lea")


def test_a_played_day_leaves_no_thread() -> None:
    """Both stages end with it."""
    before = set(enumerate_threads())
    play(maker(), 3, SEED)
    assert set(enumerate_threads()) <= before


def test_the_demo_needs_a_strong_model_to_compare_with() -> None:
    """And says so before anything is played."""
    settings = load(environ={})
    fast = tuple(d for d in settings.deployments if d.tier is Tier.FAST)
    with pytest.raises(ConfigurationError, match='tier = "strong"'):
        stage_maker(replace(settings, deployments=fast), knowledge=articles())


@pytest.mark.parametrize(
    ("hours", "opens", "seconds"),
    [
        (Hours(), datetime(2026, 11, 23, 7, tzinfo=UTC), 12 * 3600),
        (Hours("UTC", time(9), time(17, 30)), datetime(2026, 11, 23, 9, tzinfo=UTC), 8.5 * 3600),
        (Hours("UTC", weekdays=(2,)), datetime(2026, 11, 25, 8, tzinfo=UTC), 12 * 3600),
        (Hours("UTC", weekdays=()), datetime(2026, 11, 23, tzinfo=UTC), 12 * 3600),
    ],
)
def test_the_demos_day_begins_as_the_desk_opens(hours: Hours, opens: datetime, seconds: float) -> None:
    """In the desk's own zone, and on a day on which it opens."""
    assert opening(hours) == opens
    assert open_seconds(hours) == seconds
