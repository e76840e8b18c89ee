"""Reads a provider's stream on a thread of its own, so that a silent provider cannot hold the turn.

A blocked read cannot be interrupted from outside; what can be done is to stop waiting for it.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event

from supportbot.dispatch.readers import Readers
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import CallCancelled, ProviderError, ProviderTimeout, StreamBroken
from supportbot.ports import Chunk, Clock

#: How long a wait may last before we look whether the call was cancelled, in seconds.
_GLANCE_S = 0.05

_Item = Chunk | BaseException | None


def pumped(
    stream: Callable[[], Iterator[Chunk]],
    deployment: Deployment,
    clock: Clock,
    readers: Readers,
    cancelled: Callable[[], bool],
) -> Iterator[Chunk]:
    """Yield the stream's chunks under the deployment's time-outs; raise a ProviderError when one passes.

    Ends normally only after a final chunk: a stream that merely stops raises StreamBroken. CallCancelled is raised
    within 50 ms of *cancelled* turning true.
    """
    queue: SimpleQueue[_Item] = SimpleQueue()
    abandoned = Event()
    begun = since = clock.monotonic()
    readers.run(lambda: _read(stream, queue, abandoned))
    final = False
    try:
        patience = deployment.first_token_timeout_ms
        while (item := _next(queue, patience, begun, since, deployment, clock, cancelled)) is not None:
            if isinstance(item, BaseException):
                raise item
            final = final or item.final
            patience = deployment.idle_timeout_ms
            yield item
            since = clock.monotonic()
    finally:
        abandoned.set()
    if not final:
        raise StreamBroken(f"{deployment.name}: the stream ended before the answer did.")


def _read(stream: Callable[[], Iterator[Chunk]], queue: SimpleQueue[_Item], abandoned: Event) -> None:
    try:
        for chunk in stream():
            queue.put(chunk)
            if abandoned.is_set():
                break
        queue.put(None)
    except ProviderError as error:
        queue.put(error)
    except Exception as error:  # an adapter's bug must end as a failed call, not as a turn that hangs
        wrapped = ProviderError(f"The adapter failed with {type(error).__name__}.")
        wrapped.__cause__ = error
        queue.put(wrapped)


def _next(
    queue: SimpleQueue[_Item],
    patience_ms: int,
    begun: float,
    since: float,
    deployment: Deployment,
    clock: Clock,
    cancelled: Callable[[], bool],
) -> _Item:
    """Return the next item, or raise when patience, the total, or our own wish ends."""
    while True:
        if cancelled():
            raise CallCancelled(f"{deployment.name}: the call was stopped.")
        now = clock.monotonic()
        if now - begun > deployment.total_timeout_ms / 1000:
            raise ProviderTimeout(f"{deployment.name}: no whole answer within {deployment.total_timeout_ms} ms.")
        if now - since > patience_ms / 1000:
            raise ProviderTimeout(f"{deployment.name}: silent for {patience_ms} ms.")
        with suppress(Empty):
            return queue.get(timeout=_GLANCE_S)
