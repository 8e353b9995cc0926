"""What breaks the released contract has its version and its entry in the changelog."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate.compatibility import breaking_entries, check_compatibility, needed_version

ROOT = Path(__file__).parents[2]

Tree = dict[str, Any]

MINI: Tree = {
    "openapi": "3.0.3",
    "info": {"title": "Mini", "version": "0.4.2"},
    "paths": {
        "/things": {
            "post": {
                "operationId": "make_thing",
                "tags": ["things"],
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "Fine."}},
            }
        }
    },
}
BROKEN = copy.deepcopy(MINI)
BROKEN["paths"]["/things"]["post"]["parameters"] = []
DEPRECATED = copy.deepcopy(MINI)
DEPRECATED["paths"]["/things"]["post"]["deprecated"] = True

CHANGELOG = """\
# Changelog

## 0.5.0, not released yet

### Breaking

- `make_thing` takes no `limit`.

### Changed

- `get_thing` is faster.
- Breaking: `list_things` is gone.

## 0.4.2 - 2026-01-01

### Breaking

- `old_thing`
"""


def test_entries_are_those_of_their_version() -> None:
    assert breaking_entries(CHANGELOG, "0.5.0") == [
        "`make_thing` takes no `limit`.",
        "Breaking: `list_things` is gone.",
    ]
    assert breaking_entries(CHANGELOG, "0.6.0") == []


@pytest.mark.parametrize(("released", "needed"), [((0, 4, 2), (0, 5, 0)), ((1, 4, 2), (2, 0, 0))])
def test_a_breaking_change_costs_a_step(
    released: tuple[int, int, int], needed: tuple[int, int, int]
) -> None:
    assert needed_version(released) == needed


def _bytes(tree: Tree) -> bytes:
    return yaml.safe_dump(tree, sort_keys=False).encode()


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Check a tree with a released contract, a contract, a version and a changelog."""

    def check(new: Tree, version: str, changelog: str = CHANGELOG) -> list[str]:
        (tmp_path / "contracts").mkdir(exist_ok=True)
        (tmp_path / "contracts" / "released.yaml").write_bytes(_bytes(MINI))
        new = {**new, "info": {"title": "Mini", "version": version}}
        (tmp_path / "openapi.yaml").write_bytes(_bytes(new))
        (tmp_path / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
        (tmp_path / "CHANGELOG.md").write_text(changelog)
        monkeypatch.setattr("gate.compatibility.version", lambda name: version)
        return [str(each) for each in check_compatibility(tmp_path)]

    return check


def test_what_breaks_nobody_needs_nothing(release: Callable[..., list[str]]) -> None:
    assert release(MINI, "0.4.2", "# Changelog\n") == []
    assert release(DEPRECATED, "0.4.2", "# Changelog\n") == []


def test_what_breaks_needs_a_version_and_an_entry(release: Callable[..., list[str]]) -> None:
    assert release(BROKEN, "0.5.0") == []
    assert release(BROKEN, "1.0.0", CHANGELOG.replace("0.5.0", "1.0.0")) == []
    (step,) = release(BROKEN, "0.4.3")
    assert "make_thing: compatibility: since 0.4.2 there is a breaking change" in step
    assert "set info.version (and pyproject.toml) to 0.5.0" in step
    assert "python -m codegen diff contracts/released.yaml openapi.yaml" in step
    (entry,) = release(BROKEN, "0.5.0", CHANGELOG.replace("make_thing", "something"))
    assert "CHANGELOG.md, under “## 0.5.0”, “### Breaking”, that names `make_thing`" in entry
    assert len(release(BROKEN, "0.4.2", "# Changelog\n")) == 2


def test_versions_are_one_and_never_go_back(
    release: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "is older than the release 0.4.2" in release(MINI, "0.4.1")[0]
    release(MINI, "0.4.2")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.4.3"\n')
    monkeypatch.setattr("gate.compatibility.version", lambda name: "0.4.4")
    found = [str(each) for each in check_compatibility(tmp_path)]
    assert any("the version is 0.4.2, but pyproject.toml says 0.4.3" in each for each in found)
    assert any("but `palaver --version` says 0.4.4" in each for each in found)


def test_a_missing_release_is_a_failure(release: Callable[..., list[str]], tmp_path: Path) -> None:
    release(MINI, "0.4.2")
    (tmp_path / "contracts" / "released.yaml").unlink()
    assert "cannot be read" in str(check_compatibility(tmp_path)[0])


def test_this_repository_keeps_what_it_released() -> None:
    assert check_compatibility(ROOT) == []
