"""Says once that the database is away, and once that it is back, however many threads run into it meanwhile."""

import logging
import threading
import time

from supportbot.domain.errors import SupportbotError

log = logging.getLogger(__name__)


class Outage:
    """What one store knows about its database being away.

    Reading and writing may fail apart (a full disk, a locked file); the outage is over when both have worked again.
    """

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._failing: frozenset[str] = frozenset()
        self._since = 0.0

    def failed(self, doing: str, error: BaseException) -> None:
        """Note that *doing* ("reading", "writing") did not work; the first time, log why."""
        if doing in self._failing:
            return
        with self._gate:
            first = not self._failing
            self._failing |= {doing}
            if first:
                self._since = time.monotonic()
        if first:
            why = error if isinstance(error, SupportbotError) else f"{type(error).__name__}."  # others may quote rows
            log.error("The database is away. %s It is tried again until it is back.", why)

    def worked(self, doing: str) -> None:
        """Note that *doing* worked; when nothing fails any more, log how long the outage lasted."""
        if doing not in self._failing:
            return
        with self._gate:
            over = self._failing == {doing}
            self._failing -= {doing}
            lasted = time.monotonic() - self._since
        if over:
            log.warning("The database is back after %.0f s.", lasted)

    @property
    def lasted(self) -> float:
        """Seconds since the outage began; 0 while there is none."""
        return time.monotonic() - self._since if self._failing else 0.0
