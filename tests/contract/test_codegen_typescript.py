"""The TypeScript that ``python -m codegen`` writes, and what it refuses to write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from codegen.models import GeneratorError
from codegen.typescript import render_typescript
from codegen.typescript.writing import camel_case, comment, literal, type_of
from palaver.contract.document import Document

ROOT = Path(__file__).parents[2]
BOOKS = ROOT / "tests/sdk/typescript/books.yaml"

_METHOD = re.compile(r"^  (\w+)\(", re.MULTILINE)
_ROW = re.compile(r"^  (\w+): \{ method", re.MULTILINE)


def small(operation: str = "", schemas: str = "{}", schemes: str = "{}") -> Document:
    """A contract of one operation with these lines, and these schemas."""
    text = (
        "openapi: 3.0.3\n"
        "info: {title: Test, version: '1'}\n"
        "paths:\n  /things/{id}:\n    get:\n      operationId: get_thing\n"
        "      tags: [things]\n      summary: Read a thing\n"
        f"{operation or '      responses: {}'}\n"
        f"components: {{schemas: {schemas}, securitySchemes: {schemes}}}\n"
    )
    return Document.parse(text.encode())


@pytest.mark.parametrize("path", [ROOT / "openapi.yaml", BOOKS], ids=["palaver", "books"])
def test_every_operation_has_one_method(path: Path) -> None:
    document = Document.load(path)
    names = [camel_case(operation.operation_id) for operation in document.operations]
    files = render_typescript(document)
    methods = files["calls.ts"].partition("export interface Operations {")[2]
    # One that streams and answers is written for both, and for a choice between them.
    assert list(dict.fromkeys(_METHOD.findall(methods))) == names
    assert _ROW.findall(files["operations.ts"]) == names


def test_every_schema_has_a_type_of_its_name() -> None:
    document = Document.load(ROOT / "openapi.yaml")
    text = render_typescript(document)["schemas.ts"]
    named = re.findall(r"^export (?:interface|type) (\w+)", text, re.MULTILINE)
    assert named == list(document.tree["components"]["schemas"])


def test_files_say_where_they_come_from() -> None:
    for text in render_typescript(Document.load(BOOKS)).values():
        assert text.startswith(
            "// Generated from openapi.yaml by `python -m codegen`. Do not edit."
        )


def test_the_table_of_uploads_downloads_and_credentials() -> None:
    table = render_typescript(Document.load(BOOKS))["operations.ts"]
    rows = {line.split(":")[0].strip(): line for line in table.splitlines() if "method:" in line}
    assert 'body: "multipart/form-data", key: true, auth: ["basic"]' in rows["uploadBook"]
    assert 'accept: ["application/pdf"], file: ["application/pdf"] }' in rows["downloadBook"]
    assert 'auth: ["bearer", "basic"]' in rows["exportDeck"]
    assert 'CONTRACT_VERSION = "1.2.3"' in table


def test_what_resumes_a_stream_comes_from_links_and_events() -> None:
    table = render_typescript(Document.load(ROOT / "openapi.yaml"))["operations.ts"]
    (row,) = (line for line in table.splitlines() if line.startswith("  sendChatMessage:"))
    assert (
        'resume: { operation: "streamRunEvents", after: "last_event_id", arguments: '
        '{ session_id: ["body", "session_id"], run_id: ["header", "X-Run-Id"] } }'
    ) in row


def test_the_cursor_of_the_next_page_is_where_the_contract_says() -> None:
    document = small(
        "      x-list: {items: /things, next: /page/nextCursor}\n"
        "      parameters: [{name: cursor, in: query, schema: {type: string}}]\n"
        "      responses: {'200': {description: d, content: {application/json: {schema: {"
        "type: object, properties: {things: {type: array, items: {type: string}}, page: {"
        "type: object, properties: {nextCursor: {type: string}}}}}}}}}"
    )
    files = render_typescript(document)
    list_row = 'list: { by: "cursor", items: "/things", next: "/page/nextCursor" }'
    assert list_row in files["operations.ts"]
    assert '["things"][number]>;' in files["calls.ts"]


def test_the_types_of_answers() -> None:
    calls = render_typescript(Document.load(BOOKS))["calls.ts"]
    assert "uploadBook(input: UploadBookInput, options?: CallOptions): Call<Book>;" in calls
    assert (
        "replaceBookFile(input: ReplaceBookFileInput, options?: CallOptions): Call<void>" in calls
    )
    assert "downloadBook(input: DownloadBookInput, options?: CallOptions): Call<Download>" in calls
    assert 'format: "pptx" | "pdf";\n  slides?: number[];' in calls
    assert 'import type {\n  Book,\n  BookUpload,\n} from "./schemas.ts";' in calls


def test_a_file_or_the_value_in_it_as_the_caller_asks() -> None:
    text = "text/markdown: {schema: {type: string}}"
    value = "application/json: {schema: {type: boolean}}"
    content = f"      responses: {{'200': {{description: d, content: {{{text}, {value}}}}}}}"
    files = render_typescript(small(content))
    assert 'CallOptions & { accept?: "text/markdown" }): Call<Download>;' in files["calls.ts"]
    assert 'CallOptions & { accept: "application/json" }): Call<boolean>;' in files["calls.ts"]
    row = 'accept: ["text/markdown"], file: ["text/markdown"], value: true'
    assert row in files["operations.ts"]


def test_enumerations_are_open_in_answers_and_closed_in_requests() -> None:
    thing = (
        "{properties: {state: {$ref: '#/components/schemas/State'}, colour: {$ref: "
        "'#/components/schemas/Colour'}, kinds: {type: array, items: {type: string, enum: [a, b]}}"
        ", level: {type: integer, enum: [1, 2]}, part: {$ref: '#/components/schemas/Part'}}}"
    )
    schemas = (
        f"{{Thing: {thing}, State: {{type: string, enum: [new, old], nullable: true}}, "
        "Colour: {type: string, enum: [red]}, Paint: {properties: {colour: {$ref: "
        "'#/components/schemas/Colour'}, coat: {type: string, enum: [thin]}}}, "
        "Part: {oneOf: [{$ref: '#/components/schemas/Wheel'}], discriminator: {propertyName: type}"
        "}, Wheel: {properties: {type: {type: string, enum: [wheel]}, "
        "side: {type: string, enum: [left]}}}}"
    )
    document = small(
        "      requestBody: {required: true, content: {application/json: {schema: {$ref: "
        "'#/components/schemas/Paint'}}}}\n"
        "      parameters: [{name: order, in: query, schema: {type: string, enum: [up, down]}}]\n"
        "      responses: {'200': {description: d, content: {application/json: {schema: {"
        "type: array, items: {$ref: '#/components/schemas/Thing'}}}}}, "
        "'201': {description: d, content: {application/vnd.x+json: {schema: {type: string, "
        "enum: [made]}}}}}",
        schemas,
    )
    files = render_typescript(document)
    text = files["schemas.ts"]
    assert 'export type State = "new" | "old" | (string & {}) | null;' in text
    assert 'export type Colour = "red";' in text
    assert (
        "export interface Thing {\n  state?: State;\n  colour?: Colour | (string & {});\n"
        '  kinds?: ("a" | "b" | (string & {}))[];\n  level?: 1 | 2 | (number & {});\n'
        "  part?: Part;\n}"
    ) in text
    assert 'export interface Paint {\n  colour?: Colour;\n  coat?: "thin";\n}' in text
    assert (
        'export interface Wheel {\n  type?: "wheel";\n  side?: "left" | (string & {});\n}' in text
    )
    assert 'order?: "up" | "down";' in files["calls.ts"]
    assert 'Call<"made" | (string & {})>;' in files["calls.ts"]


def test_a_stream_may_be_chosen_when_the_program_runs() -> None:
    calls = render_typescript(Document.load(ROOT / "openapi.yaml"))["calls.ts"]
    given = "  sendChatMessage(input: SendChatMessageInput, options"
    stream, turn = "EventStream<RunEvent>", "Turn"
    assert f"{given}: CallOptions & {{ stream: true }}): Call<{stream}>;\n" in calls
    assert f"{given}?: CallOptions & {{ stream?: false }}): Call<{turn}>;\n" in calls
    assert f"{given}: CallOptions): Call<{turn} | {stream}>;\n" in calls


def test_arguments_have_the_names_of_the_contract() -> None:
    document = small(
        "      parameters: [{name: bookId, in: path, required: true, schema: {type: string}},"
        " {name: If-Match, in: header, required: true, schema: {type: string}}]\n"
        "      responses: {}"
    )
    files = render_typescript(document)
    assert "  bookId: string;\n  if_match: string;\n" in files["calls.ts"]
    assert 'header: { if_match: "If-Match" }' in files["operations.ts"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "nullable": True}, "string | null"),
        ({"type": "string", "enum": ["a", "b", None], "nullable": True}, '"a" | "b" | null'),
        ({"type": "integer", "enum": [-1, 1]}, "-1 | 1"),
        ({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}, '("a" | "b")[]'),
        ({"type": "array", "items": {"type": "number", "nullable": True}}, "(number | null)[]"),
        ({"type": "object"}, "Record<string, unknown>"),
        ({"type": "object", "additionalProperties": False}, "Record<string, never>"),
        (
            {"type": "object", "additionalProperties": {"type": "boolean"}},
            "Record<string, boolean>",
        ),
        ({"$ref": "#/components/schemas/Thing"}, "Thing"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "string | number"),
        (
            {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]},
            "A & B",
        ),
        ({"type": "string", "format": "binary"}, "Upload"),
        ({}, "unknown"),
        (
            {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "string"}, "b-c": {"type": "integer"}},
                "additionalProperties": True,
            },
            '{\n  a: string;\n  "b-c"?: number;\n  [key: string]: unknown;\n}',
        ),
    ],
)
def test_types(schema: dict[str, Any], expected: str) -> None:
    assert type_of(schema) == expected


def test_text_cannot_break_out_of_a_comment() -> None:
    said = comment(["Ends */ early", "Two"])
    assert said.count("*/") == 1
    assert said.endswith(" */\n")
    assert comment(["", "  "]) == ""


def test_literals() -> None:
    value = {"a": [1, None, True], "b-c": {}, "ü": '"'}
    assert literal(value) == '{ a: [1, null, true], "b-c": {}, "ü": "\\"" }'


def test_a_cookie_that_signs_in_is_the_browsers_business() -> None:
    scheme = "{k: {type: apiKey, in: cookie, name: k}}"
    document = small("      security: [{k: []}]\n      responses: {}", schemes=scheme)
    assert "auth:" not in render_typescript(document)["operations.ts"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (small(schemas="{Palaver: {type: string}}"), "has a Palaver of its own"),
        (
            small("      parameters: [{name: a, in: cookie, schema: {}}]\n      responses: {}"),
            "the cookie a cannot be sent",
        ),
        (
            small(
                "      parameters: [{name: a, in: query, schema: {}}, {name: A, in: header,"
                " schema: {}}]\n      responses: {}"
            ),
            "two arguments have the name a",
        ),
        (
            small(
                "      security: [{k: []}]\n      responses: {}",
                schemes="{k: {type: apiKey, in: query, name: k}}",
            ),
            "does not know how to send k",
        ),
        (
            small(
                "      x-list: {items: ''}\n"
                "      parameters: [{name: cursor, in: query, schema: {type: string}}]\n"
                "      responses: {'200': {description: d, content: {application/json:"
                " {schema: {type: array, items: {type: string}}}}}}"
            ),
            "its pages have no /next_cursor",
        ),
        (
            small(
                schemas="{A: {type: object, properties: {a: {type: string}},"
                " additionalProperties: {type: string}}}"
            ),
            "has no type",
        ),
        (small(schemas="{A: {$ref: '#/components/responses/B'}}"), "not among components/schemas"),
    ],
)
def test_what_cannot_be_said_is_refused(document: Document, words: str) -> None:
    with pytest.raises(GeneratorError, match=re.escape(words)):
        render_typescript(document)
