"""The repository as documents speak of it: its files, its settings, and the names in its code."""

from __future__ import annotations

import fnmatch
import os
import posixpath
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import cast

from palaver.auth.tokens import TokenRules
from palaver.console.application import create_console
from palaver.settings import PREFIX, Settings
from palaver.store import Store

_LEFT_OUT = frozenset({"node_modules", "build", "dist", "__pycache__", "palaver-data"})
_CODE = ("src/", "gate/", "codegen/", "benchmarks/")
_PROTOCOLS = "src/palaver/contract/operations.py"
_DEFINITION = re.compile(r"^\s*(?:async def|def|class) (\w+)|^(\w+)(?:: [^=\n]+)? = ", re.MULTILINE)
_NAMED_FILE = re.compile(
    r"[\w.@*-]+\.(py|pyi|md|ya?ml|toml|ini|json|txt|cfg|sh|js|mjs|ts|tsx|sql|jinja2|mako|lock)"
)


class Tree:
    """A working tree; ``replaced`` gives some of its files another text."""

    def __init__(self, root: Path, replaced: Mapping[str, str] | None = None) -> None:
        self.root = root
        self._replaced = replaced or {}

    @cached_property
    def files(self) -> frozenset[str]:
        """Every file by its path from the root, without what is ignored."""
        found = _of_git(self.root) if (self.root / ".git").exists() else None
        present = found if found is not None else set(_walked(self.root))
        return frozenset(present | set(self._replaced))

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, and every link to one."""
        found = {str(parent) for name in self.files for parent in _parents(name)}
        return frozenset(found | {name for name in self.files if (self.root / name).is_dir()})

    @property
    def documents(self) -> list[str]:
        """Every Markdown file."""
        return sorted(name for name in self.files if name.lower().endswith(".md"))

    def read(self, name: str) -> str:
        """The text of a file."""
        if name in self._replaced:
            return self._replaced[name]
        return (self.root / name).read_text(encoding="utf-8")

    @cached_property
    def settings(self) -> dict[str, str]:
        """Every setting by its variable, with its default as text."""
        return {f"{PREFIX}{each.name.upper()}": str(each.default) for each in fields(Settings)}

    @cached_property
    def pages(self) -> frozenset[tuple[str, str]]:
        """Method and path of all that the console answers to, which is beside the contract."""
        # It is asked for its rules alone, and so needs no store.
        console = create_console(TokenRules(secret="none that signs"), cast(Store, None))  # noqa: S106
        return frozenset(
            (method, rule.rule)
            for rule in console.url_map.iter_rules()
            for method in rule.methods or ()
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Modules and what they define; handlers are left out, as they repeat the contract."""
        found = {Path(name).stem for name in self.files if name.endswith(".py")}
        for name in self.files:
            if name.startswith(_CODE) and name.endswith(".py") and name != _PROTOCOLS:
                for groups in _DEFINITION.findall(self.read(name)):
                    found.update(groups)
        return frozenset(found)

    def looks_like_file(self, text: str) -> bool:
        """Whether a code span can only mean a file or a folder of the repository."""
        if not re.fullmatch(r"(\./)?[\w.@*-]+(/[\w.@*-]+)*/?", text) or text.startswith("./"):
            return False
        if _NAMED_FILE.fullmatch(text.rpartition("/")[2]) and not text.startswith(".venv/"):
            return True
        if text.endswith("/") and text.count("/") == 1:
            return True
        return "/" in text.rstrip("/") and text.partition("/")[0] in self.folders

    def has(self, text: str, page: str) -> bool:
        """Whether a path exists: from the root, beside the page, or as the end of a file's path.

        Documents say ``errors.py`` or ``contract/paths.py`` where the folder is clear.
        """
        name = text.rstrip("/")
        wanted = {posixpath.normpath(name), posixpath.normpath(posixpath.join(_folder(page), name))}
        if "*" in name:
            return any(fnmatch.fnmatch(each, name) for each in self.files | self.folders)
        known = self.folders if text.endswith("/") else self.files | self.folders
        return not wanted.isdisjoint(known) or any(each.endswith(f"/{name}") for each in known)

    def resolve(self, target: str, page: str) -> str | None:
        """The file or folder that a relative link leads to, if it is there."""
        name = posixpath.normpath(posixpath.join(_folder(page), target))
        return name if name == "." or name in self.files or name in self.folders else None


def _folder(page: str) -> str:
    return posixpath.dirname(page)


def _parents(name: str) -> Iterator[str]:
    while name := posixpath.dirname(name):
        yield name


def _of_git(root: Path) -> set[str] | None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    # What was deleted and not yet committed is listed too.
    return {name for name in done.stdout.split("\0") if name and os.path.lexists(root / name)}


def _walked(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = [
            name
            for name in folders
            if name not in _LEFT_OUT and name not in links and (name == ".ci" or name[0] != ".")
        ]
        for name in [*files, *links]:
            yield (Path(folder) / name).relative_to(root).as_posix()
