"""What is wrong with an article, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = "error"  #: the article cannot be used
    WARNING = "warning"  #: it can be used, but a customer may be led astray


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem: `text` says what is wrong and what to do; `line` counts from 1."""

    file: str
    line: int
    text: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"
