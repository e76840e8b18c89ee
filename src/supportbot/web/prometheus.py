"""Prometheus' text format, version 0.0.4: as much of it as the desk writes."""

from collections.abc import Iterator, Mapping

from supportbot.notify.tally import BOUNDS_S, Labels, Spread

PREFIX = "supportbot_"
Values = Mapping[Labels, float]


def gauge(name: str, text: str, values: Values) -> Iterator[str]:
    """Yield a figure that goes up and down."""
    yield from _head(name, text, "gauge")
    yield from (_line(name, labels, value) for labels, value in values.items())


def counter(name: str, text: str, values: Values) -> Iterator[str]:
    """Yield a figure that only grows; its name ends in `_total`."""
    yield from _head(f"{name}_total", text, "counter")
    yield from (_line(f"{name}_total", labels, value) for labels, value in values.items())


def histogram(name: str, text: str, spreads: Mapping[Labels, Spread]) -> Iterator[str]:
    """Yield how durations were distributed, in seconds."""
    yield from _head(name, text, "histogram")
    for labels, spread in spreads.items():
        ends = [*(f"{bound:g}" for bound in BOUNDS_S), "+Inf"]
        for end, count in zip(ends, spread.up_to, strict=True):
            yield _line(f"{name}_bucket", (*labels, ("le", end)), count)
        yield _line(f"{name}_sum", labels, round(spread.sum_s, 3))
        yield _line(f"{name}_count", labels, spread.up_to[-1])


def _head(name: str, text: str, kind: str) -> Iterator[str]:
    yield f"# HELP {PREFIX}{name} {text}\n# TYPE {PREFIX}{name} {kind}\n"


def _line(name: str, labels: Labels, value: float) -> str:
    said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{PREFIX}{name}{f'{{{said}}}' if said else ''} {value}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
