"""The thread that tells subscribers which tickets changed: here at once, elsewhere in a tenth of a second."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, func, select

from supportbot.storage.sqlite.connecting import change_detector
from supportbot.storage.subscribers import Subscribers
from supportbot.storage.tables import ChangeRow, table

#: Seconds between two looks at what other processes committed.
POLL_SECONDS = 0.1

_CHANGE = table(ChangeRow)

log = logging.getLogger(__name__)


class Listener:
    """Keeps the subscribers and calls them on a thread of its own, so that none can slow down or hurt the writer.

    Changes waiting together are told once per ticket. The thread starts with the first subscriber, ends with `close`.
    """

    def __init__(self, engine: Engine, origin: str) -> None:
        self._engine = engine
        self._origin = origin
        self._own: queue.SimpleQueue[tuple[str, ...] | None] = queue.SimpleQueue()
        self._subscribers = Subscribers()
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._position = 0
        self._look_at = 0.0  #: when to look next, on the monotonic clock
        self._changed: Callable[[], bool] = lambda: True
        self._failing = False
        self._unread = False  #: something changed that could not be read yet
        self._raw: Any = None

    def subscribe(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Call *heard* for every commit from now on; return how to stop."""
        with self._gate:
            if self._thread is None and not self._closed:
                self._start()
        return self._subscribers.add(heard)

    def tell(self, touched: tuple[str, ...]) -> None:
        """Pass on what this process's writer has just committed; never waits."""
        if self._thread is not None:
            self._own.put(touched)

    def close(self) -> None:
        """Tell what is waiting and end the thread."""
        with self._gate:
            self._closed = True
            thread = self._thread
        self._own.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _start(self) -> None:
        # Where others' changes begin must be known before subscribe returns, or one could be missed.
        self._raw = self._engine.raw_connection()
        self._changed = change_detector(self._raw.driver_connection)
        self._changed()
        self._position = self._newest()
        self._thread = threading.Thread(target=self._run, name="supportbot-listener", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while True:
                touched, more = self._wait()
                if touched:
                    self._subscribers.tell(touched)
                if not more:
                    return
        finally:
            self._raw.close()

    def _wait(self) -> tuple[tuple[str, ...], bool]:
        """Return the tickets to tell of, and whether to go on."""
        found: dict[str, None] = {}
        more = True
        with suppress(queue.Empty):
            item = self._own.get(timeout=max(0.0, self._look_at - time.monotonic()))
            while item is not None:
                found |= dict.fromkeys(item)
                item = self._own.get_nowait()
            more = False
        if time.monotonic() >= self._look_at:
            found |= dict.fromkeys(self._foreign())
            self._look_at = time.monotonic() + POLL_SECONDS
        return tuple(found), more

    def _foreign(self) -> tuple[str, ...]:
        """Return the tickets that other processes touched since the last look."""
        try:
            self._unread = self._changed() or self._unread
            if not self._unread:
                return ()
            query = (
                select(_CHANGE.c.position, _CHANGE.c.ticket_id, _CHANGE.c.origin)
                .where(_CHANGE.c.position > self._position)
                .order_by(_CHANGE.c.position)
            )
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
        except Exception as wrong:  # looked for again at the next look
            if not self._failing:
                log.warning("Changes by other processes cannot be read (%s); pages may be late.", type(wrong).__name__)
            self._failing = True
            return ()
        self._unread = self._failing = False
        if rows:
            self._position = rows[-1].position
        return tuple(dict.fromkeys(row.ticket_id for row in rows if row.origin != self._origin))

    def _newest(self) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.coalesce(func.max(_CHANGE.c.position), 0))).scalar_one())
