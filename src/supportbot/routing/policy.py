"""What an acceptable answer is worth, what people cost, and how far below its mark a model may fall."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from supportbot.domain.decision import Tier


@dataclass(frozen=True, slots=True)
class TypeRule:
    """What a request type asks for itself; None leaves the policy's own figure in force. Money in micro-dollars."""

    value_microusd: int | None = None
    quality_floor: float | None = None
    minimum_tier: Tier | None = None  #: HUMAN sends the whole request type to people
    deployment: str | None = None  #: answer with this one first, when it is allowed now


@dataclass(frozen=True, slots=True)
class Policy:
    """The figures every decision rests on. Money in micro-dollars, probabilities and shares in [0, 1].

    `value_microusd` is what an acceptable automatic answer is worth over an unacceptable one, before people are
    counted. `uplift_margin` is the gain in P(acceptable) that each tier above the lowest must bring beyond its price:
    a forecast is off by a few points, and a difference within its error buys nothing.
    """

    value_microusd: int = 500_000
    by_type: Mapping[str, TypeRule] = field(default_factory=dict)
    quality_floor: float = 0.25
    uplift_margin: float = 0.02
    human_p_acceptable: float = 0.97
    human_minutes: float = 8.5
    human_rate_microusd_per_hour: int = 25_000_000
    latency_penalty_microusd_per_s: int = 1_000  #: a second a customer waits; the batch lane does not pay it
    min_coverage: float = 0.5  #: of the question's words in the best article, from which it counts as covered
    min_confidence: float = 0.5  #: P(the best article is the right one), from which it counts as covered
    unpriced_microusd: int = 20_000  #: stands in for an unknown price when choosing; the ledger never uses it

    @property
    def human_cost_microusd(self) -> int:
        """What one case costs with a person: minutes × rate."""
        return round(self.human_minutes * self.human_rate_microusd_per_hour / 60)

    def rule(self, request_type: str) -> TypeRule:
        """Return the rule of a request type, empty when it has none."""
        return self.by_type.get(request_type) or _NO_RULE

    def value(self, request_type: str) -> int:
        """Return what an acceptable answer on this request type is worth."""
        own = self.rule(request_type).value_microusd
        return self.value_microusd if own is None else own

    def floor(self, request_type: str) -> float:
        """Return the lowest P(acceptable) with which a model may answer this request type."""
        own = self.rule(request_type).quality_floor
        return self.quality_floor if own is None else own

    def human_utility(self, request_type: str) -> int:
        """Return what handing the case to people is worth: P(person) × value for people − their cost.

        What people are asked to solve is worth at least what they cost, or nobody would employ them; so the value
        for people is the larger of the two. With an ordinary value the sum is then just below zero: a model that has
        any chance is asked first, and people come in through the quality floor, a rule or a request. Where an answer
        is worth more than a case costs, people compete on equal terms and win when models are unsure.
        """
        cost = self.human_cost_microusd
        return round(self.human_p_acceptable * max(self.value(request_type), cost)) - cost


_NO_RULE = TypeRule()
