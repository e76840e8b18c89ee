"""The thread that tells subscribers which tickets changed, and other processes by NOTIFY.

A notification is a courtesy sent after the commit; the change row is what counts. Whatever was not notified (a process
killed in between, a connection that was away) is found by looking at the rows of recent transactions.
"""

import os
import queue
import selectors
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from supportbot.domain.errors import DatabaseUnavailable
from supportbot.storage.postgres.line import Change, Line
from supportbot.storage.subscribers import Subscribers

#: Seconds between two looks for what no notification told of, and between two tries to connect.
LOOK_SECONDS, RETRY_SECONDS = 2.0, 0.5
_FIRST_S = 30.0


class PostgresListener:
    """Keeps the subscribers and one line to the other processes, on a thread of its own.

    The thread starts with the first subscriber or the first change, and ends with `close`.
    """

    def __init__(self, engine: Engine, origin: str) -> None:
        self._engine = engine
        self._origin = origin
        self._subscribers = Subscribers()
        self._own: queue.SimpleQueue[tuple[Change, ...]] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._listening = threading.Event()
        self._line: Line | None = None
        self._since: str | None = None
        self._look_at = self._retry_at = 0.0  #: on the monotonic clock
        self._wake_read, self._wake_write = -1, -1

    def subscribe(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Call *heard* for every commit from now on; return how to stop. DatabaseUnavailable while it is away."""
        self._start()
        if not self._closed and not self._listening.wait(_FIRST_S):
            raise DatabaseUnavailable("The PostgreSQL server does not answer; start again when it does.")
        return self._subscribers.add(heard)

    def tell(self, changes: tuple[Change, ...]) -> None:
        """Pass on what this process has just committed; never waits."""
        self._own.put(changes)
        self._start()
        self._wake()

    def close(self) -> None:
        """Tell what is waiting and end the thread."""
        with self._gate:
            self._closed = True
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            self._wake()
            thread.join()

    def _start(self) -> None:
        with self._gate:
            if self._thread is None and not self._closed:
                self._wake_read, self._wake_write = os.pipe()
                os.set_blocking(self._wake_write, False)
                self._thread = threading.Thread(target=self._run, name="supportbot-listener", daemon=True)
                self._thread.start()

    def _wake(self) -> None:
        with suppress(OSError):  # full: the thread is about to wake up anyway
            os.write(self._wake_write, b".")

    def _run(self) -> None:
        try:
            while True:
                closing = self._closed  # read before the queue: what was told before it is still passed on
                self._pass_on()
                if closing:
                    return
                self._wait()
        finally:
            if self._line is not None:
                self._line.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _pass_on(self) -> None:
        """Tell subscribers of all changes and other processes of our own."""
        own: list[Change] = []
        with suppress(queue.Empty):
            while True:
                own += self._own.get_nowait()
        self._subscribers.tell(ticket_id for _, ticket_id in own)
        try:
            line = self._connected()
            if line is None:
                return
            line.announce(own)
            missed = line.look() if time.monotonic() >= self._look_at else []
            foreign = [*line.heard(), *missed]
        except (psycopg.Error, DBAPIError, OSError):  # whoever reads or writes tells of the outage
            self._lost()
            return
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_SECONDS
        self._since = line.since
        self._subscribers.tell(foreign)

    def _connected(self) -> Line | None:
        """Return the line, opened anew if it is time for that."""
        if self._line is None and time.monotonic() >= self._retry_at:
            self._line = Line(self._engine, self._origin, self._since)
            self._since = self._line.since
            self._look_at = 0.0
            self._listening.set()
        return self._line

    def _lost(self) -> None:
        if self._line is not None:
            with suppress(psycopg.Error):
                self._line.close()
        self._line = None
        self._retry_at = time.monotonic() + RETRY_SECONDS

    def _heard_on(self) -> int | None:
        """Return the line's descriptor; one that broke after it was last read has none, and is opened anew later."""
        try:
            return None if self._line is None else self._line.fileno()
        except (psycopg.Error, OSError):
            self._lost()
            return None

    def _wait(self) -> None:
        """Sleep until there is something to tell, to hear or to look for."""
        line = self._heard_on()
        until = self._look_at if line is not None else self._retry_at
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            if line is not None:
                selector.register(line, selectors.EVENT_READ)
            for key, _ in selector.select(max(0.0, until - time.monotonic())):
                if key.fd == self._wake_read:
                    os.read(self._wake_read, 4096)
