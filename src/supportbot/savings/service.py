"""The use case behind the savings panel, `supportbot report` and every drill-down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from supportbot.access.roles import require
from supportbot.domain.account import Actor, Role
from supportbot.domain.deployment import Deployment
from supportbot.domain.ticket import Ticket
from supportbot.ports import Clock, Pricing, Store
from supportbot.savings.asking import DEFAULT_RATE_MICROUSD, Assumptions, PageOf, SavingsFilter
from supportbot.savings.building import build
from supportbot.savings.cases import read_cases
from supportbot.savings.facts import Fact, fact
from supportbot.savings.figures import Figure, figure
from supportbot.savings.report import Report
from supportbot.savings.repricing import Repricer


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket behind a figure. `amount` is what it adds; money in micro-dollars."""

    ticket: Ticket
    tier: str
    amount: int
    model_microusd: int
    human_microusd: int
    saved_microusd: int | None  #: against the chosen counterfactual; None where it is not compared
    forecast: float | None
    thumb: bool | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the tickets behind a figure. Over all pages, the rows' amounts sum to `figure_amount` exactly."""

    figure: str
    unit: str
    rows: tuple[Row, ...]
    number: int
    pages: int
    tickets: int
    page_amount: int
    figure_amount: int


class Savings:
    """What the ledger says, for leads and the operator. Every figure and its drill-down come from the same facts."""

    def __init__(
        self,
        store: Store,
        pricing: Pricing,
        clock: Clock,
        deployments: Sequence[Deployment],
        rate_microusd_per_hour: int = DEFAULT_RATE_MICROUSD,
    ) -> None:
        """*rate_microusd_per_hour*: what people cost this desk, where the asker assumes nothing else."""
        self._store = store
        self._pricing = pricing
        self._clock = clock
        self._deployments = tuple(deployments)
        self._rate = rate_microusd_per_hour

    def report(self, which: SavingsFilter, assumptions: Assumptions, *, actor: Actor | None) -> Report:
        """Return every figure of the panel; Forbidden below a lead."""
        require(actor, Role.LEAD)
        assumptions = self._usual(assumptions)
        return build(self._facts(which, assumptions), which, assumptions, self._clock.now())

    def tickets(
        self,
        which: SavingsFilter,
        assumptions: Assumptions,
        name: str,
        page: PageOf | None = None,
        *,
        actor: Actor | None,
    ) -> Page:
        """Return the tickets behind the figure called *name*, newest first; BadInput for an unknown one.

        A page beyond the last is the last.
        """
        require(actor, Role.LEAD)
        asked, assumptions = figure(name), self._usual(assumptions)
        return _page(name, asked, self._facts(which, assumptions), assumptions, page or PageOf())

    def panel(
        self,
        which: SavingsFilter,
        assumptions: Assumptions,
        name: str,
        page: PageOf | None = None,
        *,
        actor: Actor | None,
    ) -> tuple[Report, Page]:
        """Return report and drill-down from one reading of the ledger, so that they agree while tickets come in."""
        require(actor, Role.LEAD)
        assumptions = self._usual(assumptions)
        asked, facts = figure(name), self._facts(which, assumptions)
        report = build(facts, which, assumptions, self._clock.now())
        return report, _page(name, asked, facts, assumptions, page or PageOf())

    def _usual(self, assumptions: Assumptions) -> Assumptions:
        return replace(assumptions, usual_rate_microusd_per_hour=self._rate)

    def _facts(self, which: SavingsFilter, assumptions: Assumptions) -> list[Fact]:
        repricer = Repricer(self._pricing, self._deployments, assumptions)
        now = self._clock.now()
        return [fact(case, repricer, assumptions, now) for case in read_cases(self._store, which)]


def _page(name: str, asked: Figure, facts: Sequence[Fact], assumptions: Assumptions, page: PageOf) -> Page:
    behind = [(f, amount) for f in facts if (amount := asked.adds(f)) is not None]
    pages = max(1, -(-len(behind) // page.size))
    number = min(page.number, pages)
    shown = behind[(number - 1) * page.size : number * page.size]
    return Page(
        figure=name,
        unit=asked.unit,
        rows=tuple(_row(f, amount, assumptions) for f, amount in shown),
        number=number,
        pages=pages,
        tickets=len(behind),
        page_amount=sum(amount for _, amount in shown),
        figure_amount=sum(amount for _, amount in behind),
    )


def _row(f: Fact, amount: int, assumptions: Assumptions) -> Row:
    comparison = f.compared.get(assumptions.against)
    return Row(
        ticket=f.ticket,
        tier=f.tier.value,
        amount=amount,
        model_microusd=f.model,
        human_microusd=f.human,
        saved_microusd=comparison.saved if comparison else None,
        forecast=f.forecast,
        thumb=f.thumb,
    )
