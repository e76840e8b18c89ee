"""Delivers what handoffs put into the outbox: tried again until it works, marked sent once."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from supportbot.access.limits import window_start
from supportbot.domain.errors import StorageError
from supportbot.domain.handoff import Alert
from supportbot.ports import Clock, Notifier, Store, Tx

log = logging.getLogger(__name__)

#: An alert is tried once in each such stretch, by one process; a notifier must give up sooner.
RETRY = timedelta(seconds=30)
IDLE_SECONDS = 30.0
#: Alerts read at once, and how often a notifier may fail in one round.
PAGE, PATIENCE = 500, 20
#: A turn commits several times within it: the alerts are read once.
PAUSE_SECONDS = 0.2
_NEVER = datetime.min.replace(tzinfo=UTC)


class Outbox:
    """Sends pending alerts through every notifier. At least once: a crash between sending and marking sends again."""

    def __init__(self, store: Store, notifiers: Sequence[Notifier], clock: Clock) -> None:
        self._store = store
        self._notifiers = tuple(notifiers)
        self._clock = clock
        self._reached: dict[str, set[int]] = {}  #: alert id to the notifiers that already have it
        self._asked: dict[str, datetime] = {}  #: alert id to the stretch for which this process has asked last
        self._failures: Counter[int] = Counter()  #: by notifier, in this round
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def deliver_pending(self) -> int:
        """Try every pending alert that is due, those never tried first; return how many were delivered to all.

        A notifier that fails again and again is left in peace until the next time, so that the rest need not wait.
        """
        pending = self._pending()
        self._failures.clear()
        ids = {alert.id for alert in pending}
        self._reached = {key: reached for key, reached in self._reached.items() if key in ids}
        self._asked = {key: window for key, window in self._asked.items() if key in ids}
        in_turn = sorted(pending, key=lambda alert: self._asked.get(alert.id, _NEVER))
        return sum(self._deliver(alert) for alert in in_turn)

    def _pending(self) -> list[Alert]:
        """Return every pending alert, oldest first: one that nobody takes must not hide those behind it."""

        def work(tx: Tx) -> list[Alert]:
            found: list[Alert] = []
            while page := tx.alerts(pending=True, limit=PAGE, offset=len(found)):
                found += page
            return found

        return self._store.read(work)

    def start(self) -> None:
        """Deliver on a thread of its own, at once after a change and every half minute besides."""
        self._stopped.clear()
        self._unsubscribe = self._store.subscribe(lambda _ticket_id: self._wake.set())
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread after the alert in hand, and close the notifiers."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._stopped.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None
        for notifier in self._notifiers:
            notifier.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                with suppress(StorageError):  # the database is away, and the store says so once
                    self.deliver_pending()
            except Exception:
                log.exception("Alerts could not be read; trying again.")
            if self._wake.wait(IDLE_SECONDS):
                self._stopped.wait(PAUSE_SECONDS)

    def _deliver(self, alert: Alert) -> bool:
        window = window_start(self._clock.now(), RETRY)
        if self._asked.get(alert.id) == window:  # known without a write, however often a commit wakes us
            return False
        if all(self._failures[place] >= PATIENCE for place, _ in enumerate(self._notifiers)):
            return False
        self._asked[alert.id] = window
        if not self._store.write(lambda tx: _mine(tx, alert, window)):
            return False
        reached = self._reached.setdefault(alert.id, set())
        for place, notifier in enumerate(self._notifiers):
            if place in reached or self._failures[place] >= PATIENCE:
                continue
            if _sent(notifier, alert):
                reached.add(place)
            else:
                self._failures[place] += 1
        if len(reached) < len(self._notifiers):
            return False
        self._store.write(lambda tx: self._done(tx, alert))
        del self._reached[alert.id]
        return True

    def _done(self, tx: Tx, alert: Alert) -> None:
        tx.mark_sent(alert.id, self._clock.now())
        tx.forget_hits(f"alert:{alert.id}")


def _mine(tx: Tx, alert: Alert, window: datetime) -> bool:
    """Whether this process may try now: the first to count in this stretch of time."""
    return tx.count_hit(f"alert:{alert.id}", window) == 1


def _sent(notifier: Notifier, alert: Alert) -> bool:
    """Send; a failure is logged by its kind alone and tried again later."""
    try:
        notifier.send(alert)
    except Exception as failed:
        log.warning("Alert %s was not delivered by %s: %s", alert.id, type(notifier).__name__, type(failed).__name__)
        return False
    return True
