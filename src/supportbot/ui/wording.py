"""Times, spans and names as people read them."""

from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from supportbot.domain.hours import Hours, zone_of
from supportbot.domain.ticket import Priority

LANGUAGES = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "pl": "Polish",
}
PRIORITIES = {Priority.LOW: "Low", Priority.NORMAL: "Normal", Priority.HIGH: "High", Priority.URGENT: "Urgent"}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def zone(name: str | None) -> ZoneInfo:
    """Return the named time zone, UTC when there is no such."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def clock(at: datetime, tz: ZoneInfo) -> str:
    """Return a time of day: `14:20`."""
    return f"{at.astimezone(tz):%H:%M}"


def day(at: datetime, now: datetime, tz: ZoneInfo) -> str:
    """Return a day as seen from *now*: `Today`, `Yesterday`, `Monday`, `12 November`, `12 November 2024`."""
    there, here = at.astimezone(tz).date(), now.astimezone(tz).date()
    days = (here - there).days
    if days in (-1, 0, 1):
        return ("Tomorrow", "Today", "Yesterday")[days + 1]
    if 0 < abs(days) < 7:
        return _DAYS[there.weekday()]
    return f"{there.day} {_MONTHS[there.month - 1]}" + (f" {there.year}" if there.year != here.year else "")


def moment(at: datetime, now: datetime, tz: ZoneInfo) -> str:
    """Return day and time: `Today, 14:20`."""
    return f"{day(at, now, tz)}, {clock(at, tz)}"


def back_at(at: datetime, now: datetime, reader: ZoneInfo) -> str:
    """Return when people are back as the desk says it, and for a *reader* elsewhere also in theirs.

    `tomorrow at 08:00 CET`, `on Monday at 08:00 CET (02:00 for you)`.
    """
    tz = at.tzinfo if isinstance(at.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    word = day(at, now, tz)
    said = f"{word.lower() if word in ('Today', 'Tomorrow') else f'on {word}'} at {clock(at, tz)} {zone_of(at)}"
    return said if at.utcoffset() == at.astimezone(reader).utcoffset() else f"{said} ({clock(at, reader)} for you)"


def opening_hours(hours: Hours, now: datetime) -> str:
    """Return when people are there, with the zone and the days if not all: `08–20 CET`, `Mon–Fri 08–17 CET`."""
    days = sorted(hours.weekdays)
    if len(days) == 7 and hours.opens == time(0) and hours.closes >= time(23, 59):
        return "24/7"
    names = [_DAYS[d][:3] for d in days]
    if days and days == list(range(days[0], days[-1] + 1)) and len(days) > 2:
        names = [names[0] + "–" + names[-1]]
    week = "" if len(days) == 7 else ", ".join(names) + " "
    return f"{week}{hours} {zone_of(now.astimezone(ZoneInfo(hours.zone)))}"


def span(seconds: float) -> str:
    """Return a duration: `under 1 min`, `6 min`, `1 h 8 min`, `2 d 3 h`."""
    minutes = int(abs(seconds) // 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def ago(seconds: float) -> str:
    """Return how long ago something was: `just now`, `6 min ago`."""
    return "just now" if seconds < 60 else f"{span(seconds)} ago"


def countdown(seconds: float) -> str:
    """Return how long to wait, to the second while it is short: `1 second`, `45 seconds`, `6 min`."""
    whole = max(1, ceil(seconds))
    return plural(whole, "second") if whole < 90 else span(60 * ceil(seconds / 60))


def about(minutes: float) -> str:
    """Return an estimated wait, never less than a minute: `4 min`, `1 h 10 min`."""
    return span(timedelta(minutes=max(1.0, round(minutes))).total_seconds())


def date_of(iso: str) -> str:
    """Return an ISO date as people write it, `12 Nov 2026`; what is no date is returned as it is."""
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{at.day} {_MONTHS[at.month - 1][:3]} {at.year}"


def language(code: str) -> str:
    """Return a language's English name, or its code."""
    return LANGUAGES.get(code, code)


def topic(request_type: str) -> str:
    """Return a request type as a label: `gift_cards` becomes `Gift cards`."""
    return request_type.replace("_", " ").replace("-", " ").strip().capitalize() or "General"


def initial(name: str) -> str:
    """Return the letter of an avatar."""
    return (name.strip()[:1] or "?").upper()


def first_name(name: str) -> str:
    """Return how somebody is addressed in a sentence."""
    return name.split()[0] if name.strip() and name != "Customer" else "the customer"


def called(name: str, number: int) -> str:
    """Return a name that tells people apart: those who never gave theirs go by their conversation's number."""
    return f"{name} #{number}" if name == "Customer" else name


def percent(share: float, digits: int = 1) -> str:
    """Return a share as `63.4%`."""
    return f"{share * 100:.{digits}f}%"


def plural(n: int, one: str, many: str | None = None) -> str:
    """Return `1 article`, `3 articles`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
