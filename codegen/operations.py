"""``contract/operations.py``: one protocol per tag, which mypy holds the handlers against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from palaver.contract.bodies import MULTIPART
from palaver.contract.document import Document, Operation, Parameter
from palaver.contract.parameters import argument_name as argument_of

from .models import HEADER

_WIDTH = 100
_STREAMED_ABOVE = 1000
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def render_operations(document: Document, models: frozenset[str]) -> str:
    """The module of protocols; ``models`` are the names that ``palaver.models`` exports."""
    writer = _Writer(document, models)
    tags = [tag["name"] for tag in document.tree["tags"]]
    classes = [writer.protocol(tag) for tag in tags]
    return writer.module([text for text in classes if text])


def argument_name(parameter: Parameter) -> str:
    """The keyword under which a handler gets a parameter."""
    return argument_of(parameter.name)


def protocol_name(tag: str) -> str:
    """``agent_sessions`` gives ``AgentSessionsOperations``."""
    return "".join(word.capitalize() for word in tag.split("_")) + "Operations"


class _Writer:
    """Renders operations and collects the names to import on the way."""

    def __init__(self, document: Document, models: frozenset[str]) -> None:
        self._document = document
        self._models = models
        self._used_models: set[str] = set()
        self._used_names: set[tuple[str, str]] = {
            ("collections.abc", "Awaitable"),
            ("typing", "Protocol"),
            ("typing", "TypeAlias"),
            ("typing", "TypeVar"),
        }

    def module(self, classes: list[str]) -> str:
        """The whole module, after its protocols have been rendered."""
        sources: dict[str, set[str]] = {}
        for source, name in self._used_names:
            sources.setdefault(source, set()).add(name)
        standard = [
            _import(name, sources.pop(name))
            for name in ("collections.abc", "datetime", "typing")
            if name in sources
        ]
        if self._used_models:
            sources["palaver.models"] = self._used_models
        own = [_import(name, names) for name, names in sorted(sources.items())]
        head = (
            f"{HEADER}\n"
            '"""What each module of handlers offers: operations, arguments and answers."""\n\n'
            "from __future__ import annotations\n\n"
        )
        names = (
            'BackendT = TypeVar("BackendT", contravariant=True)\n'
            'T = TypeVar("T")\n'
            "Answer: TypeAlias = T | Awaitable[T]\n"
            '"""A handler is a plain function or an ``async`` one."""\n'
        )
        imports = "".join(standard) + "\n" + "".join(own)
        return "\n\n".join([head + imports + "\n" + names, *classes])

    def protocol(self, tag: str) -> str:
        """The protocol of a tag, or nothing where no operation has it."""
        operations = [item for item in self._document.operations if item.tag == tag]
        if not operations:
            return ""
        methods = "\n".join(self._method(operation) for operation in operations)
        return (
            f"class {protocol_name(tag)}(Protocol[BackendT]):\n"
            f'    """The operations of the tag ``{tag}``."""\n\n{methods}'
        )

    def _method(self, operation: Operation) -> str:
        arguments = [f"{name}: {kind}" for name, kind in self._arguments(operation)]
        returned = f"Answer[{' | '.join(self._answers(operation))}]"
        start = f"    def {operation.operation_id}("
        line = f"{start}self, *, {', '.join(arguments)}) -> {returned}:"
        if len(line) > _WIDTH:
            inner = "".join(f"        {item},\n" for item in ["self", "*", *arguments])
            line = f"{start}\n{inner}    ) -> {returned}:"
        summary = operation.raw["summary"].replace("\\", "\\\\").replace('"', "'")
        where = f"{operation.method.upper()} {operation.path}"
        return f'{line}\n        """{summary}: ``{where}``."""\n        ...\n'

    def _arguments(self, operation: Operation) -> Iterator[tuple[str, str]]:
        if operation.security:
            yield "principal", self._name("palaver.auth.principal", "Principal")
        yield "backend", "BackendT"
        for parameter in operation.parameters:
            kind = self._schema(parameter.raw["schema"])
            always = parameter.required or "default" in parameter.schema
            yield argument_name(parameter), kind if always else f"{kind} | None"
        body = operation.request_body
        if body is not None:
            kinds = [self._body(*each) for each in body["content"].items()]
            required = body.get("required", False)
            yield "body", " | ".join(dict.fromkeys(kinds if required else [*kinds, "None"]))
        media_types = _success_media_types(operation)
        if len(media_types) > 1:
            values = ", ".join(json.dumps(each) for each in media_types)
            yield "media_type", f"{self._name('typing', 'Literal')}[{values}]"

    def _body(self, media_type: str, media: Mapping[str, Any]) -> str:
        if media_type == MULTIPART:
            # Its files are open ones, not the bytes that a model would have.
            return f"dict[str, {self._name('typing', 'Any')}]"
        return self._schema(media["schema"])

    def _answers(self, operation: Operation) -> list[str]:
        answers: list[str] = []
        for status, response in operation.responses.items():
            if status == "304":
                answers.append(f"{self._reply()}[None]")
            elif status.startswith("2"):
                answers += self._answers_of(response)
                if "content" not in response and len(operation.success_statuses) > 1:
                    # It has to say which of them it means.
                    answers.append(f"{self._reply()}[None]")
        return list(dict.fromkeys(answers)) or ["None"]

    def _answers_of(self, response: Mapping[str, Any]) -> Iterator[str]:
        content = response.get("content")
        if not content:
            yield "None"
            if len(response.get("headers", {})) > 1:
                yield f"{self._reply()}[None]"
            return
        for media_type, media in content.items():
            if media_type == "text/event-stream":
                stream = self._name("palaver.contract.reply", "EventStream")
                yield stream
                yield f"{self._reply()}[{stream}]"
                continue
            if not is_json(media_type):
                stream = self._name("palaver.contract.reply", "ByteStream")
                yield f"{self._reply()}[bytes]"
                yield f"{self._reply()}[{stream}]"
                continue
            schema, _ = self._document.deref(media["schema"], ())
            kind = self._schema(media["schema"])
            if schema.get("additionalProperties") is True:
                yield f"{self._reply()}[{kind}]"
                yield f"{self._reply()}[bytes]"
                continue
            yield kind
            yield f"{self._reply()}[{kind}]"
            if self._is_streamed(schema):
                stream = self._name("palaver.contract.reply", "ArrayStream")
                yield stream
                yield f"{self._reply()}[{stream}]"

    def _is_streamed(self, schema: Mapping[str, Any]) -> bool:
        if schema.get("type") == "array":
            return bool(schema.get("maxItems", 0) > _STREAMED_ABOVE)
        properties = (
            self._document.deref(item, ())[0] for item in schema.get("properties", {}).values()
        )
        return any(item.get("maxItems", 0) > _STREAMED_ABOVE for item in properties)

    def _reply(self) -> str:
        return self._name("palaver.contract.reply", "Reply")

    def _name(self, module: str, name: str) -> str:
        self._used_names.add((module, name))
        return name

    def _schema(self, schema: Mapping[str, Any]) -> str:
        """The type of a schema: the model where it is named, else written out."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name in self._models:
                self._used_models.add(name)
                return str(name)
            schema, _ = self._document.deref(schema, ())
        kind = self._inline(schema)
        return f"{kind} | None" if schema.get("nullable") else kind

    def _inline(self, schema: Mapping[str, Any]) -> str:
        if "enum" in schema:
            values = ", ".join(json.dumps(value) for value in schema["enum"] if value is not None)
            return f"{self._name('typing', 'Literal')}[{values}]"
        kind = schema.get("type")
        if kind == "array":
            return f"list[{self._schema(schema['items'])}]"
        if kind == "string" and schema.get("format") == "date-time":
            return self._name("datetime", "datetime")
        if kind == "string" and schema.get("format") == "binary":
            return "bytes"
        if kind in _SCALARS:
            return _SCALARS[kind]
        return f"dict[str, {self._name('typing', 'Any')}]"


def _success_media_types(operation: Operation) -> list[str]:
    """What a success can be, each type once, in the order of the contract."""
    statuses = (operation.responses[str(status)] for status in operation.success_statuses)
    return list(dict.fromkeys(each for status in statuses for each in status.get("content", {})))


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON: ``application/json`` or ``…+json``."""
    return media_type == "application/json" or media_type.endswith("+json")


def _import(module: str, names: set[str]) -> str:
    ordered = sorted(names)
    line = f"from {module} import {', '.join(ordered)}\n"
    if len(line) > _WIDTH:
        line = f"from {module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")\n"
    return line
