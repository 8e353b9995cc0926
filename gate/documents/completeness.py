"""The other direction: what exists is documented, wherever a document says that it has it all."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gate.documents.checking import RULE, Checker
from gate.documents.mentions import Mention, sentences_of
from gate.documents.paths import Paths
from gate.documents.programs import Programs
from gate.documents.reading import Block
from gate.documents.tree import Tree
from gate.findings import Failure
from palaver.contract.document import Document

README = "README.md"
AGENTS = "AGENTS.md"
_REPRODUCE = "python -m gate.documents"


def check_completeness(tree: Tree, document: Document, checker: Checker) -> Iterator[Failure]:
    """Settings, commands and flags in the README, operations in a table of AGENTS.md."""
    if README in tree.files:
        mentions = _mentions(checker.page(README).blocks)
        yield from _missing_settings(tree, mentions)
        yield from _missing_flags(Programs(tree.root), mentions)
    if AGENTS in tree.files:
        rows = [block for block in checker.page(AGENTS).blocks if block.kind == "row"]
        yield from _missing_operations(document, rows)


def _mentions(blocks: list[Block]) -> list[Mention]:
    return [each for block in blocks for sentence in sentences_of(block) for each in sentence]


def _missing_settings(tree: Tree, mentions: list[Mention]) -> Iterator[Failure]:
    said = {each.text for each in mentions if each.kind == "setting"}
    for name in tree.settings:
        if name not in said:
            yield Failure("", RULE, f"{README}: the setting {name} is not documented", _REPRODUCE)


def _missing_flags(programs: Programs, mentions: list[Mention]) -> Iterator[Failure]:
    said: dict[str, set[str]] = {}
    for mention in mentions:
        if mention.command is None or mention.command.name != "palaver":
            continue
        words = [word.strip("[]") for word in mention.command.arguments]
        path = ""
        while words and f"{path} {words[0]}".strip() in programs.palaver:
            path, words = f"{path} {words[0]}".strip(), words[1:]
        flags = {word.partition("=")[0] for word in words if word.startswith("-")}
        said.setdefault(path, set()).update(flags)
    for path, command in programs.palaver.items():
        name = f"palaver {path}".strip()
        if path not in said and not isinstance(command, click.Group):
            yield Failure("", RULE, f"{README}: `{name}` is not documented", _REPRODUCE)
            continue
        for option in command.params:
            visible = isinstance(option, click.Option) and not option.hidden
            if visible and said.get(path, set()).isdisjoint(option.opts):
                flag = max(option.opts, key=len)
                message = f"{README}: the flag {flag} of `{name}` is not documented"
                yield Failure("", RULE, message, _REPRODUCE)


def _missing_operations(document: Document, rows: list[Block]) -> Iterator[Failure]:
    paths = Paths(document)
    said: set[str] = set()
    for row in rows:
        mentions = [each for sentence in sentences_of(row) for each in sentence]
        for endpoint in (each.endpoint for each in mentions if each.kind == "endpoint"):
            found = paths.find(endpoint) if endpoint else []
            ids = {each.text for each in mentions if each.kind == "name"}
            said |= {each.operation_id for each in found} & ids
    for operation in document.operations:
        if operation.operation_id not in said:
            where = f"{operation.method.upper()} {operation.path} (`{operation.operation_id}`)"
            message = f"{AGENTS}: no table has {where}"
            yield Failure(operation.operation_id, RULE, message, _REPRODUCE)
