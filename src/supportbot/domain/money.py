"""Money is counted in whole micro-dollars (1 USD = 1,000,000), so sums are exact."""

from decimal import ROUND_HALF_UP, Decimal

MICRO = 1_000_000


def micro(dollars: Decimal) -> int:
    """Return *dollars* as micro-dollars, halves rounded away from zero."""
    return int((dollars * MICRO).to_integral_value(rounding=ROUND_HALF_UP))


def dollars(microusd: int) -> float:
    """Return micro-dollars as dollars, for display and JSON only; never for sums."""
    return microusd / MICRO


def show(microusd: int) -> str:
    """Return an amount as people read it: two digits from a dollar up, four below a dime.

    >>> show(41_870_000), show(400), show(-52_300), show(0)
    ('$41.87', '$0.0004', '-$0.0523', '$0.00')
    """
    sign, amount = ("-" if microusd < 0 else ""), abs(microusd) / MICRO
    digits = 2 if amount == 0 or amount >= 0.1 else 4
    return f"{sign}${amount:,.{digits}f}"
