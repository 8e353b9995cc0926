"""The modules that the console takes from npm are those that were published."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conftest import ROOT
from tests.sdk.typescript.node import npm_command

VENDOR = ROOT / "src/palaver/console/static/vendor"
FETCHED: list[dict[str, Any]] = [
    each
    for each in json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    if each["package"] != "palaver-client"
]


@pytest.mark.parametrize("vendored", FETCHED, ids=[each["package"] for each in FETCHED])
def test_it_is_what_the_package_holds(vendored: dict[str, Any], tmp_path: Path) -> None:
    package = f"{vendored['package']}@{vendored['version']}"
    done = subprocess.run(
        npm_command("pack", package, "--loglevel=error", "--fetch-retries=0"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"{package} IS NOT COMPARED, {' '.join(done.stderr.split())[:300]}")
    with tarfile.open(tmp_path / done.stdout.split()[-1]) as archive:

        def held(name: str) -> bytes:
            member = archive.extractfile(f"package/{name}")
            assert member is not None
            return member.read()

        assert (VENDOR / vendored["file"]).read_bytes() == held(vendored["from"])
        assert (VENDOR / vendored["text"]).read_bytes() == held("LICENSE")
        assert vendored["licence"] == json.loads(held("package.json"))["license"].strip("()")
