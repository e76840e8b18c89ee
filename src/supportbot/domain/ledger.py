"""The ledger: model calls in two phases and human time, append-only, without text."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from supportbot.domain.price import Usage


class Purpose(StrEnum):
    """What a call was for."""

    ANSWER = "answer"
    CHECK = "check"
    SUMMARY = "summary"
    SUGGESTION = "suggestion"


class CallOutcome(StrEnum):
    """How a call ended."""

    OK = "ok"
    FAILED = "failed"
    DISCARDED = "discarded"  #: cancelled or overtaken; paid all the same
    ABANDONED = "abandoned"  #: started, never settled: the process died; priced at the reservation, estimated


@dataclass(frozen=True, slots=True)
class CallStarted:
    """First phase, committed before the request leaves: the worst case is reserved."""

    id: str
    ticket_id: str
    turn_id: str | None
    deployment: str
    provider: str
    model: str
    tier: str
    purpose: Purpose
    started_at: datetime
    reserved_input_tokens: int
    reserved_output_tokens: int
    reserved_microusd: int
    reserved_list_microusd: int | None = None


@dataclass(frozen=True, slots=True)
class CallSettled:
    """Second phase: what it really was. `cost_microusd` None means unpriced."""

    call_id: str
    outcome: CallOutcome
    usage: Usage
    cost_microusd: int | None
    list_cost_microusd: int | None
    latency_ms: int
    first_token_ms: int | None
    settled_at: datetime
    served_model: str | None = None  #: what the provider says answered
    error: str | None = None  #: the error's class name, never its text
    price_source: str = ""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call as read back: started, and settled unless it is still open."""

    started: CallStarted
    settled: CallSettled | None = None


@dataclass(frozen=True, slots=True)
class HumanTime:
    """A stretch an agent spent on a ticket, priced at the rate in force then."""

    id: str
    ticket_id: str
    agent_id: str
    started_at: datetime
    seconds: int
    cost_microusd: int
