"""The tests of the TypeScript client that are written in TypeScript, run by Node's own runner."""

from __future__ import annotations

import subprocess

from tests.sdk.typescript.node import FOLDER, node_command


def test_the_client_by_itself() -> None:
    files = sorted(FOLDER.glob("*.test.mts"))
    command = node_command("--test", "--test-reporter=tap", *files)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    counts = dict(
        line.removeprefix("# ").split() for line in done.stdout.splitlines()[-8:] if "# " in line
    )
    assert int(counts["pass"]) == int(counts["tests"]) > 30
