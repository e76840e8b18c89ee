"""Prices: exact, dated, and never 0 for want of knowing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.domain.decision import Tier
from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import ConfigurationError
from supportbot.domain.price import Usage
from supportbot.pricing import PriceBook, PriceOverride
from supportbot.pricing.rates import Rates

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NANO = Deployment("nano", "openai", "gpt-4.1-nano", Tier.FAST)
SONNET = Deployment("sonnet", "anthropic", "claude-sonnet-4-5", Tier.STRONG)
EMBEDDED = Deployment("strong", "embedded", "strong", Tier.STRONG, list_price_of="openai/gpt-4.1")
BOOK = PriceBook()
RATES = Rates({})

tokens = st.integers(0, 200_000)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    fresh, cached = draw(tokens), draw(tokens)
    return Usage(fresh + cached, draw(tokens), cached)


def usd(usage: Usage, key: str = "openai/gpt-4.1") -> Decimal:
    rate = RATES.rate(key, NOW)
    assert rate is not None
    return rate.usd(usage)


def test_a_known_model_has_its_list_price() -> None:
    """1,000 tokens in, half of them cached, and 200 out at gpt-4.1-nano."""
    quote = BOOK.quote(NANO, Usage(1_000, 200, cached_tokens=500), NOW)
    assert (quote.cost_microusd, quote.list_cost_microusd) == (50 + 13 + 80, None)  # 142.5, halves up
    assert quote.source.startswith("genai-prices")


def test_an_embedded_answer_costs_nothing_and_carries_its_list_price() -> None:
    """The two stand apart and the source says which model's price it is."""
    quote = BOOK.quote(EMBEDDED, Usage(1_000, 200), NOW)
    assert (quote.cost_microusd, quote.list_cost_microusd) == (0, 2_000 + 1_600)
    assert "openai/gpt-4.1" in quote.source


@pytest.mark.parametrize("key", ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5"])
def test_the_models_that_stand_in_for_the_embedded_ones_are_known(key: str) -> None:
    """The shipped configuration names them."""
    assert BOOK.price_of(key, Usage(1_000_000, 0), NOW)[0]


@pytest.mark.parametrize("model", ["no-such-model", "gpt-4.1-mini@batch", "gpt-5@flex", ""])
def test_an_unknown_price_is_none(model: str) -> None:
    """An unknown model and an unlisted service tier are unpriced, which is not free."""
    quote = BOOK.quote(Deployment("x", "openai", model, Tier.FAST), Usage(1_000, 200), NOW)
    assert (quote.cost_microusd, quote.source) == (None, "")


def test_an_unknown_provider_is_unpriced() -> None:
    """A LangChain model or a private endpoint has a price only when somebody writes it down."""
    assert BOOK.quote(Deployment("x", "langchain", "m", Tier.FAST), Usage(1, 1), NOW).cost_microusd is None


def test_overrides_win_by_their_start() -> None:
    """A newer price leaves the past as it was; before the first start the tables hold."""
    book = PriceBook(
        {
            "openai/gpt-4.1-nano": [
                PriceOverride(date(2026, 6, 1), Decimal(4), Decimal(8), source="contract 2"),
                PriceOverride(date(2026, 3, 1), Decimal(2), Decimal(4), Decimal(1), source="contract 1"),
            ],
            "openai/gpt-4.1-mini@batch": PriceOverride(date(2026, 1, 1), Decimal("0.2"), Decimal("0.8")),
        }
    )
    usage = Usage(1_000_000, 0, cached_tokens=500_000)

    def cost(month: int) -> int | None:
        return book.quote(NANO, usage, datetime(2026, month, 1, tzinfo=UTC)).cost_microusd

    assert [cost(m) for m in (2, 4, 7)] == [62_500, 1_500_000, 4_000_000]
    assert book.price_of("openai/gpt-4.1-mini@batch", Usage(1_000_000, 0), NOW)[0] == 200_000
    assert book.quote(NANO, usage, NOW).source == "contract 2 from 2026-06-01"


@pytest.mark.parametrize(
    ("key", "prices"),
    [
        ("gpt-4.1", [PriceOverride(date(2026, 1, 1), Decimal(1), Decimal(1))]),
        ("openai/x", [PriceOverride(date(2026, 1, 1), Decimal(-1), Decimal(1))]),
        ("openai/x", [PriceOverride(date(2026, 1, 1), Decimal(n), Decimal(1)) for n in (1, 2)]),
    ],
)
def test_prices_that_cannot_be_are_refused(key: str, prices: list[PriceOverride]) -> None:
    """No slash, below 0, or two from one day."""
    with pytest.raises(ConfigurationError, match="prices"):
        PriceBook({key: prices})


def test_long_context_tiers_are_kept() -> None:
    """claude-sonnet-4-5 costs twice as much per token beyond 200,000 tokens of input."""
    small, large = (BOOK.quote(SONNET, Usage(n, 0), NOW).cost_microusd for n in (100_000, 400_000))
    assert small is not None
    assert large is not None
    assert large > 4 * small


@settings(deadline=None)
@given(usages(), usages())
def test_prices_add_up(one: Usage, two: Usage) -> None:
    """The exact price of two usages together is the sum of their prices."""
    both = Usage(
        one.input_tokens + two.input_tokens,
        one.output_tokens + two.output_tokens,
        one.cached_tokens + two.cached_tokens,
    )
    assert usd(both) == usd(one) + usd(two)


@settings(deadline=None)
@given(usages(), tokens, tokens)
def test_prices_grow_with_tokens(usage: Usage, more_in: int, more_out: int) -> None:
    """Never negative, and more tokens never cost less."""
    more = Usage(usage.input_tokens + more_in, usage.output_tokens + more_out, usage.cached_tokens)
    assert 0 <= usd(usage) <= usd(more)


@settings(deadline=None)
@given(usages())
def test_cached_tokens_are_inside_the_input(usage: Usage) -> None:
    """They make the input cheaper, never dearer, and more of them than input counts as all of it."""
    assert usd(usage) <= usd(Usage(usage.input_tokens, usage.output_tokens))
    absurd = Usage(usage.input_tokens, 0, usage.input_tokens + 7)
    assert usd(absurd) == usd(Usage(usage.input_tokens, 0, usage.input_tokens))


@settings(deadline=None)
@given(usages(), st.sampled_from(["openai/gpt-4.1", "anthropic/claude-sonnet-4-5", "deepseek/deepseek-chat"]))
def test_the_kept_price_agrees_with_the_tables(usage: Usage, key: str) -> None:
    """Looking a price up once changes nothing about it: flat, stepped by context, or by the hour."""
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
    )
    provider, model = key.split("/")
    asked = genai_prices.calc_price(counted, model, provider_id=provider, genai_request_timestamp=NOW)
    assert usd(usage, key) == asked.total_price
