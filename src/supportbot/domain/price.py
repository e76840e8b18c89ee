"""Tokens used and what they cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `cached_tokens` are contained in `input_tokens`, never in addition."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    estimated: bool = False  #: counted by us, not reported by the provider


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a usage in micro-dollars; None means unpriced, which is never the same as free."""

    cost_microusd: int | None
    list_cost_microusd: int | None = None  #: at the list price of a named real model; labelled simulated
    source: str = ""  #: where the price comes from, with its date
