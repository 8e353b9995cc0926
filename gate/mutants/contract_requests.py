"""Edits of what the contract says of requests, routes and access."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from gate.mutants.edits import (
    Tree,
    body_of,
    body_schema_of,
    field_of,
    operation_of,
    parameter_of,
    parameter_schema,
)
from gate.mutants.operators import Place, always, contract_edit, when
from gate.mutants.places import asked, is_open_text, written
from palaver.contract.document import Parameter


@contract_edit("asks-parameter-removed", asked(lambda _p: True))
def parameter_removed(tree: Tree, place: Place) -> None:
    """A query parameter that works is not documented."""
    parameter_of(tree, place, place.site)
    operation = operation_of(tree, place)
    operation["parameters"] = [
        each for each in operation["parameters"] if _name(tree, each) != place.site
    ]


def _name(tree: Tree, reference: Tree) -> str:
    if "$ref" in reference:
        reference = tree["components"]["parameters"][reference["$ref"].rpartition("/")[2]]
    return str(reference["name"])


@contract_edit("asks-parameter-added", always)
def parameter_added(tree: Tree, place: Place) -> None:
    """A query parameter is documented that does not exist."""
    operation = operation_of(tree, place)
    extra: dict[str, Any] = {
        "name": "verbose",
        "in": "query",
        "description": "Say more.",
        "schema": {"type": "boolean", "default": False},
        "example": True,
    }
    operation["parameters"] = [*operation.get("parameters", []), extra]


@contract_edit("asks-parameter-renamed", asked(lambda _p: True))
def parameter_renamed(tree: Tree, place: Place) -> None:
    """A query parameter is documented under another name."""
    parameter_of(tree, place, place.site)["name"] = f"{place.site}_value"


@contract_edit("asks-parameter-required", asked(lambda p: not p.required))
def parameter_required(tree: Tree, place: Place) -> None:
    """A query parameter that may be left out is documented as required."""
    parameter_of(tree, place, place.site)["required"] = True


@contract_edit("asks-parameter-optional", asked(lambda p: p.required))
def parameter_optional(tree: Tree, place: Place) -> None:
    """A required query parameter is documented as one that may be left out."""
    parameter_of(tree, place, place.site)["required"] = False


def _is_number(found: Parameter) -> bool:
    return found.schema.get("type") == "integer" and "enum" not in found.schema


@contract_edit("asks-default-changed", asked(lambda p: "default" in p.schema))
def default_changed(tree: Tree, place: Place) -> None:
    """Another default is documented than the one that works."""
    schema = parameter_schema(tree, place, place.site)
    default = schema["default"]
    if "enum" in schema:
        schema["default"] = next(value for value in schema["enum"] if value != default)
    elif isinstance(default, int):
        schema["default"] = default + 1
    else:
        schema["default"] = "Nameless"


@contract_edit("asks-number-wider", asked(lambda p: _is_number(p) and "maximum" in p.schema))
def number_wider(tree: Tree, place: Place) -> None:
    """A number is documented with a greater maximum than the one that holds."""
    schema = parameter_schema(tree, place, place.site)
    schema["maximum"] = min(schema["maximum"] * 2, 2_147_483_647)
    if schema["maximum"] == 2_147_483_647:
        schema["minimum"] = schema.get("minimum", 1) - 1


@contract_edit("asks-number-narrower", asked(lambda p: _is_number(p) and "maximum" in p.schema))
def number_narrower(tree: Tree, place: Place) -> None:
    """A number is documented with a smaller maximum than the one that holds."""
    schema = parameter_schema(tree, place, place.site)
    schema["maximum"] = schema["maximum"] - 1


@contract_edit("asks-minimum-lower", asked(lambda p: _is_number(p) and "minimum" in p.schema))
def minimum_lower(tree: Tree, place: Place) -> None:
    """A number is documented with a smaller minimum than the one that holds."""
    schema = parameter_schema(tree, place, place.site)
    schema["minimum"] = schema["minimum"] - 1


def _is_text(found: Parameter) -> bool:
    # A cursor of any length is refused unless the server made it, so its bounds do not show.
    return is_open_text(found.schema) and "maxLength" in found.schema and found.name != "cursor"


@contract_edit("asks-text-longer", asked(_is_text))
def text_longer(tree: Tree, place: Place) -> None:
    """A text in the query is documented as one that may be longer than it may."""
    parameter_schema(tree, place, place.site)["maxLength"] *= 2


@contract_edit("asks-text-shorter", asked(_is_text))
def text_shorter(tree: Tree, place: Place) -> None:
    """A text in the query is documented as one that must be shorter than it must."""
    parameter_schema(tree, place, place.site)["maxLength"] -= 1


@contract_edit("asks-choice-added", asked(lambda p: "enum" in p.schema))
def choice_added(tree: Tree, place: Place) -> None:
    """A closed parameter is documented with a value that is refused."""
    schema = parameter_schema(tree, place, place.site)
    schema["enum"] = [*schema["enum"], "random" if schema["type"] == "string" else 0]


@contract_edit("asks-choice-removed", asked(lambda p: len(p.schema.get("enum", [])) > 1))
def choice_removed(tree: Tree, place: Place) -> None:
    """A closed parameter is documented without a value that works."""
    schema = parameter_schema(tree, place, place.site)
    spare = [value for value in schema["enum"] if value != schema.get("default")]
    schema["enum"] = [value for value in schema["enum"] if value != spare[-1]]


@contract_edit("asks-field-removed", written(lambda _n, _s, _w: True))
def field_removed(tree: Tree, place: Place) -> None:
    """A property of the body that works is not documented, not even in the example."""
    schema = body_schema_of(tree, place)
    del schema["properties"][place.site]
    schema["required"] = [name for name in schema.get("required", []) if name != place.site]
    if not schema["required"]:
        del schema["required"]
    media = body_of(tree, place)["content"]["application/json"]
    if isinstance(media.get("example"), dict):
        media["example"] = {k: v for k, v in media["example"].items() if k != place.site}


def _takes_object(place: Place) -> Sequence[str]:
    return [""] if written(lambda _n, _s, _w: True)(place) else []


@contract_edit("asks-field-added", _takes_object)
def field_added(tree: Tree, place: Place) -> None:
    """A property of the body is documented that does not exist."""
    extra = {"type": "string", "maxLength": 20, "pattern": "^[a-z]*$", "description": "A colour."}
    body_schema_of(tree, place)["properties"]["colour"] = extra


@contract_edit("asks-field-renamed", written(lambda _n, _s, _w: True))
def field_renamed(tree: Tree, place: Place) -> None:
    """A property of the body is documented under another name."""
    schema = body_schema_of(tree, place)
    other = f"{place.site}_value"
    schema["properties"][other] = schema["properties"].pop(place.site)
    if "required" in schema:
        schema["required"] = [other if n == place.site else n for n in schema["required"]]
    media = body_of(tree, place)["content"]["application/json"]
    if isinstance(media.get("example"), dict):
        media["example"] = {
            other if name == place.site else name: value for name, value in media["example"].items()
        }


@contract_edit("asks-field-required", written(lambda n, _s, w: n not in w.get("required", [])))
def field_required(tree: Tree, place: Place) -> None:
    """A property of the body that may be left out is documented as required."""
    schema = body_schema_of(tree, place)
    schema["required"] = [*schema.get("required", []), place.site]


@contract_edit("asks-field-optional", written(lambda n, _s, w: n in w.get("required", [])))
def field_optional(tree: Tree, place: Place) -> None:
    """A required property of the body is documented as one that may be left out."""
    schema = body_schema_of(tree, place)
    schema["required"] = [name for name in schema["required"] if name != place.site]
    if not schema["required"]:
        del schema["required"]


@contract_edit("asks-field-longer", written(lambda _n, s, _w: is_open_text(s)))
def field_longer(tree: Tree, place: Place) -> None:
    """A text of the body is documented as one that may be longer than it may."""
    field_of(tree, place, place.site)["maxLength"] *= 2


@contract_edit("asks-field-shorter", written(lambda _n, s, _w: is_open_text(s)))
def field_shorter(tree: Tree, place: Place) -> None:
    """A text of the body is documented as one that must be shorter than it must."""
    field_of(tree, place, place.site)["maxLength"] -= 1


@contract_edit("asks-field-null", written(lambda _n, s, _w: not s.get("nullable")))
def field_null(tree: Tree, place: Place) -> None:
    """A property of the body is documented as one that may be null."""
    field_of(tree, place, place.site)["nullable"] = True


@contract_edit("asks-field-not-null", written(lambda _n, s, _w: bool(s.get("nullable"))))
def field_not_null(tree: Tree, place: Place) -> None:
    """A property of the body that may be null is documented as one that may not."""
    field_of(tree, place, place.site)["nullable"] = False


@contract_edit("asks-field-choice", written(lambda _n, s, _w: "enum" in s))
def field_choice(tree: Tree, place: Place) -> None:
    """A closed property of the body is documented with a value that is refused."""
    schema = field_of(tree, place, place.site)
    schema["enum"] = [*schema["enum"], "system"]


@contract_edit("asks-field-default", written(lambda _n, s, _w: "default" in s))
def field_default(tree: Tree, place: Place) -> None:
    """Another default of a property of the body is documented."""
    schema = field_of(tree, place, place.site)
    schema["default"] = not schema["default"]


@contract_edit("asks-body-open", _takes_object)
def body_open(tree: Tree, place: Place) -> None:
    """A body is documented as one that may have unknown properties."""
    body_schema_of(tree, place)["additionalProperties"] = True


@contract_edit("asks-body-otherwise", when(lambda o: o.request_body is not None))
def body_otherwise(tree: Tree, place: Place) -> None:
    """A body is documented as optional where it is required, or the other way round."""
    body = body_of(tree, place)
    body["required"] = not body.get("required", False)


@contract_edit("asks-body-smaller", when(lambda o: o.request_body is not None))
def body_smaller(tree: Tree, place: Place) -> None:
    """A body is documented with half the size that it may have."""
    body_of(tree, place)["x-max-body-bytes"] = tree["x-max-body-bytes"] // 2


@contract_edit("asks-no-token", when(lambda o: bool(o.security)))
def no_token(tree: Tree, place: Place) -> None:
    """An operation that wants a token is documented as open to everybody."""
    operation_of(tree, place)["security"] = []


def _several_schemes(place: Place) -> Sequence[str]:
    found = place.operation.security
    return [name for requirement in found for name in requirement] if len(found) > 1 else []


@contract_edit("asks-scheme-removed", _several_schemes)
def scheme_removed(tree: Tree, place: Place) -> None:
    """One of the ways to authenticate is not documented."""
    operation = operation_of(tree, place)
    operation["security"] = [each for each in operation["security"] if place.site not in each]


@contract_edit("asks-other-scheme", when(lambda o: len(o.security) == 1))
def other_scheme(tree: Tree, place: Place) -> None:
    """Another way to authenticate is documented than the one that works."""
    known = tree["components"]["securitySchemes"]
    own = next(iter(place.operation.security[0]))
    other = next(name for name in known if name != own)
    operation_of(tree, place)["security"] = [{other: []}]


@contract_edit("asks-token", when(lambda o: not o.security))
def token(tree: Tree, place: Place) -> None:
    """An operation that is open to everybody is documented as one that wants a token."""
    operation_of(tree, place)["security"] = [{"bearerAuth": []}]


@contract_edit("asks-other-path", always)
def other_path(tree: Tree, place: Place) -> None:
    """The operation is documented at another path."""
    operation = operation_of(tree, place)
    item = tree["paths"][place.operation.path]
    first, _, rest = place.operation.path.lstrip("/").partition("/")
    path = f"/{first}s/{rest}" if rest else f"/{first}s"
    moved: dict[str, Any] = {place.operation.method: operation}
    if "parameters" in item:
        moved["parameters"] = copy.deepcopy(item["parameters"])
    del item[place.operation.method]
    if set(item) <= {"parameters"}:
        del tree["paths"][place.operation.path]
    tree["paths"][path] = moved


@contract_edit("asks-other-method", always)
def other_method(tree: Tree, place: Place) -> None:
    """The operation is documented with another method."""
    item = tree["paths"][place.operation.path]
    other = next(m for m in ("put", "post", "patch", "delete") if m not in item)
    item[other] = item.pop(place.operation.method)


@contract_edit("asks-operation-removed", always)
def operation_removed(tree: Tree, place: Place) -> None:
    """An operation that is served is not documented."""
    item = tree["paths"][place.operation.path]
    del item[place.operation.method]
    if set(item) <= {"parameters"}:
        del tree["paths"][place.operation.path]
    for other in tree["paths"].values():
        for operation in other.values():
            for response in (
                operation.get("responses", {}).values() if isinstance(operation, dict) else ()
            ):
                links = response.get("links", {})
                for name in [
                    n
                    for n, link in links.items()
                    if link.get("operationId") == place.operation.operation_id
                ]:
                    del links[name]


@contract_edit("asks-operation-added", always)
def operation_added(tree: Tree, place: Place) -> None:
    """An operation is documented that does not exist."""
    item = tree["paths"][place.operation.path]
    added = copy.deepcopy(operation_of(tree, place))
    added["operationId"] = f"copy_{place.operation.operation_id}"
    moved: dict[str, Any] = {place.operation.method: added}
    if "parameters" in item:
        moved["parameters"] = copy.deepcopy(item["parameters"])
    tree["paths"][f"{place.operation.path}/copy"] = moved


@contract_edit("asks-other-name", always)
def other_name(tree: Tree, place: Place) -> None:
    """The operation is documented under another operationId, in links too."""
    new = f"{place.operation.operation_id}_now"
    operation_of(tree, place)["operationId"] = new
    for item in tree["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                for response in operation.get("responses", {}).values():
                    for link in response.get("links", {}).values():
                        if link.get("operationId") == place.operation.operation_id:
                            link["operationId"] = new


@contract_edit("asks-other-tag", always)
def other_tag(tree: Tree, place: Place) -> None:
    """The operation is documented under another tag."""
    others = [tag["name"] for tag in tree["tags"] if tag["name"] != place.operation.tag]
    operation_of(tree, place)["tags"] = [place.pick(others)]


@contract_edit("asks-path-example-gone", when(lambda o: "{" in o.path))
def path_example_gone(tree: Tree, place: Place) -> None:
    """A path parameter has no example."""
    name = next(p.name for p in place.operation.parameters if p.location == "path")
    parameter_of(tree, place, name).pop("example", None)
