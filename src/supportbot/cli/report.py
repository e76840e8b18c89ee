"""`supportbot report`: the figures of the savings panel."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from supportbot.access.roles import OPERATOR
from supportbot.cli.opening import opened
from supportbot.cli.options import Command, Given, json_option
from supportbot.cli.output import emit, table
from supportbot.domain.money import show

if TYPE_CHECKING:
    from supportbot.savings import Report
    from supportbot.savings.report import Ratio


@click.command(cls=Command, name="report")
@click.option("--days", type=click.IntRange(1, 36_500), help="Tickets of the last N days only.", metavar="N")
@json_option
@click.pass_obj
def command(given: Given, days: int | None, as_json: bool) -> None:
    """Print what was spent, what routing saved against each counterfactual, and how satisfied customers were."""
    from supportbot.savings import Assumptions, SavingsFilter, to_json

    with opened(given) as app:
        since = app.clock.now() - timedelta(days=days) if days else None
        assumptions = Assumptions(human_minutes=app.settings.policy.human_minutes)
        report = app.savings.report(SavingsFilter(since=since), assumptions, actor=OPERATOR)
    if as_json:
        emit(to_json(report))
    else:
        _print(report)


def _print(report: "Report") -> None:
    simulated = " (simulated: at list price)" if report.simulated else ""
    rows = [
        ("tickets", report.tickets),
        ("answered by the bot", report.answered),
        ("models", f"{show(report.model.amount_microusd)}{simulated}"),
        ("people", f"{show(report.human.amount_microusd)} for {report.human_minutes:.0f} min"),
        ("waste", show(report.waste_microusd)),
    ]
    for compared in report.compared.values():
        saved = f"{show(compared.saved.amount_microusd)} ({_share(compared.saved_share)})"
        rows.append((f"saved against {compared.against.replace('_', ' ')}", saved))
    rows.append(("thumbs up", _share(report.satisfaction.thumbs_up)))
    table(rows)


def _share(ratio: "Ratio") -> str:
    if ratio.value is None:
        return "nothing to compare yet"
    between = f", {ratio.low:.0%} to {ratio.high:.0%}" if ratio.low is not None and ratio.high is not None else ""
    return f"{ratio.value:.1%}{between}, n = {ratio.n}"
