"""A day of the demo played in the background: one for the whole process, so everybody watches the same."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Thread

from supportbot.demo.play import Pair, Tally, play, tally
from supportbot.demo.stage import StageMaker
from supportbot.domain.errors import SupportbotError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the day is: `played` of `tickets`, and the sums so far."""

    tickets: int
    running: bool
    stopped: bool
    sums: Tally
    failed: str = ""

    @property
    def played(self) -> int:
        """How many tickets are through."""
        return self.sums.tickets


@dataclass(slots=True)
class DayRun:
    """Plays a day on a thread of its own, on a store of its own; nothing of it reaches the desk's figures."""

    _pairs: list[Pair] = field(default_factory=list)
    _tickets: int = 0
    _running: bool = False
    _stop: bool = False
    _failed: str = ""
    _lock: Lock = field(default_factory=Lock)

    def start(self, make: Callable[[], StageMaker], tickets: int, seed: int) -> None:
        """Begin a day of *tickets*; nothing happens while one is being played."""
        with self._lock:
            if self._running:
                return
            self._pairs, self._tickets, self._running, self._stop, self._failed = [], tickets, True, False, ""
        Thread(target=self._play, args=(make, tickets, seed), name="demo-day", daemon=True).start()

    def stop(self) -> None:
        """Ask the day to end after the ticket being played."""
        self._stop = True

    def progress(self) -> Progress | None:
        """Return how far it is; None before the first day."""
        with self._lock:
            pairs, running = list(self._pairs), self._running
        if not self._tickets:
            return None
        return Progress(self._tickets, running, self._stop, tally(pairs), self._failed)

    def _play(self, make: Callable[[], StageMaker], tickets: int, seed: int) -> None:
        try:
            play(make(), tickets, seed, heard=self._heard, stopped=lambda: self._stop)
        except SupportbotError as wrong:
            self._failed = str(wrong)
        finally:
            with self._lock:
                self._running = False

    def _heard(self, pair: Pair, _place: int, _of: int) -> None:
        with self._lock:
            self._pairs.append(pair)


#: The process's day.
DAY = DayRun()
