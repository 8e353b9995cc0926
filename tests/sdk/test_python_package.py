"""The Python client as it is published: what a wheel holds, and that it runs with nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import palaver_client
from palaver.contract.document import Document
from tests.sdk.conftest import ROOT, Live
from tests.sdk.installing import check_out, install_commands, run_commands

PACKAGE = ROOT / "sdk/python"
USE = """\
import json, sys
import palaver_client
assert "site-packages" in palaver_client.__file__, palaver_client.__file__
client = palaver_client.Palaver(sys.argv[1], token=sys.argv[2])
session = client.create_session(title="Installed")
with client.send_session_message(session.session_id, message="Hello") as stream:
    types = [event.type for event in stream]
print(json.dumps([palaver_client.__version__, types[0], types[-1]]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy, because building may leave files beside the sources.

    What a build of before has left there is no part of it.
    """
    folder = tmp_path_factory.mktemp("wheel")
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(PACKAGE, folder / "source", ignore=unwanted)
    left = folder / "source/build/lib/palaver_client/of_yesterday.py"
    left.parent.mkdir(parents=True)
    left.write_text("")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder / "out")]
    subprocess.run([*command, str(folder / "source")], check=True, timeout=110)
    (built,) = (folder / "out").glob("palaver_client-*.whl")
    return built


def test_wheel_holds_the_package_whole_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        about = next(name for name in held if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(about).decode()
    sources = PACKAGE / "src"
    wanted = {
        path.relative_to(sources).as_posix()
        for path in (sources / "palaver_client").rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    inside = {name for name in held if not re.match(r"palaver_client-[^/]+\.dist-info/", name)}
    assert inside == wanted
    assert any(name.endswith("/licenses/LICENSE") for name in held)
    version = Document.load(ROOT / "openapi.yaml").tree["info"]["version"]
    assert f"\nVersion: {version}\n" in metadata
    assert palaver_client.__version__ == version


def test_licence_is_that_of_the_server() -> None:
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_it_runs_where_it_was_installed_from_a_clean_checkout(live: Live, tmp_path: Path) -> None:
    check_out(tmp_path / "palaver", "sdk/python")
    venv.create(tmp_path / "palaver/.venv", with_pip=True)
    programs = tmp_path / "palaver/.venv/bin"
    (tmp_path / "project").mkdir()
    lock = str(ROOT / "requirements/lock.txt")
    for readme, folder in (("sdk/python/README.md", "project"), ("README.md", "palaver")):
        commands = install_commands(readme, "sdk/python")
        run_commands(commands, tmp_path / folder, programs, PIP_CONSTRAINT=lock)
    found = subprocess.run(
        [programs / "python", "-c", USE, live.url, str(live.token("user"))],
        cwd=tmp_path,
        env={name: each for name, each in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == [palaver_client.__version__, "message.started", "done"]


def test_dependencies_are_what_is_imported() -> None:
    settings = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
    declared = {re.split(r"[<>=]", each)[0] for each in settings["project"]["dependencies"]}
    imported = {
        name
        for path in (PACKAGE / "src").rglob("*.py")
        for name in re.findall(r"^(?:import|from) (\w+)", path.read_text(), re.MULTILINE)
    }
    outside = imported - set(sys.stdlib_module_names) - {"palaver_client"}
    # pydantic-core comes with pydantic, which pins it.
    assert {each.replace("_", "-") for each in outside} - {"pydantic-core"} == declared
