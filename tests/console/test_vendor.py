"""What the console takes from elsewhere is what it says it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.sdk.conftest import ROOT
from tests.sdk.typescript.node import PACKAGE, npm_command, tools

VENDORED = ROOT / "src/palaver/console/static/vendor/palaver-client.min.js"


def test_the_console_has_the_typescript_client_of_this_contract(tmp_path: Path) -> None:
    tools()
    fresh = tmp_path / "palaver-client.min.js"
    command = npm_command("run", "--silent", "bundle", "--", f"--outfile={fresh}")
    subprocess.run(command, cwd=PACKAGE, check=True, timeout=60)
    assert VENDORED.read_bytes() == fresh.read_bytes(), (
        "run `npm run bundle` in sdk/typescript and copy dist/palaver-client.min.js to "
        f"{VENDORED.relative_to(ROOT)}"
    )
