"""Every recorded exchange against the contract: status, type, headers, body, request id."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from gate.answers import EVENT_STREAM, media_type
from gate.findings import Findings
from gate.operations import schemes_of
from gate.streams import Streams
from gate.wire import ABSENT, Exchange
from gate.wording import Wording
from palaver.contract.document import Document, Operation
from palaver.contract.schemas import SchemaCompiler, explain

OF_HTTP = frozenset(
    {"connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding"}
)
"""Headers that are of the exchange itself and need no words in a contract."""


class Conformance:
    """Checks exchanges against the contract that the gate holds, not the one that is served."""

    def __init__(self, document: Document, findings: Findings) -> None:
        self._document = document
        self._compiler = SchemaCompiler(document)
        self._findings = findings
        self._wording = Wording(document, findings)
        self._streams = Streams(document, findings)
        self._validators: dict[tuple[str, str, str], jsonschema_rs.Draft202012Validator] = {}

    def check(self, exchange: Exchange) -> None:
        """Record whatever in an exchange is not as documented."""
        operation = exchange.request.operation
        status = str(exchange.status)

        def expect(holds: bool, rule: str, message: str) -> bool:
            return self._findings.expect(holds, exchange, rule, message)

        if not expect(
            status in operation.responses, "documented-status", f"status {status} is not documented"
        ):
            return
        self._wording.check(exchange)
        echo = exchange.headers.get("x-request-id")
        expect(
            exchange.request_id in ("", echo), "request-id", f"the request's id came back as {echo}"
        )
        if exchange.status == 401:
            challenge = exchange.headers.get("www-authenticate", "").lower()
            schemes = schemes_of(self._document, operation)
            expect(
                any(challenge.startswith(each) for each in schemes),
                "challenge",
                f"the challenge is {challenge!r}",
            )
        response = operation.responses[status]
        for name, reference in response.get("headers", {}).items():
            header, _ = self._document.deref(reference, ())
            value = exchange.headers.get(name.lower())
            if value is None:
                expect(not header.get("required"), "headers", f"{status} lacks the header {name}")
            else:
                self._check_header(exchange, name, header, value)
        documented = {name.lower() for name in response.get("headers", {})}
        for name in sorted(set(exchange.headers) - documented - OF_HTTP):
            expect(False, "headers", f"{status} has the header {name}, and does not document it")
        content = response.get("content", {})
        if not content:
            expect(not exchange.content, "body", f"{status} has a body, and documents none")
            return
        kind = media_type(exchange)
        if not expect(kind in content, "media-type", f"{status} has type {kind!r}"):
            return
        if kind == EVENT_STREAM:
            schema = content[kind]["schema"]
            self._streams.check(exchange, self._validator(operation, status, kind, schema))
        if not kind.endswith("json"):
            return
        if not expect(exchange.json is not ABSENT, "body", f"the body of {status} is not JSON"):
            return
        validator = self._validator(operation, status, kind, content[kind]["schema"])
        if not validator.is_valid(exchange.json):
            path, message = explain(next(iter(validator.iter_errors(exchange.json))))
            where = "/".join(map(str, path))
            expect(
                False, "schema", f"the body of {status} breaks its schema at /{where}: {message}"
            )

    def _check_header(
        self, exchange: Exchange, name: str, header: dict[str, Any] | Any, value: str
    ) -> None:
        schema, _ = self._document.deref(header["schema"], ())
        spelled: Any = value
        if schema.get("type") == "integer":
            spelled = int(value) if value.isdigit() else value
        validator = self._compiler.compile(header["schema"])
        self._findings.expect(
            validator.is_valid(spelled), exchange, "headers", f"the header {name} is {value!r}"
        )

    def _validator(
        self, operation: Operation, status: str, kind: str, schema: Any
    ) -> jsonschema_rs.Draft202012Validator:
        key = (operation.operation_id, status, kind)
        if key not in self._validators:
            self._validators[key] = self._compiler.compile(schema)
        return self._validators[key]
