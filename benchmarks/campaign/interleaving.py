"""Random interleavings, step by step: of all who act at once one goes on to its next boundary, drawn from a seed.

A boundary is every read and write of the store. Between two boundaries nobody else moves, so a seed plays the same
interleaving again, and a process dies by never going on.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from threading import Semaphore, Thread, get_ident
from typing import TypeVar

from supportbot.ports import Chunk, ModelRequest, Provider, Store, Tx

T = TypeVar("T")


class Died(BaseException):
    """This actor's process is gone; nothing on its way may go on."""


class Actor:
    """Somebody who acts on a thread of its own, one step at a time."""

    def __init__(self, name: str, script: Callable[[], None]) -> None:
        self.name = name
        self.ended = False
        self.doomed = False
        self.error: BaseException | None = None
        self._script = script
        self._go = Semaphore(0)
        self._reached = Semaphore(0)
        self.thread = Thread(target=self._act, name=name, daemon=True)

    def begin(self) -> None:
        """Start, and wait at the beginning."""
        self.thread.start()
        self._reached.acquire()

    def step(self) -> None:
        """Go on to the next boundary or the end."""
        self._go.release()
        self._reached.acquire()
        if self.ended:
            self.thread.join()

    def pause(self) -> None:
        """Wait at a boundary, on the actor's own thread; raise Died if it ends here."""
        self._reached.release()
        self._go.acquire()
        if self.doomed:
            raise Died

    def _act(self) -> None:
        with suppress(Died):
            try:
                self.pause()
                self._script()
            except Exception as error:
                self.error = error
        self.ended = True
        self._reached.release()


class Stepper:
    """Draws who goes on. A doomed actor dies at its next boundary, before or after what it was about to do."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._actors: list[Actor] = []
        self.steps = 0

    def add(self, name: str, script: Callable[[], None]) -> Actor:
        """Let somebody act."""
        actor = Actor(name, script)
        self._actors.append(actor)
        actor.begin()
        return actor

    def boundary(self) -> None:
        """Pause the actor on whose thread this is; others (writers, readers of streams) just go on."""
        mine = get_ident()
        for actor in self._actors:
            if actor.thread.ident == mine:
                actor.pause()

    def run(self, dying: float = 0.0) -> list[BaseException]:
        """Let everybody act to the end; *dying* is the chance per step that the process of a worker is killed there.

        Returns the errors that nobody expected.
        """
        while alive := [actor for actor in self._actors if not actor.ended]:
            actor = self._chance.choice(alive)
            if actor.name.startswith("worker") and self._chance.random() < dying:
                actor.doomed = True
            actor.step()
            self.steps += 1
        errors = [actor.error for actor in self._actors if actor.error is not None]
        self._actors.clear()
        return errors


class SteppedStore:
    """A store whose every use is a boundary; writes have one before and one after."""

    def __init__(self, store: Store, stepper: Stepper) -> None:
        self._store = store
        self._stepper = stepper
        self.subscribe, self.scrub, self.close = store.subscribe, store.scrub, store.close

    def read(self, work: Callable[[Tx], T]) -> T:
        """Read after a pause."""
        self._stepper.boundary()
        return self._store.read(work)

    def write(self, work: Callable[[Tx], T]) -> T:
        """Write between two pauses."""
        self._stepper.boundary()
        result = self._store.write(work)
        self._stepper.boundary()
        return result


class Noted:
    """A provider that keeps the requests it saw and breaks off now and then."""

    def __init__(self, models: Provider, chance: Random, failing: float = 0.1) -> None:
        self._models = models
        self._chance = chance
        self._failing = failing
        self.requests: list[ModelRequest] = []

    def stream(self, request: ModelRequest) -> Iterator[Chunk]:
        """Yield the answer in pieces; a broken one ends without its final piece."""
        self.requests.append(request)
        cut = self._chance.randrange(5) if self._chance.random() < self._failing else None
        for number, chunk in enumerate(self._models.stream(request)):
            if number == cut:
                return
            yield chunk
