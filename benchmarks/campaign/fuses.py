"""Ports that pass everything on, note what they saw, and kill their process at a chosen boundary."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from random import Random
from threading import Lock
from typing import TypeVar

from benchmarks.campaign.journal import Journal
from supportbot.domain.errors import ProviderTimeout
from supportbot.domain.prompt import Prompt
from supportbot.ports import Chunk, ModelRequest, Provider, Store, Tx

T = TypeVar("T")

#: What a customer's message carries so that it is known again wherever it turns up.
MARK = re.compile(r"ref[a-z]{8}")

#: Units of work by the name of the function that is one, and boundaries around a request to a model.
UNITS = (
    "Intake.say",
    "TurnWorkers._begin_one",
    "TurnWorkers._let_go",
    "TurnRunner._price_what_was_abandoned",
    "Dispatcher._reserve",
    "Releaser._show",
    "Settlement.write",
    "LeaseKeeper._look_after",
    "Customers.ask_person",
    "Customers.rate",
    "Customers.stop",
    "Customers.finish",
    "Inbox._act",
    "Inbox.lapse",
    "Outbox._deliver",
    "Orphans.settle",
)
BOUNDARIES = (
    *(f"{unit} {where}" for unit in UNITS for where in ("before", "inside", "after")),
    *(f"model {where}" for where in ("asked", "first piece", "piece", "whole")),
)


@dataclass(slots=True)
class Fuse:
    """Burns at the *count*-th passing of *boundary*: this process is gone at once, as by `kill -9`."""

    boundary: str = ""
    count: int = 1
    burn: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGKILL)

    def passing(self, boundary: str) -> None:
        """Burn if this is the place."""
        if boundary == self.boundary:
            self.count -= 1
            if self.count == 0:
                self.burn()


class FusedStore:
    """A store with a fuse before, inside and after each unit of work."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse
        self.read, self.subscribe = store.read, store.subscribe
        self.scrub, self.close = store.scrub, store.close

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run a unit; what is inside may be gone before its commit, what is after it must stay."""
        unit = unit_name(work)
        self._fuse.passing(f"{unit} before")

        def inside(tx: Tx) -> T:
            result = work(tx)
            self._fuse.passing(f"{unit} inside")
            return result

        result = self._store.write(inside)
        self._fuse.passing(f"{unit} after")
        return result


def unit_name(work: Callable[[Tx], object]) -> str:
    """Return whose unit of work *work* is, as `Class.method`."""
    return str(getattr(work, "__qualname__", work)).partition(".<locals>")[0]


class Vendor:
    """A provider that notes each request it sees, fails now and then, and passes pieces on with a fuse between them."""

    def __init__(self, models: Provider, journal: Journal, fuse: Fuse, chance: Random, failing: float = 0.06) -> None:
        self._models = models
        self._journal = journal
        self._fuse = fuse
        self._chance = chance
        self._failing = failing
        self._lock = Lock()

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        """Yield the answer in pieces."""
        self._journal.note("asked", deployment=request.deployment.name, prompt=_shown(request.prompt))
        self._fuse.passing("model asked")
        with self._lock:
            cut = self._chance.randrange(4) if self._chance.random() < self._failing else None
        for number, chunk in enumerate(self._models.stream(request)):
            if number == cut:
                raise ProviderTimeout("The vendor hung up.")
            yield chunk
            self._fuse.passing("model whole" if chunk.final else "model piece" if number else "model first piece")


def _shown(prompt: Prompt) -> dict[str, object]:
    """Everything of a prompt but the articles' own words."""
    whole = asdict(prompt)
    del whole["passages"]
    return whole
