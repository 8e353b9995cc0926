"""Child processes: what they get, and that nothing of them is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from palaver.children import Stopped, TookTooLong, child, wait_for

# Leads a group with a sleeper in it, which has nothing of its parent's but that.
FAMILY = """
import subprocess, sys, time
from palaver.confinement import confine, die_with
die_with(int(sys.argv[1]))
confine(memory_bytes=1 << 30, cpu_seconds=9, file_bytes=1 << 20, may_start=True)
sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open("sleeper.part", "w") as file:
    file.write(str(sleeper.pid))
import os
os.rename("sleeper.part", "sleeper")
time.sleep(600)
"""

# Starts the family and is killed.
PARENT = """
import os, signal, time
from pathlib import Path
from palaver.children import child
with child("family", folder=Path({folder!r})):
    while not os.path.exists({folder!r} + "/sleeper"):
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} lives on"
        time.sleep(0.02)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder, and in it a program that children run in place of one of our modules."""
    path = tmp_path / "program.py"
    # Children hear of no folder to look for modules in.
    popen = subprocess.Popen

    def started(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        assert command[:5] == [sys.executable, "-I", "-B", "-m", "family"]
        return popen([*command[:3], str(path), *command[5:]], **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(subprocess, "Popen", started)
    return path


def test_a_child_and_what_it_started_end_with_the_block(program: Path, tmp_path: Path) -> None:
    program.write_text(FAMILY)
    with child("family", folder=tmp_path) as process:
        while not (tmp_path / "sleeper").exists():
            assert process.poll() is None
            time.sleep(0.02)
        sleeper = int((tmp_path / "sleeper").read_text())
        assert is_alive(sleeper)
    assert process.returncode == -signal.SIGKILL
    wait_until_gone(sleeper)


def test_a_child_and_what_it_started_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "family.py"
    program.write_text(FAMILY)
    parent = PARENT.format(folder=str(tmp_path))
    start = (
        "import subprocess; popen = subprocess.Popen\n"
        f"def started(command, **options): return popen([*command[:3], {str(program)!r}, "
        "*command[5:]], **options)\n"
        "subprocess.Popen = started\n"
    )
    done = subprocess.run([sys.executable, "-c", start + parent], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    wait_until_gone(int((tmp_path / "sleeper").read_text()))


def test_waiting_ends_when_it_is_told_to_and_when_it_is_long(program: Path, tmp_path: Path) -> None:
    program.write_text("import time; time.sleep(600)")
    with child("family", folder=tmp_path) as process:
        with pytest.raises(Stopped):
            wait_for(process, 600, lambda: True)
        with pytest.raises(TookTooLong):
            wait_for(process, 0.2)
    program.write_text("raise SystemExit(7)")
    with child("family", folder=tmp_path) as process:
        assert wait_for(process, 60) == 7


def test_a_child_knows_nothing_of_the_server(program: Path, tmp_path: Path) -> None:
    program.write_text(
        "import json, os; open('told', 'w').write(json.dumps([sorted(os.environ), os.getcwd()]))"
    )
    os.environ["PALAVER_JWT_SECRET"] = "x"
    try:
        with child("family", folder=tmp_path) as process:
            assert wait_for(process, 60) == 0
    finally:
        del os.environ["PALAVER_JWT_SECRET"]
    names, folder = json.loads((tmp_path / "told").read_text())
    assert (set(names) - {"LC_CTYPE"}, folder) == ({"TMPDIR"}, str(tmp_path.resolve()))
