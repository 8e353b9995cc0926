"""Both sides of every bound: the last value that is taken and the first one that is not.

A fuzzer hits a bound of 100,000 characters seldom, and a bound that nobody checks never shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.findings import Findings
from gate.operations import is_file, takes_form, takes_names
from gate.wire import ABSENT, Request
from palaver.contract.document import Operation

Schema = Mapping[str, Any]
TAKEN_ELSEWHERE = (404, 409)
"""A value that is well-formed may name something that is not there, or that is there already."""


class Boundaries:
    """Checks what the operations of one contract take and refuse."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings

    def run(self, operation: Operation) -> None:
        """Every bound of every parameter and field."""
        try:
            request = self._addressing.existing(operation)
        except Unaddressable:
            # The probes say so.
            return
        self._check_parameters(operation, request)
        if operation.request_body is not None:
            self._check_body(operation, request)

    def _check_parameters(self, operation: Operation, request: Request) -> None:
        for parameter in operation.parameters:
            schema, name = parameter.schema, parameter.name
            if parameter.location == "path":
                for value in self._refused(schema, spelled=True):
                    # An empty segment may belong to another path.
                    if value != "":
                        self._refuse(request.but(path={**request.path, name: value}), name, value)
            if parameter.location == "header":
                self._check_header(request, name, schema)
                if parameter.required:
                    rest = {k: v for k, v in request.headers.items() if k != name}
                    self._refuse(request.but(headers=rest), name, "left out")
            if parameter.location != "query":
                continue
            for value in self._refused(schema, spelled=True):
                self._refuse(request.with_query(**{name: value}), name, value)
            for value in self._extremes(schema) if "pattern" not in schema else ():
                self._take(operation, request.with_query(**{name: value}), name, value)
            given = request.query.get(name, schema.get("default", 1))
            self._refuse(request.with_query(**{name: (given, given)}), name, "given twice")
            if parameter.required:
                self._refuse(request.with_query(**{name: ABSENT}), name, "left out")

    def _check_header(self, request: Request, name: str, schema: Schema) -> None:
        """Values beyond the bounds, as far as a header can carry them."""
        for value in self._refused(schema, spelled=True):
            text = str(value)
            if text.strip() and text.isprintable():
                headers = {**request.headers, name: text}
                self._refuse(request.but(headers=headers), name, value)
        if schema.get("type") == "string" and "maxLength" in schema:
            longest = "y" * schema["maxLength"]
            answer = self._wire.send(request.but(headers={**request.headers, name: longest}))
            message = f"{name}: {_short(longest)} is answered by {answer.status}"
            self._findings.expect(answer.status != 400, answer, "takes", message)

    def _check_body(self, operation: Operation, request: Request) -> None:
        schema, _ = self._addressing.document.deref(self._addressing.body_schema(operation), ())
        if not (operation.request_body or {}).get("required"):
            self._take(operation, self._unused(request).but(body=ABSENT), "body", "left out")
        as_form = takes_form(operation)
        if schema.get("type") != "object":
            for value in self._refused(schema, spelled=False):
                self._refuse(request.but(body=value), "body", value)
            return
        # Partial changes name only what they change.
        base = {} if operation.method == "patch" else dict(request.body)
        for name, reference in schema.get("properties", {}).items():
            child, _ = self._addressing.document.deref(reference, ())
            for value in self._refused(child, spelled=as_form):
                self._refuse(request.but(body={**base, name: value}), name, value)
            for value in self._extremes(child):
                unused = self._unused(request)
                whole = base if operation.method == "patch" else dict(unused.body)
                self._take(operation, unused.but(body={**whole, name: value}), name, value)
            if name in schema.get("required", []):
                rest = {key: value for key, value in base.items() if key != name}
                self._refuse(request.but(body=rest), name, "left out")
            elif base:
                unused = self._unused(request)
                rest = {key: value for key, value in unused.body.items() if key != name}
                self._take(operation, unused.but(body=rest), name, "left out")
        self._refuse(request.but(body={**request.body, "unheard_of": 1}), "unheard_of", 1)
        if as_form:
            for name, child in schema.get("properties", {}).items():
                value = request.body.get(name) or self._addressing.values.fresh(child)
                twice = {**request.body, name: (value, value)}
                self._refuse(request.but(body=twice), name, "given twice")
            return
        first = json.dumps(next(iter(request.body.items())), ensure_ascii=False)[1:-1]
        pair = first.replace(",", ":", 1)
        doubled = json.dumps(request.body, ensure_ascii=False)[:-1] + f", {pair}}}"
        self._refuse(request.but(body=doubled.encode()), "body", "a key twice")

    def _unused(self, request: Request) -> Request:
        """The same of something else, where a success would use up what there is."""
        operation = request.operation
        if takes_names(operation) and operation.request_body is not None:
            return request.but(body=self._addressing.fresh(operation).body)
        return request

    def _refuse(self, request: Request, name: str, value: Any) -> None:
        answer = self._wire.send(request.but(well_formed=False))
        message = f"{name}: {_short(value)} is answered by {answer.status} instead of 400"
        self._findings.expect(answer.status == 400, answer, "refuses", message)

    def _take(self, operation: Operation, request: Request, name: str, value: Any) -> None:
        answer = self._wire.send(request)
        taken = answer.status in (*operation.success_statuses, *TAKEN_ELSEWHERE)
        message = f"{name}: {_short(value)} is answered by {answer.status}"
        self._findings.expect(taken, answer, "takes", message)

    def _refused(self, schema: Schema, *, spelled: bool) -> Iterator[Any]:
        """Values beyond each bound of a schema; ``spelled`` where text stands for all types."""
        candidates: list[Any] = []
        kind = schema.get("type")
        if is_file(schema):
            return
        if "enum" in schema:
            candidates.append("none-of-them" if kind == "string" else 99)
        elif kind == "integer":
            candidates += [
                schema[b] + s for b, s in (("minimum", -1), ("maximum", 1)) if b in schema
            ]
            candidates.append(1.5)
        elif kind == "string":
            candidates += ["", " ", "\x01", "a b"]
            if "maxLength" in schema:
                candidates.append("y" * (schema["maxLength"] + 1))
        elif kind == "array":
            item = self._addressing.values.fresh(schema["items"])
            candidates += [[], [item, item]]
            candidates.append([self._item(schema, n) for n in range(schema["maxItems"] + 1)])
        if kind in ("integer", "boolean"):
            candidates.append("abc")
        if not spelled:
            candidates += [None, {"a": 1}, 7 if kind in ("string", "array") else "7"]
        validator = self._addressing.values.validator(schema)
        yield from (value for value in candidates if not validator.is_valid(value))

    def _item(self, schema: Schema, number: int) -> Any:
        item, _ = self._addressing.document.deref(schema["items"], ())
        return f"item-{number}" if item.get("type") == "string" else number

    def _extremes(self, schema: Schema) -> Iterator[Any]:
        """The outermost values that a schema allows."""
        if schema.get("nullable"):
            yield None
        if "enum" in schema:
            yield from schema["enum"]
        elif schema.get("type") == "integer":
            yield from (schema[bound] for bound in ("minimum", "maximum") if bound in schema)
        elif schema.get("type") == "string":
            yield self._addressing.values.fresh(schema, longest=True)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}… ({len(text)} characters)"
