"""A clock that moves when told: for a day played in a minute, and for tests."""

from datetime import UTC, datetime, timedelta
from threading import Lock


class ManualClock:
    """Stands still until `sleep` or `advance` moves it; safe between threads."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        self._elapsed = 0.0
        self._lock = Lock()

    def now(self) -> datetime:
        """Return the clock's time."""
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        """Return the seconds the clock has been moved by."""
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move the clock; returns at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> datetime:
        """Move the clock by *seconds* and return its time."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._elapsed += seconds
            return self._now
