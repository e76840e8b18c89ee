"""The report: every figure of the panel with its n and interval. Values only; `building` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from supportbot.savings.asking import Against, Assumptions, SavingsFilter
from supportbot.savings.spending import Waste


@dataclass(frozen=True, slots=True)
class Money:
    """An amount over n tickets, micro-dollars, with its 95 % interval; `few` warns that n is below 30."""

    amount_microusd: int
    n: int
    low_microusd: int | None = None
    high_microusd: int | None = None
    few: bool = True


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share or mean over n tickets with its 95 % interval; None where there is nothing to divide by."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    few: bool = True


@dataclass(frozen=True, slots=True)
class Compared:
    """The same tickets on both sides of a counterfactual, and what it assumes, in words."""

    against: Against
    assumes: str
    actual: Money
    counterfactual: Money
    saved: Money
    saved_share: Ratio
    saved_share_with_people: Ratio  #: the same saving over both sides with people's cost added
    left_out: int  #: tickets it would cover, but for a call or a model without a price


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a partition. Summed over a partition, every amount and n gives the report's own."""

    key: str
    tickets: int
    share: float
    to_people: int  #: tickets of it that people had
    model_microusd: int
    human_microusd: int
    compared: int  #: tickets compared with the chosen counterfactual
    actual_microusd: int
    counterfactual_microusd: int
    saved: Money
    yardstick: float | None = None  #: the field's share of tickets, for tiers


@dataclass(frozen=True, slots=True)
class WasteRow:
    """What was paid without becoming the answer that stood."""

    kind: Waste
    calls: int
    cost_microusd: int


@dataclass(frozen=True, slots=True)
class Level:
    """How many tickets reached a level of resolution, and their share of all."""

    tickets: int
    share: Ratio


@dataclass(frozen=True, slots=True)
class Resolved:
    """Four nested figures over all tickets; `durable_pending` of the durable ones are younger than 7 days."""

    contained: Level
    confirmed: Level
    checked: Level
    durable: Level
    durable_pending: int


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What customers said. An opinion is a thumb that stands or a mark of 1 to 5; 4 and 5 are satisfied.

    `satisfied` is over opinions (n), `by_tier` over those on the answers of one tier, as it was when it answered;
    `responded` is the share of tickets with any opinion among those that a model or a person handled (or anybody
    rated). Apart: thumbs (n: rated tickets), the share of answered tickets that were rated, and the mean mark.
    """

    satisfied: Ratio
    responded: Ratio
    by_tier: Mapping[str, Ratio]
    thumbs_up: Ratio
    response: Ratio
    csat: Ratio
    csat_response: Ratio


@dataclass(frozen=True, slots=True)
class Bin:
    """Tickets with a forecast in [low, high): mean forecast, share acceptable, and its 95 % Wilson interval."""

    low: float
    high: float
    n: int
    forecast: float
    acceptable: float
    acceptable_low: float
    acceptable_high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whether P(acceptable) can be trusted: bins, expected calibration error, and what perfect ones would score."""

    n: int
    ece: float | None
    ece_floor: float | None
    bins: tuple[Bin, ...]
    few: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What the savings panel shows. `simulated`: some amount rests on a list price that nobody paid."""

    made_at: datetime
    filter: SavingsFilter
    assumptions: Assumptions
    simulated: bool
    tickets: int
    answered: int
    model: Money
    paid_microusd: int
    simulated_microusd: int
    human: Money
    human_minutes: float
    human_expected_microusd: int
    total: Money
    cost_per_ticket_microusd: int | None
    cost_per_contained_microusd: int | None
    cost_per_durable_microusd: int | None  #: people included, waiting cases at what they will cost
    compared: dict[str, Compared]
    by_day: tuple[Slice, ...]
    by_tier: tuple[Slice, ...]
    by_type: tuple[Slice, ...]
    by_arm: tuple[Slice, ...]
    waste: tuple[WasteRow, ...]
    waste_calls: int
    waste_microusd: int
    waste_share: Ratio
    resolution: Resolved
    satisfaction: Satisfaction
    forecast: Forecast
    calls: int
    unpriced_calls: int
    estimated_calls: int
