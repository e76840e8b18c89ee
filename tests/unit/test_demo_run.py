"""The day on a thread of its own: what a page reads while it plays, and how it ends."""

from functools import cache
from pathlib import Path
from threading import Event
from threading import enumerate as enumerate_threads

import pytest

from supportbot.bootstrap import stage_maker
from supportbot.demo.play import play, summary
from supportbot.demo.run import DayRun
from supportbot.demo.stage import Stage, StageMaker
from supportbot.domain.errors import BadInput
from supportbot.knowledge import Knowledge
from supportbot.settings import load

SEED = 5
#: Long enough for anything a test plays; reached only when something hangs.
PATIENCE_S = 60


@cache
def maker() -> StageMaker:
    return stage_maker(load(environ={}), knowledge=Knowledge.open(Path("knowledge")))


def test_a_run_ends_with_the_figures_of_the_same_day() -> None:
    """What the page shows at the end is what the command line prints for this number and seed."""
    run = DayRun(maker(), 12, SEED)
    run.start()
    assert run.join(PATIENCE_S)
    progress = run.progress()
    assert progress.summary == summary(play(maker(), 12, SEED))
    assert (progress.done, progress.total, progress.stopped, progress.error) == (12, 12, False, None)


def test_the_running_figures_agree_with_the_summary() -> None:
    """Counts, costs and right answers before the end are sums over the same tickets."""
    run = DayRun(maker(), 12, SEED)
    run.start()
    assert run.join(PATIENCE_S)
    progress = run.progress()
    figures = progress.summary
    assert figures is not None
    assert figures["tiers"] == progress.tiers
    assert figures["cost_usd"] == progress.models_microusd / 1_000_000
    assert figures["all_strong_cost_usd"] == progress.all_strong_microusd / 1_000_000
    assert figures["right_share"] == round(progress.right / progress.compared, 4)
    assert figures["all_strong_right_share"] == round(progress.all_strong_right / progress.compared, 4)
    assert progress.clock is not None


def test_before_the_start_nothing_is_done() -> None:
    """A page may draw a run that was never begun."""
    progress = DayRun(maker(), 12, SEED).progress()
    assert (progress.done, progress.clock, progress.finished, progress.summary) == (0, None, False, None)
    assert set(progress.tiers.values()) == {0}


def test_a_run_can_be_stopped() -> None:
    """It ends after the ticket being played, with the figures of what was played, and leaves no thread."""
    before, begun = set(enumerate_threads()), Event()

    def make(strong_only: bool) -> Stage:
        begun.set()
        return maker()(strong_only)

    run = DayRun(make, 10_000, SEED, pace_s=PATIENCE_S)
    run.start()
    assert begun.wait(PATIENCE_S)
    run.stop()
    progress = run.progress()
    assert (progress.finished, progress.stopped, progress.done) == (True, True, 1)
    assert progress.summary is not None
    assert progress.summary["tickets"] == 1
    assert set(enumerate_threads()) <= before


def test_a_run_that_ended_leaves_no_thread() -> None:
    """Neither its own nor those of its stages."""
    before = set(enumerate_threads())
    run = DayRun(maker(), 3, SEED)
    run.start()
    run.join(PATIENCE_S)
    assert set(enumerate_threads()) <= before


def test_a_run_starts_once() -> None:
    """A second call, from a second run of the page, changes nothing."""
    made: list[Stage] = []

    def make(strong_only: bool) -> Stage:
        made.append(maker()(strong_only))
        return made[-1]

    run = DayRun(make, 2, SEED)
    run.start()
    run.start()
    assert run.join(PATIENCE_S)
    run.start()
    assert len(made) == 2


def test_a_run_stopped_before_it_began_never_begins() -> None:
    """Stop first, start later: it stays ended."""
    run = DayRun(maker(), 2, SEED)
    run.stop()
    run.start()
    progress = run.progress()
    assert (progress.finished, progress.stopped, progress.done) == (True, True, 0)


def test_a_run_that_fails_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """With the error's name alone: its text may quote a customer."""

    def make(strong_only: bool) -> Stage:
        raise RuntimeError(f"what Lea wrote {strong_only}")

    run = DayRun(make, 2, SEED)
    run.start()
    assert run.join(PATIENCE_S)
    progress = run.progress()
    assert (progress.finished, progress.error, progress.summary) == (True, "RuntimeError", None)
    assert "RuntimeError" in caplog.text
    assert "Lea" not in caplog.text


def test_a_run_of_no_tickets_is_refused_at_once() -> None:
    """On the caller's thread, not later in the background."""
    with pytest.raises(BadInput):
        DayRun(maker(), 0, SEED)
