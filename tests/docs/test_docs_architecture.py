"""What ARCHITECTURE.md claims and no other test holds."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

_READS = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic", "time.sleep"}
#: The clock's own home; the edges that wait for other programs; one-shot commands without a desk.
_MAY = ("bootstrap.py", "storage/", "providers/", "cli/")


def clock_calls(file: Path) -> Iterator[str]:
    """Places where a file asks the machine for the time, or lets time pass."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in _READS:
            yield f"{file.name}:{node.lineno}"


def test_time_comes_from_the_injected_clock(project: Path) -> None:
    """Nothing between the pages and the domain reads the machine's clock; so tests and the demo own the time."""
    root = project / "src" / "supportbot"
    core = [file for file in root.rglob("*.py") if not file.relative_to(root).as_posix().startswith(_MAY)]
    assert len(core) > 100
    assert [place for file in core for place in clock_calls(file)] == []


def test_the_picture_names_every_package(project: Path) -> None:
    """Each layer that import-linter checks stands in the picture."""
    contracts = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    names = {name for layer in layers for name in re.findall(r"\w+", re.sub(r"\(\w+\)", "", layer))}
    picture = (project / "ARCHITECTURE.md").read_text("utf-8").split("```text")[1].split("```")[0]
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", picture)) == []


def test_all_ten_invariants_are_listed_with_what_holds_them(project: Path) -> None:
    """A row per invariant, each naming a test; test_docs_links checks that it exists."""
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", (project / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 11))
    assert [number for number, held in rows if "::" not in held] == []
