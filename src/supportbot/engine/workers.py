"""The threads that own turns. A page only hands text in and follows; a closed tab loses nothing."""

import logging
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Condition, Event, Lock, Thread

from supportbot.domain.errors import StorageError
from supportbot.domain.ids import new_id
from supportbot.domain.turn import Turn, TurnStatus
from supportbot.engine.config import Engine
from supportbot.engine.turn import Signal, TurnRunner

_LOG = logging.getLogger(__name__)

#: How often running turns are looked at for a stop or a newer message, in seconds.
_GLANCE_S = 0.1

#: How often the database is asked for turns of other processes and for expired leases, in seconds.
_POLL_S = 0.5


class _Watched:
    """One running turn: what its worker asks, and what the keeper tells it."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.ended = Event()
        self.stopped = Event()
        self.extended_at = 0.0

    @property
    def signal(self) -> Signal:
        return Signal(self.ended.is_set, self.stopped.is_set)


class LeaseKeeper:
    """Extends the leases of running turns and tells their workers when a turn was ended or stopped elsewhere."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watched: dict[str, _Watched] = {}  #: by lease, for a turn may be taken over by its own process
        self._changed = Condition(Lock())
        self._closing = False
        self._thread: Thread | None = None

    def watch(self, turn: Turn) -> Signal:
        """Begin to keep *turn*'s lease."""
        watched = _Watched(turn)
        watched.extended_at = self._engine.clock.monotonic()
        with self._changed:
            self._watched[turn.lease or ""] = watched
            if self._thread is None:
                self._thread = Thread(target=self._keep, name="lease-keeper", daemon=True)
                self._thread.start()
            self._changed.notify()
        return watched.signal

    def forget(self, turn: Turn) -> None:
        """Stop keeping *turn*'s lease."""
        with self._changed:
            self._watched.pop(turn.lease or "", None)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _keep(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                self._changed.wait(timeout=_GLANCE_S if self._watched else None)
                watched = tuple(self._watched.values())
            for one in watched:
                try:
                    self._look_after(one)
                except StorageError:  # the database is away, and the store says so once
                    continue
                except Exception as error:  # the next glance tries again; a lease that ends is taken over
                    _LOG.warning("turn %s: lease not looked after: %s", one.turn.id, type(error).__name__)

    def _look_after(self, one: _Watched) -> None:
        engine, turn = self._engine, one.turn
        now = engine.clock.monotonic()
        current = engine.store.read(lambda tx: tx.turn(turn.id))
        if current.status is not TurnStatus.RUNNING or current.lease != turn.lease:
            one.ended.set()
        elif current.stop_requested:
            one.stopped.set()
        if now - one.extended_at < engine.config.heartbeat_s or one.ended.is_set():
            return
        until = engine.clock.now() + timedelta(seconds=engine.config.lease_s)
        if not engine.store.write(lambda tx: tx.extend_lease(turn.id, turn.lease or "", until)):
            one.ended.set()
        one.extended_at = now


class TurnWorkers:
    """Claims due turns and runs them on a pool; also takes over turns whose owner died."""

    def __init__(self, engine: Engine, chores: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._runner = TurnRunner(engine)
        self._keeper = LeaseKeeper(engine)
        self._chores = chores
        self._name = f"worker-{new_id()[:8]}"
        self._wake = Event()
        self._closing = Event()
        self._free = engine.config.workers
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._threads: tuple[Thread, ...] = ()

    @property
    def name(self) -> str:
        """The name under which leases are held."""
        return self._name

    @property
    def alive(self) -> bool:
        """Whether turns are being claimed."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Start to claim turns, and to do the chores beside it: no turn waits for one of those."""
        self._pool = ThreadPoolExecutor(self._engine.config.workers, thread_name_prefix="turn")
        self._threads = (
            Thread(target=self._claim_for_ever, name="turn-claims", daemon=True),
            Thread(target=self._do_chores_for_ever, name="chores", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for due turns now instead of at the next poll."""
        self._wake.set()

    def stop(self) -> None:
        """Let running turns finish, then stop; whatever a time-out cuts is taken over from its lease."""
        self._closing.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout=5)
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._keeper.close()
        self._engine.dispatcher.close()

    def run_now(self, turn: Turn) -> bool:
        """Run a turn already leased by the caller, on the caller's thread; return whether a message was posted."""
        signal = self._keeper.watch(turn)
        try:
            return self._runner.run(turn, signal)
        finally:
            self._keeper.forget(turn)

    def _claim_for_ever(self) -> None:
        while not self._closing.is_set():
            self._wake.wait(timeout=_POLL_S)
            self._wake.clear()
            try:
                self._claim_what_is_due()
            except StorageError:  # the database is away, and the store says so once
                continue
            except Exception as error:  # the next poll tries again
                _LOG.warning("turns could not be claimed: %s", type(error).__name__)

    def _do_chores_for_ever(self) -> None:
        while not self._closing.is_set():
            try:
                self._chores()
            except Exception as error:  # as above
                if not isinstance(error, StorageError):
                    _LOG.warning("a chore was not done: %s", _where(error))
            self._closing.wait(_POLL_S)

    def _claim_what_is_due(self) -> None:
        while not self._closing.is_set() and self._take_slot():
            taken = False
            try:
                taken = self._begin_one()
            finally:
                if not taken:
                    self._give_slot()
            if not taken:
                return

    def _begin_one(self) -> bool:
        """Claim a turn and let the pool run it; False when there is none. An idle desk only reads."""
        now = self._engine.clock.now()
        until = now + timedelta(seconds=self._engine.config.lease_s)
        if self._pool is None or not self._engine.store.read(lambda tx: tx.turn_waits(now, until)):
            return False
        lease = new_id()
        turn = self._engine.store.write(lambda tx: tx.claim_turn(self._name, lease, now, until))
        if turn is None:
            return False
        self._pool.submit(self._run, turn)
        return True

    def _run(self, turn: Turn) -> None:
        try:
            self.run_now(turn)
        except Exception as error:  # tried again by whoever is free, and after a few attempts given to a person
            _LOG.error("turn %s, attempt %d failed: %s", turn.id, turn.attempt, _where(error))
            self._let_go(turn)
        finally:
            self._give_slot()
            self._wake.set()

    def _let_go(self, turn: Turn) -> None:
        """End the lease early, a little later with each attempt."""
        until = self._engine.clock.now() + timedelta(seconds=turn.attempt)
        with suppress(StorageError):
            self._engine.store.write(lambda tx: tx.extend_lease(turn.id, turn.lease or "", until))

    def _take_slot(self) -> bool:
        with self._lock:
            if self._free == 0:
                return False
            self._free -= 1
            return True

    def _give_slot(self) -> None:
        with self._lock:
            self._free += 1


def _where(error: Exception) -> str:
    """Name an error by its class and place; its text is left out, for it may quote a customer."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return f"{type(error).__name__} at {last.name}:{last.lineno}" if last else type(error).__name__
