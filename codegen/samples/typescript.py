"""Samples for the client of ``sdk/typescript``, in Node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codegen.typescript.shapes import Shape, is_value
from codegen.typescript.writing import camel_case, key, literal, type_of

from .layout import Layout
from .python import noun_of
from .reading import BASIC_USERNAME, Sample

_WIDTH = 60


class _Code(str):
    """An expression, in the place of a value."""

    __slots__ = ()


def _scalar(value: Any) -> str:
    return str(value) if isinstance(value, _Code) else literal(value)


_LAYOUT = Layout(key, _scalar, _WIDTH)


def render_typescript(samples: Sequence[Sample]) -> list[str]:
    """The module of each."""
    return [_module(each) for each in samples]


def _module(sample: Sample) -> str:
    shape = Shape(sample.document, sample.operation)
    body = "\n".join(_use(sample, shape))
    own = ["Download", "Palaver"] if "instanceof Download" in body else ["Palaver"]
    lines = [f'import {{ {", ".join(own)} }} from "palaver-client";']
    files = [name for name in ("fileFrom", "saveTo") if f"{name}(" in body]
    if files:
        lines.append(f'import {{ {", ".join(files)} }} from "palaver-client/node";')
    options: dict[str, Any] = {"baseUrl": _Code("process.env.URL!")}
    if sample.scheme == "bearer":
        options["token"] = _Code("process.env.TOKEN!")
    elif sample.scheme == "basic":
        options |= {"username": BASIC_USERNAME, "password": _Code("process.env.PASSWORD!")}
    client = _laid_out("const client = new Palaver(", [options], ");")
    return "\n".join([*lines, "", client, "", body])


def _use(sample: Sample, shape: Shape) -> Iterator[str]:
    """The call, and what is done with what it gives."""
    given: list[Any] = [_input(sample, shape)] if _input(sample, shape) else []
    call = f"client.{camel_case(sample.operation.operation_id)}("
    if shape.events is not None:
        if shape.values:
            given.append({"stream": True})
        yield _laid_out(f"const stream = await {call}", given, ");")
        yield "for await (const event of stream) {"
        yield from _events(sample)
        yield "}"
    elif shape.paging is not None:
        item = noun_of(_item(shape))
        yield _laid_out(f"for await (const {item} of {call}", given, ")) {")
        yield f"  console.log({item});\n}}"
    elif not shape.values:
        yield _laid_out(f"await {call}", given, ");")
    else:
        kinds = {is_value(name, media) for name, media in shape.values.items()}
        name = "file" if False in kinds else noun_of(type_of(_schema(shape)))
        yield _laid_out(f"const {name} = await {call}", given, ");")
        save = f'await saveTo({name}, "{sample.saved_as}");'
        if kinds == {True}:
            yield f"console.log({name});"
        elif True in kinds:
            yield f"if ({name} instanceof Download) {save}"
        else:
            yield f"if ({name}) {save}" if shape.may_be_empty else save


def _events(sample: Sample) -> Iterator[str]:
    text, problem = sample.event_with("text"), sample.event_with("detail")
    if text:
        yield f"  if (event.type === {literal(text)}) process.stdout.write(event.text);"
    if problem:
        yield f"  if (event.type === {literal(problem)}) console.error(event.detail);"
    if not text and not problem:
        yield "  console.log(event);"


def _input(sample: Sample, shape: Shape) -> dict[str, Any]:
    places = {"path": sample.path, "query": sample.query, "header": sample.headers}
    given: dict[str, Any] = {
        name: places[each.location][each.name]
        for name, each in shape.parameters
        if each.name in places[each.location]
    }
    if sample.body is not None:
        given["body"] = sample.body
        if sample.files:
            read = {
                name: _Code(f"await fileFrom({literal(file)})")
                for name, file in sample.files.items()
            }
            given["body"] = sample.body | read
    return given


def _schema(shape: Shape) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(iter(shape.values.values()))["schema"]
    return found


def _item(shape: Shape) -> str:
    schema = _schema(shape)
    for name in shape.operation.raw["x-list"]["items"].split("/")[1:]:
        schema = shape.document.deref(schema, ())[0]["properties"][name]
    items = shape.document.deref(schema, ())[0]["items"]
    return str(items.get("$ref", "item")).rpartition("/")[2]


def _laid_out(start: str, values: list[Any], end: str) -> str:
    """A call on one line, or with what it takes on several."""
    line = f"{start}{', '.join(map(_LAYOUT.flat, values))}{end}"
    if len(line) <= _WIDTH:
        return line
    if len(values) == 1:
        return f"{start}{_LAYOUT.broken(values[0])}{end}"
    listed = "".join(f"  {_LAYOUT.fitting(each, '  ')},\n" for each in values)
    return f"{start}\n{listed}{end}"
