"""Turns a failed check of supportbot.toml into one line: key, value, what is allowed, and the likely slip."""

import difflib

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from supportbot.settings.document import known_keys

#: What pydantic says of a wrong type, in the words of a TOML file.
_TYPES = {
    "model_type": "be a table",
    "dict_type": "be a table",
    "string_too_short": "not be empty",
    "too_short": "have at least one entry",
    "tuple_type": "be a list (tables of one are written with double brackets)",
    "int_parsing": "be a whole number",
    "int_from_float": "be a whole number",
    "int_type": "be a whole number",
    "float_parsing": "be a number",
    "float_type": "be a number",
    "decimal_parsing": "be a number",
    "decimal_type": "be a number",
    "bool_parsing": "be true or false",
    "bool_type": "be true or false",
    "string_type": "be a text in quotes",
}


def explain(file: str, wrong: ValidationError) -> str:
    """Return the first error as one line, and how many more there are. Unknown settings come first."""
    # A list whose entries all failed is then also too short: noise.
    errors = [error for error in wrong.errors() if error["type"] != "too_short"] or wrong.errors()
    errors.sort(key=lambda error: error["type"] != "extra_forbidden")
    rest = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{file}: {_line(errors[0])}{rest}"


def _line(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"] if part != "[key]")
    match error["type"]:
        case "extra_forbidden":
            return _unknown(key)
        case "missing":
            return f"'{key}' is missing."
        case "value_error":
            said = str(error["ctx"]["error"])
            return f"'{key}' is {_value(error)}; it {said}." if said.startswith("must be") else f"{_where(key)}{said}."
    return f"'{key}' is {_value(error)}; it must {_allowed(error)}."


def _allowed(error: ErrorDetails) -> str:
    if error["type"] in _TYPES:
        return _TYPES[error["type"]]
    said = error["msg"].removeprefix("Input should ").removeprefix("Value should ").removeprefix("String should ")
    return f"{said[:1].lower()}{said[1:]}"


def _where(key: str) -> str:
    return f"[{key}]: " if key else ""


def _value(error: ErrorDetails) -> str:
    return f"{str(error['input'])[:60]!r}" if isinstance(error["input"], str) else str(error["input"])[:60]


def _unknown(key: str) -> str:
    """Name the nearest known setting: by spelling, else one of the same name in another table."""
    plain = ".".join(part for part in key.split(".") if not part.isdigit())
    known = list(known_keys())
    tables = {name.partition(".")[0] for name in known}
    last = plain.rpartition(".")[2]
    near = difflib.get_close_matches(plain, [*known, *tables], n=1, cutoff=0.75)
    near = near or [name for name in known if name.rpartition(".")[2] == last][:1]
    near = near or difflib.get_close_matches(plain, known, n=1, cutoff=0.6)
    hint = f" Did you mean '{near[0]}'?" if near else " Every setting is in the supportbot.toml that ships with it."
    return f"unknown setting '{plain}'.{hint}"
