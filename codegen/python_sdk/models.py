"""The schemas of the contract as pydantic models of a client."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from codegen.models import HEADER, GeneratorError, without_constraints
from palaver.contract.document import Document

from .formatting import formatted

_OPTIONS = (
    "--input-file-type=openapi",
    "--preset=standard-py311-20261027",
    "--output-model-type=pydantic_v2.BaseModel",
    "--base-class=palaver_client._model.Model",
    "--enum-field-as-literal=all",
    "--snake-case-field",
    "--use-schema-description",
    "--use-field-description",
    "--use-single-line-docstring",
    "--no-collapse-root-models",
    "--use-type-alias",
    "--keep-model-order",
    "--no-use-annotated",
    "--use-double-quotes",
    "--strict-refs",
    "--ignore-pyproject",
    "--disable-warnings",
    "--type-mappings",
    "uuid=string",
    "uri=string",
    "uri-reference=string",
)


def render_sdk_models(document: Document) -> str:
    """The module of models. Raises ``GeneratorError``."""
    answers = answered_schemas(document)
    discriminators = set(_discriminators(document))
    schemas = without_constraints(document.tree["components"]["schemas"])
    # Events alone are given as a union itself, and those of unknown types are passed over.
    inside = {each for name in answers for each in _references(schemas[name])}
    unions = {
        name: schema["discriminator"]
        for name, schema in schemas.items()
        if name in inside and "discriminator" in schema
    }
    for name, schema in schemas.items():
        if name in answers:
            schemas[name] = _opened(schema, _names(discriminators, name), frozenset(unions))
    for name, discriminator in unions.items():
        schemas[_unknown(name)] = _fallback(name, discriminator["propertyName"])
    source = {
        "openapi": document.tree["openapi"],
        "info": {"title": "models", "version": "0"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    command = [sys.executable, "-m", "datamodel_code_generator", *_OPTIONS]
    result = subprocess.run(
        [*command, f"--custom-file-header={HEADER}"],
        input=json.dumps(source),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise GeneratorError(f"datamodel-code-generator failed: {result.stderr.strip()}")
    code = result.stdout
    for name, discriminator in unions.items():
        code = _with_unknown(code, name, discriminator)
    return formatted(code + _exports(code))


def answered_schemas(document: Document) -> frozenset[str]:
    """The named schemas that a success can hold."""
    found: set[str] = set()
    waiting = [
        reference
        for operation in document.operations
        for status, response in operation.responses.items()
        if status.startswith("2")
        for media in response.get("content", {}).values()
        for reference in _references(media["schema"])
    ]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(document.tree["components"]["schemas"][name])
    return frozenset(found)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _references(child)
    elif isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]
        for child in node.values():
            yield from _references(child)


def _discriminators(document: Document) -> Iterator[tuple[str, str]]:
    """Each schema that is one of several, with the member that tells them apart."""
    for schema in document.tree["components"]["schemas"].values():
        if "discriminator" in schema:
            for member in schema.get("oneOf", []):
                name = member["$ref"].rpartition("/")[2]
                yield name, schema["discriminator"]["propertyName"]


def _exports(code: str) -> str:
    """The names that a module of models makes, for those that take all of them."""
    names = re.findall(r"^class (\w+)\(|^(\w+) = TypeAliasType\(", code, re.MULTILINE)
    listed = ", ".join(json.dumps(one or other) for one, other in names)
    return f"\n\n__all__ = [{listed}]\n"


def _unknown(union: str) -> str:
    """The model of what is none of the schemas that a union has."""
    return f"Unknown{union}"


def _fallback(union: str, discriminator: str) -> dict[str, Any]:
    return {
        "description": f"What a newer server may answer with where `{union}` stands.",
        "type": "object",
        "required": [discriminator],
        "properties": {discriminator: {"type": "string"}},
    }


def _with_unknown(code: str, union: str, discriminator: Mapping[str, Any]) -> str:
    """The code with the fallback of a union taking what the union does not, and that alone.

    Raises ``GeneratorError``.
    """
    name, member = _unknown(union), discriminator["propertyName"]
    known = ", ".join(json.dumps(each) for each in discriminator["mapping"])
    pattern = re.compile(
        rf"class {name}\(Model\):(?P<start>.*?)\n    {re.escape(member)}: str\n", re.DOTALL
    )
    if not (match := pattern.search(code)):
        raise GeneratorError(f"datamodel-code-generator made no {name} as it is known here")
    model = (
        f"class {name}(Unknown):{match['start']}\n    {member}: Annotated[str, none_of({known})]\n"
    )
    code = code[: match.start()] + model + code[match.end() :]
    return code.replace(
        "from palaver_client._model import Model\n",
        "from palaver_client._model import Model, Unknown, none_of\n",
    )


def _names(discriminators: set[tuple[str, str]], schema: str) -> frozenset[str]:
    return frozenset(name for owner, name in discriminators if owner == schema)


def _opened(schema: Any, closed: frozenset[str], unions: frozenset[str]) -> Any:
    """A schema that a newer server may widen: with other members, and other values of an enum.

    Where one of several schemas stands, it may be another one.
    """
    if isinstance(schema, list):
        return [_opened(each, frozenset(), unions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if (name := str(schema.get("$ref", "")).rpartition("/")[2]) in unions:
        return {"anyOf": [schema, {"$ref": f"#/components/schemas/{_unknown(name)}"}]}
    if schema.get("type") == "string" and "enum" in schema:
        texts = {key: value for key, value in schema.items() if key in ("description", "nullable")}
        values = {"type": "string", "enum": [each for each in schema["enum"] if each is not None]}
        return {**texts, "anyOf": [values, {"type": "string"}]}
    result = {}
    for key, value in schema.items():
        if key == "properties":
            result[key] = {
                name: member if name in closed else _opened(member, frozenset(), unions)
                for name, member in value.items()
            }
        elif key == "additionalProperties" and value is False:
            continue
        elif key in ("discriminator", "required", "default"):
            result[key] = value
        else:
            result[key] = _opened(value, frozenset(), unions)
    return result
