"""The price of a named model at a time: from `[prices]` where written there, else from genai-prices' dated tables.

genai-prices is read offline, from the tables in its wheel; its updater is never started. It is imported at the first
price asked for (about 0.4 s), so `warm` exists for the start of a program.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from supportbot.domain.errors import ConfigurationError
from supportbot.domain.price import Usage

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

_MTOK = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A price written by the operator: US dollars per million tokens, in force from *start* (a UTC day) on.

    `cached_usd` None: cached tokens cost as much as others. `source` says where the figure comes from.
    """

    start: date
    input_usd: Decimal
    output_usd: Decimal
    cached_usd: Decimal | None = None
    source: str = "[prices]"


Overrides = Mapping[str, PriceOverride | Sequence[PriceOverride]]


class Rate(Protocol):
    """A price in force: exact dollars for a usage, and where it comes from."""

    @property
    def source(self) -> str:
        """Where the price comes from, with its date."""
        ...

    def usd(self, usage: Usage) -> Decimal:
        """Return the exact price of *usage* in dollars."""
        ...


@dataclass(frozen=True, slots=True)
class FlatRate:
    """Dollars per million tokens, the same at any size. Cached tokens are part of the input and priced apart."""

    input_usd: Decimal
    output_usd: Decimal
    cached_usd: Decimal
    source: str

    def usd(self, usage: Usage) -> Decimal:
        """Return the exact price of *usage* in dollars."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        fresh = usage.input_tokens - cached
        return (fresh * self.input_usd + cached * self.cached_usd + usage.output_tokens * self.output_usd) / _MTOK


@dataclass(frozen=True, slots=True)
class TableRate:
    """A price asked from the table each time (about 0.15 ms): by time of day, or with a fee per request."""

    provider: str
    model: str
    at: datetime
    source: str

    def usd(self, usage: Usage) -> Decimal:
        """Return the exact price of *usage* in dollars."""
        return _calculated(self.provider, self.model, usage, self.at).total_price


@dataclass(frozen=True, slots=True)
class SteppedRate:
    """A price that rises for a long context: flat up to *until* tokens of input, beyond it from the table."""

    short: FlatRate
    until: int
    long: TableRate

    @property
    def source(self) -> str:
        """Where the price comes from, with its date."""
        return self.long.source

    def usd(self, usage: Usage) -> Decimal:
        """Return the exact price of *usage* in dollars."""
        return (self.short if usage.input_tokens <= self.until else self.long).usd(usage)


class Rates:
    """Every price, by `provider/model` and time. A price once looked up is kept, so the next costs microseconds."""

    def __init__(self, overrides: Overrides) -> None:
        """Raise ConfigurationError for a key without a slash, a negative price or two prices from one day."""
        self._overrides = {key.lower(): _in_order(key, given) for key, given in overrides.items()}
        self._kept: dict[tuple[str, date], Rate | None] = {}

    def rate(self, key: str, at: datetime) -> Rate | None:
        """Return the price of `provider/model` in force at *at*; None when it is unpriced, which is never free.

        A key ending in `@batch`, `@flex` or another service tier has a price only in `[prices]`: genai-prices charges
        the full price for several models there, without a word.
        """
        day = at.astimezone(UTC).date()
        try:
            return self._kept[key, day]
        except KeyError:
            rate = self._override(key, day) or self._from_tables(key, at)
            if not isinstance(rate, TableRate):
                self._kept[key, day] = rate
            return rate

    def _override(self, key: str, day: date) -> Rate | None:
        in_force = [price for price in self._overrides.get(key.lower(), ()) if price.start <= day]
        if not in_force:
            return None
        price = in_force[-1]
        cached = price.input_usd if price.cached_usd is None else price.cached_usd
        return FlatRate(price.input_usd, price.output_usd, cached, f"{price.source} from {price.start}")

    def _from_tables(self, key: str, at: datetime) -> Rate | None:
        provider, _, model = key.partition("/")
        if "@" in model or not model:
            return None
        try:
            found = _calculated(provider, model, Usage(0, 0), at)
        except (LookupError, ValueError):
            return None
        return _simplest(found, TableRate(provider, model, at, f"genai-prices {_version()}"))


def _in_order(key: str, given: PriceOverride | Sequence[PriceOverride]) -> tuple[PriceOverride, ...]:
    prices = sorted([given] if isinstance(given, PriceOverride) else given, key=lambda p: p.start)
    if "/" not in key:
        raise ConfigurationError(f'[prices] "{key}": write the key as "provider/model".')
    if any(before.start == after.start for before, after in pairwise(prices)):
        raise ConfigurationError(f'[prices] "{key}": two prices start on one day; a change gets a new date.')
    if any(amount < 0 for p in prices for amount in (p.input_usd, p.output_usd, p.cached_usd or Decimal(0))):
        raise ConfigurationError(f'[prices] "{key}": a price cannot be below 0.')
    return tuple(prices)


def _calculated(provider: str, model: str, usage: Usage, at: datetime) -> "PriceCalculation":
    """Ask genai-prices. LookupError: unknown model."""
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.input_tokens),
    )
    return genai_prices.calc_price(counted, model, provider_id=provider, genai_request_timestamp=at)


def _simplest(found: "PriceCalculation", table: TableRate) -> Rate:
    """The price as plain figures where it is that simple; *table* where it has a fee per request or a time of day."""
    from genai_prices.types import TimeOfDateConstraint

    prices = found.model.prices
    by_the_hour = isinstance(prices, list) and any(isinstance(p.constraint, TimeOfDateConstraint) for p in prices)
    now = found.model_price
    if by_the_hour or found.total_price or now.input_mtok is None or now.output_mtok is None:
        return table
    cached = now.input_mtok if now.cache_read_mtok is None else now.cache_read_mtok
    given = (now.input_mtok, now.output_mtok, cached)
    fresh_usd, output_usd, cached_usd = (p if isinstance(p, Decimal) else p.base for p in given)
    flat = FlatRate(fresh_usd, output_usd, cached_usd, table.source)
    steps = [tier.start for p in given if not isinstance(p, Decimal) for tier in p.tiers]
    return SteppedRate(flat, min(steps), table) if steps else flat


def _version() -> str:
    import genai_prices

    return genai_prices.__version__
