"""The code blocks of a document, run in their order against a real server."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx

from gate.documents.answers import Answer, Shapes, last_json, replacements
from gate.documents.checking import EXECUTED, RULE
from gate.documents.interpreters import PATIENCE, Bash, Interpreter, Python
from gate.documents.mentions import SHELL
from gate.documents.paths import Endpoint, Paths
from gate.documents.reading import NOT_EXECUTED, Block, read_page
from gate.documents.shell import commands_in, curl_endpoint
from gate.documents.tree import Tree
from gate.findings import Failure
from gate.target import Target
from palaver.contract.document import Document, Operation

DOCUMENTED_URL = "http://127.0.0.1:8000"
"""Where documents say that the server listens."""

DATA_DIR = "palaver-data"
"""Where documents say that it keeps its data; blocks run beside that folder."""

CLIENTS = ("books", "chat")
"""The commands that speak to a server."""

MakeTarget = Callable[[Document, Path], AbstractContextManager[Target]]
"""Starts a server that is held to a contract, with its data in a folder."""


def run_page(
    tree: Tree,
    path: str,
    document: Document,
    make_target: MakeTarget,
    patience: float = PATIENCE,
) -> list[Failure]:
    """Run what is to be run in one file; without any such block no server is started."""
    page = read_page(path, tree.read(path))
    blocks = [
        block
        for block in page.blocks
        if block.kind == "fence" and block.language in EXECUTED and block.mark(NOT_EXECUTED) is None
    ]
    if not blocks:
        return []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="palaver-documents-")))
        target = stack.enter_context(make_target(document, folder / DATA_DIR))
        run = stack.enter_context(_Run(path, document, target, folder, patience))
        return [
            failure
            for block, following in pairwise([*blocks, None])
            if block is not None
            for failure in run.block(block, following)
        ]


class _Run:
    """One document's session with its server."""

    def __init__(
        self, path: str, document: Document, target: Target, folder: Path, patience: float
    ) -> None:
        self._path = path
        self._target = target
        self._folder = folder
        self._patience = patience
        self._paths = Paths(document)
        self._shapes = Shapes(document)
        self._interpreters: dict[type[Interpreter], Interpreter] = {}
        self._replaced = {DOCUMENTED_URL: target.url}
        self._answer: Answer | str = "no block that is executed came before it"
        self._response: httpx.Response | None = None

    def __enter__(self) -> _Run:
        _install(self._folder, self._target.url)
        return self

    def __exit__(self, *exception: object) -> None:
        for each in self._interpreters.values():
            each.close()

    def block(self, block: Block, following: Block | None = None) -> Iterator[Failure]:
        """Run one block, or compare it with the answer to the one before."""
        text = block.content
        for shown, given in self._replaced.items():
            text = text.replace(shown, given)
        if block.language in SHELL:
            yield from self._shell(block, text)
        elif block.language in ("python", "py"):
            result = self._interpreter(Python).run(text, self._path, block.line)
            yield from self._after(block, result.trouble, result.output, None)
        elif block.language == "http":
            if _is_response(block):
                yield from self._response_shown(block)
            else:
                yield from self._request(block, text, is_shown=_is_response(following))
        elif block.language == "json":
            yield from self._compare(block, block.content)

    def _shell(self, block: Block, text: str) -> Iterator[Failure]:
        console = block.language == "console"
        endpoints = [
            endpoint
            for command in commands_in(block.content, console=console)
            if command.name == "curl" and (endpoint := curl_endpoint(command))
        ]
        if console:
            lines = text.split("\n")
            text = "\n".join(line[2:] for line in lines if line.startswith(("$ ", "> ")))
        result = self._interpreter(Bash).run(text, self._path, block.line)
        operation = self._operation(endpoints[-1]) if endpoints else None
        yield from self._after(block, result.trouble, result.output, operation)

    def _after(
        self, block: Block, trouble: str, output: str, operation: Operation | None
    ) -> Iterator[Failure]:
        self._response = None
        try:
            self._answer = Answer(last_json(output), operation)
        except ValueError as error:
            self._answer = str(error)
        if trouble:
            printed = _indented(output.strip()[-2000:]) or " nothing was printed"
            yield self._failure(block, f"the {block.language} block {trouble}:{printed}", operation)

    def _request(self, block: Block, text: str, *, is_shown: bool) -> Iterator[Failure]:
        """Send a request as it is written; a token is added, or takes the place of one.

        Unless the response is shown, it has to be a success.
        """
        head, _, body = text.strip("\n").partition("\n\n")
        line, *fields = head.split("\n")
        method, _, rest = line.partition(" ")
        pairs = [(name.strip(), value.strip()) for name, _, value in map(_colon, fields)]
        headers = {name: value for name, value in pairs if name.lower() != "authorization"}
        headers["Authorization"] = f"Bearer {self._target.owner}"
        path = rest.split(" ")[0]
        operation = self._operation(Endpoint.parse(method, path))
        try:
            self._response = httpx.request(
                method, self._target.url + path, headers=headers, content=body.encode() or None,
                timeout=self._patience, trust_env=False,
            )  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            yield self._failure(block, f"the request cannot be sent: {error!r}", operation)
            return
        status = self._response.status_code
        try:
            self._answer = Answer(self._response.json(), operation, status)
        except ValueError:
            self._answer = "the answer before it is not JSON"
        if status >= HTTPStatus.BAD_REQUEST and not is_shown:
            body = _indented(self._response.text[:2000])
            yield self._failure(block, f"the request is answered by {status}:{body}", operation)

    def _response_shown(self, block: Block) -> Iterator[Failure]:
        """A block with a response: its status and headers were given, its body has that shape."""
        response = self._response
        if response is None:
            yield self._failure(block, "no http block with a request came before it")
            return
        head, _, body = block.content.strip("\n").partition("\n\n")
        line, *fields = head.split("\n")
        status = line.split(" ")[1] if " " in line else ""
        if status != str(response.status_code):
            message = f"status {status} is shown, but the answer has {response.status_code}"
            yield self._failure(block, message)
        for name in (each.partition(":")[0].strip() for each in fields):
            if name.lower() not in response.headers:
                yield self._failure(block, f"the header {name} is shown, but the answer lacks it")
        if body.strip():
            yield from self._compare(block, body)

    def _compare(self, block: Block, text: str) -> Iterator[Failure]:
        if isinstance(self._answer, str):
            yield self._failure(block, f"this JSON is compared with nothing: {self._answer}")
            return
        operation = self._answer.operation
        try:
            shown: Any = json.loads(text)
        except ValueError as error:
            yield self._failure(block, f"this is not JSON: {error}", operation)
            return
        for complaint in self._shapes.complaints(shown, self._answer):
            yield self._failure(block, f"the answer is not the one shown: {complaint}", operation)
        self._replaced.update(replacements(shown, self._answer.body))

    def _operation(self, endpoint: Endpoint) -> Operation | None:
        found = self._paths.find(endpoint, values=True)
        return found[0] if found else None

    def _interpreter(self, kind: type[Interpreter]) -> Interpreter:
        if kind not in self._interpreters:
            environment = {k: v for k, v in os.environ.items() if not k.startswith("PALAVER_")}
            environment["PATH"] = f"{self._folder / '.venv' / 'bin'}:{environment.get('PATH', '')}"
            environment["HOME"] = str(self._folder)
            self._interpreters[kind] = kind(self._folder, environment, self._patience)
        return self._interpreters[kind]

    def _failure(self, block: Block, message: str, operation: Operation | None = None) -> Failure:
        operation_id = operation.operation_id if operation else ""
        where = f"{self._path}:{block.line}"
        return Failure(operation_id, RULE, f"{where}: {message}", "python -m gate.documents")


def _install(folder: Path, url: str) -> None:
    """The programs that documents call, as an installation in the folder would have them.

    Commands that speak to the server where documents say that it is speak to this one.
    """
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    told = f'case "$1" in {"|".join(CLIENTS)}) set -- "$@" --url "{url}" ;; esac\n'
    for name, first, module in (
        ("palaver", told, "-m palaver"),
        ("python", "", ""),
        ("python3", "", ""),
    ):
        program = programs / name
        program.write_text(f'#!/bin/sh\n{first}exec "{sys.executable}" {module} "$@"\n')
        program.chmod(0o755)


def _colon(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _is_response(block: Block | None) -> bool:
    return block is not None and block.language == "http" and block.content.startswith("HTTP/")


def _indented(text: str) -> str:
    return "".join(f"\n    {line}" for line in text.splitlines())
