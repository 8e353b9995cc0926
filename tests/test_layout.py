"""The house is as ARCHITECTURE.md says: links, rooms, sizes, settings, and what a wheel holds."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import yaml

from palaver.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]
LINKS = {
    "src/palaver/handlers": "../../handlers",
    "src/palaver/models": "../../models",
    "src/palaver/openapi.yaml": "../../openapi.yaml",
}
MOST_LINES = 400
FORBIDDEN_ROOMS = {"utils", "util", "helpers", "helper", "common", "services", "service", "manager",
                   "managers", "misc"}  # fmt: skip
PAGES_OWN = re.compile(r"\.pyc?$|\.d\.ts$|^tsconfig\.json$")
GENERATED = "# Generated from openapi.yaml"


def lost_links(root: Path) -> list[str]:
    """What is wrong with the links of a checkout, in words that say what to do."""
    wrong = []
    for name, target in LINKS.items():
        path = root / name
        if not path.is_symlink():
            state = "is missing" if not path.exists() else "is a copy or a text file"
            wrong.append(
                f"{name} {state}; it must be a link to {target}. Git makes links where "
                f"`git config core.symlinks` is not false: set it to true, then run "
                f"`git checkout -- {name}`."
            )
        elif os.readlink(path) != target:
            wrong.append(f"{name} links to {os.readlink(path)} instead of {target}.")
        elif not path.exists():
            wrong.append(f"{name} links to {target}, which does not exist.")
    return wrong


def modules() -> list[Path]:
    """Every Python file of the repository, once, and none of what was installed or built."""
    folders = [
        path
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name not in ("build", "dist")
    ]
    found = {path.resolve() for folder in folders for path in folder.rglob("*.py")}
    return sorted(path for path in found if "site-packages" not in path.parts)


def test_links() -> None:
    assert lost_links(ROOT) == []


def test_checkout_without_links_is_told_plainly(tmp_path: Path) -> None:
    # What Git leaves where it may not make links: a text file that holds the target.
    for name, target in LINKS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(target)
    said = lost_links(tmp_path)
    assert len(said) == len(LINKS)
    assert all("core.symlinks" in each and "git checkout" in each for each in said)

    (tmp_path / "src/palaver/handlers").unlink()
    assert "is missing" in lost_links(tmp_path)[0]
    (tmp_path / "src/palaver/handlers").symlink_to("../handlers")
    assert "instead of ../../handlers" in lost_links(tmp_path)[0]
    (tmp_path / "src/palaver/handlers").unlink()
    (tmp_path / "src/palaver/handlers").symlink_to("../../handlers")
    assert "does not exist" in lost_links(tmp_path)[0]


def test_every_tag_has_its_module() -> None:
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    used = {
        operation["tags"][0]
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "tags" in operation
    }
    assert used == {tag["name"] for tag in document["tags"]}
    missing = {tag for tag in used if not (ROOT / "handlers" / f"{tag}.py").is_file()}
    assert missing == set()


def test_no_module_is_too_long() -> None:
    long = {}
    for path in modules():
        lines = path.read_text().splitlines()
        relative = path.relative_to(ROOT)
        is_generated = bool(lines) and lines[0].startswith(GENERATED)
        if len(lines) > MOST_LINES and not is_generated and relative.parts[0] != "tests":
            long[str(relative)] = len(lines)
    assert long == {}, f"a module has at most {MOST_LINES} lines"


def test_no_room_for_anything() -> None:
    rooms = {
        part
        for path in modules()
        for part in path.relative_to(ROOT).with_suffix("").parts
        if part.lower() in FORBIDDEN_ROOMS
    }
    assert rooms == set(), (
        "what helps one module lives beside it, under a name that says what it is"
    )


def test_models_holds_generated_files_alone() -> None:
    files = [path for path in modules() if path.relative_to(ROOT).parts[0] == "models"]
    assert files != []
    by_hand = [path.name for path in files if not path.read_text().startswith(GENERATED)]
    assert by_hand == []


def test_readme_names_every_setting_and_no_other() -> None:
    known = {PREFIX + each.name.upper() for each in dataclasses.fields(Settings)}
    named = set(re.findall(r"PALAVER_[A-Z][A-Z_]*[A-Z]", (ROOT / "README.md").read_text()))
    assert named == known


def built_wheel(folder: Path) -> zipfile.ZipFile:
    """A wheel, built from a copy, because building leaves files beside the sources."""
    source = folder / "source"
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", ".mypy_cache")
    for name in ("src", "handlers", "models"):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=unwanted)
    for name in ("openapi.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder / "out", source],
        check=True,
        timeout=110,
    )
    (built,) = (folder / "out").glob("palaver-*.whl")
    return zipfile.ZipFile(built)


def test_wheel_holds_the_package_whole_and_nothing_else(tmp_path: Path) -> None:
    wheel = built_wheel(tmp_path)
    names = wheel.namelist()
    outside = [name for name in names if not re.match(r"palaver(-[^/]+\.dist-info)?/", name)]
    assert outside == []
    assert len(names) == len(set(names))

    package = ROOT / "src" / "palaver"
    wanted = {
        path.relative_to(package.parent).as_posix()
        for folder in (package, package / "handlers", package / "models")
        for path in [*folder.rglob("*.py"), *folder.rglob("*.mako"), *folder.rglob("*.typ")]
    }
    wanted |= {"palaver/openapi.yaml", "palaver/py.typed"}
    # What pages are made of, and what they load; types are for those who change it.
    wanted |= {
        path.relative_to(package.parent).as_posix()
        for path in (package / "console").rglob("*")
        if path.is_file() and not PAGES_OWN.search(path.name)
    }
    assert {
        "palaver/handlers/sessions.py",
        "palaver/models/schemas.py",
        "palaver/store/migrations/versions/v0001_sessions.py",
    } <= wanted
    held = {name for name in names if name.startswith("palaver/")}
    assert wanted - held == set()
    assert held - wanted == set()

    # Files, and not the links to them.
    assert wheel.read("palaver/openapi.yaml") == (ROOT / "openapi.yaml").read_bytes()
    handler = (ROOT / "handlers" / "sessions.py").read_bytes()
    assert wheel.read("palaver/handlers/sessions.py") == handler
    entries = next(name for name in names if name.endswith("/entry_points.txt"))
    assert "palaver = palaver.cli:main" in wheel.read(entries).decode()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
