"""The page on monitoring names every series and every event there is, and no other."""

import re
from pathlib import Path

from supportbot.notify.journal import EVENTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "monitor.md").read_text("utf-8")
CODE = (ROOT / "src" / "supportbot" / "web" / "metrics.py").read_text("utf-8")


def test_every_series_is_told() -> None:
    """What /metrics writes and what the page lists are the same."""
    written = {f"supportbot_{name}" for name in re.findall(r'gauge\("(\w+)"', CODE)}
    written |= {f"supportbot_{name}_total" for name in re.findall(r'counter\("(\w+)"', CODE)}
    counted, timed = re.findall(r"_(?:COUNTED|TIMED)_HERE = \{(.*?)\n\}", CODE, re.DOTALL)
    written |= {f"supportbot_{name}_total" for name in re.findall(r'^    "(\w+)"', counted, re.MULTILINE)}
    written |= {f"supportbot_{name}_seconds" for name in re.findall(r'^    "(\w+)"', timed, re.MULTILINE)}
    listed = set(re.findall(r"supportbot_\w+", PAGE))
    assert len(written) > 20
    assert written == listed


def test_every_event_is_told_with_its_facts() -> None:
    """In the order of the line."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w, ]+)", PAGE, re.MULTILINE))
    assert {event: tuple(facts.strip().split(", ")) for event, facts in rows.items() if event in EVENTS} == EVENTS
