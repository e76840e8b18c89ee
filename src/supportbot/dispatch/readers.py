"""Threads that read streams. Starting one costs more than a short call, so a thread that is done waits for the next."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread, current_thread
from time import monotonic

_Job = Callable[[], None]

#: How long closing waits for threads, in seconds.
_FAREWELL_S = 1.0


class Readers:
    """Runs jobs on threads of its own, each as long as it takes; at most *keep* idle threads wait for more."""

    def __init__(self, keep: int = 8) -> None:
        self._keep = keep
        self._idle: list[SimpleQueue[_Job | None]] = []
        self._lock = Lock()
        self._threads: set[Thread] = set()
        self._closed = False

    def run(self, job: _Job) -> None:
        """Run *job*, which must not raise, on an idle thread or a new one; returns at once."""
        with self._lock:
            box = self._idle.pop() if self._idle else None
        if box is None:
            box = SimpleQueue()
            thread = Thread(target=self._serve, args=(box,), name="stream-reader", daemon=True)
            with self._lock:
                self._threads.add(thread)
            thread.start()
        box.put(job)

    def close(self) -> None:
        """End the threads, waiting a second at most; one that hangs in a silent provider ends with its job."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            threads = tuple(self._threads)
        for box in idle:
            box.put(None)
        end = monotonic() + _FAREWELL_S
        for thread in threads:
            thread.join(max(0.0, end - monotonic()))

    def _serve(self, box: "SimpleQueue[_Job | None]") -> None:
        while (job := box.get()) is not None:
            job()
            with self._lock:
                if self._closed or len(self._idle) >= self._keep:
                    break
                self._idle.append(box)
        with self._lock:
            self._threads.discard(current_thread())
