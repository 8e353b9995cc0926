"""What a client has to know of an operation, read from the contract."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from codegen.operations import is_json
from palaver.contract.document import Document, Operation, Parameter

FORM = "multipart/form-data"
EVENTS = "text/event-stream"
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_TAKEN = frozenset({"self", "stream", "accept", "on_progress"})
"""Arguments that methods have of their own."""


@dataclass(frozen=True)
class Argument:
    """An argument of a method."""

    name: str
    kind: str
    default: str | None
    """Nothing where it has to be given."""
    description: str
    is_positional: bool = False


@dataclass(frozen=True)
class BodyPlan:
    """A request body: its members in arguments, or all of it in one."""

    media_type: str
    required: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    argument: str | None = None
    is_file: bool = False


@dataclass(frozen=True)
class PagingPlan:
    """``x-list`` of an operation whose parameters lead to further pages."""

    item: str
    items: tuple[str, ...]
    key: str | None
    by: Literal["cursor", "skip"]
    next: tuple[str, ...]
    limit: int
    total: tuple[str, ...] | None
    from_end: bool


@dataclass(frozen=True)
class StreamingPlan:
    """``x-events`` of an operation, and the link to the operation that resumes its stream."""

    event: str
    types: tuple[str, ...]
    last: str | None
    resume: str | None
    arguments: Mapping[str, tuple[str, str]]
    after: str | None


@dataclass(frozen=True)
class OperationPlan:
    """An operation as the generated client has it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    statuses: tuple[int, ...]
    auth: tuple[str, ...]
    parameters: tuple[tuple[str, str, str], ...]
    arguments: tuple[Argument, ...]
    key: str | None
    body: BodyPlan | None
    answer: str | None
    may_be_nothing: bool
    value_types: tuple[str, ...]
    file_types: tuple[str, ...]
    is_file_first: bool
    """Whether it gives a file where the caller does not say."""
    paging: PagingPlan | None
    streaming: StreamingPlan | None

    @property
    def constant(self) -> str:
        """The name of its description."""
        return self.name.upper()


def read_operation(document: Document, operation: Operation) -> OperationPlan:
    """The plan of an operation. Raises ``ContractError`` for what a client cannot express."""
    return _Reader(document, operation).plan()


class _Reader:
    """Reads one operation."""

    def __init__(self, document: Document, operation: Operation) -> None:
        self._document = document
        self._operation = operation
        self._successes = [operation.responses[str(each)] for each in operation.success_statuses]
        self._content: dict[str, Any] = {}
        for response in self._successes:
            self._content.update(response.get("content", {}))

    def plan(self) -> OperationPlan:
        """Everything about it."""
        operation = self._operation
        body, members = self._body()
        arguments = [*(self._argument(each) for each in operation.parameters), *members]
        names = [each.name for each in arguments]
        if repeated := {name for name in names if names.count(name) > 1 or name in _TAKEN}:
            raise self._fail(f"two arguments would be called {', '.join(sorted(repeated))}")
        key = next((each for each in operation.parameters if each.name == "Idempotency-Key"), None)
        values = [each for each in self._content if is_json(each) or self._is_text(each)]
        files = [each for each in self._content if each not in values and each != EVENTS]
        if files and EVENTS in self._content:
            raise self._fail("a success is either a file or a stream of events")
        return OperationPlan(
            name=operation.operation_id,
            method=operation.method.upper(),
            path=operation.path,
            summary=operation.raw["summary"],
            description=operation.raw.get("description", ""),
            statuses=tuple(int(each) for each in operation.responses),
            auth=self._auth(),
            parameters=tuple(
                (_argument_name(each), each.name, each.location) for each in operation.parameters
            ),
            arguments=tuple(sorted(arguments, key=_place_in_signature)),
            key=_argument_name(key) if key else None,
            body=body,
            answer=self._answer(),
            may_be_nothing="304" in operation.responses
            or (bool(values) and any("content" not in each for each in self._successes)),
            value_types=tuple(values),
            file_types=tuple(files),
            is_file_first=bool(files) and next(iter(self._content)) == files[0],
            paging=self._paging(),
            streaming=self._streaming(),
        )

    def _fail(self, message: str) -> Exception:
        pointer = self._operation.pointer
        return self._document.fail(pointer, "python-sdk", message)

    def _auth(self) -> tuple[str, ...]:
        schemes = self._document.tree.get("components", {}).get("securitySchemes", {})
        names = (name for each in self._operation.security for name in each)
        # A cookie that signs in is sent by browsers, and by nobody else.
        found = (schemes[name].get("scheme", "").lower() for name in names)
        return tuple(each for each in dict.fromkeys(found) if each in ("bearer", "basic"))

    def _argument(self, parameter: Parameter) -> Argument:
        kind = self.kind(parameter.raw["schema"])
        is_positional = parameter.location == "path"
        return Argument(
            _argument_name(parameter),
            kind if parameter.required else f"{kind} | None",
            None if parameter.required else "None",
            parameter.raw.get("description", ""),
            is_positional,
        )

    def _body(self) -> tuple[BodyPlan | None, list[Argument]]:
        body = self._operation.request_body
        if body is None:
            return None, []
        if len(body["content"]) != 1:
            raise self._fail("a body of several types is not made")
        ((media_type, media),) = body["content"].items()
        required = bool(body.get("required", False))
        schema, _ = self._document.deref(media["schema"], ())
        is_file = _is_binary(schema)
        if not is_json(media_type) and media_type != FORM and not is_file:
            raise self._fail(f"a body of {media_type} is not made")
        if "properties" not in schema:
            default = "file" if is_file else "body"
            name = _snake(media["schema"].get("$ref", default).rpartition("/")[2])
            kind = self.kind(media["schema"])
            text = body.get("description", "")
            whole = Argument(name, kind if required else f"{kind} | None",
                             None if required else "None", text)  # fmt: skip
            return BodyPlan(media_type, required, argument=name, is_file=is_file), [whole]
        members, fields, files = [], {}, []
        for name, reference in schema["properties"].items():
            member, _ = self._document.deref(reference, ())
            argument = _snake(name)
            fields[argument] = name
            if media_type == FORM and _is_binary(member):
                files.append(name)
            is_required = name in schema.get("required", [])
            kind = self.kind(reference)
            members.append(
                Argument(
                    argument,
                    kind if is_required else f"{kind} | Omit",
                    None if is_required else "OMIT",
                    member.get("description", ""),
                )
            )
        return BodyPlan(media_type, required, fields, tuple(files)), members

    def _is_text(self, media_type: str) -> bool:
        """Whether it is given as a text; one that the server gives a file's name is a file."""
        if any("Content-Disposition" in each.get("headers", {}) for each in self._successes):
            return False
        return media_type in ("application/yaml", "text/plain", "text/markdown", "text/html")

    def _answer(self) -> str | None:
        kinds = [self.kind(each["schema"]) for name, each in self._content.items() if is_json(name)]
        return " | ".join(dict.fromkeys(kinds)) or None

    def _paging(self) -> PagingPlan | None:
        listed = self._operation.raw.get("x-list")
        parameters = {each.name: each for each in self._operation.parameters}
        if listed is None or "limit" not in parameters or not {"cursor", "skip"} & set(parameters):
            return None
        items = _pointer(listed["items"])
        media = next((each for name, each in self._content.items() if is_json(name)), None)
        if media is None or "default" not in parameters["limit"].schema:
            raise self._fail("a list needs an answer in JSON and a default limit")
        by: Literal["cursor", "skip"] = "cursor" if "cursor" in parameters else "skip"
        following = _pointer(listed.get("next", "/next_cursor"))
        if by == "cursor":
            self._at(media["schema"], following)
        return PagingPlan(
            item=self.kind(self._at(media["schema"], items)["items"]),
            items=items,
            key=listed.get("key"),
            by=by,
            next=following,
            limit=parameters["limit"].schema["default"],
            total=_pointer(listed["total"]) if "total" in listed else None,
            from_end=listed.get("from") == "end",
        )

    def _at(self, schema: Mapping[str, Any], pointer: tuple[str, ...]) -> Mapping[str, Any]:
        found, _ = self._document.deref(schema, ())
        for name in pointer:
            if name not in found.get("properties", {}):
                raise self._fail(f"its pages have no /{'/'.join(pointer)}")
            found, _ = self._document.deref(found["properties"][name], ())
        return found

    def _streaming(self) -> StreamingPlan | None:
        if EVENTS not in self._content:
            return None
        media = self._content[EVENTS]
        events = media.get("x-events", {})
        schema, _ = self._document.deref(media["schema"], ())
        after = next(
            (each for each in self._operation.parameters if each.name == events.get("after")), None
        )
        resume, arguments = (None, {}) if after else self._resumption()
        return StreamingPlan(
            event=self.kind(media["schema"]),
            types=tuple(schema.get("discriminator", {}).get("mapping", {})),
            last=events.get("last"),
            resume=resume,
            arguments=arguments,
            after=_argument_name(after) if after else None,
        )

    def _resumption(self) -> tuple[str | None, dict[str, tuple[str, str]]]:
        """The linked operation whose stream can be resumed, and where its arguments stand."""
        others = {each.operation_id: each for each in self._document.operations}
        for response in self._successes:
            for link in response.get("links", {}).values():
                target = others.get(link.get("operationId", ""))
                if target is None or not _is_resumable(target):
                    continue
                places = {
                    _argument_name(each): _place(link.get("parameters", {}).get(each.name, ""))
                    for each in target.parameters
                    if each.required
                }
                if None in places.values():
                    raise self._fail(f"the link to {target.operation_id} says too little")
                return target.operation_id, {
                    name: place for name, place in places.items() if place is not None
                }
        return None, {}

    def kind(self, schema: Mapping[str, Any]) -> str:
        """The Python type of a schema, with ``models`` for what has a name."""
        name = ""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema, _ = self._document.deref(schema, ())
        # What is only a text or a number by another name is written as that.
        if name and ("enum" in schema or schema.get("type", "object") == "object"):
            kind = f"models.{name}"
        else:
            kind = self._inline(schema)
        return f"{kind} | None" if schema.get("nullable") else kind

    def _inline(self, schema: Mapping[str, Any]) -> str:
        if "enum" in schema:
            values = (json.dumps(each) for each in schema["enum"] if each is not None)
            return f"Literal[{', '.join(values)}]"
        kind = schema.get("type")
        if kind == "array":
            return f"list[{self.kind(schema['items'])}]"
        if _is_binary(schema):
            return "FileSource"
        if kind == "string" and schema.get("format") == "date-time":
            return "datetime"
        return _SCALARS.get(str(kind), "dict[str, Any]")


def _place_in_signature(argument: Argument) -> tuple[bool, bool, bool]:
    """First what is given by its place, then what has to be given; the key is seldom given."""
    return (
        not argument.is_positional,
        argument.default is not None,
        argument.name == "idempotency_key",
    )


def _is_resumable(operation: Operation) -> bool:
    media = operation.responses.get("200", {}).get("content", {}).get(EVENTS, {})
    return "after" in media.get("x-events", {})


def _is_binary(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" and schema.get("format") == "binary"


def _place(expression: str) -> tuple[str, str] | None:
    """Where a link's runtime expression points to (OpenAPI 3.0.3, "Runtime Expressions")."""
    if match := re.fullmatch(r"\$request\.path\.(\w+)", expression):
        return "path", _snake(match[1])
    if match := re.fullmatch(r"\$request\.body#/(\w+)", expression):
        return "body", match[1]
    if match := re.fullmatch(r"\$response\.header\.([\w-]+)", expression):
        return "header", match[1]
    return None


def _pointer(text: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def _argument_name(parameter: Parameter) -> str:
    return _snake(parameter.name)


def _snake(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^0-9A-Za-z]+", "_", name).strip("_").lower()
    return f"{words}_" if keyword.iskeyword(words) or words in _TAKEN else words


def names_in(kinds: Iterator[str]) -> set[str]:
    """The names that types are written with."""
    return {name for kind in kinds for name in re.findall(r"[A-Za-z_]\w*", kind)}
