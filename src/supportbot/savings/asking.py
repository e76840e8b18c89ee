"""What somebody asks of the ledger: which tickets, and under which assumptions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from supportbot.domain.decision import Tier
from supportbot.domain.errors import BadInput


class Against(StrEnum):
    """The counterfactual the panel compares with."""

    ALL_STRONG = "all_strong"  #: every answer by the strong model
    ALL_HUMAN = "all_human"  #: every ticket to people
    ALL_FAST = "all_fast"  #: every answer by the fast model, and what it fails to people


@dataclass(frozen=True, slots=True)
class SavingsFilter:
    """Which tickets; None means any. Times bound the ticket's `created_at`, *until* exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    tier: Tier | None = None
    request_type: str | None = None
    arm: str | None = None
    language: str | None = None
    demo: bool | None = None


#: What a person costs when neither the ledger nor the panel says otherwise: 25 US dollars an hour.
DEFAULT_RATE_MICROUSD = 25_000_000


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the figures assume, all of it editable on the panel. Money in micro-dollars, prices in dollars.

    `human_rate_microusd_per_hour` None: time in the ledger keeps the price it was entered with. The two prices are per
    million output tokens; the model's other prices move in proportion. They re-price counterfactuals and simulated
    costs; what was really paid stays.
    """

    human_rate_microusd_per_hour: int | None = None
    human_minutes: float = 8.5
    strong_usd_per_mtok_out: Decimal | None = None
    fast_usd_per_mtok_out: Decimal | None = None
    against: Against = Against.ALL_STRONG
    usual_rate_microusd_per_hour: int = DEFAULT_RATE_MICROUSD  #: the desk's own, where no other rate is assumed

    def __post_init__(self) -> None:
        given = (self.human_rate_microusd_per_hour, self.strong_usd_per_mtok_out, self.fast_usd_per_mtok_out)
        if any(amount is not None and amount < 0 for amount in (*given, self.human_minutes)):
            raise BadInput("Assumptions cannot be below 0.")

    @property
    def human_case_microusd(self) -> int:
        """What one case costs with a person: minutes × rate."""
        rate = self.human_rate_microusd_per_hour
        return round(self.human_minutes * (self.usual_rate_microusd_per_hour if rate is None else rate) / 60)

    def human_microusd(self, seconds: int, entered_microusd: int) -> int:
        """What a stretch of a person's time costs: as entered in the ledger, unless another rate is assumed."""
        rate = self.human_rate_microusd_per_hour
        return entered_microusd if rate is None else round(seconds * rate / 3600)


@dataclass(frozen=True, slots=True)
class PageOf:
    """Which page of a list, from 1."""

    number: int = 1
    size: int = 25

    def __post_init__(self) -> None:
        if self.number < 1 or not 1 <= self.size <= 1000:
            raise BadInput("Pages count from 1 and hold 1 to 1,000 rows.")
