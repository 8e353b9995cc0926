"""Make every generated file anew, or say with ``--check`` which ones are stale.

``diff OLD NEW`` lists what changed between two contracts, and what of it breaks clients.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from palaver.contract.document import ContractError, Document

from .compatibility import compare_contracts
from .models import GeneratorError, exported_names, render_models
from .operations import render_operations
from .python_sdk import GENERATED as PYTHON_SDK
from .python_sdk import render_python_sdk
from .rules import check_contract
from .samples import SAMPLES, render_samples
from .tables import MarkerError, render_agents
from .typescript import render_typescript

ROOT = Path(__file__).parent.parent
GENERATED_FOLDERS = ("models", PYTHON_SDK)
TYPESCRIPT = "sdk/typescript/src/generated"
FOLDERS = ("models", TYPESCRIPT)
"""What lies in these is generated, all of it."""


def main(arguments: list[str] | None = None) -> int:
    """Run the tool: 0 for success, 1 for stale files under ``--check`` and for a ``diff`` with
    breaking changes, 2 for a bad contract."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 and show a diff"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to work in")
    commands = parser.add_subparsers(dest="command")
    diff = commands.add_parser("diff", help="list what changed between two contracts")
    diff.add_argument("old", type=Path, metavar="OLD")
    diff.add_argument("new", type=Path, metavar="NEW")
    options = parser.parse_args(arguments)
    if options.command == "diff":
        return _diff(options.old, options.new)
    root: Path = options.root
    try:
        document = Document.load(root / "openapi.yaml")
        problems = check_contract(document)
        if not problems:
            files = render(document, (root / "AGENTS.md").read_text(encoding="utf-8"))
    except (ContractError, GeneratorError, MarkerError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 2
    return _check(root, files) if options.check else _write(root, files)


def _diff(old: Path, new: Path) -> int:
    try:
        changes = compare_contracts(Document.load(old), Document.load(new))
    except (ContractError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for change in sorted(changes, key=lambda change: not change.breaking):
        print(change)
    breaking = sum(change.breaking for change in changes)
    print(f"{len(changes)} changes, {breaking} of them breaking.")
    return 1 if breaking else 0


def render(document: Document, agents: str) -> dict[str, str]:
    """Every generated file by its path from the root; ``agents`` is the text of ``AGENTS.md``."""
    models = render_models(document)
    names = frozenset(exported_names(models["schemas.py"]))
    return {
        **{f"models/{name}": text for name, text in models.items()},
        "src/palaver/contract/operations.py": render_operations(document, names),
        **{f"{TYPESCRIPT}/{name}": text for name, text in render_typescript(document).items()},
        "AGENTS.md": render_agents(document, agents),
        **{f"{PYTHON_SDK}/{name}": text for name, text in render_python_sdk(document).items()},
        SAMPLES: render_samples(document),
    }


def surplus(root: Path, files: dict[str, str]) -> list[str]:
    """What lies in the generated folders and is not generated."""
    paths = (path for folder in FOLDERS for path in sorted((root / folder).rglob("*")))
    found = (path for path in paths if path.is_file())
    names = (path.relative_to(root).as_posix() for path in found if "__pycache__" not in path.parts)
    return [name for name in names if name not in files]


def _check(root: Path, files: dict[str, str]) -> int:
    stale = False
    for name, text in files.items():
        path = root / name
        current = path.read_text(encoding="utf-8") if path.is_file() else ""
        diff = difflib.unified_diff(
            current.splitlines(keepends=True),
            text.splitlines(keepends=True),
            name,
            f"{name} (generated)",
        )
        for line in diff:
            stale = True
            print(line, end="" if line.endswith("\n") else "\n")
    extra = surplus(root, files)
    for name in extra:
        folder = Path(name).parent.as_posix()
        print(f"{name}: {folder}/ holds only generated files; delete it")
    if stale or extra:
        print("Run `python -m codegen` and commit what it changes.", file=sys.stderr)
        return 1
    return 0


def _write(root: Path, files: dict[str, str]) -> int:
    for name, text in files.items():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    for name in surplus(root, files):
        (root / name).unlink()
        print(f"deleted {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
