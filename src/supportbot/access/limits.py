"""Rate limits in fixed windows, counted in the database so that all processes share them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from supportbot.access.secrets import digest
from supportbot.domain.errors import LimitReached
from supportbot.ports import Tx

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PERSON_PER_HOUR = 20  #: each time is an alert to people


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages are taken, per customer, per network address, and for the whole desk."""

    customer_per_minute: int = 10
    customer_per_hour: int = 100
    address_per_minute: int = 30
    address_per_hour: int = 500
    desk_per_minute: int = 600
    message_characters: int = 4_000  #: what is longer is cut, and the customer told


def window_start(now: datetime, length: timedelta) -> datetime:
    """Return when the fixed window of *length* that contains *now* began, counted from the epoch."""
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def address_key(address: str) -> str:
    """Return a network address in the form in which it is counted: hashed, for it is personal data."""
    return digest(f"address:{address}")[:32]


def check_limits(tx: Tx, limits: Limits, customer_id: str, address: str | None, now: datetime) -> None:
    """Count one message against every limit; raise LimitReached with an honest sentence when one is passed.

    Raised inside the caller's unit of work, which undoes the count: a refused message never costs anything later.
    """
    who = f"customer:{customer_id}"
    counted = [
        ("customer_per_minute", who, MINUTE, limits.customer_per_minute),
        ("customer_per_hour", who, HOUR, limits.customer_per_hour),
    ]
    if address:
        where = f"address:{address_key(address)}"
        counted += [
            ("address_per_minute", where, MINUTE, limits.address_per_minute),
            ("address_per_hour", where, HOUR, limits.address_per_hour),
        ]
    counted.append(("desk_per_minute", "desk", MINUTE, limits.desk_per_minute))
    for limit, key, length, most in counted:
        begin = window_start(now, length)
        if tx.count_hit(f"{key}:{'m' if length == MINUTE else 'h'}", begin) > most:
            raise LimitReached(_sentence(limit, most, begin + length - now), limit=limit, retry_at=begin + length)


def check_person_asked(tx: Tx, customer_id: str, now: datetime) -> None:
    """Count that a customer put the conversation into the queue; raise LimitReached for one who plays with it."""
    begin = window_start(now, HOUR)
    if tx.count_hit(f"person:{customer_id}:h", begin) > PERSON_PER_HOUR:
        wait = _in_words(begin + HOUR - now)
        raise LimitReached(
            f"You asked for a person more than {PERSON_PER_HOUR} times within one hour. Please ask again in {wait}.",
            limit="person_per_hour",
            retry_at=begin + HOUR,
        )


def _sentence(limit: str, most: int, wait: timedelta) -> str:
    """Say which limit, when it ends, and what is still possible."""
    unit = "minute" if limit.endswith("minute") else "hour"
    if limit.startswith("desk"):
        what = "Very many people are writing to us just now"
    elif limit.startswith("address"):
        what = f"More than {most} messages came from your network within one {unit}"
    else:
        what = f"You sent more than {most} messages within one {unit}"
    return f"{what}. Please write again in {_in_words(wait)}. You can still ask for a person."


def _in_words(wait: timedelta) -> str:
    seconds = max(1, ceil(wait.total_seconds()))
    if seconds < 90:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"about {ceil(seconds / 60)} minutes"
