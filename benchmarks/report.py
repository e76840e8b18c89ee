"""What every benchmark is given and gives back: options, a table, the machine it ran on."""

import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("supportbot", "tantivy", "streamlit", "sqlmodel", "SQLAlchemy", "langchain-core", "httpx")


class Skipped(Exception):
    """Something a benchmark needs is not on this machine; the text says what."""


@dataclass(frozen=True, slots=True)
class Options:
    """How long to measure: *quick* for a look, *full* for the counts of the design; *examples* overrides one count."""

    quick: bool = False
    full: bool = False
    profile: bool = False
    examples: int | None = None
    seed: int = 1
    database: str = "both"  #: of the campaigns: sqlite, postgresql or both
    half: str = "both"  #: of the labelled questions: dev, test or both
    show_misses: bool = False  #: list the questions that went wrong
    knowledge: str = ""  #: another company's folder to ask instead of the sample's

    def count(self, usual: int, quick: int, full: int | None = None) -> int:
        """Return how many to run."""
        if self.examples is not None:
            return self.examples
        if self.quick:
            return quick
        return full if self.full and full is not None else usual


@dataclass(slots=True)
class Table:
    """One table of figures: a title, columns, rows, and what a reader must know to trust them."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: bool = False  #: what must hold did not: the program says so in its exit code

    def add(self, *cells: object) -> None:
        """Append a row; fractions are shown with three digits that count."""
        self.rows.append(tuple(_shown(cell) for cell in cells))

    def show(self) -> str:
        """Return the table as Markdown, its notes below."""
        widths = [max(len(row[i]) for row in [self.columns, *self.rows]) for i in range(len(self.columns))]
        lines = [_line(self.columns, widths), "|" + "|".join("-" * (w + 2) for w in widths) + "|"]
        lines += [_line(row, widths) for row in self.rows]
        return "\n".join([f"## {self.title}", "", *lines, "", *(f"- {note}" for note in self.notes)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}" if abs(cell) < 100 else f"{cell:.0f}"
    return f"{cell:,}" if isinstance(cell, int) else "–" if cell is None else str(cell)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which *share* of *values* lie (nearest rank); 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return p50, p95 and p99."""
    return (statistics.median(values) if values else 0.0, percentile(values, 0.95), percentile(values, 0.99))


def machine() -> str:
    """Return the machine, its load at this moment and the versions measured."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    packages = ", ".join(map(_version, _PACKAGES))
    return (
        f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores, load {load:.1f} at the "
        f"start; Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, {packages}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} absent"


def data_file(*parts: str) -> Path:
    """Return a file of the data folder; raise Skipped where it is absent."""
    folder = Path(os.environ.get("SUPPORTBOT_BENCH_DATA", "../shared/data"))
    file = folder.joinpath(*parts)
    if not file.exists():
        raise Skipped(f"{file} is absent; name the data folder in SUPPORTBOT_BENCH_DATA.")
    return file
