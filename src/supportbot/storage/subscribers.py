"""Who wants to hear of changed tickets."""

import logging
import threading
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)


class Subscribers:
    """Calls each subscriber with each changed ticket; none can hurt another, or whoever tells them."""

    def __init__(self) -> None:
        self._heard: dict[object, Callable[[str], None]] = {}
        self._gate = threading.Lock()

    def add(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Call *heard* from now on; return how to stop."""
        key = object()
        with self._gate:
            self._heard = {**self._heard, key: heard}

        def stop() -> None:
            with self._gate:
                self._heard = {k: v for k, v in self._heard.items() if k is not key}

        return stop

    def tell(self, touched: Iterable[str]) -> None:
        """Tell everyone of these tickets, of each once."""
        distinct = tuple(dict.fromkeys(touched))
        for heard in tuple(self._heard.values()):
            for ticket_id in distinct:
                try:
                    heard(ticket_id)
                except Exception:
                    log.exception("A subscriber failed; the change itself is stored.")
