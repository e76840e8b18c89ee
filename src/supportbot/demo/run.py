"""A day played on a thread of its own, so that a page can follow it."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event, Lock, Thread

from supportbot.demo.day import draw
from supportbot.demo.play import Day, Pair, Playing, summary, tally
from supportbot.demo.stage import StageMaker
from supportbot.domain.decision import Tier

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DayProgress:
    """How far the day is. Money in micro-dollars at list price; costs and right answers cover `compared` tickets."""

    done: int
    total: int
    clock: datetime | None  #: the day's own time, aware UTC; None before it begins
    tiers: dict[str, int]
    compared: int = 0
    models_microusd: int = 0
    all_strong_microusd: int = 0
    right: int = 0
    all_strong_right: int = 0
    finished: bool = False  #: nothing more will come: played to the end, stopped or failed
    stopped: bool = False
    error: str | None = None  #: the name of the error that ended it
    summary: dict[str, object] | None = None  #: the figures of `supportbot demo --json`, once finished


class DayRun:
    """Plays *n* tickets in the background, with a rest of *pace_s* real seconds after each. Starts once."""

    def __init__(self, make: StageMaker, n: int, seed: int, *, pace_s: float = 0.0) -> None:
        """Raise BadInput below one ticket."""
        draw(n, seed)
        self._make, self._n, self._seed, self._pace_s = make, n, seed, pace_s
        self._stop = Event()
        self._lock = Lock()
        self._progress = DayProgress(0, n, None, {tier.value: 0 for tier in Tier})
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to play; a second call changes nothing."""
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                self._thread = Thread(target=self._run, name="demo-day", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End after the ticket being played, and wait for that; its stages are gone then."""
        with self._lock:
            self._stop.set()
            thread = self._thread
            if thread is None:
                self._progress = replace(self._progress, finished=True, stopped=True)
        if thread is not None:
            thread.join()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the day is over; return whether it is."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self.progress().finished

    def progress(self) -> DayProgress:
        """Return how far the day is."""
        with self._lock:
            return self._progress

    def _run(self) -> None:
        pairs: list[Pair] = []
        try:
            self._play(pairs)
        except Exception as error:  # a page must see that it ended; the text may quote a customer and is left out
            _LOG.error("the demo's day ended early: %s", type(error).__name__)
            self._tell(replace(self.progress(), finished=True, error=type(error).__name__))
            return
        day = Day(tuple(pairs), stopped=len(pairs) < self._n)
        self._tell(replace(self.progress(), finished=True, stopped=day.stopped, summary=summary(day)))

    def _play(self, pairs: list[Pair]) -> None:
        playing = Playing(self._make, self._n, self._seed)
        try:
            for pair in playing:
                pairs.append(pair)
                self._tell(self._so_far(pairs, playing.stage.clock.now()))
                if self._stop.wait(self._pace_s):
                    return
        finally:
            playing.close()

    def _so_far(self, pairs: list[Pair], clock: datetime) -> DayProgress:
        sums = tally(pairs)
        return DayProgress(
            done=sums.tickets,
            total=self._n,
            clock=clock,
            tiers=sums.tiers,
            compared=sums.compared,
            models_microusd=sums.cost,
            all_strong_microusd=sums.all_strong_cost,
            right=sums.right,
            all_strong_right=sums.all_strong_right,
        )

    def _tell(self, progress: DayProgress) -> None:
        with self._lock:
            self._progress = progress
