"""A model at a provider under a name of our own."""

from dataclasses import dataclass

from supportbot.domain.decision import Tier
from supportbot.domain.ticket import Lane


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment: times in milliseconds, sizes in tokens.

    `list_price_of` names the real model, as `provider/model`, whose list price stands in for a deployment that costs
    nothing; figures made with it are labelled simulated.
    """

    name: str
    provider: str
    model: str
    tier: Tier
    lanes: tuple[Lane, ...] = (Lane.INTERACTIVE, Lane.BATCH)
    list_price_of: str | None = None
    context_tokens: int = 16_000
    max_output_tokens: int = 800
    latency_objective_ms: int = 2_000
    connect_timeout_ms: int = 3_000
    first_token_timeout_ms: int = 10_000
    idle_timeout_ms: int = 10_000
    total_timeout_ms: int = 60_000
    specialities: tuple[str, ...] = ()
    option: str | None = None  #: provider-specific: an import path, a base URL
