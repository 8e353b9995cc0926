"""The generator of the Python client: shapes that ``openapi.yaml`` does not have, and refusals."""

from __future__ import annotations

import pytest

from codegen.python_sdk import render_python_sdk
from codegen.python_sdk.models import answered_schemas, render_sdk_models
from codegen.python_sdk.reading import read_operation
from palaver.contract.document import ContractError, Document

SCHEMAS = """\
  schemas:
    Thing:
      type: object
      additionalProperties: false
      required: [kind, colour]
      properties:
        kind: {type: string, enum: [thing]}
        colour: {$ref: '#/components/schemas/Colour'}
        size: {type: string, nullable: true, enum: [small, large, null]}
        from: {type: string, format: date-time, description: Since when.}
    Colour: {type: string, enum: [red, green], description: Which colour.}
    NewThing:
      type: object
      additionalProperties: false
      required: [camelCase]
      properties:
        camelCase: {type: string, enum: [a, b], pattern: '^a'}
        class: {type: integer}
    Other:
      type: object
      required: [kind]
      properties: {kind: {type: string, enum: [other]}}
    Any:
      oneOf: [{$ref: '#/components/schemas/Thing'}, {$ref: '#/components/schemas/Other'}]
      discriminator: {propertyName: kind}
"""
ANY = "{$ref: '#/components/schemas/Any'}"
ANSWER = f"responses: {{'200': {{content: {{application/json: {{schema: {ANY}}}}}}}}}"


def contract(operation: str, path: str = "/things/{thingId}", method: str = "post") -> Document:
    """A contract with one operation, whose members stand in flow style."""
    return Document.parse(
        (
            "openapi: 3.0.3\ninfo: {title: Things, version: 2.0.0}\n"
            f"paths:\n  {path}:\n    {method}: {{operationId: do_it, tags: [things], "
            f"summary: Do it, {operation}}}\n"
            f"components:\n{SCHEMAS}"
        ).encode()
    )


def body(schema: str, media_type: str = "application/json") -> str:
    return f"requestBody: {{required: true, content: {{{media_type}: {{schema: {schema}}}}}}}"


PATH = "parameters: [{name: thingId, in: path, required: true, schema: {type: string}}]"
NEW_THING = "{$ref: '#/components/schemas/NewThing'}"


def test_names_are_those_of_python() -> None:
    files = render_python_sdk(contract(f"{PATH}, {body(NEW_THING)}, {ANSWER}"))
    method = files["sync_operations.py"]
    assert "def do_it(" in method
    assert "thing_id: str," in method
    assert "camel_case: Literal[" in method
    assert "class_: int | Omit = OMIT" in method
    described = files["operations.py"]
    assert 'contract.Parameter("thing_id", "thingId", "path")' in described
    assert 'fields={"camel_case": "camelCase", "class_": "class"}' in described
    assert 'CONTRACT_VERSION: Final = "2.0.0"' in files["version.py"]


def test_answers_are_open_and_requests_are_not() -> None:
    document = contract(f"{PATH}, {body(NEW_THING)}, {ANSWER}")
    assert answered_schemas(document) == {"Any", "Thing", "Other", "Colour"}
    code = render_sdk_models(document)
    assert 'Literal["red", "green"] | str' in code
    assert 'kind: Literal["thing"]\n' in code
    assert 'size: Literal["small", "large"] | str | None = None' in code
    assert 'camel_case: Literal["a", "b"] = Field(..., alias="camelCase")' in code
    # Only what is sent refuses what the contract does not know.
    assert code.count('extra="forbid"') == 1
    assert "pattern" not in code


def test_both_kinds_of_clients_have_the_same_methods() -> None:
    files = render_python_sdk(contract(f"{PATH}, {ANSWER}"))
    blocking, other = files["sync_operations.py"], files["async_operations.py"]
    assert "    def do_it(self, thing_id: str) -> models.Any:" in blocking
    assert "    async def do_it(self, thing_id: str) -> models.Any:" in other
    assert "Do it: ``POST /things/{thingId}``." in blocking


def test_the_cursor_of_the_next_page_is_where_the_contract_says() -> None:
    page = (
        "{type: object, properties: {things: {type: array, items: {type: string}}, "
        "page: {type: object, properties: {nextCursor: {type: string}}}}}"
    )
    document = contract(
        "x-list: {items: /things, next: /page/nextCursor}, parameters: [{name: limit, in: query, "
        "schema: {type: integer, default: 3}}, {name: cursor, in: query, schema: {type: string}}], "
        f"responses: {{'200': {{content: {{application/json: {{schema: {page}}}}}}}}}"
    )
    described = render_python_sdk(document)["operations.py"]
    assert 'next=("page", "nextCursor")' in described
    assert "item=str," in described


@pytest.mark.parametrize("order", [1, -1])
def test_a_file_or_the_value_in_it_as_the_caller_asks(order: int) -> None:
    types = ["text/markdown: {schema: {type: string}}", f"application/json: {{schema: {ANY}}}"]
    document = contract(
        "responses: {'200': {headers: {Content-Disposition: {schema: {type: string}}}, "
        f"content: {{{', '.join(types[::order])}}}}}}}",
        path="/things",
        method="get",
    )
    method = render_python_sdk(document)["sync_operations.py"]
    default = ' = "text/markdown"' if order == 1 else ""
    assert f'accept: Literal["text/markdown"]{default}) -> Download: ...' in method
    default = "" if order == 1 else ' = "application/json"'
    assert f'accept: Literal["application/json"]{default}) -> models.Any: ...' in method
    first, second = (method.index(each) for each in ("-> Download: ...", "-> models.Any: ..."))
    assert (first < second) == (order == 1)


def test_a_cookie_that_signs_in_is_the_browsers_business() -> None:
    text = contract(f"security: [{{k: []}}, {{b: []}}], {PATH}, {ANSWER}").content.decode()
    schemes = (
        "  securitySchemes:\n    k: {type: apiKey, in: cookie, name: k}\n"
        "    b: {type: http, scheme: Basic}\n"
    )
    document = Document.parse(text.replace("components:\n", f"components:\n{schemes}").encode())
    assert read_operation(document, document.operations[0]).auth == ("basic",)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (body("{type: string}", "text/csv"), "a body of text/csv is not made"),
        (
            "requestBody: {content: {application/json: {schema: {type: string}}, "
            "text/csv: {schema: {type: string}}}}",
            "a body of several types",
        ),
        (
            f"{PATH}, {body('{type: object, properties: {thing_id: {type: string}}}')}",
            "two arguments would be called thing_id",
        ),
        (
            "responses: {'200': {content: {text/event-stream: {schema: {type: string}}, "
            "image/png: {schema: {type: string, format: binary}}}}}",
            "a success is either a file or a stream of events",
        ),
        (
            "x-list: {items: /data}, parameters: [{name: limit, in: query, schema: "
            "{type: integer}}, {name: skip, in: query, schema: {type: integer}}]",
            "a default limit",
        ),
        (
            "x-list: {items: /things}, parameters: [{name: limit, in: query, schema: "
            "{type: integer, default: 3}}, {name: cursor, in: query, schema: {type: string}}]",
            "its pages have no /next_cursor",
        ),
    ],
)
def test_what_a_client_cannot_express_is_refused_with_its_line(operation: str, words: str) -> None:
    operation += "" if "responses" in operation else f", {ANSWER}"
    document = contract(operation)
    with pytest.raises(ContractError, match=words) as caught:
        read_operation(document, document.operations[0])
    assert str(caught.value).startswith("openapi.yaml:5: python-sdk: ")
