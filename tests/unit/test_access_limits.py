from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.access import Customers, Limits, check_limits, check_person_asked, customer_token
from supportbot.access.limits import address_key, window_start
from supportbot.access.secrets import digest
from supportbot.domain.errors import BadInput, LimitReached
from supportbot.ports import Store, Tx
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import open_store

NOON = datetime(2026, 3, 2, 12, 0, 26, tzinfo=UTC)


class NoonClock:
    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None: ...


def sent(store: Store, limits: Limits, customer: str, address: str | None, at: datetime) -> str | None:
    """Count one message; return the name of the limit reached, if any."""
    try:
        store.write(lambda tx: check_limits(tx, limits, customer, address, at))
    except LimitReached as reached:
        return reached.limit
    return None


def test_eleventh_message_in_a_minute_waits_and_is_told_how_long() -> None:
    """The sentence names the limit, the wait, and the way to a person."""
    store, limits = MemoryStore(), Limits()
    assert [sent(store, limits, "c", None, NOON) for _ in range(11)] == [None] * 10 + ["customer_per_minute"]
    with pytest.raises(LimitReached) as caught:
        store.write(lambda tx: check_limits(tx, limits, "c", None, NOON))
    assert str(caught.value) == (
        "You sent more than 10 messages in one minute. You can write again in 34 seconds, or ask for a person."
    )
    assert caught.value.retry_at == datetime(2026, 3, 2, 12, 1, tzinfo=UTC)
    assert sent(store, limits, "c", None, caught.value.retry_at) is None


def test_a_limit_of_one_is_said_in_words() -> None:
    """Nobody reads of "1 messages"."""
    store, limits = MemoryStore(), Limits(customer_per_minute=1, person_per_hour=1)
    sent(store, limits, "c", None, NOON)
    asked(store, limits, "c", None)
    with pytest.raises(LimitReached, match="more than one message in one minute"):
        store.write(lambda tx: check_limits(tx, limits, "c", None, NOON))
    with pytest.raises(LimitReached, match="more than once in one hour"):
        store.write(lambda tx: check_person_asked(tx, limits, "c", None, NOON))


def test_limits_are_each_their_own() -> None:
    """Another customer at the same address counts for the address; the desk counts everybody."""
    limits = Limits(customer_per_minute=2, address_per_minute=3, desk_per_minute=5)
    store = MemoryStore()
    assert [sent(store, limits, "a", "10.0.0.1", NOON) for _ in range(3)] == [None, None, "customer_per_minute"]
    assert [sent(store, limits, "b", "10.0.0.1", NOON) for _ in range(2)] == [None, "address_per_minute"]
    assert [sent(store, limits, c, None, NOON) for c in "bcd"] == [None, None, "desk_per_minute"]


def test_hours_are_counted_apart_from_minutes() -> None:
    """A patient flood ends too, and the wait is told in minutes."""
    limits, store = Limits(customer_per_hour=3), MemoryStore()
    for minute in range(3):
        assert sent(store, limits, "c", None, NOON + timedelta(minutes=minute)) is None
    with pytest.raises(LimitReached, match=r"in one hour\. You can write again in 57 minutes"):
        store.write(lambda tx: check_limits(tx, limits, "c", None, NOON + timedelta(minutes=3)))


def test_addresses_are_counted_by_hash() -> None:
    """A network address is personal data and is not stored."""
    keys = Counter[str]()

    class Watching:
        def count_hit(self, key: str, window: datetime) -> int:
            keys[key] += 1 if window <= NOON else 0
            return 1

    check_limits(cast(Tx, Watching()), Limits(), "c", "192.0.2.7", NOON)
    assert not any("192.0.2.7" in key for key in keys)
    assert len(keys) == 5


@given(st.integers(0, 4_000_000_000), st.sampled_from([60, 900, 3600]))
def test_every_moment_lies_in_one_window(epoch: int, seconds: int) -> None:
    """Windows touch without gap or overlap."""
    now = datetime.fromtimestamp(epoch, UTC)
    length = timedelta(seconds=seconds)
    begin = window_start(now, length)
    assert begin <= now < begin + length
    assert window_start(begin, length) == begin
    assert window_start(begin + length, length) == begin + length


def test_a_customer_is_known_by_the_cookie_alone() -> None:
    """The same cookie is the same customer; only its hash is stored; another cookie is another customer."""
    store = MemoryStore()
    customers = Customers(store, NoonClock())
    token = customer_token()
    assert customers.recognise(token) is None
    ana = customers.enrol(token)
    assert customers.enrol(token) == ana
    assert customers.recognise(token) == ana
    assert ana.secret_hash == digest(token)
    assert customers.enrol(customer_token()).id != ana.id


@pytest.mark.parametrize("token", ["", "short", "x" * 44, "ä" * 43])
def test_a_cookie_we_did_not_make_is_no_customer(token: str) -> None:
    """A guessable secret would let others read the conversation."""
    customers = Customers(MemoryStore(), NoonClock())
    assert customers.recognise(token) is None
    with pytest.raises(BadInput, match="Reload the page"):
        customers.enrol(token)


def test_of_several_limits_the_longest_is_told() -> None:
    """Who waits as long as told is not refused again for a reason that was known."""
    store, limits = MemoryStore(), Limits(customer_per_minute=1, customer_per_hour=2)
    for _ in range(2):
        sent(store, limits, "c", None, NOON)
    sent(store, limits, "c", None, NOON + timedelta(minutes=1))
    assert sent(store, limits, "c", None, NOON + timedelta(minutes=1)) == "customer_per_hour"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("unknown", "hidden", False),
    ],
)
def test_an_ipv6_household_is_one_address(one: str, other: str, same: bool) -> None:
    """It can take any of 2^64 addresses, and would never meet a limit otherwise."""
    assert (address_key(one) == address_key(other)) is same


def asked(store: Store, limits: Limits, customer: str, address: str | None) -> str | None:
    """Count one wish for a person; return the limit reached, if any."""
    try:
        store.write(lambda tx: check_person_asked(tx, limits, customer, address, NOON))
    except LimitReached as reached:
        return reached.limit
    return None


def test_the_queue_cannot_be_flooded_from_one_place() -> None:
    """New cookies help nobody: the address is counted too; others still get through, for the desk has no such limit."""
    store, limits = MemoryStore(), Limits(person_per_hour=2, address_person_per_hour=3)
    assert [asked(store, limits, "a", "10.0.0.1") for _ in range(3)] == [None, None, "person_per_hour"]
    fresh = [asked(store, limits, f"new-{n}", "10.0.0.1") for n in range(3)]
    assert fresh == [None, "address_person_per_hour", "address_person_per_hour"]
    assert asked(store, limits, "new-9", "10.0.0.2") is None


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_share_one_count(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    """Of many messages sent through several stores at once, exactly as many as allowed are taken."""
    limits = Limits(customer_per_minute=7)
    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else None
    stores = [open_store(url, tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: sent(stores[n % 4], limits, "c", None, NOON), range(40)))
    for store in stores:
        store.close()
    assert Counter(results) == {None: 7, "customer_per_minute": 33}
