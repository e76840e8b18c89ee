"""What processes saw happen, written so that a killed one leaves every line it finished."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Journal:
    """One JSON document per line, each appended by a single write: no line is lost or torn by SIGKILL."""

    def __init__(self, file: Path) -> None:
        self._handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, what: str, **more: Any) -> None:
        """Append a line about *what*."""
        os.write(self._handle, json.dumps({"what": what, "pid": os.getpid(), **more}).encode() + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)


def read_journals(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yield every line of every journal in *folder*."""
    for file in sorted(folder.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
