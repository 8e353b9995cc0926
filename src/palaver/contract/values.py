"""Values of the contract's schemas that come by other ways than requests, such as tool calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from palaver.contract.document import Document
from palaver.contract.schemas import SchemaCompiler, component_name, explain, first_error, rewrite

MAX_FINDINGS: Final = 10
MAX_EXPLAINED_PARTS: Final = 5000
"""Beyond so many parts only the first mistake is looked for: finding all takes memory for each."""

_SHORT: Final = ("pattern", "format")


class ContractValues:
    """Checks values against schemas that may refer to the contract's components."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._compiler = SchemaCompiler(document)
        self._schemas: Mapping[str, Any] = document.tree["components"]["schemas"]

    def findings(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        """What is wrong with a value, each as a place and words; empty where it is valid."""
        return [
            f"{'.'.join(map(str, path)) or 'the value'}: {words}"
            for path, words in self._errors(schema, value, [])
        ][:MAX_FINDINGS]

    def standalone(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema as JSON Schema that refers to nothing, for those who do not have the contract.

        Patterns and formats are left out: what reads this writes text, and is checked all the same.
        """
        found: dict[str, Any] = self._inlined(rewrite(schema))
        return found

    def _errors(
        self, schema: Mapping[str, Any], value: Any, path: list[str | int]
    ) -> Iterator[tuple[list[str | int], str]]:
        validator = self._compiler.compile(schema)
        if validator.is_valid(value):
            return
        first = first_error(validator, value) if _parts(value) > MAX_EXPLAINED_PARTS else None
        for error in validator.iter_errors(value) if first is None else [first]:
            where, words = explain(error)
            kind: Any = error.kind
            meant = self._meant(schema, value, where) if kind.name == "oneOf" else None
            if meant is None:
                yield [*path, *where], words
            else:
                yield from self._errors(*meant, [*path, *where])

    def _meant(
        self, schema: Mapping[str, Any], value: Any, path: list[str | int]
    ) -> tuple[Mapping[str, Any], Any] | None:
        """The one of several schemas that a discriminator in the value names, and the value."""
        *_, node = self._compiler.property_path(schema, path)
        for key in path:
            value = value[key]
        discriminator = node.get("discriminator")
        if discriminator is None or not isinstance(value, dict):
            return None
        name = value.get(discriminator["propertyName"])
        mapping = discriminator["mapping"]
        if isinstance(name, str) and name in mapping:
            return {"$ref": mapping[name]}, value
        allowed = {"type": "string", "enum": [*mapping]}
        property_name = discriminator["propertyName"]
        return {
            "type": "object",
            "required": [property_name],
            "properties": {property_name: allowed},
        }, value

    def _inlined(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._inlined(child) for child in node]
        if not isinstance(node, dict):
            return node
        name = component_name(node)
        if name is not None:
            return self._inlined(rewrite(self._schemas[name]))
        if isinstance(node.get("properties"), dict):
            # A property may be called like a keyword.
            kept = {key: self._inlined(child) for key, child in node.items() if key not in _SHORT}
            kept["properties"] = {
                key: self._inlined(child) for key, child in node["properties"].items()
            }
            return kept
        return {key: self._inlined(child) for key, child in node.items() if key not in _SHORT}


def _parts(value: Any) -> int:
    """How many values a value is made of."""
    if isinstance(value, dict):
        return 1 + sum(map(_parts, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_parts, value))
    return 1
