"""Tells open pages that something changed: fed by the store, drained by event streams, silent while nothing happens."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable
from types import FrameType

from supportbot.access import Limits
from supportbot.domain.errors import LimitReached, SupportbotError
from supportbot.ports import Store

INBOX = "inbox"
ME = "me"
KEEP_ALIVE_SECONDS = 20.0
#: Changes closer together than this reach the page as one.
COALESCE_SECONDS = 0.05
_KNOWN_OWNERS = 50_000
_LIMITS = Limits()


class Listener:
    """One open stream: woken by a change of its topic."""

    def __init__(self, topic: str, owner: str, network: str = "") -> None:
        self.topic = topic
        self.owner = owner
        self.network = network
        self.wake = asyncio.Event()
        self.closed = False


class Hub:
    """Knows every open stream of this process. Topics: a ticket's id, `inbox` (any), `me` (a customer's own).

    The store calls from its own threads; everything else happens on the event loop that called `start`.
    """

    def __init__(self, store: Store, keep_alive_seconds: float = KEEP_ALIVE_SECONDS) -> None:
        self._store = store
        self._keep_alive = keep_alive_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._listeners: set[Listener] = set()
        self._customer_of: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._signals: dict[int, Callable[[int, FrameType | None], object]] = {}

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    async def start(self) -> None:
        """Begin to hear the store; called once the loop runs."""
        self._loop = asyncio.get_running_loop()
        self._unsubscribe = self._store.subscribe(self._heard)
        self._watch_signals(self._loop)

    async def stop(self) -> None:
        """Stop hearing and end every stream."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        for number, before in self._signals.items():
            signal.signal(number, before)
        self._signals.clear()
        self._end_streams()
        self._loop = None

    def open(self, topic: str, owner: str, network: str = "", limits: Limits = _LIMITS) -> Listener:
        """Register a stream before its first byte, so that no change is missed.

        LimitReached for too many of one owner, or from one *network* address in any form that stands for it.
        """
        owned = sum(other.owner == owner for other in self._listeners)
        near = sum(other.network == network for other in self._listeners) if network else 0
        if owned >= limits.streams_per_customer or near >= limits.streams_per_address:
            limit = "streams_per_customer" if owned >= limits.streams_per_customer else "streams_per_address"
            raise LimitReached("Too many open pages. Close some of them.", limit=limit)
        listener = Listener(topic, owner, network)
        self._listeners.add(listener)
        return listener

    def close(self, listener: Listener) -> None:
        """Forget a stream."""
        self._listeners.discard(listener)

    async def follow(self, listener: Listener, still: Callable[[], bool] | None = None) -> AsyncIterator[bytes]:
        """Yield the stream: one event per burst of changes, a comment when nothing happens.

        *still* is asked at each comment, on another thread, whether the reader may go on listening.
        """
        number = 0
        yield b"retry: 2000\n: open\n\n"
        while not listener.closed:
            if await _woken(listener, self._keep_alive):
                number += 1
                yield f"data: {number}\n\n".encode()
                await asyncio.sleep(COALESCE_SECONDS)
            elif listener.closed or (still is not None and not await _allowed(still)):
                return
            else:
                yield b": still here\n\n"

    def _heard(self, ticket_id: str) -> None:
        """Take a change from a thread of the store; at most one call per burst crosses to the loop."""
        loop = self._loop
        if loop is None or not self._listeners:
            return
        with self._lock:
            first = not self._changed
            self._changed.add(ticket_id)
        if first:
            try:
                loop.call_soon_threadsafe(self._spread)
            except RuntimeError:  # the loop has just closed
                self._loop = None

    def _spread(self) -> None:
        """Wake whoever listens to what changed."""
        with self._lock:
            changed, self._changed = self._changed, set()
        unknown = [t for t in changed if t not in self._customer_of] if self._wanted(ME) else []
        if unknown:
            task = asyncio.get_running_loop().create_task(self._look_up(unknown))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._wake(changed)

    async def _look_up(self, ticket_ids: list[str]) -> None:
        """Find whose tickets these are, then wake those customers."""
        owners = await asyncio.to_thread(self._read_customers, ticket_ids)
        if len(self._customer_of) + len(owners) > _KNOWN_OWNERS:
            self._customer_of.clear()
        self._customer_of.update(owners)
        self._wake(set(owners))

    def _read_customers(self, ticket_ids: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for ticket_id in ticket_ids:
            try:
                found[ticket_id] = self._store.read(lambda tx, t=ticket_id: tx.ticket(t).customer_id)  # type: ignore[misc]
            except SupportbotError:  # gone, or the database is: whoever listens looks by itself now and then
                continue
        return found

    def _wake(self, changed: set[str]) -> None:
        customers = {self._customer_of[t] for t in changed if t in self._customer_of}
        for listener in self._listeners:
            mine = listener.topic == ME and listener.owner in customers
            if mine or listener.topic == INBOX or listener.topic in changed:
                listener.wake.set()

    def _wanted(self, topic: str) -> bool:
        return any(listener.topic == topic for listener in self._listeners)

    def _end_streams(self) -> None:
        for listener in list(self._listeners):
            listener.closed = True
            listener.wake.set()

    def _watch_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the streams when the process is told to: the server first waits for open answers, then stops us."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if callable(before):
                self._signals[number] = before
                signal.signal(number, self._then(loop, before))

    def _then(
        self, loop: asyncio.AbstractEventLoop, before: Callable[[int, FrameType | None], object]
    ) -> Callable[[int, FrameType | None], None]:
        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._end_streams)
            before(number, frame)

        return handle


async def _allowed(still: Callable[[], bool]) -> bool:
    """Ask on another thread; a database that does not answer ends the stream, and the page tries again."""
    try:
        return await asyncio.to_thread(still)
    except SupportbotError:
        return False


async def _woken(listener: Listener, seconds: float) -> bool:
    """Wait for a change; False when *seconds* passed without one."""
    try:
        await asyncio.wait_for(listener.wake.wait(), seconds)
    except TimeoutError:
        return False
    listener.wake.clear()
    return not listener.closed
