"""The log on standard error: one line per record, as logfmt or JSON, and no text that anybody typed.

What the desk's own code says is shown. Of other libraries' records only the place is shown, unless the level is
`debug`, because their words may quote a request; of an error only its class and place, because its words may too.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

_OWN = "supportbot"
#: At their INFO these tell of every request, some with addresses that are secrets.
_TALKATIVE = ("httpx", "httpcore", "alembic", "watchfiles", "asyncio", "urllib3", "uvicorn.access", "uvicorn.error")
_BARE = re.compile(r"[\w.:/+-]+", re.ASCII)
_DEEPEST = 3


class Lines(logging.Formatter):
    """Writes a record as one line."""

    def __init__(self, form: str, *, open_words: bool = False) -> None:
        super().__init__()
        self._form = form
        self._open_words = open_words

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, in the order time, level, what happened, its facts."""
        row: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        row |= self._said(record)
        if record.exc_info and record.exc_info[1] is not None:
            row["error"] = _place(record.exc_info[1])
        return json.dumps(row, ensure_ascii=True) if self._form == "json" else _logfmt(row)

    def _said(self, record: logging.LogRecord) -> dict[str, object]:
        facts = getattr(record, "facts", None)
        if isinstance(facts, Mapping):
            return {"event": record.getMessage(), **facts}
        if record.name.split(".")[0] == _OWN or self._open_words:
            return {"logger": record.name, "message": record.getMessage()}
        return {"logger": record.name, "where": f"{record.module}:{record.lineno}"}


def log_to_stderr(form: str, level: str, stream: TextIO | None = None) -> None:
    """Send every record of *level* and above to standard error, and whatever libraries have set up for themselves too.

    Handlers they brought along are taken off, and what they set up later gets none.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(form, open_words=level == "debug"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in list(logging.root.manager.loggerDict):
        found = logging.getLogger(name)
        found.handlers.clear()
        found.propagate = True
    logging.setLoggerClass(_Passing)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Passing(logging.Logger):
    """A logger that always passes its records on and takes no handler: its library's own would show every word."""

    def addHandler(self, hdlr: logging.Handler) -> None:
        """Take none."""

    @property
    def propagate(self) -> bool:
        """Always: a library cannot switch it off."""
        return True

    @propagate.setter
    def propagate(self, value: bool) -> None: ...


def _place(error: BaseException) -> str:
    """Name an error by its class and where it came from, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    at = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {at}" if at else type(error).__name__


def _logfmt(row: Mapping[str, object]) -> str:
    return " ".join(f"{key}={_value(value)}" for key, value in row.items())


def _value(value: object) -> str:
    said = ("false", "true")[value] if isinstance(value, bool) else str(value)
    return said if _BARE.fullmatch(said) else json.dumps(said, ensure_ascii=True)
