"""The report as JSON: `supportbot report --json`."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from supportbot.domain.money import dollars
from supportbot.savings.report import Report

Json = dict[str, object]
_MICRO = "_microusd"


def to_json(report: Report) -> Json:
    """Return *report* as JSON values. Every amount stands twice: whole micro-dollars and, as `…_usd`, dollars."""
    return _object(report)


def _object(value: object) -> Json:
    found: Json = {}
    for field in fields(value):  # type: ignore[arg-type]
        plain = _plain(getattr(value, field.name))
        found[field.name] = plain
        if field.name.endswith(_MICRO):
            found[f"{field.name.removesuffix(_MICRO)}_usd"] = dollars(plain) if isinstance(plain, int) else None
    return found


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return _object(value)
    if isinstance(value, Mapping):
        return {str(_plain(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
