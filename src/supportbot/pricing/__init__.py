"""What did it cost? The price in force at a time, and token counts.

The shipped embedded deployments carry the list prices of `openai/gpt-4.1-nano` (fast) and `openai/gpt-4.1` (strong):
one family, twenty times apart, both known to genai-prices.
"""

from supportbot.pricing.book import EMBEDDED, PriceBook
from supportbot.pricing.rates import Overrides, PriceOverride

__all__ = ["EMBEDDED", "Overrides", "PriceBook", "PriceOverride"]
