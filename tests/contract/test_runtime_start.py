"""What the runtime refuses to start with, each with the line of the contract."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from palaver.contract.document import ContractError, Document
from palaver.contract.runtime import build_app, handlers_by_tag

if TYPE_CHECKING:
    from tests.contract.conftest import Mini, Tree


def answer(*, backend: Any) -> dict[str, Any]:
    return {}


def line_of(text: bytes, needle: str) -> int:
    """The line, from 1, of the only place that has the text."""
    lines = [number for number, line in enumerate(text.decode().splitlines(), 1) if needle in line]
    assert len(lines) == 1
    return lines[0]


def refusal(mini: Mini, paths: Tree, handlers: dict[str, Callable[..., Any]], **top: Any) -> str:
    with pytest.raises(ContractError) as caught:
        mini.app(paths, handlers, **top)
    return str(caught.value)


def test_a_repeated_operation_id_names_both_lines(mini: Mini) -> None:
    paths = {"/a": {"get": mini.op("same")}, "/b": {"get": mini.op("same")}}
    lines = mini.text(paths).decode().splitlines()
    second = max(number for number, line in enumerate(lines, 1) if "operationId" in line)
    message = refusal(mini, paths, {"same": answer})
    assert message.startswith(f"mini.yaml:{second}: unique-operation-id: same ")
    assert "mini.yaml:" in message.partition("is also")[2]


def test_a_missing_handler_names_the_operation(mini: Mini) -> None:
    paths = {"/a": {"get": mini.op("one")}, "/b": {"get": mini.op("two")}}
    line = line_of(mini.text(paths), "/b:") + 1
    message = refusal(mini, paths, {"one": answer})
    assert message == f"mini.yaml:{line}: handler: two has no handler"


def test_a_surplus_handler_is_named(mini: Mini) -> None:
    paths = {"/a": {"get": mini.op("one")}}
    message = refusal(mini, paths, {"one": answer, "ghost": answer})
    assert message == (
        f"mini.yaml:{line_of(mini.text(paths), 'paths:')}: handler: "
        "no operation for the handler ghost"
    )


def lacking(*, backend: Any) -> None: ...
def surplus(*, backend: Any, limit: int, more: int) -> None: ...
def positional(backend: Any, limit: int) -> None: ...
def anything(**arguments: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (lacking, "lacks limit"),
        (surplus, "has more too many"),
        (positional, "must take keywords only"),
        (anything, "lacks backend, limit and has arguments too many"),
    ],
)
def test_a_wrong_signature_says_what_is_wrong(
    mini: Mini, handler: Callable[..., Any], words: str
) -> None:
    limit = mini.param("limit", {"type": "integer"})
    paths = {"/a": {"get": mini.op("one", parameters=[limit])}}
    line = line_of(mini.text(paths), "get:")
    message = refusal(mini, paths, {"one": handler})
    assert message == f"mini.yaml:{line}: handler: the handler of one {words}"


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/Gone"},
        {"type": "object", "properties": {"example": {"$ref": "#/components/schemas/Gone"}}},
        {"type": "array", "items": {"$ref": "other.yaml#/Gone"}},
        {"oneOf": [{"$ref": "#/components/schemas/A/Gone"}]},
        {"type": "object", "example": {"$ref": "#/Gone"}},
    ],
)
def test_an_unresolvable_reference_names_its_own_line(mini: Mini, schema: Tree) -> None:
    paths = {"/a": {"get": mini.op("one", schema)}}
    message = refusal(mini, paths, {"one": answer})
    line = line_of(mini.text(paths), "Gone")
    assert message.startswith(f"mini.yaml:{line}: refs: cannot resolve the reference ")


def test_references_that_only_lead_to_each_other_are_refused(mini: Mini) -> None:
    schemas = {
        "A": {"$ref": "#/components/schemas/B"},
        "B": {"$ref": "#/components/schemas/A"},
    }
    message = refusal(
        mini, {"/a": {"get": mini.op("one")}}, {"one": answer}, components={"schemas": schemas}
    )
    assert ": refs: " in message


@pytest.mark.parametrize(
    ("path", "names", "words"),
    [
        ("/a/{id}", [], "path-parameters"),
        ("/a", ["id"], "path-parameters"),
        ("/a/{id}", ["other"], "path-parameters"),
        ("/a/{id}.json", ["id"], "a parameter is a whole segment"),
    ],
)
def test_path_and_path_parameters_must_agree(
    mini: Mini, path: str, names: list[str], words: str
) -> None:
    parameters = [mini.param(name, {"type": "string"}, "path") for name in names]
    message = refusal(mini, {path: {"get": mini.op("one", parameters=parameters)}}, {"one": answer})
    assert message.startswith("mini.yaml:")
    assert words in message


def test_two_templates_that_match_the_same_requests_are_refused(mini: Mini) -> None:
    def read(name: str) -> list[Tree]:
        return [mini.param(name, {"type": "string"}, "path")]

    paths = {
        "/a/{x}": {"get": mini.op("one", parameters=read("x"))},
        "/a/{y}": {"post": mini.op("two", parameters=read("y"))},
    }
    line = line_of(mini.text(paths), "/a/{y}")
    assert refusal(mini, paths, {}) == f"mini.yaml:{line}: path: /a/{{y}} is also /a/{{x}}"


@pytest.mark.parametrize("status", ["4XX", "default", "99", "2000"])
def test_a_status_that_is_not_one_number_is_refused(mini: Mini, status: str) -> None:
    operation = mini.op("one")
    operation["responses"][status] = {"description": "Something."}
    message = refusal(mini, {"/a": {"get": operation}}, {"one": answer})
    assert f": statuses: one has the status {status}" in message


def test_a_schema_that_is_none_names_the_operation(mini: Mini) -> None:
    paths = {"/a": {"get": mini.op("one", {"type": "string", "pattern": "(["})}}
    message = refusal(mini, paths, {"one": answer})
    assert message.startswith(f"mini.yaml:{line_of(mini.text(paths), 'get:')}: schema: one: ")


@pytest.mark.parametrize(
    "parameter",
    [
        {"name": "a", "in": "query", "schema": {"type": "object"}},
        {"name": "a", "in": "query", "schema": {"type": "string"}, "style": "pipeDelimited"},
        {"name": "a", "in": "query", "schema": {"type": "integer", "default": "x"}},
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused(mini: Mini, parameter: Tree) -> None:
    paths = {"/a": {"get": mini.op("one", parameters=[parameter])}}
    message = refusal(mini, paths, {"one": answer})
    assert message.startswith("mini.yaml:")
    assert ": parameters: " in message


@pytest.mark.parametrize(
    ("media_type", "schema"),
    [
        ("text/plain", {"type": "string"}),
        ("multipart/form-data", {"type": "object", "properties": {"n": {"type": "integer"}}}),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(mini: Mini, media_type: str, schema: Tree) -> None:
    paths = {"/a": {"post": mini.op("one", requestBody=mini.body(schema, media_type))}}
    assert ": body: " in refusal(mini, paths, {"one": answer})


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "http", "scheme": "bearer"},
        {"type": "apiKey", "in": "header", "name": "X-Key"},
        None,
    ],
)
def test_a_security_scheme_that_nothing_checks_is_refused(mini: Mini, scheme: Tree | None) -> None:
    schemes = {} if scheme is None else {"guard": scheme}
    paths = {"/a": {"get": mini.op("one", security=[{"guard": []}])}}
    message = refusal(mini, paths, {"one": answer}, components={"securitySchemes": schemes})
    assert ": security: nothing checks the security scheme guard of one" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: [", "mini.yaml:1: yaml: "),
        (b"a: 1\nb: 2\na: 3\n", "mini.yaml:3: yaml: the key 'a' is repeated"),
        (b"- a\n", "mini.yaml:1: yaml: the document is not a mapping"),
        (b"", "mini.yaml:1: yaml: the document is not a mapping"),
    ],
)
def test_a_file_that_is_no_contract_names_its_line(text: bytes, words: str) -> None:
    with pytest.raises(ContractError) as caught:
        Document.parse(text, name="mini.yaml")
    assert str(caught.value).startswith(words)


@pytest.fixture
def package() -> Iterator[types.ModuleType]:
    """A package of handlers with the module ``mini``."""
    package, module = types.ModuleType("mini_handlers"), types.ModuleType("mini_handlers.mini")
    package.__path__ = []
    sys.modules |= {"mini_handlers": package, "mini_handlers.mini": module}
    exec("def one(*, backend): return {}\ndef _own(): ...", module.__dict__)
    yield module
    del sys.modules["mini_handlers"], sys.modules["mini_handlers.mini"]


def test_handlers_are_found_by_tag_and_operation_id(mini: Mini, package: types.ModuleType) -> None:
    document = mini.document({"/a": {"get": mini.op("one")}})
    handlers = handlers_by_tag(document, "mini_handlers")
    assert handlers == {"one": package.one}
    assert build_app(document, handlers) is not None


@pytest.mark.parametrize(
    ("operation", "more", "words"),
    [
        ({"operationId": "two"}, "", "handlers/mini.py has no function two"),
        ({"tags": ["elsewhere"]}, "", "there is no module handlers/elsewhere.py"),
        ({}, "def ghost(): ...", "handlers/mini.py: ghost is no operation of the contract"),
    ],
)
def test_handlers_that_do_not_fit_the_contract_are_refused(
    mini: Mini, package: types.ModuleType, operation: Tree, more: str, words: str
) -> None:
    exec(more, package.__dict__)
    document = mini.document({"/a": {"get": {**mini.op("one"), **operation}}})
    with pytest.raises(ContractError) as caught:
        handlers_by_tag(document, "mini_handlers")
    assert str(caught.value).startswith("mini.yaml:")
    assert words in str(caught.value)


def test_braces_in_a_description_are_served_as_written(mini: Mini) -> None:
    words = "Say {{ name }} or {% if nothing %}, {# then #} stop."

    def spec(*, backend: Document) -> dict[str, Any]:
        return {"yaml": backend.content.decode(), "json": backend.json.decode()}

    paths = {"/spec": {"get": mini.op("spec", description=words)}}
    served = mini.client(paths, {"spec": spec}, backend=mini.document(paths)).get("/spec").json()
    assert words in served["yaml"]
    assert words in served["json"]


def test_recursive_schemas_are_checked_at_every_depth(mini: Mini) -> None:
    tree = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }

    def echo(*, backend: Any, body: Any) -> Any:
        return body

    reference = {"$ref": "#/components/schemas/Tree"}
    client = mini.client(
        {"/tree": {"post": mini.op("echo", reference, requestBody=mini.body(reference))}},
        {"echo": echo},
        components={"schemas": {"Tree": tree}},
    )
    good = {"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}]}
    assert client.post("/tree", json=good).json() == good
    bad = {"name": "a", "children": [{"name": "b", "children": [{"name": 1}]}]}
    refused = client.post("/tree", json=bad)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/body/children/0/children/0/name"
