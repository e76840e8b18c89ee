"""What the ledger says: spend, counterfactuals, waste, resolution, satisfaction; each figure with its tickets."""

from supportbot.savings.asking import Against, Assumptions, PageOf, SavingsFilter
from supportbot.savings.facts import Resolution
from supportbot.savings.figures import FIGURES, PARTITIONS
from supportbot.savings.report import Report
from supportbot.savings.service import Page, Row, Savings
from supportbot.savings.shape import to_json
from supportbot.savings.spending import Waste

__all__ = [
    "FIGURES",
    "PARTITIONS",
    "Against",
    "Assumptions",
    "Page",
    "PageOf",
    "Report",
    "Resolution",
    "Row",
    "Savings",
    "SavingsFilter",
    "Waste",
    "to_json",
]
