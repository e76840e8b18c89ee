"""A sample of the race campaign among real processes; `python -m benchmarks races` has a thousand claims."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_of_eight_processes_that_reach_for_a_ticket_one_has_it(
    database: str, project: Path, request: pytest.FixtureRequest
) -> None:
    """Every ticket and every turn is taken once; money for three calls buys no fourth, whoever asks at once."""
    if database == "postgresql":
        request.getfixturevalue("postgres")
    command = [sys.executable, "-m", "benchmarks", "races", "--examples=8", "--seed=3", f"--database={database}"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"claims on {database}" in done.stdout, "the campaign was skipped"
