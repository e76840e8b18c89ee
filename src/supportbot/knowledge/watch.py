"""Follows the knowledge folder: an edit is live without a restart."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from watchfiles import watch

from supportbot.knowledge.load import article_files
from supportbot.knowledge.search import Knowledge

#: Milliseconds: how long edits that come together are gathered, and how often the folder is looked at anyway (network
#: drives and exhausted inotify watches report nothing).
_GATHER, _STEP, _LOOK = 300, 50, 2_000


class KnowledgeWatcher:
    """Reloads a Knowledge when its folder changes, from `start()` to `stop()`, on a thread of its own.

    *reloaded* is called on that thread after each attempt, with whether the new articles were taken.
    """

    def __init__(self, knowledge: Knowledge, reloaded: Callable[[bool], None] | None = None) -> None:
        self._knowledge = knowledge
        self._reloaded = reloaded
        self._seen: frozenset[tuple[str, int, int]] | None = None
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to follow; does nothing when already following, or when the articles did not come from a folder."""
        if self._thread is None and self._knowledge.folder is not None:
            self._stop.clear()
            self._seen = None
            self._thread = Thread(
                target=self._follow, args=(self._knowledge.folder,), name="knowledge-watcher", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Stop following and wait for the thread to end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _follow(self, folder: Path) -> None:
        self._look(folder)
        while not self._stop.is_set():
            try:
                self._watch(folder)
            except (OSError, RuntimeError):
                # The folder is gone, or the system has no watches left: look now and then, and try again.
                self._stop.wait(_LOOK / 1000)
                self._look(folder)

    def _watch(self, folder: Path) -> None:
        changes = watch(
            folder,
            stop_event=self._stop,
            debounce=_GATHER,
            step=_STEP,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        for _ in changes:
            self._look(folder)

    def _look(self, folder: Path) -> None:
        now = _state(folder)
        if now == self._seen:
            return
        self._seen = now
        taken = self._knowledge.reload()
        if self._reloaded:
            self._reloaded(taken)


def _state(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Name, size and time of change of every article file; a file that vanishes meanwhile is left out."""
    found = set()
    for path in article_files(folder):
        try:
            about = path.stat()
        except OSError:
            continue
        found.add((str(path), about.st_size, about.st_mtime_ns))
    return frozenset(found)
