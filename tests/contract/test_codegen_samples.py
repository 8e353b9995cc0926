"""The samples that ``python -m codegen`` writes, of a contract with all that is hard to say."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from codegen.models import GeneratorError
from codegen.samples import LANGUAGES, Sample, read_sample, render_samples
from palaver.contract.document import Document

ROOT = Path(__file__).parents[2]

CONTRACT = r"""
openapi: 3.0.3
info: {title: Test, version: '1'}
security: [{token: []}, {shared: []}]
paths:
  /things/{id}/notes:
    post:
      operationId: add_note
      tags: [things]
      summary: Add a note
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}, example: 'a/b $HOME "c"'}
        - {name: is_last, in: query, schema: {type: boolean}, example: true}
        - {name: cursor, in: query, schema: {type: string}, example: next}
        - {name: X-Why, in: header, required: true, schema: {type: string}, example: it's so}
        - {name: X-Other, in: header, schema: {type: string}, example: never}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Note'}
            example:
              noteText: "It's \"that\"\nand `this`"
              kind: {type: big, size: 1.5, tags: [null]}
      responses:
        '201': {content: {application/json: {schema: {$ref: '#/components/schemas/NoteAdded'}}}}
  /files:
    put:
      operationId: keep_file
      tags: [things]
      summary: Keep a file
      security: [{shared: []}]
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties: {file: {type: string, format: binary}, title: {type: string}}
            example: {file: A text., title: '@home; now'}
      responses:
        '204': {description: Kept.}
  /files/report.pdf:
    get:
      operationId: get_report
      tags: [things]
      summary: Read the report
      security: []
      responses:
        '200': {content: {application/pdf: {schema: {type: string, format: binary}}}}
components:
  securitySchemes: {token: {type: http, scheme: bearer}, shared: {type: http, scheme: basic}}
  schemas:
    Note:
      type: object
      required: [noteText]
      properties:
        noteText: {type: string}
        kind:
          oneOf: [{$ref: '#/components/schemas/Big'}]
          discriminator: {propertyName: type, mapping: {big: '#/components/schemas/Big'}}
    Big:
      type: object
      properties:
        type: {type: string}
        size: {type: number}
        tags: {type: array, items: {type: string, nullable: true}}
    NoteAdded: {type: object, properties: {id: {type: string}}}
"""


def samples(text: str = CONTRACT) -> dict[str, Sample]:
    document = Document.parse(text.encode())
    return {each.operation_id: read_sample(document, each) for each in document.operations}


def text_of(language: str, operation_id: str) -> str:
    (text,) = LANGUAGES[language].render([samples()[operation_id]])
    return text


def arguments(command: str) -> list[str]:
    """What a program gets that a shell calls so."""
    program = 'curl() { printf "%s\\0" "$@"; }\nURL=http://host; TOKEN=t; PASSWORD=p\n'
    script = ["bash", "--noprofile", "--norc", "-euc", program + command]
    told = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    return told.split("\0")[:-1]


def test_curl_says_what_was_meant_whatever_is_in_it() -> None:
    given = arguments(text_of("curl", "add_note"))
    path = "/things/a%2Fb%20%24HOME%20%22c%22/notes?is_last=true"
    assert given[:3] == ["-X", "POST", f"http://host{path}"]
    assert given[3:9:2] == ["-H", "-H", "-H"]
    assert given[4:9:2] == [
        "Authorization: Bearer t",
        "X-Why: it's so",
        "Content-Type: application/json",
    ]
    assert given[9] == "-d"
    assert json.loads(given[10]) == samples()["add_note"].body


def test_curl_sends_forms_and_saves_files() -> None:
    form = ["-u", "palaver:p", "-F", "file=@file.txt", "--form-string", "title=@home; now"]
    assert arguments(text_of("curl", "keep_file")) == ["-X", "PUT", "http://host/files", *form]
    saved = ["http://host/files/report.pdf", "-o", "report.pdf"]
    assert arguments(text_of("curl", "get_report")) == saved


def test_python_calls_with_models() -> None:
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    text = text_of("Python", "add_note").partition("\n\nnote = client.add_note")[2]

    class Models:
        @staticmethod
        def Big(**given: Any) -> tuple[str, dict[str, Any]]:
            return "Big", given

    def call(*given: Any, **named: Any) -> None:
        calls.append((given, named))

    exec(f"call{text.partition('print')[0]}", {"call": call, "models": Models})
    body = samples()["add_note"].body
    ((given, named),) = calls
    assert given == ('a/b $HOME "c"',)
    assert named == {
        "is_last": True,
        "x_why": "it's so",
        "note_text": body["noteText"],
        "kind": ("Big", body["kind"]),
    }


def test_python_takes_and_saves_files() -> None:
    text = text_of("Python", "keep_file")
    assert 'client.keep_file(file=Path("file.txt"), title="@home; now")' in text
    assert 'password=os.environ["PASSWORD"]' in text
    text = text_of("Python", "get_report")
    assert 'client = Palaver(os.environ["URL"])\n' in text
    assert 'download.save(Path("report.pdf"))' in text


def test_typescript_takes_and_saves_files() -> None:
    text = text_of("TypeScript", "keep_file")
    assert '    file: await fileFrom("file.txt"),\n    title: "@home; now",\n' in text
    assert 'username: "palaver",\n  password: process.env.PASSWORD!,' in text
    assert 'await saveTo(file, "report.pdf");' in text_of("TypeScript", "get_report")
    assert "const note = await client.addNote({\n" in text_of("TypeScript", "add_note")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sample_has_no_line_that_could_be_shorter(language: str) -> None:
    document = Document.load(ROOT / "openapi.yaml")
    texts = LANGUAGES[language].render(
        [read_sample(document, each) for each in document.operations]
    )
    # What cannot be broken, such as an address, may be longer.
    lines = [re.sub(r'"[^"]*"', '""', line) for text in texts for line in text.splitlines()]
    assert max(map(len, lines)) <= 70


def test_what_has_no_example_is_refused_with_its_line() -> None:
    with pytest.raises(GeneratorError, match=r"openapi.yaml:\d+: samples: add_note: id has no"):
        samples(CONTRACT.replace(", example: 'a/b $HOME \"c\"'", ""))


def test_the_file_says_where_it_comes_from_and_what_colours_it() -> None:
    held = json.loads(render_samples(Document.parse(CONTRACT.encode())))
    assert held["$comment"].startswith("Generated from openapi.yaml by")
    labels = [(each["label"], each["lang"]) for each in held["x-codeSamples"]["get_report"]]
    assert labels == [("curl", "bash"), ("Python", "python"), ("TypeScript", "typescript")]
