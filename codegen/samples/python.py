"""Samples for the client of ``sdk/python``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codegen.python_sdk.formatting import formatted
from codegen.python_sdk.reading import OperationPlan, read_operation

from .reading import FORM, Sample

_WIDTH = 60
_BEFORE = "# sample "


def render_python(samples: Sequence[Sample]) -> list[str]:
    """The text of each. Raises ``GeneratorError``."""
    # Laid out together, because starting what does it takes longer than its work.
    text = "".join(f"{_BEFORE}\n{_unformatted(each)}\n" for each in samples)
    laid_out = formatted(text, width=_WIDTH).split(_BEFORE.rstrip() + "\n")
    return [each.strip() for each in laid_out[1:]]


def _unformatted(sample: Sample) -> str:
    plan = read_operation(sample.document, sample.operation)
    body = "\n".join(_use(sample, plan))
    imports = "import os\n"
    if "Path(" in body:
        imports += "from pathlib import Path\n"
    names = "Palaver, models" if "models." in body else "Palaver"
    return f"{imports}\nfrom palaver_client import {names}\n\n{_client(sample)}\n\n{body}"


def _client(sample: Sample) -> str:
    credential = {
        "bearer": ', token=os.environ["TOKEN"]',
        "basic": ', password=os.environ["PASSWORD"]',
    }
    given = credential[sample.scheme] if sample.scheme else ""
    return f'client = Palaver(os.environ["URL"]{given})'


def _use(sample: Sample, plan: OperationPlan) -> Iterator[str]:
    """The call, and what is done with what it gives."""
    given = ", ".join(_arguments(sample, plan))
    if plan.streaming:
        yield f"with client.{plan.name}({given}) as stream:\n    for event in stream:"
        yield from _events(sample)
    elif plan.paging:
        item = noun_of(plan.paging.item)
        yield f"for {item} in client.all.{plan.name}({given}):\n    print({item})"
    elif plan.file_types:
        yield f"with client.{plan.name}({given}) as download:"
        yield f"    download.save(Path({_text(str(sample.saved_as))}))"
    elif plan.answer or plan.value_types:
        name = noun_of(plan.answer) if plan.answer else "text"
        yield f"{name} = client.{plan.name}({given})\nprint({name})"
    else:
        yield f"client.{plan.name}({given})"


def _events(sample: Sample) -> Iterator[str]:
    text, problem = sample.event_with("text"), sample.event_with("detail")
    word = "if"
    if text:
        yield f"        if event.type == {_text(text)}:"
        yield '            print(event.text, end="", flush=True)'
        word = "elif"
    if problem:
        yield f"        {word} event.type == {_text(problem)}:\n            print(event.detail)"
    if not text and not problem:
        yield "        print(event)"


def _arguments(sample: Sample, plan: OperationPlan) -> Iterator[str]:
    values = dict(_values(sample, plan))
    for argument in plan.arguments:
        if argument.name in values:
            value = values[argument.name]
            yield value if argument.is_positional else f"{argument.name}={value}"


def _values(sample: Sample, plan: OperationPlan) -> Iterator[tuple[str, str]]:
    """The arguments that are given, as they are written."""
    places = {"path": sample.path, "query": sample.query, "header": sample.headers}
    for argument, name, location in plan.parameters:
        if name in places[location]:
            yield argument, _literal(sample, places[location][name], {})
    if sample.body is None or plan.body is None:
        return
    schema, _ = sample.document.deref(sample.body_schema, ())
    if plan.body.argument:
        yield plan.body.argument, _literal(sample, sample.body, sample.body_schema)
    for argument, name in plan.body.fields.items():
        if sample.media_type == FORM and name in sample.files:
            yield argument, f"Path({_text(sample.files[name])})"
        elif name in sample.body:
            yield argument, _literal(sample, sample.body[name], schema["properties"][name])


def _literal(sample: Sample, value: Any, schema: Mapping[str, Any]) -> str:
    """A value as Python: an object that has a schema of its own is a model."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found, _ = sample.document.deref(schema, ())
    if "discriminator" in found and isinstance(value, dict):
        reference = found["discriminator"]["mapping"][value[found["discriminator"]["propertyName"]]]
        return _literal(sample, value, {"$ref": reference})
    if isinstance(value, dict):
        members = found.get("properties", {})
        if not name or not members:
            pairs = (f"{_text(key)}: {_literal(sample, v, {})}" for key, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        given = (
            f"{_snake(key)}={_literal(sample, v, members.get(key, {}))}" for key, v in value.items()
        )
        return f"models.{name}({', '.join(given)})"
    if isinstance(value, list):
        items = found.get("items", {})
        return f"[{', '.join(_literal(sample, each, items) for each in value)}]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def noun_of(kind: str) -> str:
    """What a value of a type is called: ``models.AgentSessionCreated`` is a session."""
    words = re.findall(r"[A-Z][a-z]+", kind.rpartition(".")[2])
    if not words:
        return "value"
    is_done = words[-1].endswith("ed") and len(words) > 1
    noun = words[-2 if is_done else -1].lower()
    return f"{noun}s" if kind.startswith("list[") or kind.endswith("[]") else noun
