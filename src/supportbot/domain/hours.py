"""When people are at the desk."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours in one time zone; `weekdays` counts Monday as 0. Open from *opens*, no longer at *closes*."""

    zone: str = "Europe/Berlin"
    opens: time = time(8)
    closes: time = time(20)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)

    def is_open(self, at: datetime) -> bool:
        """Whether people are there at *at* (aware)."""
        local = at.astimezone(ZoneInfo(self.zone))
        return local.weekday() in self.weekdays and self.opens <= local.time() < self.closes

    def next_open(self, at: datetime) -> datetime | None:
        """When people are back, in the desk's zone; *at* itself while they are there, None if they never are."""
        local = at.astimezone(ZoneInfo(self.zone))
        if self.is_open(at):
            return local
        for days in range(8):
            day = (local + timedelta(days=days)).date()
            start = datetime.combine(day, self.opens, ZoneInfo(self.zone))
            if day.weekday() in self.weekdays and start >= local:
                return start
        return None

    def __str__(self) -> str:
        """Show the hours as customers read them, such as `08–20` or `08:30–17`."""
        return f"{_short(self.opens)}–{_short(self.closes)}"


def zone_of(at: datetime) -> str:
    """Return the short name of the zone *at* is given in: `CET`, or `UTC-3` where there is none."""
    name = at.strftime("%Z")
    if name.isalpha():
        return name
    hours = (at.utcoffset() or timedelta()).total_seconds() / 3600
    return f"UTC{hours:+g}"


def _short(at: time) -> str:
    return f"{at:%H}" if at.minute == 0 else f"{at:%H:%M}"
