"""What did it cost? The price in force at a time, and token counts.

Embedded deployments cost nothing and carry the list price of a real model (`list_price_of`), labelled simulated.
"""

from supportbot.pricing.book import EMBEDDED, PriceBook
from supportbot.pricing.rates import Overrides, PriceOverride

__all__ = ["EMBEDDED", "Overrides", "PriceBook", "PriceOverride"]
