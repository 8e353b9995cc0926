"""The modules of the pages keep to the types that they name, as the compiler checks them."""

from __future__ import annotations

import subprocess

from tests.sdk.conftest import ROOT
from tests.sdk.typescript.node import node_command, tools


def test_the_modules_of_the_pages_have_the_types_that_they_say() -> None:
    project = ROOT / "src/palaver/console/tsconfig.json"
    command = node_command(tools() / "typescript/bin/tsc", "--project", project)
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout == ""
    assert done.returncode == 0
