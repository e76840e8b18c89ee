"""Dispatch: one ledger entry per attempt, committed before the request leaves; fallback; cancellation."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.demo.clock import ManualClock
from supportbot.dispatch import CallContext, Circuits, Dispatcher, Result
from supportbot.domain.account import Customer
from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import (
    ContextOverflow,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    StorageError,
    StreamBroken,
)
from supportbot.domain.ledger import CallOutcome
from supportbot.domain.price import Usage
from supportbot.domain.prompt import Prompt
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn
from supportbot.ports import Chunk, ModelRequest, Provider, Tx
from supportbot.pricing import PriceBook, PriceOverride
from supportbot.providers.scripted import Scripted, ScriptedProvider
from supportbot.storage.memory import MemoryStore

PROMPT = Prompt("How long does delivery take?", "en", ())
FIRST = Deployment("first", "one", "m-1", Tier.FAST, list_price_of="openai/gpt-4o-mini")
SECOND = replace(FIRST, name="second", provider="two")


class Desk:
    """Two deployments at two scripted providers, over a store in memory."""

    def __init__(self, *first: Scripted | str | ProviderError, second: Scripted | str = "From the second. [1]") -> None:
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.store.write(self._open)
        self.one = ScriptedProvider(first, clock=self.clock)
        self.two = ScriptedProvider([second], clock=self.clock)
        self.circuits = Circuits(self.clock)
        self.heard: list[str] = []

    def _open(self, tx: Tx) -> None:
        now = self.clock.now()
        tx.add_customer(Customer("customer", now))
        tx.add_ticket(Ticket("ticket", "customer", now, now))
        tx.add_turn(Turn("turn", "ticket", now, now, 1, 1))

    def answer(self, *, one: Provider | None = None, cancelled: Event | None = None) -> Result:
        return self.dispatcher(one).answer(
            (FIRST, SECOND),
            PROMPT,
            CallContext("ticket", "turn"),
            on_text=self.heard.append,
            on_restart=self.heard.clear,
            cancelled=(cancelled or Event()).is_set,
        )

    def dispatcher(self, one: Provider | None = None) -> Dispatcher:
        providers: dict[str, Provider] = {"one": one or self.one, "two": self.two}
        prices = {"one/m-1": PriceOverride(date(2026, 1, 1), Decimal(1), Decimal(2))}
        return Dispatcher(self.store, providers, PriceBook(prices), self.clock, self.circuits)

    @property
    def started(self) -> list[str]:
        return [c.started.deployment for c in self.store.read(lambda tx: tx.calls(["ticket"]))]


def test_the_first_deployment_that_answers_ends_the_walk() -> None:
    desk = Desk("It takes three days. [1]")
    result = desk.answer()
    assert result.text == "It takes three days. [1]"
    assert desk.started == ["first"]
    assert "".join(desk.heard) == result.text


@pytest.mark.parametrize(
    "fault",
    [
        ProviderError("500"),
        ProviderTimeout("slow"),
        ProviderRateLimited("429", retry_after_ms=2000),
        ContextOverflow("too long"),
        Scripted("Half of an ans", break_after=1, piece_words=1),
    ],
    ids=["error", "time-out", "rate limit", "context overflow", "cut mid-answer"],
)
def test_a_fault_is_answered_whole_by_the_next_deployment(fault: Scripted | ProviderError) -> None:
    desk = Desk(fault)
    result = desk.answer()
    assert result.text == "From the second. [1]"
    assert "".join(desk.heard) == result.text, "nothing of the cut answer may be left"
    assert desk.started == ["first", "second"]
    assert [s.outcome for s in result.settlements] == [CallOutcome.FAILED, CallOutcome.OK]


def test_a_cut_stream_is_never_passed_on_as_an_answer() -> None:
    desk = Desk(Scripted("Half of an ans", break_after=1), second=Scripted("Also cut", break_after=1, piece_words=1))
    result = desk.answer()
    assert result.text is None
    assert [type(a.error) for a in result.attempts] == [StreamBroken, StreamBroken]


def test_a_safety_refusal_is_not_carried_to_another_vendor() -> None:
    desk = Desk(ProviderRefused("no"))
    result = desk.answer()
    assert result.text is None
    assert desk.started == ["first"]


def test_every_attempt_is_in_the_ledger_before_its_request_leaves() -> None:
    desk = Desk()
    seen: list[list[str]] = []

    class Looking:
        def stream(self, _request: ModelRequest) -> Iterator[Chunk]:
            seen.append(desk.started)
            yield Chunk("Yes. [1]", final=True)

    desk.answer(one=Looking())
    assert seen == [["first"]]


def test_what_the_provider_reports_goes_before_what_we_count() -> None:
    desk = Desk(Scripted("Yes. [1]", usage=Usage(1000, 7, 100), served_model="m-1-2026"))
    settled = desk.answer().settlements[0]
    assert settled.usage == Usage(1000, 7, 100)
    assert settled.served_model == "m-1-2026"
    assert not settled.usage.estimated


def test_a_call_without_reported_usage_is_counted_and_flagged() -> None:
    desk = Desk(Scripted("Yes. [1]", reports_usage=False))
    usage = desk.answer().settlements[0].usage
    assert usage.estimated
    assert usage.input_tokens > 0
    assert usage.output_tokens > 0


def test_a_cancelled_call_is_discarded_and_ends_the_walk() -> None:
    desk, stop = Desk(), Event()

    class Slow:
        def stream(self, _request: ModelRequest) -> Iterator[Chunk]:
            stop.set()
            yield Chunk("It takes")
            Event().wait(0.2)
            yield Chunk(" long.", final=True)

    result = desk.answer(one=Slow(), cancelled=stop)
    assert result.cancelled
    assert result.settlements[0].outcome is CallOutcome.DISCARDED
    assert desk.started == ["first"]


def test_an_adapter_that_breaks_is_a_failed_call_and_not_a_hanging_turn() -> None:
    class Broken:
        def stream(self, _request: ModelRequest) -> Iterator[Chunk]:
            raise ZeroDivisionError

    desk = Desk()
    result = desk.answer(one=Broken())
    assert result.text == "From the second. [1]"
    assert result.settlements[0].error == "ProviderError"


def test_a_silent_provider_is_given_up_after_its_first_token_time_out() -> None:
    desk, release = Desk(), Event()

    class Silent:
        def stream(self, _request: ModelRequest) -> Iterator[Chunk]:
            desk.clock.advance(11)
            release.wait(5)
            yield Chunk("late", final=True)

    result = desk.answer(one=Silent())
    release.set()
    assert isinstance(result.attempts[0].error, ProviderTimeout)
    assert result.text == "From the second. [1]"


def test_a_circuit_opens_after_three_failures_and_closes_after_one_good_probe() -> None:
    clock = ManualClock()
    circuits = Circuits(clock)
    for _ in range(3):
        assert circuits.allows("d")
        circuits.failed("d")
    assert not circuits.allows("d")
    clock.advance(30)
    assert circuits.allows("d"), "one probe"
    assert not circuits.allows("d"), "and only one"
    circuits.succeeded("d")
    assert circuits.allows("d")


def test_retry_after_rests_a_deployment_for_as_long_as_the_provider_asked() -> None:
    desk = Desk(ProviderRateLimited("429", retry_after_ms=90_000))
    desk.answer()
    desk.clock.advance(89)
    assert not desk.circuits.allows("first")
    desk.clock.advance(2)
    assert desk.circuits.allows("first")


def test_when_every_circuit_is_open_the_first_is_tried_all_the_same() -> None:
    desk = Desk("Back again. [1]")
    for name in ("first", "second"):
        for _ in range(3):
            desk.circuits.failed(name)
    assert desk.answer().text == "Back again. [1]"


@given(st.lists(st.sampled_from(["ok", "error", "cut"]), min_size=1, max_size=4))
def test_every_started_call_gets_exactly_one_settlement(script: list[str]) -> None:
    play = {"ok": Scripted("Yes. [1]"), "error": Scripted(error=ProviderError("x")), "cut": Scripted(break_after=0)}
    desk = Desk(*(play[s] for s in script))
    desk.two = ScriptedProvider([play[s] for s in reversed(script)], clock=desk.clock)
    result = desk.answer()
    started = [c.started.id for c in desk.store.read(lambda tx: tx.calls(["ticket"]))]
    assert [s.call_id for s in result.settlements] == started


def test_an_abandoned_call_is_priced_at_its_reservation_and_says_so() -> None:
    """What has no price is not entered at nothing: it stays unpriced."""
    desk = Desk(ProviderError("500"))
    desk.answer()
    first, second = (call.started for call in desk.store.read(lambda tx: tx.calls(["ticket"])))
    settled = desk.dispatcher().abandoned(first, desk.clock.now())
    assert settled.usage == Usage(first.reserved_input_tokens, FIRST.max_output_tokens, estimated=True)
    assert settled.cost_microusd == first.reserved_microusd > 0
    assert desk.dispatcher().abandoned(second, desk.clock.now()).cost_microusd is None


def test_a_deployment_that_was_not_needed_keeps_its_probe() -> None:
    """While the first answers, a rested fallback is not asked; when the first fails later, it is."""
    desk = Desk("Yes. [1]", ProviderError("500"))
    for _ in range(3):
        desk.circuits.failed("second")
    desk.clock.advance(31)
    assert desk.answer().text == "Yes. [1]"
    assert desk.answer().text == "From the second. [1]"


def test_a_probe_that_our_own_error_cuts_short_is_given_back() -> None:
    """The database goes away in the middle of a probing call; the deployment can be probed again."""
    desk = Desk("Yes. [1]")
    for _ in range(3):
        desk.circuits.failed("first")
    desk.clock.advance(31)

    class Unwritable(list[str]):
        def append(self, _piece: str) -> None:
            raise StorageError("away")

    desk.heard = Unwritable()
    with pytest.raises(StorageError):
        desk.answer()
    assert desk.circuits.allows("first")


def test_a_prompt_that_is_too_long_does_not_count_against_the_deployment() -> None:
    desk = Desk(*[ContextOverflow("too long")] * 3)
    for _ in range(3):
        desk.answer()
    assert desk.circuits.allows("first")
