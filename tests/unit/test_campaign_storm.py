"""A seeded sample of the race campaign; `python -m benchmarks races` plays ten thousand, with other seeds."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast

import pytest
from benchmarks.campaign.interleaving import SteppedStore, Stepper
from benchmarks.campaign.storm import play

from supportbot.domain.account import Customer
from supportbot.domain.message import Message
from supportbot.ports import PostGuard, Store, Tx
from supportbot.storage.memory import MemoryStore
from supportbot.storage.store import SqlStore, open_store

T = TypeVar("T")


class Careless:
    """A unit of work that posts whatever the bot says, whoever has the ticket."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def post_bot_message(self, message: Message, guard: PostGuard) -> Message | None:  # noqa: ARG002  (not looked at)
        return self._tx.add_message(message)


class CarelessStore(MemoryStore):
    """A store without the test in the inserting statement, which is what keeps the bot quiet in time."""

    def write(self, work: Callable[[Tx], T]) -> T:
        return super().write(lambda tx: work(cast(Tx, Careless(tx))))


def test_random_interleavings_break_no_invariant() -> None:
    """Thirty of them, step by step, with workers that die and a clock that jumps."""
    played = [play(seed, MemoryStore(), watched=True) for seed in range(30)]
    assert [p.broken for p in played] == [[]] * 30
    assert sum(p.steps for p in played) > 30 * 40


def test_a_leap_of_the_clock_leaves_no_turn_behind() -> None:
    """Found by a campaign: a lease taken two hours ahead, its worker dead, and the clock back."""
    assert play(1201, MemoryStore(), watched=True).broken == []


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_interleavings_break_nothing_on_sqlite(seed: int, tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    assert play(seed, store).broken == []
    store.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_interleavings_break_nothing_on_postgresql(seed: int, postgres_desk: str) -> None:
    store = SqlStore(postgres_desk)
    assert play(seed, store).broken == []
    store.close()


def test_a_seed_plays_the_same_interleaving_again() -> None:
    assert play(3, MemoryStore()).steps == play(3, MemoryStore()).steps


def test_a_bot_that_posts_unguarded_is_caught() -> None:
    """The campaign sees what it is there for."""
    assert any(play(seed, CarelessStore(), watched=True).broken for seed in range(30))


def test_a_dead_actor_goes_no_further_than_its_boundary() -> None:
    """What was written before it stays, what would have come after it never happens."""
    stepper = Stepper(Random(1))
    store: Store = MemoryStore()
    stepped = SteppedStore(store, stepper)
    customers = [Customer(name, datetime(2026, 3, 2, 9, tzinfo=UTC)) for name in ("a", "b")]

    def script() -> None:
        for customer in customers:
            stepped.write(lambda tx, customer=customer: tx.add_customer(customer))  # type: ignore[misc]

    actor = stepper.add("worker", script)
    for _ in range(3):  # to before the first write, after it, before the second
        actor.step()
    actor.doomed = True
    actor.step()
    assert actor.ended
    assert store.read(lambda tx: tx.customers(["a", "b"])) == (customers[0],)
