"""The programs that documents tell people to run: which there are, and which flags they take."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import click

from gate.documents.shell import Command
from palaver.cli import main

_METAVAR = re.compile(r"[A-Z_]+…?|\.\.\.|…")
_DECLARES_FLAGS = ("add_argument", "addoption", "option")


class Programs:
    """What can be run in a tree: ``palaver``, its modules, and its tox environments."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._strings: dict[tuple[Path, tuple[str, ...]], frozenset[str]] = {}

    @cached_property
    def palaver(self) -> dict[str, click.Command]:
        """Every command of ``palaver`` by its words: ``""`` for the program, ``serve`` …"""
        return dict(_walk(main, ""))

    @cached_property
    def flags(self) -> frozenset[str]:
        """Every flag that any program of the tree has."""
        own = {flag for command in self.palaver.values() for flag in flags_of(command)}
        for folder in ("codegen", "gate", "benchmarks"):
            for path in sorted((self._root / folder).rglob("*.py")):
                own |= self._declared(path)
        return frozenset(own | self._declared(self._root / "tests" / "conftest.py"))

    @cached_property
    def tox_environments(self) -> frozenset[str]:
        """What ``tox -e`` takes."""
        config = self._tox
        named = {
            each.partition(":")[2] for each in config.sections() if each.startswith("testenv:")
        }
        return frozenset(named | set(_listed(config.get("tox", "env_list", fallback=""))))

    @cached_property
    def tox_labels(self) -> frozenset[str]:
        """What ``tox -m`` takes."""
        lines = self._tox.get("tox", "labels", fallback="").strip().splitlines()
        return frozenset(line.partition("=")[0].strip() for line in lines)

    @cached_property
    def _tox(self) -> configparser.ConfigParser:
        config = configparser.ConfigParser(interpolation=None)
        config.read(self._root / "tox.ini", encoding="utf-8")
        return config

    def complaints(self, command: Command) -> Iterator[tuple[str, str]]:
        """What is wrong with a documented command: what was said, and what there is instead."""
        match command.name:
            case "palaver":
                yield from self._check_palaver(command.arguments)
            case "tox":
                yield from self._check_tox(command.arguments)
            case name if re.fullmatch(r"python[\d.]*", name):
                if command.arguments[:1] == ("-m",) and len(command.arguments) > 1:
                    yield from self._check_module(command.arguments[1], command.arguments[2:])

    def _check_palaver(self, arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        path, command = "", self.palaver[""]
        words = [word for word in map(_unbracket, arguments) if word]
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            if _METAVAR.fullmatch(words[0]):
                return
            path = f"{path} {words[0]}".strip()
            if path not in self.palaver:
                known = ", ".join(sorted(command.commands))
                yield f"palaver {path}", f"palaver has only {known}"
                return
            command = self.palaver[path]
            words = words[1:]
        options = {flag: each for each in command.params for flag in each.opts}
        name = f"palaver {path}".strip()
        for word, following in pairwise([*words, ""]):
            if not word.startswith("-"):
                continue
            flag, _, value = word.partition("=")
            if flag not in options and flag not in flags_of(command):
                known = ", ".join(sorted(flags_of(command)))
                yield f"{name} {flag}", f"{name} takes only {known}"
            elif flag in options and _in_brackets(arguments, word):
                yield from _check_default(f"{name} {flag}", options[flag], value or following)

    def _check_tox(self, arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for word, following in pairwise(arguments):
            known = {"-e": self.tox_environments, "-m": self.tox_labels}.get(word, frozenset())
            for name in _listed(following) if word in ("-e", "-m") else []:
                if name not in known and not _METAVAR.fullmatch(name):
                    yield f"tox {word} {name}", f"tox.ini has only {', '.join(sorted(known))}"

    def _check_module(self, module: str, arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        if module == "palaver":
            yield from self._check_palaver(arguments)
            return
        if module == "tox":
            yield from self._check_tox(arguments)
            return
        path = self._root / module.replace(".", "/")
        if not (self._root / module.partition(".")[0]).is_dir():
            if importlib.util.find_spec(module.partition(".")[0]) is None and module != "tox":
                yield f"python -m {module}", "no such module is installed or in this repository"
            return
        files = [path.with_suffix(".py")]
        if (path / "__main__.py").is_file():
            files = sorted(path.glob("*.py"))
        if not files[0].is_file():
            near = ", ".join(self._runnable(module.partition(".")[0]))
            yield f"python -m {module}", f"only {near} can be run"
            return
        known = frozenset().union(*(self._declared(each) for each in files)) | {"--help", "-h"}
        commands = frozenset().union(*(self._declared(each, ("add_parser",)) for each in files))
        first = _unbracket(arguments[0]) if arguments else "-"
        is_command = not first.startswith("-") and not _METAVAR.fullmatch(first)
        if commands and is_command and first not in commands:
            yield f"python -m {module} {first}", f"there is only {', '.join(sorted(commands))}"
        for word in map(_unbracket, arguments):
            flag = word.partition("=")[0]
            if flag.startswith("-") and flag not in known:
                yield f"python -m {module} {flag}", f"it takes only {', '.join(sorted(known))}"

    def _runnable(self, package: str) -> list[str]:
        """The modules of a package that can be run as programs."""
        return [
            "python -m " + ".".join(_module_of(path.relative_to(self._root)))
            for path in sorted((self._root / package).rglob("*.py"))
            if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
        ]

    def _declared(self, path: Path, callers: tuple[str, ...] = _DECLARES_FLAGS) -> frozenset[str]:
        """The flags that a module declares to argparse, pytest or click; or its subcommands."""
        key = (path, callers)
        if key not in self._strings:
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            found: set[str] = set()
            if any(f"{name}(" in text for name in callers):
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Call) and _called(node) in callers:
                        values = [
                            each.value for each in node.args if isinstance(each, ast.Constant)
                        ]
                        found |= {str(each) for each in values if isinstance(each, str)}
            flags = callers == _DECLARES_FLAGS
            self._strings[key] = frozenset(each for each in found if each[0] == "-" or not flags)
        return self._strings[key]


def flags_of(command: click.Command) -> frozenset[str]:
    """Every spelling of every flag of a command."""
    # As when it is called: a command keeps the help option of the first context that asks for it.
    context = click.Context(command, **main.context_settings)
    return frozenset(
        flag
        for each in command.get_params(context)
        if isinstance(each, click.Option)
        for flag in (*each.opts, *each.secondary_opts)
    )


def _walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _walk(child, f"{path} {name}".strip())


def _check_default(name: str, option: click.Parameter, value: str) -> Iterator[tuple[str, str]]:
    """A value that is shown in brackets, as what may be left out, has to be the default."""
    shown = value.strip("[]")
    default = option.default
    if not isinstance(default, str | int) or isinstance(default, bool):
        return
    is_value = shown and not shown.startswith("-") and not _METAVAR.fullmatch(shown)
    if is_value and shown != str(default):
        yield f"{name} {shown} (as the default)", f"the default is {default}"


def _in_brackets(arguments: tuple[str, ...], flag: str) -> bool:
    return any(each.startswith("[") and _unbracket(each) == flag for each in arguments)


def _module_of(path: Path) -> tuple[str, ...]:
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] == "__main__" else parts


def _unbracket(word: str) -> str:
    return word.strip("[]")


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _listed(text: str) -> list[str]:
    return [name for name in re.split(r"[,\s]+", text) if name]
