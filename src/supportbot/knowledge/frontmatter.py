"""The head of an article: YAML between two lines of `---`, checked key by key."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from supportbot.domain.passage import Visibility

Language = Literal["en", "de", "es", "fr", "it", "pt", "nl"]
#: Languages an article can be written in: those with a stemmer and stop words.
LANGUAGES: tuple[str, ...] = get_args(Language)
_FENCE = "---"
_DEEPEST = 3
_REMEDIES = {
    "missing": "add the line `{key}: …`",
    "extra_forbidden": "this key is unknown; use only title, id, tags, language, visibility, updated and asked_as",
    "enum": "write `public` or `internal`",
    "literal_error": f"write one of {', '.join(LANGUAGES)}",
    "date_from_datetime_parsing": "write a date as 2026-11-23",
    "date_parsing": "write a date as 2026-11-23",
    "tuple_type": "write a list: one `- entry` per line",
    "string_pattern_mismatch": "write lower-case letters, digits and hyphens only",
    "string_too_short": "write at least one character",
    "string_too_long": "shorten it to 200 characters",
    "string_type": "write plain text",
}


def _one_line(text: str) -> str:
    return " ".join(text.split())


_Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)
]


class FrontMatter(BaseModel):
    """What stands above an article; every key but `tags` and `asked_as` is required, unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Line
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
    language: Language
    visibility: Visibility
    updated: date
    tags: tuple[_Line, ...] = ()
    asked_as: tuple[_Line, ...] = Field(default=(), max_length=100)


class Faulty(Exception):
    """The head cannot be read: `faults` are (line, text), lines counted from 1 in the file."""

    def __init__(self, *faults: tuple[int, str]) -> None:
        super().__init__(faults)
        self.faults = faults


def split(text: str) -> tuple[FrontMatter, str, int, dict[str, int]]:
    """Return head, body, the body's first line and the line of each key in the file; raise Faulty."""
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        raise Faulty((1, "front matter is missing; begin the file with a line `---` and the article's keys"))
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise Faulty((1, "front matter is not closed; end it with a second line `---`"))
    head, where = _read("\n".join(lines[1:end]))
    return head, "\n".join(lines[end + 1 :]), end + 2, where


def _read(source: str) -> tuple[FrontMatter, dict[str, int]]:
    values, where = _mapping(source)
    try:
        return FrontMatter.model_validate(values), where
    except ValidationError as wrong:
        raise Faulty(*_faults(wrong, where)) from wrong


def _mapping(source: str) -> tuple[object, dict[str, int]]:
    """Parse YAML into plain strings and lists, with the line of each key; aliases, depth and repeated keys refused."""
    try:
        _refuse_tricks(source)
        loader = yaml.BaseLoader(source)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise Faulty((2, "front matter is not a list of `key: value` lines; write one key per line"))
        where: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 2
            if key.value in where:
                raise Faulty((line, f"`{key.value}` appears twice; keep one of them"))
            where[str(key.value)] = line
        return loader.construct_document(node), where
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        reason = getattr(wrong, "problem", None) or "a character that YAML does not allow"
        before = source[: getattr(wrong, "position", 0)]
        line = mark.line if mark else before.count("\n")
        raise Faulty(
            (line + 2, f"front matter is not valid YAML ({reason}); quote values that hold a colon")
        ) from wrong


def _refuse_tricks(source: str) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
            line = event.start_mark.line + 2 if event.start_mark else 2
            raise Faulty((line, "front matter holds an alias or nested lists; write plain values"))


def _faults(wrong: ValidationError, where: dict[str, int]) -> Iterator[tuple[int, str]]:
    for error in wrong.errors(include_input=False, include_url=False, include_context=False):
        key = str(error["loc"][0]) if error["loc"] else ""
        remedy = _REMEDIES.get(error["type"], error["msg"]).replace("{key}", key)
        yield where.get(key, 1), f"`{key}` {_FAULT.get(error['type'], 'is not right')}; {remedy}"


_FAULT = {"missing": "is missing", "extra_forbidden": "is not a key of an article"}
