"""The bundle that the reference page loads is the one that was published."""

from __future__ import annotations

import gzip
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.sdk.conftest import ROOT
from tests.sdk.typescript.node import npm_command

VENDOR = ROOT / "src/palaver/console/reference/vendor"


def test_it_is_what_the_package_holds(tmp_path: Path) -> None:
    (vendored,) = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    package = f"{vendored['package']}@{vendored['version']}"
    options = ("--loglevel=error", "--fetch-retries=0")
    done = subprocess.run(
        npm_command("pack", package, *options),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"{package} IS NOT COMPARED, {' '.join(done.stderr.split())[:300]}")
    with tarfile.open(tmp_path / done.stdout.split()[-1]) as archive:
        bundle = archive.extractfile(f"package/{vendored['from']}")
        manifest = archive.extractfile("package/package.json")
        assert bundle is not None
        assert manifest is not None
        assert gzip.decompress((VENDOR / vendored["file"]).read_bytes()) == bundle.read()
        assert json.load(manifest)["license"] == vendored["licence"]


def test_its_licences_are_beside_it() -> None:
    (vendored,) = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    text = (VENDOR / vendored["text"]).read_text(encoding="utf-8")
    assert vendored["package"] in text
    # What a bundle is made of has licences too.
    for part in ("vue", "@codemirror/view", "micromark", "js-base64", "yaml", "zod"):
        assert part in text
