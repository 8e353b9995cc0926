"""Request bodies: read under a cap, parsed strictly, checked, turned into a model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import jsonschema_rs
import msgspec
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive

from palaver.contract import strict_json
from palaver.contract.document import Document, Operation
from palaver.contract.faults import (
    ClientDisconnected,
    InvalidField,
    InvalidRequest,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from palaver.contract.negotiation import parse_media_type
from palaver.contract.parameters import escape, is_missing
from palaver.contract.schemas import SchemaCompiler, explain

DEFAULT_MAX_BYTES = 1 << 20
JSON = "application/json"
MULTIPART = "multipart/form-data"
LARGE = 1 << 16
"""From this size in bytes on, parsing leaves the event loop."""

MAX_FORM_PARTS = 100
MAX_FIELD_BYTES = 1 << 20


@dataclass(slots=True)
class Upload:
    """A file of a multipart body: its name as the client gave it, its type, and an open file that
    spools to disk and is closed when the request ends."""

    filename: str
    media_type: str
    file: IO[bytes]
    size: int


class BodyPlan:
    """How one operation's body is read. ``model`` is what the handler receives it as."""

    def __init__(
        self, document: Document, operation: Operation, compiler: SchemaCompiler, model: Any
    ) -> None:
        """Raises ``ContractError`` for a media type that the runtime cannot read."""
        body = operation.request_body
        assert body is not None
        pointer = (*operation.pointer, "requestBody")
        self.media_types = tuple(body["content"])
        if len(self.media_types) != 1 or self.media_types[0] not in (JSON, MULTIPART):
            raise document.fail(
                pointer, "body", "a body is either application/json or multipart/form-data"
            )
        self.media_type = self.media_types[0]
        self.required = bool(body.get("required", False))
        self.max_bytes = int(
            body.get("x-max-body-bytes")
            or document.tree.get("x-max-body-bytes")
            or DEFAULT_MAX_BYTES
        )
        self._schema = body["content"][self.media_type]["schema"]
        self._compiler = compiler
        self._words: Mapping[str, Any] | None = body.get("x-error")
        self._model = model
        self._validator: jsonschema_rs.Draft202012Validator
        if self.media_type == JSON:
            self._validator = compiler.compile(self._schema)
        else:
            schema, _ = document.deref(self._schema, pointer)
            self._fields: Mapping[str, Any] = schema.get("properties", {})
            self._files = {
                name for name, field in self._fields.items() if field.get("format") == "binary"
            }
            fields = {
                name: field for name, field in self._fields.items() if name not in self._files
            }
            self._required_files = [n for n in schema.get("required", []) if n in self._files]
            self._validator = compiler.compile(
                {
                    **schema,
                    "properties": fields,
                    "required": [n for n in schema.get("required", []) if n in fields],
                }
            )

    def check_headers(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse a body by its headers alone: type, charset, encoding, announced length.

        Raises ``UnsupportedMediaType`` and ``PayloadTooLarge``.
        """
        encoding = headers.get(b"content-encoding", b"identity").strip().lower()
        if encoding != b"identity":
            raise UnsupportedMediaType("The body must not be compressed.")
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        if content_type != self.media_type:
            self._check_type(content_type)
        # Python counts no other digits among those of bytes.
        length = headers.get(b"content-length", b"")
        if length.isdigit() and (len(length) > 18 or int(length) > self.max_bytes):
            raise self._too_large()

    def _check_type(self, content_type: str) -> None:
        parsed = parse_media_type(content_type)
        if parsed is None or parsed[0] != self.media_type:
            raise UnsupportedMediaType(f"The body must be {self.media_type}.")
        if parsed[1].get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType("The body must be in UTF-8.")

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(f"A body may have {self.max_bytes} bytes.")

    async def receive(self, receive: Receive) -> bytes:
        """The whole body. Raises ``PayloadTooLarge`` as soon as it is, ``ClientDisconnected``."""
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            body: bytes = message.get("body", b"")
            if len(body) > self.max_bytes:
                raise self._too_large()
            return body
        chunks: list[bytes] = []
        size = 0
        while True:
            if message["type"] != "http.request":
                raise ClientDisconnected
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self.max_bytes:
                raise self._too_large()
            chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks)
            message = await receive()

    def parse_json(self, body: bytes) -> Any:
        """The model of a JSON body, or ``None`` for no body where none is required.

        Raises ``InvalidRequest``.
        """
        if not body:
            if self.required:
                raise InvalidRequest([self._field([], "the body is required", self._words)])
            return None
        try:
            value = strict_json.loads(body)
        except strict_json.InvalidJson as error:
            raise InvalidRequest([self._field([], str(error), None)]) from None
        if not self._validator.is_valid(value):
            raise InvalidRequest(self._findings(value))
        return self._convert(value)

    def _convert(self, value: Any) -> Any:
        if self._model is None:
            return value
        try:
            return msgspec.convert(value, self._model)
        except msgspec.ValidationError as error:
            # Left to the model alone: dates that exist as text only, such as 30 February.
            raise InvalidRequest([self._field([], str(error), None)]) from None

    async def receive_form(self, receive: Receive, headers: Headers) -> dict[str, Any]:
        """The checked fields of a multipart body, files as ``Upload``.

        Raises ``InvalidRequest`` for anything malformed, ``PayloadTooLarge``,
        ``ClientDisconnected``.
        """
        parser = MultiPartParser(
            headers,
            self._chunks(receive),
            max_files=MAX_FORM_PARTS,
            max_fields=MAX_FORM_PARTS,
            max_part_size=MAX_FIELD_BYTES,
        )
        try:
            form = await parser.parse()
        except (MultiPartException, MultipartParseError, ValueError, KeyError) as error:
            message = getattr(error, "message", "") or "the form is malformed"
            raise InvalidRequest([self._field([], message.rstrip("."), None)]) from None
        value: dict[str, Any] = {}
        findings: list[InvalidField] = []
        for name, item in form.multi_items():
            if name in value:
                findings.append(self._field([name], "the field is given more than once", None))
            elif name in self._files:
                if not isinstance(item, UploadFile) or not item.filename:
                    findings.append(self._field([name], "the field must be a file", None))
                else:
                    value[name] = Upload(
                        filename=item.filename,
                        media_type=item.content_type or "application/octet-stream",
                        file=item.file,
                        size=item.size or 0,
                    )
            elif isinstance(item, UploadFile):
                findings.append(self._field([name], "the field must not be a file", None))
            else:
                value[name] = item
        given = {field.pointer for field in findings}
        for name in self._required_files:
            if name not in value and f"/body/{name}" not in given:
                findings.append(self._field([name], "the field is required", None))
        text_fields = {name: item for name, item in value.items() if name not in self._files}
        if not findings and not self._validator.is_valid(text_fields):
            findings = self._findings(text_fields)
        if findings:
            await form.close()
            raise InvalidRequest(findings)
        return value

    async def _chunks(self, receive: Receive) -> AsyncGenerator[bytes, None]:
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientDisconnected
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self.max_bytes:
                raise self._too_large()
            yield chunk
            if not message.get("more_body", False):
                return

    def _findings(self, value: Any) -> list[InvalidField]:
        findings: list[InvalidField] = []
        for error in self._validator.iter_errors(value):
            path, message = explain(error)
            findings.append(self._field(path, message, self._words_for(path, value)))
            if len(findings) == 20:
                break
        # A field that the contract has words for is what the client needs to hear of first.
        findings.sort(key=lambda field: field.words is None)
        return findings

    def _words_for(self, path: list[str | int], value: Any) -> Mapping[str, Any] | None:
        """The innermost ``x-error`` on the way to the finding that applies to what was sent."""
        candidates: list[Mapping[str, Any] | None] = [self._words]
        candidates += [
            node.get("x-error") for node in self._compiler.property_path(self._schema, path)
        ]
        sent: Any = value
        for key in path:
            try:
                sent = sent[key]
            except (KeyError, IndexError, TypeError):
                sent = None
        applicable = (
            words
            for words in reversed(candidates)
            if words is not None
            and (words["when"] == "invalid" or is_missing(value if words is self._words else sent))
        )
        return next(applicable, None)

    def _field(
        self, path: list[str | int], message: str, words: Mapping[str, Any] | None
    ) -> InvalidField:
        pointer = "/body" + "".join(f"/{escape(str(key))}" for key in path)
        return InvalidField(pointer, ".".join(map(str, path)), message, words)
