"""Every sample of the reference page runs, in its language, against a live server.

A sample is made by the generator once more, with the ids of what was made for it in the place of
the contract's examples; without that it is word for word what the page shows.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from codegen.samples import LANGUAGES, SAMPLES, Sample, read_sample
from gate.addressing import Addressing
from gate.documents.interpreters import Bash, Interpreter, Python
from gate.documents.typescript import TypeScript
from gate.findings import Findings
from gate.forms import File
from gate.shelf import Shelf
from gate.sources import Sources
from gate.target import OTHER, OWNER, Target
from gate.values import Values
from gate.wire import Request, Wire
from palaver.contract.document import Document
from tests.chat.protocol_server import running_server
from tests.retrieval.book_files import pdf
from tests.sdk.typescript.node import FOLDER, SOURCES, node_command, tools
from tests.server.conftest import SECRET, Server, serving

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = Document.load(ROOT / "openapi.yaml")
INTERPRETERS: Mapping[str, type[Interpreter]] = {
    "curl": Bash,
    "Python": Python,
    "TypeScript": TypeScript,
}
PASSWORD = "a shared: pässword"
CANCEL = "cancel_run"
"""What can be done only to a turn that is under way."""


class Preparation:
    """Makes what a sample is about, on one server."""

    def __init__(self, wire: Wire) -> None:
        self._addressing = Addressing(wire, Values(DOCUMENT))
        self._shelf = Shelf(self._addressing)
        sources = Sources(self._addressing, Findings(), self._shelf)
        self._addressing.finders["get_passage"] = sources.passage_path
        self._addressing.finders["retry_book"] = self._failed_book

    def request(self, sample: Sample) -> Request:
        """The contract's example of a request, about what there is."""
        return self._addressing.existing(sample.operation)

    def _failed_book(self) -> Mapping[str, Any]:
        locked = pdf(["A secret."], password="nobody knows it")
        made = self._shelf.upload(File("locked.pdf", locked))
        self._addressing.settled(made)
        return {"bookId": made.json["bookId"]}


@contextmanager
def prepared(server: Server) -> Iterator[Preparation]:
    target = Target(
        f"http://127.0.0.1:{server.port}",
        DOCUMENT,
        server.token(OWNER),
        server.token(OTHER),
        server.token("admin", admin=True),
        f"palaver:{PASSWORD}",
    )
    with Wire(target) as wire:
        yield Preparation(wire)


@contextmanager
def interpreting(language: str, server: Server, folder: Path) -> Iterator[Interpreter]:
    """What runs samples of a language, with the variables and files that they name."""
    for sample in map(read, operation_ids()):
        for name, file in sample.files.items():
            # Of an image, the example's characters are its bytes. What is no image is read as text,
            # and the library takes nothing twice.
            content = str(sample.body[name]).encode("latin-1")
            (folder / file).write_bytes(content + f"\n{uuid.uuid4()}\n".encode())
    inherited = {name: each for name, each in os.environ.items() if not name.startswith("PALAVER_")}
    given = {
        "URL": f"http://127.0.0.1:{server.port}",
        "TOKEN": server.token(OWNER),
        "PASSWORD": PASSWORD,
    }
    interpreter = INTERPRETERS[language](folder, inherited | given, patience=60.0)
    try:
        yield interpreter
    finally:
        interpreter.close()


def operation_ids() -> list[str]:
    return [operation.operation_id for operation in DOCUMENT.operations]


def read(operation_id: str) -> Sample:
    found = {each.operation_id: each for each in DOCUMENT.operations}
    return read_sample(DOCUMENT, found[operation_id])


def shown() -> dict[str, dict[str, str]]:
    """What the page shows: by operation, and by language."""
    held = json.loads((ROOT / SAMPLES).read_text(encoding="utf-8"))["x-codeSamples"]
    return {
        operation: {each["label"]: each["source"] for each in samples}
        for operation, samples in held.items()
    }


def about(sample: Sample, request: Request) -> Sample:
    """The same sample about what a request is about."""
    body = sample.body if sample.files or sample.body is None else request.body
    query = {name: request.query.get(name, value) for name, value in sample.query.items()}
    return dataclasses.replace(sample, path=request.path, query=query, body=body)


def run(interpreter: Interpreter, language: str, sample: Sample) -> str:
    """What is wrong with a sample; empty where nothing is."""
    (text,) = LANGUAGES[language].render([sample])
    result = interpreter.run(text, sample.operation.operation_id, 0)
    if not result.trouble:
        return ""
    return f"{sample.operation.operation_id} {result.trouble}:\n{text}\n{result.output}"


def test_each_operation_has_a_sample_in_each_language() -> None:
    held = shown()
    assert list(held) == operation_ids()
    assert {tuple(each) for each in held.values()} == {tuple(LANGUAGES)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_samples_run(language: str, tmp_path: Path) -> None:
    settings = {"jwt_secret": SECRET, "basic_password": PASSWORD}
    folder = tmp_path / "work"
    folder.mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path))(**settings)
        preparation = stack.enter_context(prepared(server))
        interpreter = stack.enter_context(interpreting(language, server, folder))
        for operation_id in operation_ids():
            if operation_id != CANCEL:
                sample = read(operation_id)
                request = preparation.request(sample)
                assert run(interpreter, language, about(sample, request)) == ""
        saved = {path.name for path in folder.iterdir()}
    assert {"session.pptx", "image.png"} <= saved
    assert (folder / "session.pptx").read_bytes().startswith(b"PK")


def test_samples_cancel_a_turn_that_is_under_way(tmp_path: Path) -> None:
    with running_server() as model, serving(tmp_path) as start:
        server = start(jwt_secret=SECRET, llm_base_url=model.base_url, llm_model="answer")
        client = server.client(OWNER)
        for number, language in enumerate(LANGUAGES, 1):
            session_id = client.create(title="Cancelled")
            begun = httpx.stream(
                "POST",
                f"http://127.0.0.1:{server.port}/api/sessions/{session_id}/messages",
                json={"message": f"[[hold:{number}]]"},
                headers={"Authorization": f"Bearer {server.token(OWNER)}"},
                trust_env=False,
            )
            with begun as answer, interpreting(language, server, tmp_path) as interpreter:
                model.wait(requests=number)
                path = {"session_id": session_id, "run_id": answer.headers["x-run-id"]}
                sample = dataclasses.replace(read(CANCEL), path=path)
                assert run(interpreter, language, sample) == ""
                assert answer.read().decode().endswith('{"type":"done"}\n\n')
            told = client.call("GET", "/api/sessions/{session_id}/runs/{run_id}".format(**path))
            assert told.json["status"] == "cancelled"
        client.close()


def test_samples_have_the_types_of_the_typescript_client(tmp_path: Path) -> None:
    for operation_id, texts in shown().items():
        (tmp_path / f"{operation_id}.mts").write_text(texts["TypeScript"], encoding="utf-8")
    entries = {"palaver-client": "index.ts", "palaver-client/node": "node.ts"}
    config = {
        "extends": str(FOLDER / "tsconfig.json"),
        "compilerOptions": {
            "rootDir": "/",
            "paths": {name: [str(SOURCES / file)] for name, file in entries.items()},
        },
        "include": ["*.mts"],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    command = node_command(tools() / "typescript/bin/tsc", "--project", tmp_path)
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout == ""
    assert done.returncode == 0


def test_samples_are_what_the_page_shows() -> None:
    samples = [read(operation_id) for operation_id in operation_ids()]
    held = shown().values()
    for name, language in LANGUAGES.items():
        assert language.render(samples) == [each[name] for each in held]
