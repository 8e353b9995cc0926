"""What a sample says: an operation, with the contract's examples for what it takes."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codegen.models import GeneratorError
from codegen.operations import is_json
from palaver.contract.document import Document, Operation, Parameter

EVENTS = "text/event-stream"
FORM = "multipart/form-data"
BASIC_USERNAME = "palaver"
"""The name of the shared credential where an operator gives it no other."""

_GIF = "GIF8"


@dataclass(frozen=True)
class Sample:
    """One operation, with a value for each part of its request that a sample shows.

    ``body`` is ``None`` where there is none. A file of a form is read from where ``files`` says.
    """

    document: Document
    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    files: Mapping[str, str]

    @property
    def scheme(self) -> str | None:
        """How a caller authenticates: the first way that the contract names."""
        declared = self.document.tree.get("components", {}).get("securitySchemes", {})
        names = [name for requirement in self.operation.security for name in requirement]
        return str(declared[names[0]]["scheme"]).lower() if names else None

    @property
    def media_type(self) -> str:
        """The type of the body; empty where there is none."""
        return next(iter((self.operation.request_body or {}).get("content", {})), "")

    @property
    def body_schema(self) -> Mapping[str, Any]:
        """The schema of the body."""
        content = (self.operation.request_body or {})["content"]
        found: Mapping[str, Any] = content[self.media_type]["schema"]
        return found

    @property
    def answers(self) -> Mapping[str, Mapping[str, Any]]:
        """The media object of each type that a success has."""
        responses = (
            self.operation.responses[str(each)] for each in self.operation.success_statuses
        )
        return {
            name: media for each in responses for name, media in each.get("content", {}).items()
        }

    @property
    def saved_as(self) -> str | None:
        """The name under which the answer is saved, where it is a file.

        That of the path, else what the operation is about.
        """
        kept = [name for name in self.answers if not is_json(name) and name != EVENTS]
        if not kept:
            return None
        last = self.operation.path.rpartition("/")[2]
        if "." in last:
            return last
        noun = self.operation.operation_id.partition("_")[2].rpartition("_")[2]
        return noun + (mimetypes.guess_extension(kept[0]) or ".bin")

    def event_with(self, name: str) -> str | None:
        """The type of the event that has a text of this name."""
        schema, _ = self.document.deref(self.answers[EVENTS]["schema"], ())
        for kind, reference in schema.get("discriminator", {}).get("mapping", {}).items():
            event, _ = self.document.deref({"$ref": reference}, ())
            if name in event.get("properties", {}) and name in event.get("required", ()):
                return str(kind)
        return None


def read_sample(document: Document, operation: Operation) -> Sample:
    """The sample of an operation. Raises ``GeneratorError`` where the contract has no example."""
    parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.parameters:
        if _is_shown(document, operation, parameter):
            parts[parameter.location][parameter.name] = _example(document, operation, parameter)
    sample = Sample(
        document, operation, parts["path"], parts["query"], parts["header"], _body(operation), {}
    )
    if sample.media_type != FORM:
        return sample
    files = {}
    schema, _ = document.deref(sample.body_schema, ())
    for name, member in schema["properties"].items():
        if document.deref(member, ())[0].get("format") == "binary" and name in sample.body:
            files[name] = _file_name(operation, str(sample.body[name]))
    return Sample(
        document, operation, sample.path, sample.query, sample.headers, sample.body, files
    )


def _is_shown(document: Document, operation: Operation, parameter: Parameter) -> bool:
    """Whether a sample shows a parameter: what is required, what a query may have, and after which
    event a stream goes on. Other headers ask for something else than the usual answer."""
    if parameter.required:
        return True
    if parameter.location == "query":
        # The first page has nothing before it, and what narrows a list is for whoever wants that.
        schema, _ = document.deref(parameter.raw["schema"], ())
        narrows = operation.method == "get" and "default" not in schema
        return (
            "example" in parameter.raw and parameter.name not in ("cursor", "skip") and not narrows
        )
    media = operation.responses.get("200", {}).get("content", {}).get(EVENTS, {})
    return bool(parameter.name == media.get("x-events", {}).get("after"))


def _example(document: Document, operation: Operation, parameter: Parameter) -> Any:
    if "example" not in parameter.raw:
        where = document.where(operation.pointer)
        message = f"{operation.operation_id}: {parameter.name} has no example"
        raise GeneratorError(f"{where}: samples: {message}")
    return parameter.raw["example"]


def _body(operation: Operation) -> Any:
    for media in (operation.request_body or {}).get("content", {}).values():
        if "example" in media:
            return media["example"]
        for each in media.get("examples", {}).values():
            return each["value"]
    return None


def _file_name(operation: Operation, content: str) -> str:
    noun = operation.path.rpartition("/")[2].removesuffix("s")
    return noun + (".gif" if content.startswith(_GIF) else ".txt")
