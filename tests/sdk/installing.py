"""The clients installed as their READMEs say, from a checkout that holds nothing but sources."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from gate.documents.mentions import SHELL
from gate.documents.reading import read_page
from tests.sdk.conftest import ROOT


def check_out(folder: Path, package: str) -> None:
    """Copy one client, without what was built or fetched there."""
    unwanted = shutil.ignore_patterns(
        "__pycache__", "*.egg-info", "build", "dist", "node_modules", "package-lock.json"
    )
    shutil.copytree(ROOT / package, folder / package, ignore=unwanted)


def install_commands(readme: str, package: str) -> str:
    """The block of a README that installs a client."""
    page = read_page(readme, (ROOT / readme).read_text(encoding="utf-8"))
    (found,) = [
        block.content
        for block in page.blocks
        if block.language in SHELL and " install " in block.content and package in block.content
    ]
    return found


def run_commands(commands: str, folder: Path, path: Path, **variables: str) -> None:
    """Run them as somebody would who has just these programs, and what every machine has."""
    given: Mapping[str, str] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "npm_"))
    }
    search = f"{path}{os.pathsep}{given.get('PATH', os.defpath)}"
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env={**given, "PATH": search, **variables},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
