"""A seeded sample of the crash campaign; `python -m benchmarks crashes` runs it in full length, with other seeds."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("database", "points"), [("sqlite", 6), ("postgresql", 3)])
def test_nothing_is_lost_doubled_or_stuck_after_kill_9(
    database: str, points: int, project: Path, request: pytest.FixtureRequest
) -> None:
    """Real processes at random work are killed at random points; what they leave is read by plain SQL."""
    if database == "postgresql":
        request.getfixturevalue("postgres")
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "crashes",
        f"--points={points}",
        "--seed=7",
        f"--database={database}",
    ]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"| {database}" in done.stdout, "the campaign was skipped"
