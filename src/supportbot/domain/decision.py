"""What policy decided for a turn, and why."""

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """Who answers, by price."""

    NONE = "none"  #: a guard answered without a model
    FAST = "fast"
    STRONG = "strong"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as a stable code and a sentence a person can read."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Tier and ordered route of deployments, with the reasons; stored, shown and replayable."""

    tier: Tier
    route: tuple[str, ...] = ()  #: deployment names: the one to call, then its fallbacks and the tiers above
    reasons: tuple[Reason, ...] = ()
    arm: str | None = None
    propensity: float = 1.0  #: probability with which the policy chose this tier
    utilities_microusd: tuple[tuple[str, int], ...] = ()  #: what each choice was worth when deciding
