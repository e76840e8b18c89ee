"""Threads that read streams. Starting one costs more than a short call, so a thread that is done waits for the next."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

_Job = Callable[[], None]


class Readers:
    """Runs jobs on threads of its own, each as long as it takes; at most *keep* idle threads wait for more."""

    def __init__(self, keep: int = 8) -> None:
        self._keep = keep
        self._idle: list[SimpleQueue[_Job | None]] = []
        self._lock = Lock()
        self._closed = False

    def run(self, job: _Job) -> None:
        """Run *job*, which must not raise, on an idle thread or a new one; returns at once."""
        with self._lock:
            box = self._idle.pop() if self._idle else None
        if box is None:
            box = SimpleQueue()
            Thread(target=self._serve, args=(box,), name="stream-reader", daemon=True).start()
        box.put(job)

    def close(self) -> None:
        """Let idle threads end; busy ones end with their job."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for box in idle:
            box.put(None)

    def _serve(self, box: "SimpleQueue[_Job | None]") -> None:
        while (job := box.get()) is not None:
            job()
            with self._lock:
                if self._closed or len(self._idle) >= self._keep:
                    return
                self._idle.append(box)
