"""The benchmarks still run. What they find is not looked at: a busy machine proves nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BRIEFLY = (
    "--rounds=1",
    "--requests=5",
    "--http-rounds=1",
    "--seconds=0.02",
    "--large=2000",
)


@pytest.mark.parametrize(
    "name", ["runtime", "store_twin", "long_session", "many_sessions", "streams", "export"]
)
def test_a_benchmark_runs_and_prints_a_table(name: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks", name, *BRIEFLY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert found.returncode == 0, found.stderr
    assert "| ---:" in found.stdout
