"""What the engine needs to know about this desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from supportbot.access import Limits
from supportbot.dispatch import Dispatcher
from supportbot.domain.deployment import Deployment
from supportbot.domain.hours import Hours
from supportbot.ports import Clock, Journal, KnowledgeBase, Pricing, Sealer, Silence, Store
from supportbot.routing import Policy


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Settings of the engine; seconds and days as named, money in micro-dollars."""

    company: str = "Juniper"
    hours: Hours = field(default_factory=Hours)
    crisis_line: str | None = None
    large_amount: int = 1_000
    default_language: str = "en"
    workers: int = 4
    lease_s: float = 15.0
    heartbeat_s: float = 5.0
    fragment_wait_s: float = 2.0
    release_every_s: float = 0.05  #: chunks are coalesced, so that a page redraws at most this often
    max_attempts: int = 3  #: after that many takeovers a person gets the ticket
    max_passages: int = 8
    claim_minutes: float = 10.0  #: an agent's lease on a ticket that the customer wakes
    vault_days: int = 30
    reopen_days: int = 7
    daily_budget_microusd: int | None = None
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine's parts, wired once by bootstrap and shared by every turn."""

    store: Store
    clock: Clock
    knowledge: KnowledgeBase
    dispatcher: Dispatcher
    pricing: Pricing
    sealer: Sealer
    deployments: Mapping[str, Deployment]
    config: EngineConfig = field(default_factory=EngineConfig)
    journal: Journal = field(default_factory=Silence)
