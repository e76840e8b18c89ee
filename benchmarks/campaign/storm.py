"""One interleaving: customers, agents, workers of several processes and the clock, all at once on one desk."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from random import Random

from benchmarks.campaign import desk
from benchmarks.campaign.crowd import Crowd
from benchmarks.campaign.interleaving import Noted, SteppedStore, Stepper
from benchmarks.campaign.journal import Journal
from benchmarks.campaign.promises import Promises
from supportbot.bootstrap import App, build
from supportbot.demo.clock import ManualClock
from supportbot.domain.ids import new_id
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.engine.turn import Signal, TurnRunner
from supportbot.ports import Provider, Store
from supportbot.privacy import FernetSealer, new_key
from supportbot.providers.catalogue import provider
from supportbot.settings import Settings, load

_LEASE = timedelta(seconds=15)
_DEEDS, _SHIFTS, _DYING = 5, 4, 0.04


@dataclass(slots=True)
class Played:
    """How an interleaving went."""

    steps: int
    broken: list[str]


class StormClock(ManualClock):
    """A clock that also jumps."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Return the time of day."""
        return super().now() + self.ahead

    def jump(self, seconds: float) -> None:
        """Set the time of day; the seconds that only grow are left alone."""
        self.ahead += timedelta(seconds=seconds)


def play(seed: int, store: Store, *, watched: bool = False) -> Played:
    """Play the interleaving of *seed* on an empty *store*; *watched* when it tells of commits on the writing thread."""
    chance, clock = Random(seed), StormClock()
    stepper = Stepper(chance)
    vendor = Noted(_models(), Random(seed))
    app = build(
        _settings(),
        store=SteppedStore(store, stepper),
        clock=clock,
        models={"embedded": vendor},
        knowledge=desk.articles(),
        sealer=FernetSealer(_key()),
    )
    promises = Promises(app)
    people = desk.populate(store, clock.now(), customers=2, agents=2)
    if watched:
        store.subscribe(promises.after_commit)
    for number in range(3):
        crowd = Crowd(app, people, _nowhere(), Random(chance.random()))
        stepper.add(f"crowd {number}", partial(_act, crowd))
    for number in range(3):
        stepper.add(f"worker {number}", partial(_work, app, store, 3))
    stepper.add("clock", partial(_shift, app, clock, Random(chance.random())))
    errors = stepper.run(_DYING)
    try:
        _recover(app, store, clock)
    except Exception as error:  # a desk that cannot recover is broken, whatever stops it
        errors.append(error)
    promises.prompts = [request.prompt for request in vendor.requests]
    broken = promises.at_rest() + [f"{type(e).__name__}: {e}" for e in errors]
    app.workers.stop()
    return Played(stepper.steps, broken)


@cache
def _models() -> Provider:
    return provider("embedded")


def _act(crowd: Crowd) -> None:
    for _ in range(_DEEDS):
        crowd.act()


def _work(app: App, store: Store, turns: int) -> None:
    """Take turns over and run them, as a worker process does that may die at any boundary."""
    for _ in range(turns):
        turn = _claimed(app)
        if turn is not None:
            TurnRunner(app.engine).run(turn, _signal(store, turn))


def _claimed(app: App) -> Turn | None:
    now = app.clock.now()
    return app.store.write(lambda tx: tx.claim_turn("worker", new_id(), now, now + _LEASE))


def _signal(store: Store, turn: Turn) -> Signal:
    """What a lease keeper would tell the worker, at once."""

    def ended() -> bool:
        current = store.read(lambda tx: tx.turn(turn.id))
        return current.status is not TurnStatus.RUNNING or current.lease != turn.lease

    return Signal(ended, lambda: store.read(lambda tx: tx.turn(turn.id)).stop_requested)


def _shift(app: App, clock: StormClock, chance: Random) -> None:
    """Let time pass, now and then by a jump, and let what has lapsed lapse."""
    for _ in range(_SHIFTS):
        if chance.random() < 0.2:
            clock.jump(chance.choice((-7200, 7200)))
        else:
            clock.advance(chance.choice((0.5, 3, 20, 700)))
        app.inbox.lapse()


def _recover(app: App, store: Store, clock: StormClock) -> None:
    """Let one process without a crowd finish what is left."""
    for _ in range(40):
        clock.advance(20)
        turn = _claimed(app)
        if turn is None:
            return
        TurnRunner(app.engine).run(turn, _signal(store, turn))


@cache
def _settings() -> Settings:
    return load(environ={})


@cache
def _key() -> str:
    return new_key()


@cache
def _nowhere() -> Journal:
    """Nothing is written down: nobody here dies with what was promised to somebody."""
    return Journal(Path(os.devnull))
