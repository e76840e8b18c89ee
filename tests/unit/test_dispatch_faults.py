"""Sixteen ways a vendor goes wrong, on real connections: a whole answer from the next one, or one clear error.

The list is that of the public Failover Bench; its long waits are scaled down.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from vendor_server import TEXT, WORDS, Reply, VendorServer

from supportbot.bootstrap import SystemClock
from supportbot.demo.clock import ManualClock
from supportbot.dispatch import CallContext, Circuits, Dispatcher, Result
from supportbot.domain.account import Customer
from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import ProviderError, ProviderRefused
from supportbot.domain.ledger import CallOutcome
from supportbot.domain.prompt import Prompt, PromptPassage
from supportbot.domain.ticket import Ticket
from supportbot.domain.turn import Turn
from supportbot.ports import Tx
from supportbot.pricing import PriceBook
from supportbot.providers.catalogue import chat_model, providers
from supportbot.storage.memory import MemoryStore

PASSAGE = PromptPassage(1, "Delivery", "How long", "Standard delivery takes 3 to 5 working days.", "en", "2026-01-01")
PROMPT = Prompt("How long does delivery take?", "en", (PASSAGE,))
PRIMARY = Deployment("primary", "openai", "m", Tier.FAST, first_token_timeout_ms=1_000, idle_timeout_ms=1_000)
BACKUP = Reply(model="backup-1")

#: The most attempts on one deployment that one answer may take.
MOST_ATTEMPTS = 6


@dataclass(slots=True)
class Desk:
    """A primary that goes wrong and a backup that does not, each a server of its own."""

    primary: VendorServer
    backup: VendorServer
    store: MemoryStore
    dispatcher: Dispatcher
    route: tuple[Deployment, ...]

    def answer(self) -> Result:
        return self.dispatcher.answer(self.route, PROMPT, CallContext("ticket", "turn"))

    @property
    def started(self) -> list[str]:
        """The deployments of the calls in the ledger."""
        return [c.started.deployment for c in self.store.read(lambda tx: tx.calls(["ticket"]))]


def opened(store: MemoryStore) -> None:
    now = SystemClock().now()

    def work(tx: Tx) -> None:
        tx.add_customer(Customer("customer", now))
        tx.add_ticket(Ticket("ticket", "customer", now, now))
        tx.add_turn(Turn("turn", "ticket", now, now, 1, 1))

    store.write(work)


@contextmanager
def desk(*faults: Reply, circuits: Circuits | None = None) -> Iterator[Desk]:
    """Give a desk whose primary plays *faults*; a silent one is left after a second."""
    with VendorServer(*faults) as primary, VendorServer(BACKUP) as backup:
        first = replace(PRIMARY, base_url=primary.url)
        route = (first, replace(first, name="backup", base_url=backup.url))
        chat_model(first)  # its imports take longer than the patience here
        store = MemoryStore()
        opened(store)
        clock = SystemClock()
        made = Dispatcher(store, providers(route), PriceBook({}), clock, circuits or Circuits(clock))
        try:
            yield Desk(primary, backup, store, made, route)
        finally:
            made.close()


FAULTS = {
    "429 with Retry-After": (Reply(429, headers=(("Retry-After", "2"),)), "ProviderRateLimited"),
    "429 for ever, without Retry-After": (Reply(429), "ProviderRateLimited"),
    "500": (Reply(500), "ProviderUnavailable"),
    "503 for ever": (Reply(503), "ProviderUnavailable"),
    "reset before headers": (Reply(reset=True), "ProviderUnavailable"),
    "accepts and never answers": (Reply(silent=True), "ProviderTimeout"),
    "headers at once and no token": (Reply(headers_only=True), "ProviderTimeout"),
    "dies mid-answer": (Reply(cut_after=6), "StreamBroken"),
    "stalls mid-answer": (Reply(stall_after=3), "ProviderTimeout"),
    "an event that is no JSON": (Reply(garbage_after=6), "StreamBroken"),
    "context too long": (Reply(400, {"code": "context_length_exceeded", "message": "too long"}), "ContextOverflow"),
}


@pytest.mark.parametrize(("fault", "kind"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_answered_whole_by_the_backup_and_the_ledger_says_by_whom(fault: Reply, kind: str) -> None:
    """Nothing of a half answer is left; both attempts are entered; the backup's model and usage are those reported."""
    with desk(fault) as at:
        result = at.answer()
        assert result.text == TEXT
        failed, answered = result.settlements
        assert (failed.outcome, failed.error) == (CallOutcome.FAILED, kind)
        assert (answered.outcome, answered.served_model) == (CallOutcome.OK, "backup-1")
        assert (answered.usage.input_tokens, answered.usage.output_tokens) == (100, len(WORDS))
        assert not answered.usage.estimated
        assert at.started == ["primary", "backup"]
        assert len(at.primary.asked) <= MOST_ATTEMPTS
        at.primary.replies[:] = [Reply()]
        assert at.answer().text == TEXT, "alive for the next request"


def test_an_answer_without_the_terminator_is_whole() -> None:
    """It said why it ended; nobody else is asked."""
    with desk(Reply(terminator=False)) as at:
        assert at.answer().text == TEXT
        assert at.backup.asked == []


def test_a_safety_refusal_is_one_clear_error_and_no_other_vendor_is_asked() -> None:
    """Another vendor is no way round it."""
    with desk(Reply(400, {"code": "content_policy_violation", "message": "no"})) as at:
        result = at.answer()
        assert result.text is None
        assert isinstance(result.attempts[-1].error, ProviderRefused)
        assert at.backup.asked == []


def test_the_backup_is_never_given_half_an_answer_to_go_on_from() -> None:
    """A vendor that rejects an assistant's message at the end has nothing to reject."""
    with desk(Reply(cut_after=6)) as at:
        assert at.answer().text == TEXT
        roles = [m["role"] for m in at.backup.asked[0].body["messages"]]
        assert roles == ["system", "user"]


def test_a_primary_that_is_down_is_left_alone_and_taken_back_within_half_a_minute() -> None:
    """One request every four seconds: the backup serves, few probes go out, and then the primary serves again."""
    clock = ManualClock()
    with desk(Reply(503), circuits=Circuits(clock)) as at:
        for _ in range(15):
            assert at.answer().text == TEXT
            clock.advance(4)
        probes = len(at.primary.asked)
        assert 3 <= probes < 15
        at.primary.replies[:] = [Reply(model="primary-1")]
        waited = 0
        while at.answer().settlements[-1].served_model != "primary-1":
            clock.advance(4)
            waited += 4
        assert waited <= 30


def test_when_every_route_fails_nobody_spins() -> None:
    """One attempt each, an error that says why, and nothing that looks like an answer."""
    with desk(Reply(503)) as at:
        at.backup.replies[:] = [Reply(503)]
        result = at.answer()
        assert result.text is None
        assert all(isinstance(a.error, ProviderError) for a in result.attempts)
        assert len(at.primary.asked) <= MOST_ATTEMPTS
        assert len(at.backup.asked) <= MOST_ATTEMPTS
