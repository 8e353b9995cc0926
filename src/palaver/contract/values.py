"""Values of the contract's schemas that come by other ways than requests, such as tool calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from palaver.contract.document import Document
from palaver.contract.schemas import SchemaCompiler, component_name, explain, first_error, rewrite

MAX_FINDINGS: Final = 10
MAX_EXPLAINED_PARTS: Final = 5000
"""Beyond so many parts only the first mistake is looked for: finding all takes memory for each."""

_OMITTED: Final = frozenset({"pattern", "format"})
_OMITTED_INSIDE: Final = _OMITTED | {"description", "minLength", "maxLength"}


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

        It is short, since a model reads it at every turn: patterns and formats are left out, and of
        the components also descriptions and lengths. What comes of it is checked all the same.
        """
        found: dict[str, Any] = self._inlined(rewrite(schema), _OMITTED)
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
            choice = self._choice(schema, value, where) if kind.name == "oneOf" else None
            if choice is None:
                yield [*path, *where], words
                continue
            meant, name, forms = choice
            if name not in meant:
                yield [*path, *where, name], "the field is required"
            elif meant[name] not in [*forms]:
                yield [*path, *where, name], f"the value must be one of {', '.join(forms)}"
            else:
                form = {"$ref": forms[meant[name]]}
                yield from self._errors(form, meant, [*path, *where])

    def _choice(
        self, schema: Mapping[str, Any], value: Any, path: list[str | int]
    ) -> tuple[dict[str, Any], str, Mapping[str, str]] | None:
        """An object that has one of several forms, the property that says which, and the forms."""
        *_, node = self._compiler.property_path(schema, path)
        for key in path:
            value = value[key]
        discriminator = node.get("discriminator")
        if discriminator is None or not isinstance(value, dict):
            return None
        return value, discriminator["propertyName"], discriminator["mapping"]

    def _inlined(self, node: Any, omitted: frozenset[str]) -> Any:
        if isinstance(node, list):
            return [self._inlined(child, omitted) for child in node]
        if not isinstance(node, dict):
            return node
        name = component_name(node)
        if name is not None:
            return self._inlined(rewrite(self._schemas[name]), _OMITTED_INSIDE)
        properties = node.get("properties", {})
        kept = {
            key: self._inlined(child, omitted)
            for key, child in node.items()
            if key not in omitted and key != "properties"
        }
        if properties:
            # A property may be called like a keyword.
            kept["properties"] = {
                key: self._inlined(child, omitted) for key, child in properties.items()
            }
        return kept


def _parts(value: Any) -> int:
    """How many values a value is made of."""
    if isinstance(value, dict):
        return 1 + sum(map(_parts, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_parts, value))
    return 1
