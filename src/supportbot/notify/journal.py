"""What happened, as lines of the log and as counts."""

import logging
from collections.abc import Mapping

from supportbot.notify.tally import Tally
from supportbot.ports import Fact

log = logging.getLogger("supportbot.journal")

#: Every event and what may be said of it, in the order of the line: ids, names from the code, and figures.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "turn": (
        "ticket", "turn", "customer", "lane", "language", "attempt", "guard", "tier", "outcome", "calls",
        "cost_microusd", "list_cost_microusd", "input_tokens", "output_tokens", "first_text_ms", "total_ms",
    ),
    "handoff": ("ticket", "customer", "turn", "reason"),
    "agent": ("action", "ticket", "agent"),
    "sign_in": ("result", "account", "network"),
    "limited": ("limit", "customer", "network"),
    "database": ("state", "error"),
    "request": ("method", "route", "status", "ms"),
}  # fmt: skip


class LogJournal:
    """Writes one line per event and counts it. What is not in the table is left out, whoever hands it in."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def note(self, event: str, **facts: Fact) -> None:
        """Write and count one event."""
        known = {name: facts[name] for name in EVENTS.get(event, ()) if facts.get(name) is not None}
        self._tally.take(event, known)
        log.info(event, extra={"facts": known})
