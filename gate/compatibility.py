"""The compatibility policy: what breaks the released contract has its version and its entry.

The contract of the last release stands in ``contracts/released.yaml``. A breaking change since then
needs a step of the version and a line in the changelog that names the operation.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from markdown_it import MarkdownIt

from codegen.compatibility import Change, compare_contracts
from gate.findings import Failure
from palaver.contract.document import ContractError, Document

RELEASED = "contracts/released.yaml"
CHANGELOG = "CHANGELOG.md"
RULE = "compatibility"

Version = tuple[int, int, int]


def check_compatibility(root: Path, document: Document | None = None) -> list[Failure]:
    """Whether the contract of a tree keeps what its last release promised, or says that it does
    not. ``document`` stands in for the tree's own contract."""
    new = document or Document.load(root / "openapi.yaml")
    try:
        old = Document.load(root / RELEASED)
    except (OSError, ContractError) as error:
        return [Failure("", RULE, f"the released contract cannot be read: {error}")]
    changelog = (root / CHANGELOG).read_text(encoding="utf-8")
    return [*_check_versions(root, new), *_check_changes(old, new, changelog)]


def needed_version(released: Version) -> Version:
    """The least version of a contract that breaks a released one."""
    major, minor, _ = released
    return (0, minor + 1, 0) if major == 0 else (major + 1, 0, 0)


def breaking_entries(changelog: str, wanted: str) -> list[str]:
    """The entries on breaking changes under a version: its section ``Breaking``, and those entries
    of its section ``Changed`` that use the word."""
    entries: list[str] = []
    current, section, heading = "", "", ""
    for token in MarkdownIt("commonmark").parse(changelog):
        if token.type == "heading_open":
            heading = token.tag
        elif token.type == "heading_close":
            heading = ""
        elif token.type == "inline" and heading == "h2":
            found = re.match(r"\W*v?(\d+\.\d+\.\d+)\b", token.content)
            current, section = (found[1] if found else ""), ""
        elif token.type == "inline" and heading == "h3":
            section = token.content.strip().lower()
        elif token.type == "inline" and current == wanted:
            says_so = section == "changed" and "breaking" in token.content.lower()
            if section == "breaking" or says_so:
                entries.append(token.content)
    return entries


def _check_versions(root: Path, document: Document) -> Iterator[Failure]:
    """The contract, the package and the program tell one version."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = str(document.tree["info"]["version"])
    for name, other in (
        ("pyproject.toml", str(project["version"])),
        ("`palaver --version`", version("palaver")),
    ):
        if other != stated:
            message = f"{document.where(('info', 'version'))}: the version is {stated}, but"
            yield Failure("", RULE, f"{message} {name} says {other}", "palaver --version")


def _check_changes(old: Document, new: Document, changelog: str) -> Iterator[Failure]:
    changes = compare_contracts(old, new)
    breaking = [change for change in changes if change.breaking]
    stated = str(new.tree["info"]["version"])
    released, current = _parsed(str(old.tree["info"]["version"])), _parsed(stated)
    if current < released:
        yield _failure("", f"the version {stated} is older than the release {_dotted(released)}")
    if not breaking:
        return
    needed = needed_version(released)
    if current < needed:
        several = f"are {len(breaking)} breaking changes, such as"
        found = several if len(breaking) > 1 else "is a breaking change,"
        what = f"since {_dotted(released)} there {found}"
        step = f"set info.version (and pyproject.toml) to {_dotted(needed)}"
        yield _failure(breaking[0].operation_id, f"{what} “{breaking[0]}”; {step}")
    entries = " ".join(breaking_entries(changelog, _dotted(max(current, needed))))
    for name, change in _first_of_each(breaking).items():
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", entries):
            where = f"{CHANGELOG}, under “## {_dotted(max(current, needed))}”, “### Breaking”"
            message = f"“{change}” has no entry; write one in {where}, that names `{name}`"
            yield _failure(change.operation_id, message)


def _first_of_each(changes: list[Change]) -> dict[str, Change]:
    """One change for each operation, by the name that an entry has to mention."""
    found: dict[str, Change] = {}
    for change in changes:
        found.setdefault(change.operation_id or change.where.split(" ")[-1], change)
    return found


def _failure(operation_id: str, message: str) -> Failure:
    return Failure(operation_id, RULE, message, f"python -m codegen diff {RELEASED} openapi.yaml")


def _parsed(text: str) -> Version:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)


def _dotted(parts: Version) -> str:
    return ".".join(map(str, parts))
