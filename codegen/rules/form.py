"""Form: the version and dialect that the runtime understands, references and vendor keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from openapi_spec_validator import OpenAPIV30SpecValidator
from openapi_spec_validator.schemas import schema_v30
from referencing.exceptions import Unresolvable

from palaver.contract.document import ContractError, Pointer

from .problem import Problem
from .tree import Contract

# Keywords of later versions. Connexion refuses a document that has them.
_LATER_KEYWORDS = (
    "$anchor",
    "$defs",
    "$id",
    "$schema",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "examples",
    "if",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_BOOLEAN_KEYWORDS = ("exclusiveMinimum", "exclusiveMaximum", "nullable", "uniqueItems")
_SCHEMA_KEYWORDS = ("items", "not")

_VENDOR_KEYS: Mapping[str, frozenset[str]] = {
    "document": frozenset({"x-error-surfaces", "x-max-body-bytes"}),
    "parameter": frozenset({"x-error"}),
    "operation": frozenset({"x-list", "x-as-kept"}),
    "link": frozenset({"x-expect"}),
    "media type": frozenset({"x-events"}),
    "request body": frozenset({"x-error", "x-max-body-bytes"}),
    "schema": frozenset({"x-error"}),
    "response": frozenset({"x-errors"}),
}
_DEFINITIONS = {
    "path item": "PathItem",
    "operation": "Operation",
    "parameter": "Parameter",
    "header": "Header",
    "request body": "RequestBody",
    "media type": "MediaType",
    "response": "Response",
    "schema": "Schema",
    "example": "Example",
    "link": "Link",
    "security scheme": "SecurityScheme",
}


def check_version(contract: Contract) -> Iterator[Problem]:
    """The contract is OpenAPI 3.0.x."""
    version = contract.document.tree.get("openapi")
    if not (isinstance(version, str) and re.fullmatch(r"3\.0\.\d+", version)):
        yield Problem(
            ("openapi",), "openapi-version", f"the version is {version!r}; only 3.0.x works"
        )


def check_dialect(contract: Contract) -> Iterator[Problem]:
    """Schemas use the keywords of OpenAPI 3.0 alone."""
    for node in contract.of_kind("schema"):
        for keyword in _LATER_KEYWORDS:
            if keyword in node.value:
                where = (*node.pointer, keyword)
                yield Problem(where, "dialect", f"OpenAPI 3.0 schemas have no {keyword!r}")
        kind = node.value.get("type")
        if isinstance(kind, list):
            sentence = "OpenAPI 3.0 takes one type; write `nullable: true` for null"
            yield Problem((*node.pointer, "type"), "dialect", sentence)
        if kind == "null" or ("type" in node.value and kind is None):
            sentence = "OpenAPI 3.0 has no type null; write `nullable: true` beside another type"
            yield Problem((*node.pointer, "type"), "dialect", sentence)
        for keyword in _BOOLEAN_KEYWORDS:
            if not isinstance(node.value.get(keyword, True), bool):
                sentence = f"{keyword!r} is true or false in OpenAPI 3.0"
                yield Problem((*node.pointer, keyword), "dialect", sentence)
        for keyword in _SCHEMA_KEYWORDS:
            if isinstance(node.value.get(keyword), bool):
                sentence = f"{keyword!r} takes a schema in OpenAPI 3.0, not true or false"
                yield Problem((*node.pointer, keyword), "dialect", sentence)


def check_nullable(contract: Contract) -> Iterator[Problem]:
    """``nullable`` stands beside ``type``: elsewhere it says nothing, and validators differ."""
    for node in contract.of_kind("schema"):
        if "nullable" in node.value and "type" not in node.value:
            where = (*node.pointer, "nullable")
            yield Problem(where, "nullable-beside-type", "`nullable` needs a `type` beside it")


def check_refs(contract: Contract) -> Iterator[Problem]:
    """References resolve inside this file; what stands beside one would be ignored."""
    for node in contract.nodes:
        if "$ref" not in node.value or node.kind == "path item":
            continue
        try:
            contract.follow(node.value, node.pointer)
        except ContractError:
            sentence = f"cannot resolve the reference {node.value['$ref']!r}"
            yield Problem((*node.pointer, "$ref"), "refs", sentence)
        others = sorted(key for key in node.value if key != "$ref")
        if others:
            sentence = f"{_listed(others)} beside a reference would be ignored"
            yield Problem((*node.pointer, others[0]), "ref-siblings", sentence)


def check_vendor_keys(contract: Contract) -> Iterator[Problem]:
    """Only the vendor keys that the runtime reads; Python paths have no place in a contract."""
    for node in contract.nodes:
        allowed = _VENDOR_KEYS.get(node.kind, frozenset())
        yield from _vendor_keys(node.value, node.pointer, f"a {node.kind}", allowed)
        for key in ("paths", "responses"):
            if node.kind in ("document", "operation") and isinstance(node.value.get(key), Mapping):
                where = (*node.pointer, key)
                yield from _vendor_keys(node.value[key], where, f"`{key}`", frozenset())


def _vendor_keys(
    value: Mapping[str, Any], at: Pointer, what: str, allowed: frozenset[str]
) -> Iterator[Problem]:
    for key in value:
        if key.startswith("x-") and key not in allowed:
            known = f"; {what} may have {_listed(sorted(allowed))}" if allowed else ""
            yield Problem((*at, key), "vendor-key", f"nothing reads {key!r} here{known}")


def check_openapi(contract: Contract) -> Iterator[Problem]:
    """What openapi-spec-validator says."""
    try:
        errors = list(OpenAPIV30SpecValidator(contract.document.tree).iter_errors())
    except (Unresolvable, KeyError, TypeError, AttributeError) as error:
        # The validator gives up on references and shapes that the rules above name.
        sentence = f"openapi-spec-validator cannot read the contract: {_first_line(str(error))}"
        yield Problem((), "openapi", sentence)
        return
    for found in errors:
        pointer = tuple(str(key) for key in found.absolute_path)
        yield from _explained(contract, pointer, str(found.message))


def _explained(contract: Contract, pointer: Pointer, message: str) -> Iterator[Problem]:
    """A finding as it is, or looked into where it only says that a node fits no alternative."""
    line = _first_line(message)
    if not _is_vague(message):
        yield Problem(pointer, "openapi", line)
        return
    node = next((node for node in contract.nodes if node.pointer == pointer), None)
    definition = _DEFINITIONS.get(node.kind) if node else None
    if node is None or definition is None:
        yield Problem(pointer, "openapi", "this is not what OpenAPI 3.0 has here")
        return
    whole = {
        "$ref": f"#/definitions/{definition}",
        "definitions": dict(schema_v30["definitions"]),
    }
    for error in jsonschema_rs.Draft4Validator(whole).iter_errors(node.value):
        deeper = (*pointer, *(str(key) for key in error.instance_path))
        if deeper == pointer:
            vague = f"this is not a valid {node.kind} of OpenAPI 3.0"
            sentence = vague if _is_vague(error.message) else _first_line(error.message)
            yield Problem(pointer, "openapi", sentence)
        else:
            yield from _explained(contract, deeper, error.message)


def _is_vague(message: str) -> bool:
    """Whether a message only repeats a value that fits none, or too many, of some alternatives."""
    line = message.strip().partition("\n")[0]
    return "schemas listed in the" in line


def _first_line(message: str) -> str:
    line = message.strip().partition("\n")[0]
    return line if len(line) <= 200 else f"{line[:200]}…"


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
