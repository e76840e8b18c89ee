"""Prices of deployments in micro-dollars, and token counts: the `Pricing` port."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from supportbot.domain.deployment import Deployment
from supportbot.domain.money import micro
from supportbot.domain.price import Quote, Usage
from supportbot.pricing.rates import Overrides, Rates
from supportbot.pricing.tokens import TokenCounter

#: The provider whose answers cost nothing: they are computed in this process.
EMBEDDED = "embedded"


class PriceBook:
    """What a usage costs at a deployment at a time, and what a real model would have charged for it.

    *overrides*: `[prices]`, by `provider/model`. *tokenizer_dir*: where the tokenizer's file may lie.
    """

    def __init__(self, overrides: Overrides | None = None, *, tokenizer_dir: Path | None = None) -> None:
        self._rates = Rates(overrides or {})
        self._tokens = TokenCounter(tokenizer_dir)

    def warm(self, deployments: Iterable[Deployment], at: datetime) -> None:
        """Load the tables and look up every deployment's price now, so that no customer waits for it (about 0.5 s)."""
        for deployment in deployments:
            self.quote(deployment, Usage(0, 0), at)
        self._tokens.count("")

    def quote(self, deployment: Deployment, usage: Usage, at: datetime) -> Quote:
        """Return the price in force at *at*. A cost of None is unpriced: shown and counted, never summed as 0.

        An embedded deployment costs 0. `list_cost_microusd` is what `list_price_of` would have charged: simulated.
        """
        list_cost, list_source = self.price_of(deployment.list_price_of, usage, at)
        if deployment.provider == EMBEDDED:
            source = f"embedded; list price of {deployment.list_price_of}, {list_source}" if list_source else EMBEDDED
            return Quote(0, list_cost, source)
        cost, source = self.price_of(f"{deployment.provider}/{deployment.model}", usage, at)
        return Quote(cost, list_cost, source)

    def price_of(self, key: str | None, usage: Usage, at: datetime) -> tuple[int | None, str]:
        """Return micro-dollars and source of *usage* at the model named `provider/model`; (None, "") when unpriced."""
        rate = self._rates.rate(key, at) if key else None
        return (None, "") if rate is None else (micro(rate.usd(usage)), rate.source)

    def count_tokens(self, text: str) -> int:
        """Return an upper-leaning estimate of the tokens in *text*; never touches the network."""
        return self._tokens.count(text)
