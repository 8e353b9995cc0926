"""Every mention of a document against the contract and the repository."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from gate.documents.mentions import SHELL, Mention, Sentence, sentences_of
from gate.documents.paths import Endpoint, Paths
from gate.documents.programs import Programs
from gate.documents.reading import NOT_EXECUTED, NOT_IN_CONTRACT, Block, Mark, Page, read_page
from gate.documents.statuses import EVERYWHERE
from gate.documents.tree import Tree
from gate.findings import Failure
from palaver.contract.document import Document, Operation

RULE = "documents"
EXECUTED = (*SHELL, "http", "python", "py", "typescript", "ts", "json")
SHOWN = ("text", "yaml", "toml", "ini", "sql", "diff", "dockerfile", "nginx", "mermaid")
"""Languages of blocks that are only read; what they mention is checked all the same."""

_EXCEPT = re.compile(r"\b(all but|except|without)\b", re.IGNORECASE)


class Checker:
    """Checks pages of one tree against one contract."""

    def __init__(self, tree: Tree, document: Document) -> None:
        self._tree = tree
        self._document = document
        self._paths = Paths(document)
        self._programs = Programs(tree.root)
        self._by_id = {each.operation_id: each for each in document.operations}

    def check(self, path: str) -> list[Failure]:
        """Everything that is wrong in one file."""
        page = self.page(path)
        failures = [
            self._failure(page, mark.line, f"the mark “{mark.kind}” stands before nothing")
            for mark in page.stray
        ]
        for block in page.blocks:
            found = list(self._check_block(page, block))
            mark = block.mark(NOT_IN_CONTRACT)
            if mark is not None:
                found = self._excused(page, mark, found)
            failures += [*found, *self._check_execution(page, block)]
        return failures

    def page(self, path: str) -> Page:
        """A file, parsed."""
        return read_page(path, self._tree.read(path))

    def _excused(self, page: Page, mark: Mark, found: list[Failure]) -> list[Failure]:
        if not mark.reason:
            message = f"the mark “{mark.kind}” gives no reason"
            return [*found, self._failure(page, mark.line, message)]
        if not found:
            message = f"the mark “{mark.kind}” excuses nothing: all that is mentioned here exists"
            return [self._failure(page, mark.line, message)]
        return []

    def _check_execution(self, page: Page, block: Block) -> Iterator[Failure]:
        mark = block.mark(NOT_EXECUTED)
        if mark is not None and not mark.reason:
            yield self._failure(page, mark.line, f"the mark “{mark.kind}” gives no reason")
        executed = block.kind == "fence" and block.language in EXECUTED
        if mark is not None and not executed:
            message = f"the mark “{mark.kind}” excuses nothing: no block that is executed follows"
            yield self._failure(page, mark.line, message)
        if block.kind == "indented" or (block.kind == "fence" and not block.language):
            yield self._failure(
                page, block.line, "a code block must say its language; `text` if it is only read"
            )
        elif block.kind == "fence" and not executed and block.language not in SHOWN:
            message = f"code blocks in {block.language!r} are neither executed nor known as text"
            yield self._failure(page, block.line, message)

    def _check_block(self, page: Page, block: Block) -> Iterator[Failure]:
        earlier: list[Operation] = []
        sentences = sentences_of(block)
        for sentence in sentences:
            for mention in sentence:
                yield from self._check_mention(page, mention)
            named = self._named(sentence) or (earlier if block.kind == "prose" else [])
            if block.kind == "row":
                yield from self._check_row(page, block, sentence)
            else:
                yield from self._check_statuses(page, sentence, named)
            earlier = named

    def _check_mention(self, page: Page, mention: Mention) -> Iterator[Failure]:
        match mention.kind:
            case "endpoint" | "path" if mention.endpoint is not None:
                yield from self._check_endpoint(page, mention, mention.endpoint)
            case "name":
                yield from self._check_name(page, mention)
            case "setting" if mention.text not in self._tree.settings:
                near = _near(mention.text, self._tree.settings)
                yield self._said(page, mention, f"{mention.text} is no setting; {near}")
            case "flag" if mention.text not in self._programs.flags:
                near = _near(mention.text, self._programs.flags)
                yield self._said(page, mention, f"no command has the flag {mention.text}; {near}")
            case "command" if mention.command is not None:
                for said, truth in self._programs.complaints(mention.command):
                    yield self._said(page, mention, f"`{said}` is documented, but {truth}")
            case "link":
                yield from self._check_link(page, mention)
            case "file" if self._tree.looks_like_file(mention.text):
                if not self._tree.has(mention.text, page.path):
                    yield self._no_file(page, mention, mention.text)

    def _check_endpoint(
        self, page: Page, mention: Mention, endpoint: Endpoint
    ) -> Iterator[Failure]:
        found = self._paths.find(endpoint, values=mention.sent)
        if found:
            known = {p.name for each in found for p in each.parameters if p.location == "query"}
            for name in endpoint.query:
                if name not in known and re.fullmatch(r"[\w.-]+", name):
                    said = f"{endpoint} has no query parameter {name}"
                    truth = f"it has {', '.join(sorted(known))}" if known else "it has none"
                    yield self._said(page, mention, f"{said}; {truth}", found[0])
            return
        if (endpoint.method or "GET", endpoint.path) in self._tree.pages:
            return
        there = self._paths.at(endpoint.path, values=mention.sent)
        if there:
            methods = ", ".join(each.method.upper() for each in there)
            message = f"{endpoint} is documented, but the contract has only {methods} there"
            yield self._said(page, mention, message, there[0] if len(there) == 1 else None)
            return
        nearest = self._paths.nearest(endpoint)
        message = f"{endpoint} is documented, but the contract has no such path"
        if nearest is not None:
            message += f"; the nearest is {nearest.method.upper()} {nearest.path}"
        yield self._said(page, mention, message, nearest)

    def _check_name(self, page: Page, mention: Mention) -> Iterator[Failure]:
        name = mention.text
        if name in self._by_id or name in self._known_names:
            return
        verb, _, noun = name.partition("_")
        verbs = {each.partition("_")[0] for each in self._by_id}
        nouns = {each.partition("_")[2] for each in self._by_id}
        if verb not in verbs and noun not in nouns:
            return
        if name in self._tree.names:
            return
        nearest = difflib.get_close_matches(name, self._by_id, 1)
        message = f"`{name}` is no operation of the contract; {_near(name, self._by_id)}"
        yield self._said(page, mention, message, self._by_id[nearest[0]] if nearest else None)

    @cached_property
    def _known_names(self) -> frozenset[str]:
        """Names of the contract that are spelled like operations: properties, error codes …"""
        found: set[str] = set()
        _collect_names(self._document.tree, found)
        for operation in self._document.operations:
            found.update(segment.strip("{}") for segment in operation.path.split("/"))
        return frozenset(found)

    def _check_link(self, page: Page, mention: Mention) -> Iterator[Failure]:
        target, _, anchor = mention.text.partition("#")
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            return
        name: str | None = page.path
        if target:
            name = self._tree.resolve(unquote(target), page.path)
        if name is None:
            yield self._no_file(page, mention, target)
        elif anchor and name.endswith(".md"):
            anchors = page.anchors if name == page.path else self.page(name).anchors
            if anchor not in anchors:
                message = f"{name} has no heading #{anchor}; {_near(anchor, anchors)}"
                yield self._said(page, mention, message)

    def _check_row(self, page: Page, block: Block, row: Sentence) -> Iterator[Failure]:
        """A row that names an operation in several ways means one, and has its statuses."""
        endpoints = [each for each in row if each.kind == "endpoint" and each.endpoint]
        ids = [each for each in row if each.kind == "name" and each.text in self._by_id]
        yield from self._check_setting_default(page, block, row)
        if len(endpoints) == 1 and len(ids) == 1:
            mentioned, operation = endpoints[0], self._by_id[ids[0].text]
            assert mentioned.endpoint is not None
            found = self._paths.find(mentioned.endpoint)
            if found and operation not in found:
                truth = ", ".join(each.operation_id for each in found)
                message = f"{mentioned.text} is said to be `{ids[0].text}`, but it is `{truth}`"
                yield self._said(page, mentioned, message, operation)
        statuses = [each for each in row if each.kind == "status"]
        stated = [each for each in statuses if each.column in ("status", "statuses")]
        operations = [self._by_id[each.text] for each in ids]
        for mention in endpoints:
            assert mention.endpoint is not None
            operations += self._paths.find(mention.endpoint)
        if _EXCEPT.search(" ".join(piece.text for piece in block.pieces)):
            return
        operations = list({each.operation_id: each for each in operations}.values())
        for operation in operations:
            for status in stated:
                if status.text not in operation.responses:
                    yield self._undocumented(page, status, [operation])
            if stated and stated[0].column == "statuses" and len(operations) == 1:
                for status_text in operation.responses.keys() - {each.text for each in stated}:
                    message = f"{operation.operation_id} answers {status_text} too, by the contract"
                    yield self._said(page, stated[0], message, operation)
        rest = [each for each in row if each not in stated]
        yield from self._check_statuses(page, rest, operations)

    def _check_setting_default(self, page: Page, block: Block, row: Sentence) -> Iterator[Failure]:
        """The column ``Default`` of a setting's row."""
        titles = [title.strip().lower() for title in block.head]
        if not row or row[0].kind != "setting" or "default" not in titles:
            return
        default = self._tree.settings.get(row[0].text)
        index = titles.index("default")
        cell = block.cells[index] if index < len(block.cells) else []
        shown = [piece.text for piece in cell if piece.kind == "code"]
        if default is None or shown == ([default] if default else []):
            return
        said = f"`{shown[0]}`" if shown else "none"
        truth = f"`{default}`" if default else "none"
        yield self._said(page, row[0], f"{row[0].text} has the default {truth}, not {said}")

    def _named(self, sentence: Sentence) -> list[Operation]:
        """The operations that a sentence names, by path or by id."""
        found: list[Operation] = []
        for mention in sentence:
            if mention.endpoint is not None:
                found += self._paths.find(mention.endpoint, values=mention.sent)
            elif mention.kind == "name" and mention.text in self._by_id:
                found.append(self._by_id[mention.text])
        return found

    def _check_statuses(
        self, page: Page, sentence: Sentence, named: list[Operation]
    ) -> Iterator[Failure]:
        for index, mention in enumerate(sentence):
            if mention.kind != "status":
                continue
            operations = named
            if mention.joins_next and index + 1 < len(sentence):
                operations = self._named([sentence[index + 1]]) or named
            documented = any(mention.text in each.responses for each in operations)
            if operations and not documented and mention.text not in EVERYWHERE:
                yield self._undocumented(page, mention, operations)

    def _undocumented(self, page: Page, mention: Mention, operations: list[Operation]) -> Failure:
        first = operations[0]
        if len({each.operation_id for each in operations}) == 1:
            truth = f"the contract has {', '.join(first.responses)} for it"
            message = f"status {mention.text} is documented for {first.operation_id}, but {truth}"
            return self._said(page, mention, message, first)
        names = ", ".join(dict.fromkeys(each.operation_id for each in operations))
        message = f"status {mention.text} is documented, but none of these has it: {names}"
        return self._said(page, mention, message)

    def _no_file(self, page: Page, mention: Mention, target: str) -> Failure:
        name = posixpath.basename(target.rstrip("/"))
        known = {posixpath.basename(each): each for each in sorted(self._tree.files)}
        near = difflib.get_close_matches(name, known, 1, 0.75)
        hint = f"; the nearest is {known[near[0]]}" if near else ""
        return self._said(page, mention, f"{target} does not exist{hint}")

    def _said(
        self, page: Page, mention: Mention, message: str, operation: Operation | None = None
    ) -> Failure:
        return self._failure(page, mention.line, message, operation)

    def _failure(
        self, page: Page, line: int, message: str, operation: Operation | None = None
    ) -> Failure:
        operation_id = operation.operation_id if operation else ""
        return Failure(
            operation_id, RULE, f"{page.path}:{line}: {message}", "python -m gate.documents"
        )


def _near(said: str, known: Iterable[str]) -> str:
    ordered = sorted(known)
    near = difflib.get_close_matches(said, ordered, 2, 0.5)
    return f"there is {' and '.join(near)}" if near else f"there are {', '.join(ordered[:8])}"


def _collect_names(node: Any, found: set[str]) -> None:
    """Property names, parameter names, error codes and enum values, wherever they stand."""
    if isinstance(node, list):
        for each in node:
            _collect_names(each, found)
    if not isinstance(node, dict):
        return
    for key in ("properties", "x-errors"):
        if isinstance(node.get(key), dict):
            found.update(node[key])
    for key in ("name", "error"):
        if isinstance(node.get(key), str):
            found.add(node[key])
    for each in node.get("enum", []) if isinstance(node.get("enum"), list) else []:
        found.add(str(each))
    for each in node.values():
        _collect_names(each, found)
