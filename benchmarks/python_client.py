"""What the Python client costs: the processor time of its import, and the size of its wheel."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.options import Options

PACKAGE = Path(__file__).parents[1] / "sdk/python"
SUBJECTS = {
    "httpx2 and pydantic alone": "import httpx2; from pydantic import BaseModel, TypeAdapter",
    "palaver_client": "import palaver_client",
}

_TIMED = "import time; before = time.process_time(); {}; print(time.process_time() - before)"


def main(options: Options) -> str:
    """Import it, and what it stands on alone, in turns, each time in a new process."""
    times: dict[str, list[float]] = {subject: [] for subject in SUBJECTS}
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src")}
    for _ in range(options.rounds):
        for subject in SUBJECTS:
            command = [sys.executable, "-c", _TIMED.format(SUBJECTS[subject])]
            told = subprocess.run(
                command, env=environment, check=True, capture_output=True, text=True
            )
            times[subject].append(float(told.stdout) * 1000)
    rows = [
        f"| import of {subject}, ms of processor time | "
        f"{statistics.median(found):.0f} ({min(found):.0f}–{max(found):.0f}) |\n"
        for subject, found in times.items()
    ]
    size = f"| wheel, bytes | {_wheel_size():,} |\n"
    return f"| the Python client | |\n| --- | ---: |\n{''.join(rows)}{size}"


def _wheel_size() -> int:
    with tempfile.TemporaryDirectory(prefix="palaver-wheel-") as folder:
        source = Path(folder) / "source"
        unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
        shutil.copytree(PACKAGE, source, ignore=unwanted)
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder]
        subprocess.run([*command, str(source)], check=True)
        (built,) = Path(folder).glob("*.whl")
        return built.stat().st_size
