"""One call after the other along a route, until one answers.

Before a request leaves, its worst case is committed to the ledger as `started`. What it really was comes back as a
settlement, which the caller commits together with what the answer was used for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from supportbot.dispatch.circuit import Circuits
from supportbot.dispatch.pump import pumped
from supportbot.dispatch.readers import Readers
from supportbot.domain import prompt as prompts
from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import (
    CallCancelled,
    ContextOverflow,
    LimitReached,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
)
from supportbot.domain.ids import new_id
from supportbot.domain.ledger import CallOutcome, CallSettled, CallStarted, Purpose
from supportbot.domain.price import Usage
from supportbot.domain.prompt import Prompt
from supportbot.ports import Chunk, Clock, ModelRequest, Pricing, Provider, Store, Tx


@dataclass(frozen=True, slots=True)
class CallContext:
    """What the ledger must know about a call besides the call."""

    ticket_id: str
    turn_id: str | None
    purpose: Purpose = Purpose.ANSWER


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call: its first phase is committed, its settlement is not yet."""

    started: CallStarted
    settled: CallSettled
    text: str = ""
    error: ProviderError | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """All attempts along the route; the last one answered, unless every one failed or *limited* ended the walk."""

    attempts: tuple[Attempt, ...] = ()
    limited: bool = False  #: the next reservation was refused by a limit on money

    @property
    def text(self) -> str | None:
        """The whole answer, or None when nobody gave one."""
        last = self.attempts[-1] if self.attempts else None
        return last.text if last and last.error is None else None

    @property
    def cancelled(self) -> bool:
        """Whether we stopped the call ourselves."""
        return bool(self.attempts) and isinstance(self.attempts[-1].error, CallCancelled)

    @property
    def settlements(self) -> tuple[CallSettled, ...]:
        """The second phases, to be committed by the caller."""
        return tuple(a.settled for a in self.attempts)


class Dispatcher:
    """Calls deployments; safe to share between threads."""

    def __init__(
        self, store: Store, providers: Mapping[str, Provider], pricing: Pricing, clock: Clock, circuits: Circuits
    ) -> None:
        self._store = store
        self._providers = providers
        self._pricing = pricing
        self._clock = clock
        self._circuits = circuits
        self._readers = Readers()

    def answer(
        self,
        route: Sequence[Deployment],
        prompt: Prompt,
        context: CallContext,
        *,
        alongside: Callable[[Tx], object] = lambda _: None,
        on_restart: Callable[[], None] = lambda: None,
        on_text: Callable[[str], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Result:
        """Walk *route* until a deployment gives a whole answer.

        *alongside* is written in the transaction of each reservation; its LimitReached undoes the reservation and ends
        the walk. *on_text* hears each piece; *on_restart* is called before another deployment begins anew. A safety
        refusal and our own cancellation end the walk.
        """
        attempts: list[Attempt] = []
        for deployment in self._allowed(route):
            if attempts:
                on_restart()
            try:
                started = self._reserve(deployment, prompt, context, alongside)
                attempt = self._attempt(deployment, prompt, started, on_text, cancelled)
            except LimitReached:
                self._circuits.cancelled(deployment.name)
                return Result(tuple(attempts), limited=True)
            except BaseException:  # ours, not the deployment's: a probe that it cut short may be made again
                self._circuits.cancelled(deployment.name)
                raise
            attempts.append(attempt)
            if attempt.error is None or isinstance(attempt.error, CallCancelled | ProviderRefused):
                break
        return Result(tuple(attempts))

    def abandoned(self, started: CallStarted, at: datetime) -> CallSettled:
        """Return the settlement of a call whose process died: the reservation, flagged as an estimate.

        What has no price stays unpriced, for its reservation is nothing because nobody knows it.
        """
        called = Deployment(started.deployment, started.provider, started.model, Tier(started.tier))
        usage = Usage(started.reserved_input_tokens, started.reserved_output_tokens, estimated=True)
        priced = self._pricing.quote(called, usage, started.started_at).cost_microusd is not None
        return CallSettled(
            call_id=started.id,
            outcome=CallOutcome.ABANDONED,
            usage=usage,
            cost_microusd=started.reserved_microusd if priced else None,
            list_cost_microusd=started.reserved_list_microusd,
            latency_ms=0,
            first_token_ms=None,
            settled_at=at,
            price_source="reservation",
        )

    def close(self) -> None:
        """End the threads that wait for the next stream."""
        self._readers.close()

    def _allowed(self, route: Sequence[Deployment]) -> Iterator[Deployment]:
        """Leave out open circuits, unless that leaves nothing: then the first is tried all the same.

        A circuit is asked when its turn comes and not before, because the answer uses up its one probe.
        """
        tried = False
        for deployment in route:
            if self._circuits.allows(deployment.name):
                tried = True
                yield deployment
        if not tried:
            yield from route[:1]

    def _attempt(
        self,
        deployment: Deployment,
        prompt: Prompt,
        started: CallStarted,
        on_text: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Attempt:
        begun = self._clock.monotonic()
        request = ModelRequest(deployment, prompt, deployment.max_output_tokens)
        provider = self._providers[deployment.provider]
        pieces: list[str] = []
        last = Chunk()
        first_token_ms: int | None = None
        error: ProviderError | None = None
        try:
            for chunk in pumped(lambda: provider.stream(request), deployment, self._clock, self._readers, cancelled):
                if chunk.text:
                    first_token_ms = self._since(begun) if first_token_ms is None else first_token_ms
                    pieces.append(chunk.text)
                    on_text(chunk.text)
                last = chunk if chunk.usage or chunk.served_model else last
        except ProviderError as failure:
            error = failure
        self._note(deployment, error)
        text = "".join(pieces)
        settled = self._settle(started, deployment, text, last, error, self._since(begun), first_token_ms)
        return Attempt(started, settled, text, error)

    def _reserve(
        self, deployment: Deployment, prompt: Prompt, context: CallContext, alongside: Callable[[Tx], object]
    ) -> CallStarted:
        """Commit the first phase: the input as counted and the longest output allowed."""
        counted = self._pricing.count_tokens(prompts.instructions(prompt) + prompts.data(prompt))
        now = self._clock.now()
        worst = self._pricing.quote(deployment, Usage(counted, deployment.max_output_tokens), now)
        started = CallStarted(
            id=new_id(),
            ticket_id=context.ticket_id,
            turn_id=context.turn_id,
            deployment=deployment.name,
            provider=deployment.provider,
            model=deployment.model,
            tier=deployment.tier,
            purpose=context.purpose,
            started_at=now,
            reserved_input_tokens=counted,
            reserved_output_tokens=deployment.max_output_tokens,
            reserved_microusd=worst.cost_microusd or 0,
            reserved_list_microusd=worst.list_cost_microusd,
        )

        def work(tx: Tx) -> None:
            tx.start_call(started)
            alongside(tx)

        self._store.write(work)
        return started

    def _settle(
        self,
        started: CallStarted,
        deployment: Deployment,
        text: str,
        last: Chunk,
        error: ProviderError | None,
        latency_ms: int,
        first_token_ms: int | None,
    ) -> CallSettled:
        counted = Usage(started.reserved_input_tokens, self._pricing.count_tokens(text), estimated=True)
        usage = last.usage or counted
        quote = self._pricing.quote(deployment, usage, started.started_at)
        return CallSettled(
            call_id=started.id,
            outcome=_outcome(error),
            usage=usage,
            cost_microusd=quote.cost_microusd,
            list_cost_microusd=quote.list_cost_microusd,
            latency_ms=latency_ms,
            first_token_ms=first_token_ms,
            settled_at=self._clock.now(),
            served_model=last.served_model or (deployment.model if error is None else None),
            error=type(error).__name__ if error else None,
            price_source=quote.source,
        )

    def _note(self, deployment: Deployment, error: ProviderError | None) -> None:
        if error is None or isinstance(error, ProviderRefused | ContextOverflow):  # it is there and answers
            self._circuits.succeeded(deployment.name)
        elif isinstance(error, CallCancelled):
            self._circuits.cancelled(deployment.name)
        else:
            wish = error.retry_after_ms if isinstance(error, ProviderRateLimited) else None
            self._circuits.failed(deployment.name, None if wish is None else wish / 1000)

    def _since(self, begun: float) -> int:
        return round((self._clock.monotonic() - begun) * 1000)


def _outcome(error: ProviderError | None) -> CallOutcome:
    if error is None:
        return CallOutcome.OK
    return CallOutcome.DISCARDED if isinstance(error, CallCancelled) else CallOutcome.FAILED
