"""One circuit per deployment: opens after failures in a row, lets one probe through, closes on success."""

from dataclasses import dataclass, field
from threading import Lock

from supportbot.ports import Clock


@dataclass(slots=True)
class _State:
    failures: int = 0
    open_until: float = 0.0
    probing: bool = False


@dataclass(slots=True)
class Circuits:
    """Keeps a failing deployment out of the way for *rest_s* seconds after *threshold* failures in a row."""

    clock: Clock
    threshold: int = 3
    rest_s: float = 15.0
    _states: dict[str, _State] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def allows(self, deployment: str) -> bool:
        """Whether a call may go out now; while open, one probe is let through after the rest."""
        with self._lock:
            state = self._states.get(deployment)
            if state is None or state.failures < self.threshold:
                return True
            if self.clock.monotonic() < state.open_until or state.probing:
                return False
            state.probing = True
            return True

    def succeeded(self, deployment: str) -> None:
        """Close the circuit."""
        with self._lock:
            self._states.pop(deployment, None)

    def failed(self, deployment: str, rest_s: float | None = None) -> None:
        """Count a failure; *rest_s* is the provider's own wish (Retry-After) and opens the circuit at once."""
        with self._lock:
            state = self._states.setdefault(deployment, _State())
            state.failures = self.threshold if rest_s is not None else state.failures + 1
            state.probing = False
            if state.failures >= self.threshold:
                state.open_until = self.clock.monotonic() + (self.rest_s if rest_s is None else rest_s)

    def cancelled(self, deployment: str) -> None:
        """Give a probe back that we stopped ourselves."""
        with self._lock:
            if deployment in self._states:
                self._states[deployment].probing = False
