"""How long the server has been away, as all threads of a store see it together."""

import threading
import time


class Outage:
    """Begins with the first failure and ends with the next success, whoever has them."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._since: float | None = None

    def failed(self) -> None:
        """Note that the server could not be reached."""
        with self._gate:
            if self._since is None:
                self._since = time.monotonic()

    def worked(self) -> None:
        """Note that it could."""
        self._since = None

    @property
    def lasted_s(self) -> float:
        """Seconds since it began; 0 while there is none."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since
