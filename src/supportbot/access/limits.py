"""Rate limits in fixed windows, counted in the database so that all processes share them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from supportbot.access.addresses import network_of
from supportbot.access.secrets import digest
from supportbot.domain.errors import LimitReached
from supportbot.ports import Tx

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
_OR = "or ask for a person."


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages, handoffs and open pages are taken, per customer, network address, and for the whole desk."""

    customer_per_minute: int = 10
    customer_per_hour: int = 100
    address_per_minute: int = 30
    address_per_hour: int = 500
    desk_per_minute: int = 600
    person_per_hour: int = 20  #: each time is an alert to people
    address_person_per_hour: int = 60
    streams_per_customer: int = 20
    streams_per_address: int = 200
    message_characters: int = 4_000  #: what is longer is cut, and the customer told


@dataclass(frozen=True, slots=True)
class _Count:
    """One limit: its name, what is counted under it, over how long, and how many are taken."""

    limit: str
    key: str
    length: timedelta
    most: int


def window_start(now: datetime, length: timedelta) -> datetime:
    """Return when the fixed window of *length* that contains *now* began, counted from the epoch."""
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def address_key(address: str, also: str = "") -> str:
    """Return a network address in the form in which it is counted: hashed, for it is personal data.

    IPv6 addresses are counted by their /64. *also* is counted together with it.
    """
    return digest(f"address:{network_of(address)}{f' {also}' if also else ''}")[:32]


def check_limits(tx: Tx, limits: Limits, customer_id: str, address: str | None, now: datetime) -> None:
    """Count one message against every limit; raise LimitReached with an honest sentence when any is passed.

    Of several, the one that lasts longest is told. Raised inside the caller's unit of work, which undoes the count: a
    refused message never costs anything later.
    """
    counts = [
        _Count("customer_per_minute", f"customer:{customer_id}", MINUTE, limits.customer_per_minute),
        _Count("customer_per_hour", f"customer:{customer_id}", HOUR, limits.customer_per_hour),
    ]
    if address:
        where = f"address:{address_key(address)}"
        counts.append(_Count("address_per_minute", where, MINUTE, limits.address_per_minute))
        counts.append(_Count("address_per_hour", where, HOUR, limits.address_per_hour))
    counts.append(_Count("desk_per_minute", "desk", MINUTE, limits.desk_per_minute))
    _refuse_beyond(tx, counts, now)


def check_person_asked(tx: Tx, limits: Limits, customer_id: str, address: str | None, now: datetime) -> None:
    """Count that a customer put the conversation into the queue; raise LimitReached for one who plays with it.

    There is no limit for the whole desk here: nobody's flood may keep others from a person.
    """
    counts = [_Count("person_per_hour", f"person:{customer_id}", HOUR, limits.person_per_hour)]
    if address:
        where = f"person-from:{address_key(address)}"
        counts.append(_Count("address_person_per_hour", where, HOUR, limits.address_person_per_hour))
    _refuse_beyond(tx, counts, now)


def customer_keys(customer_id: str) -> tuple[str, ...]:
    """Return every key under which a customer is counted, for whoever must forget them."""
    return f"customer:{customer_id}:m", f"customer:{customer_id}:h", f"person:{customer_id}:h"


def _refuse_beyond(tx: Tx, counts: list[_Count], now: datetime) -> None:
    over = max(_passed(tx, counts, now), key=lambda passed: passed[1], default=None)
    if over is not None:
        count, until = over
        what, wait = _what(count), _in_words(until - now)
        rest = f"You can ask again in {wait}." if "person" in count.limit else f"You can write again in {wait}, {_OR}"
        raise LimitReached(f"{what} {rest}", limit=count.limit, retry_at=until, what=what)


def _passed(tx: Tx, counts: list[_Count], now: datetime) -> Iterator[tuple[_Count, datetime]]:
    """Count one more under each and yield those that are passed, with the end of their window."""
    for count in counts:
        begin = window_start(now, count.length)
        if tx.count_hit(f"{count.key}:{'m' if count.length == MINUTE else 'h'}", begin) > count.most:
            yield count, begin + count.length


def _what(count: _Count) -> str:
    """Say which limit was passed, in the words of whom it concerns."""
    unit = "minute" if count.length == MINUTE else "hour"
    times, messages = ("once", "one message") if count.most == 1 else (f"{count.most} times", f"{count.most} messages")
    if "person" in count.limit:
        whose = "You" if count.limit == "person_per_hour" else "People on your network"
        return f"{whose} asked for a person more than {times} in one {unit}."
    if count.limit.startswith("desk"):
        return "Very many people are writing to us just now."
    if count.limit.startswith("address"):
        return f"More than {messages} came from your network in one {unit}."
    return f"You sent more than {messages} in one {unit}."


def _in_words(wait: timedelta) -> str:
    seconds = max(1, ceil(wait.total_seconds()))
    if seconds < 90:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{ceil(seconds / 60)} minutes"
