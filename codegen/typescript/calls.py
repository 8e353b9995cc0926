"""``calls.ts``: the method of each operation, with the type of what it takes and gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from palaver.contract.document import Document, pointer_of

from .shapes import Shape, shapes
from .writing import camel_case, comment, key, literal, pascal_case, type_of

_NAME = re.compile(r"\b[A-Z][A-Za-z0-9]*\b")


def render_calls(document: Document) -> str:
    """The module's text."""
    found = shapes(document)
    inputs = [text for shape in found if (text := _input(shape))]
    methods = "\n".join(_method(shape) for shape in found)
    code = (
        "\n".join(inputs)
        + "\n/** What the server can do: one method for each operation of the contract. */\n"
        + f"export interface Operations {{\n{methods}}}\n"
    )
    return f"\n{_imports(document, code)}\n{code}"


def _imports(document: Document, code: str) -> str:
    bare = re.sub(r"/\*\*.*?\*/", "", code, flags=re.DOTALL)
    used = set(_NAME.findall(re.sub(r'"[^"]*"', "", bare)))
    lines = ""
    for module, names in (
        ("../call.ts", ["Call", "CallOptions", "PagedCall"]),
        ("../download.ts", ["Download"]),
        ("../stream.ts", ["EventStream"]),
        ("../uploads.ts", ["Upload"]),
        ("./schemas.ts", sorted(document.tree.get("components", {}).get("schemas", {}))),
    ):
        wanted = [name for name in names if name in used]
        if wanted:
            listed = "".join(f"  {name},\n" for name in wanted)
            lines += f'import type {{\n{listed}}} from "{module}";\n'
    return lines


def _input(shape: Shape) -> str:
    """The interface of what an operation takes; empty where it takes nothing."""
    lines = ""
    for name, parameter in shape.parameters:
        mark = "" if parameter.required else "?"
        default = parameter.schema.get("default")
        said = [parameter.raw.get("description", "")]
        if default is not None:
            said.append(f"Default: `{literal(default)}`.")
        kind = type_of(parameter.raw["schema"], "  ")
        lines += f"{comment(said, '  ')}  {key(name)}{mark}: {kind};\n"
    if shape.body is not None:
        _, schema, required = shape.body
        said = [str((shape.operation.request_body or {}).get("description", ""))]
        mark = "" if required else "?"
        lines += f"{comment(said, '  ')}  body{mark}: {type_of(schema, '  ')};\n"
    if not lines:
        return ""
    name = _input_name(shape)
    said = [f"What {{@link Operations.{camel_case(shape.operation.operation_id)}}} takes."]
    return f"{comment(said)}export interface {name} {{\n{lines}}}\n"


def _input_name(shape: Shape) -> str:
    return f"{pascal_case(shape.operation.operation_id)}Input"


def _method(shape: Shape) -> str:
    operation = shape.operation
    said = comment(
        [
            f"{operation.raw['summary']}: `{operation.method.upper()} {operation.path}`.",
            operation.raw.get("description", ""),
        ],
        "  ",
    )
    name = camel_case(operation.operation_id)
    given = _arguments(shape)
    if shape.events is None:
        return "".join(
            f"{said}  {name}({given}{options}): {value};\n" for options, value in _answers(shape)
        )
    stream = f"Call<EventStream<{type_of(shape.events['schema'], '  ')}>>"
    if not shape.values:
        return f"{said}  {name}({given}options?: CallOptions): {stream};\n"
    ((_, value),) = _answers(shape)
    either = stream.replace("Call<", f"Call<{value.removeprefix('Call<').removesuffix('>')} | ", 1)
    return "".join(
        f"{said}  {name}({given}{options}): {kind};\n"
        for options, kind in (
            ("options: CallOptions & { stream: true }", stream),
            ("options?: CallOptions & { stream?: false }", value),
            # A choice that is made when the program runs.
            ("options: CallOptions", either),
        )
    )


def _arguments(shape: Shape) -> str:
    required = any(parameter.required for _, parameter in shape.parameters)
    if shape.body is not None:
        required = required or shape.body[2]
    elif not shape.parameters:
        # Nothing to give, and the options stay in their place.
        return "input?: Record<string, never>, "
    return f"input{'' if required else '?'}: {_input_name(shape)}, "


def _answers(shape: Shape) -> Iterator[tuple[str, str]]:
    """The options that an answer wants, and its type: one for each thing that it can be."""
    if not shape.values:
        yield "options?: CallOptions", "Call<void>"
    for number, (kind, media_types) in enumerate(shape.choices.items()):
        value = f"{kind} | undefined" if shape.may_be_empty else kind
        call = f"Call<{value}>"
        if shape.paging is not None:
            call = f"PagedCall<{value}, {_item(shape, kind)}>"
        if len(shape.values) == 1:
            yield "options?: CallOptions", call
            continue
        wanted = " | ".join(literal(each) for each in media_types)
        mark = "" if number else "?"
        yield f"options{mark}: CallOptions & {{ accept{mark}: {wanted} }}", call


def _item(shape: Shape, page: str) -> str:
    """The type of an item of a page: its own name, or the way that leads to it."""
    said = shape.operation.raw["x-list"]
    schema: Mapping[str, Any] = next(iter(shape.values.values()))["schema"]
    way = pointer_of(f"#{said['items']}") or ()
    for name in way:
        schema = shape.document.deref(schema, ())[0]["properties"][name]
    items = shape.document.deref(schema, ())[0]["items"]
    if "$ref" in items:
        return type_of(items)
    return page + "".join(f"[{literal(name)}]" for name in way) + "[number]"
