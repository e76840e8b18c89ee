"""What a call cost, and what the same tokens would have cost elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.ledger import CallStarted, ModelCall
from supportbot.domain.price import Quote, Usage
from supportbot.ports import Pricing
from supportbot.pricing import EMBEDDED
from supportbot.savings.asking import Assumptions


@dataclass(frozen=True, slots=True)
class CallCost:
    """A call's cost in micro-dollars: what was paid, and the list price that stands in where nothing is paid."""

    paid: int
    simulated: int
    priced: bool = True
    estimated: bool = False

    @property
    def amount(self) -> int:
        """What the panel counts."""
        return self.paid + self.simulated


class Repricer:
    """Prices calls from the ledger, and the same tokens at another tier, under given assumptions."""

    def __init__(self, pricing: Pricing, deployments: Sequence[Deployment], assumptions: Assumptions) -> None:
        self._pricing = pricing
        self._of_tier = {tier: _first(deployments, tier) for tier in (Tier.FAST, Tier.STRONG)}
        self._by_name = {d.name: d for d in deployments}
        self._assumed = {
            Tier.FAST: assumptions.fast_usd_per_mtok_out,
            Tier.STRONG: assumptions.strong_usd_per_mtok_out,
        }
        self._factors: dict[tuple[str, date], Decimal | None] = {}

    def deployment(self, tier: Tier) -> Deployment | None:
        """The deployment that stands for a tier in counterfactuals: the first one configured."""
        return self._of_tier.get(tier)

    def cost(self, call: ModelCall) -> CallCost:
        """Return what *call* cost. One that was never settled counts at its reservation, estimated."""
        started, settled = call.started, call.settled
        if settled is None:
            paid: int | None = started.reserved_microusd
            listed = started.reserved_list_microusd
        else:
            paid, listed = settled.cost_microusd, settled.list_cost_microusd
        estimated = settled is None or settled.usage.estimated
        if started.provider == EMBEDDED:
            simulated = None if listed is None else self._assuming(listed, started)
            return CallCost(paid or 0, simulated or 0, simulated is not None, estimated)
        return CallCost(paid or 0, 0, paid is not None, estimated)

    def elsewhere(self, usage: Usage, tier: Tier, at: datetime) -> int | None:
        """Return the price of the same tokens at *tier* at the same time; None when that is unpriced.

        Tokens read from a cache are priced as fresh: another model would not have had them cached.
        """
        deployment = self._of_tier.get(tier)
        if deployment is None:
            return None
        fresh = Usage(usage.input_tokens, usage.output_tokens) if usage.cached_tokens else usage
        price = counted(deployment, self._pricing.quote(deployment, fresh, at))
        factor = self._factor(deployment, at)
        return price if price is None or factor is None else _scaled(price, factor)

    def stood_at(self, call: ModelCall, cost: CallCost, tier: Tier) -> int | None:
        """Return the price of an answer that stood, at *tier*; its own where an embedded model of that tier gave it."""
        if call.settled is None:
            return 0
        own = self._of_tier.get(tier)
        if cost.simulated and own is not None and own.name == call.started.deployment:
            return cost.simulated
        return self.elsewhere(call.settled.usage, tier, call.started.started_at)

    def _assuming(self, listed: int, started: CallStarted) -> int:
        deployment = self._by_name.get(started.deployment)
        factor = self._factor(deployment, started.started_at) if deployment else None
        return listed if factor is None else _scaled(listed, factor)

    def _factor(self, deployment: Deployment, at: datetime) -> Decimal | None:
        """How many times dearer the assumed output price is than the one in force; None to leave it."""
        assumed = self._assumed.get(deployment.tier)
        if assumed is None:
            return None
        key = (deployment.name, at.date())
        if key not in self._factors:
            in_force = counted(deployment, self._pricing.quote(deployment, Usage(0, 1_000_000), at))
            self._factors[key] = Decimal(assumed) * 1_000_000 / in_force if in_force else None
        return self._factors[key]


def counted(deployment: Deployment, quote: Quote) -> int | None:
    """The price the panel counts: the list price where the deployment is embedded, else the price itself."""
    return quote.list_cost_microusd if deployment.provider == EMBEDDED else quote.cost_microusd


def _first(deployments: Sequence[Deployment], tier: Tier) -> Deployment | None:
    return next((d for d in deployments if d.tier is tier), None)


def _scaled(amount: int, factor: Decimal) -> int:
    return int((amount * factor).to_integral_value(rounding=ROUND_HALF_UP))
