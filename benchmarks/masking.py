"""How much of the labelled personal data masking finds, and how much of what it takes out was personal data."""

import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from benchmarks.report import Options, Table, data_file, spread
from supportbot import triage
from supportbot.domain.assessment import Datum, DatumKind

#: The labels of the set that name a kind we detect.
_KINDS = {
    "CREDIT_CARD": DatumKind.CARD,
    "EMAIL_ADDRESS": DatumKind.EMAIL,
    "PHONE_NUMBER": DatumKind.PHONE,
    "IBAN_CODE": DatumKind.IBAN,
    "US_SSN": DatumKind.NATIONAL_ID,
}


@dataclass(slots=True)
class _Count:
    """Of one kind: labelled, hidden whole, hidden in part, found, found where something labelled stands."""

    labelled: int = 0
    whole: int = 0
    touched: int = 0
    found: int = 0
    right: int = 0
    missed: list[str] = field(default_factory=list)


def run(options: Options) -> list[Table]:
    """Mask every sentence of the set and compare."""
    rows = json.loads(data_file("support", "presidio", "synth_first_750.json").read_text(encoding="utf-8"))
    rows = rows[: options.count(len(rows), 250)]
    counts: dict[DatumKind, _Count] = defaultdict(_Count)
    times: list[float] = []
    for row in rows:
        begun = time.perf_counter()
        data = triage.mask(row["full_text"]).data
        times.append((time.perf_counter() - begun) * 1000)
        _compare(row["spans"], data, counts)
    return [_table(counts, len(rows), times)]


def _compare(spans: list[dict[str, object]], data: tuple[Datum, ...], counts: dict[DatumKind, _Count]) -> None:
    """A label is hidden when every character of it is, by whatever kind: that is what keeps it from being stored."""
    hidden = {at for datum in data for at in range(datum.start, datum.end)}
    places = [(int(str(s["start_position"])), int(str(s["end_position"])), str(s["entity_type"])) for s in spans]
    for start, end, label in places:
        if label in _KINDS:
            count = counts[_KINDS[label]]
            inside = [at in hidden for at in range(start, end)]
            count.labelled += 1
            count.whole += all(inside)
            count.touched += any(inside)
            if not all(inside):
                count.missed.append(label)
    for datum in data:
        counts[datum.kind].found += 1
        counts[datum.kind].right += any(
            start < datum.end and datum.start < end and label in _KINDS for start, end, label in places
        )


def _table(counts: dict[DatumKind, _Count], n: int, times: list[float]) -> Table:
    table = Table(
        f"masking: {n} labelled sentences",
        ("kind", "labelled", "hidden whole", "touched", "recall", "found", "precision", "bar"),
    )
    total: Counter[str] = Counter()
    for kind, count in sorted(counts.items(), key=lambda pair: -pair[1].labelled):
        table.add(kind.value, count.labelled, count.whole, count.touched, *_shares(count), "–")
        total.update(labelled=count.labelled, whole=count.whole, touched=count.touched, found=count.found)
        total.update(right=count.right)
    whole = _Count(total["labelled"], total["whole"], total["touched"], total["found"], total["right"])
    table.add("all", whole.labelled, whole.whole, whole.touched, *_shares(whole), "≥ .98, ≥ .95")
    p50, _, p99 = spread(times)
    table.notes += [
        f"{p50:.3f} ms a sentence in the median, {p99:.3f} ms at p99.",
        "Hidden whole: every character of the label is masked, as whatever kind. Precision: a datum overlaps any label "
        "of these kinds. The set is made up: some numbers have check digits that no issuer would give.",
    ]
    return table


def _shares(count: _Count) -> tuple[str, int, str]:
    recall = f"{count.whole / count.labelled:.3f}" if count.labelled else "–"
    return recall, count.found, f"{count.right / count.found:.3f}" if count.found else "–"
