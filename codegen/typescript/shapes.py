"""What a client has to know of an operation, read from the contract once for all files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from codegen.models import GeneratorError
from codegen.operations import argument_name, is_json
from palaver.contract.document import Document, Operation, Parameter, pointer_of

from .opening import opened
from .writing import type_of

EVENT_STREAM = "text/event-stream"
IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True)
class Shape:
    """One operation as a client sees it."""

    document: Document
    operation: Operation

    @cached_property
    def parameters(self) -> list[tuple[str, Parameter]]:
        """The parameters by the name that a caller uses; the idempotency key is none of them.

        That is the contract's own, as it is for the members of bodies and of answers; a header's,
        which is no name in a program, is in snake_case. Raises ``GeneratorError`` for a cookie and
        for two of one name.
        """
        found: dict[str, Parameter] = {}
        for parameter in self.operation.parameters:
            if parameter.name == IDEMPOTENCY_KEY:
                continue
            is_header = parameter.location == "header"
            name = argument_name(parameter) if is_header else parameter.name
            if parameter.location == "cookie":
                raise self._error(f"the cookie {parameter.name} cannot be sent by a client")
            if name in found or name == "body":
                raise self._error(f"two arguments have the name {name}")
            found[name] = parameter
        return list(found.items())

    @property
    def has_key(self) -> bool:
        """Whether the operation takes an idempotency key."""
        return any(each.name == IDEMPOTENCY_KEY for each in self.operation.parameters)

    @property
    def body(self) -> tuple[str, Mapping[str, Any], bool] | None:
        """Media type and schema of the request's body, and whether it must be there."""
        body = self.operation.request_body
        if body is None:
            return None
        media_type, media = next(iter(body["content"].items()))
        return media_type, media["schema"], bool(body.get("required", False))

    @cached_property
    def answers(self) -> dict[str, Mapping[str, Any]]:
        """What a success holds: the media object of each type, in the contract's order."""
        statuses = (str(status) for status in self.operation.success_statuses)
        contents = [self.operation.responses[status].get("content", {}) for status in statuses]
        return {name: media for content in contents for name, media in content.items()}

    @property
    def events(self) -> Mapping[str, Any] | None:
        """The media object of the stream of events, if the answer can be one."""
        return self.answers.get(EVENT_STREAM)

    @property
    def values(self) -> dict[str, Mapping[str, Any]]:
        """The other media objects."""
        return {name: media for name, media in self.answers.items() if name != EVENT_STREAM}

    @property
    def choices(self) -> dict[str, list[str]]:
        """What the values are given as, each with its media types; the contract's first is the
        one where the caller does not say."""
        found: dict[str, list[str]] = {}
        for name, media in self.values.items():
            kind = "Download"
            if is_value(name, media):
                kind = type_of(opened(self.document, media["schema"]), "  ")
            found.setdefault(kind, []).append(name)
        return found

    @property
    def may_be_empty(self) -> bool:
        """Whether a success can come without a body: a 204 or 304."""
        return any(
            status[0] == "2" or status == "304"
            for status, response in self.operation.responses.items()
            if status < "400" and not response.get("content")
        )

    @property
    def paging(self) -> str | None:
        """The parameter that leads from page to page: ``cursor``, ``skip`` or none."""
        if "x-list" not in self.operation.raw:
            return None
        names = {parameter.name for parameter in self.operation.parameters}
        return next((name for name in ("cursor", "skip") if name in names), None)

    @property
    def limit(self) -> int | None:
        """How many items a page has where the caller does not say."""
        for parameter in self.operation.parameters:
            if parameter.name == "limit":
                default: int | None = parameter.schema.get("default")
                return default
        return None

    @property
    def next_cursor(self) -> str | None:
        """Where a page has the cursor of the next one: ``next`` of ``x-list``, or ``next_cursor``.

        Raises ``GeneratorError`` where a page has none.
        """
        if self.paging != "cursor":
            return None
        pointer: str = self.operation.raw["x-list"].get("next", "/next_cursor")
        schema = next(iter(self.values.values()))["schema"]
        for name in pointer_of(f"#{pointer}") or ():
            schema = self.document.deref(schema, ())[0].get("properties", {}).get(name)
            if schema is None:
                raise self._error(f"its pages have no {pointer}")
        return pointer

    @cached_property
    def resumption(self) -> tuple[Operation, dict[str, list[str]]] | None:
        """The operation that goes on with a stream that was cut, and where its arguments are.

        An argument is in ``path``, ``query`` or ``body`` of the request, or in a ``header`` of the
        answer; the link of the stream's response says so. A stream that names a header in
        ``after`` goes on by itself.
        """
        if self.events is None:
            return None
        if "after" in self.events["x-events"]:
            return self.operation, {
                name: ["input", name]
                for name, parameter in self.parameters
                if parameter.name != self.events["x-events"]["after"]
            }
        return next(self._linked(), None)

    @property
    def after(self) -> str | None:
        """The argument of the resuming operation that says after which event."""
        if self.resumption is None:
            return None
        target = Shape(self.document, self.resumption[0])
        assert target.events is not None
        header = target.events["x-events"]["after"]
        return next(name for name, each in target.parameters if each.name == header)

    def _linked(self) -> Iterator[tuple[Operation, dict[str, list[str]]]]:
        by_id = {each.operation_id: each for each in self.document.operations}
        for status in self.operation.success_statuses:
            for link in self.operation.responses[str(status)].get("links", {}).values():
                found, _ = self.document.deref(link, ())
                target = by_id[found["operationId"]]
                events = Shape(self.document, target).events
                if events is not None and "after" in events["x-events"]:
                    given = found.get("parameters", {}).items()
                    yield target, {name: self._place(place) for name, place in given}

    def _place(self, expression: str) -> list[str]:
        """A runtime expression (OpenAPI 3.0.3, "Runtime Expressions") as where to look."""
        source, _, name = expression.partition("#")
        if source == "$request.body":
            return ["body", *(pointer_of(f"#{name}") or ())]
        for start, place in (
            ("$request.path.", "input"),
            ("$request.query.", "input"),
            ("$response.header.", "header"),
        ):
            if expression.startswith(start):
                return [place, expression.removeprefix(start)]
        raise self._error(f"a client cannot follow {expression}")

    def _error(self, message: str) -> GeneratorError:
        where = self.document.where(self.operation.pointer)
        return GeneratorError(f"{where}: typescript: {self.operation.operation_id}: {message}")


def shapes(document: Document) -> list[Shape]:
    """All operations, in the contract's order."""
    return [Shape(document, operation) for operation in document.operations]


def is_value(media_type: str, media: Mapping[str, Any]) -> bool:
    """Whether an answer of a media type is given as a value, not as a file."""
    return is_json(media_type) and media["schema"].get("format") != "binary"
