"""Request bodies: read under a cap, parsed strictly, checked, turned into a model."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from itertools import chain
from typing import Any

import jsonschema_rs
import msgspec
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException
from starlette.types import Message, Receive

from palaver.contract import strict_json
from palaver.contract.document import Document, Operation, Pointer
from palaver.contract.faults import (
    ClientDisconnected,
    InvalidField,
    InvalidRequest,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from palaver.contract.forms import Refused, StrictFormParser, Upload
from palaver.contract.negotiation import parse_media_type
from palaver.contract.parameters import escape, is_missing
from palaver.contract.schemas import SchemaCompiler, explain, first_error
from palaver.errors import FilesUnavailable, ShuttingDown

DEFAULT_MAX_BYTES = 1 << 20
JSON = "application/json"
MULTIPART = "multipart/form-data"
BODY_SECONDS = 60
"""How long a JSON body may take in all, and so how long its part is kept in memory."""

STALL_SECONDS = 30
"""How long a form, which may be large, may pause."""

LARGE = 1 << 16
"""From this size in bytes on, parsing leaves the event loop."""

SPARE_FORM_PARTS = 8
"""The parts that a form may have beyond those that it knows, so that each can be named."""

FIELD_BYTES = 1 << 16
MAX_FIELD_BYTES = 1 << 20
"""What a text field of a form is read up to: the first, or the second at most where its schema
allows more. Fields are kept in memory."""
MAX_EXPLAINED = 200
"""Up to so many parts of a body, a refusal names everything that is wrong."""

log = logging.getLogger(__name__)

# RFC 2046, section 5.1.1.
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


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
        self.closing: asyncio.Event | None = None
        """Set when the server is about to stop and waits for no more of a body."""
        self._files: set[str] = set()
        self._required_files: list[str] = []
        self._form_parts = 0
        self._field_bytes = FIELD_BYTES
        schema: Mapping[str, Any] = self._schema
        if self.media_type == MULTIPART:
            schema = self._split_off_files(document, pointer)
        self._validator = compiler.compile(schema)

    def _split_off_files(self, document: Document, pointer: Pointer) -> Mapping[str, Any]:
        """The schema of a form's text fields."""
        schema, at = document.deref(self._schema, (*pointer, "content", MULTIPART, "schema"))
        fields: dict[str, Any] = {}
        for name, field in schema.get("properties", {}).items():
            found, where = document.deref(field, (*at, "properties", name))
            if found.get("type") != "string":
                raise document.fail(where, "body", f"the form field {name} is no text and no file")
            if found.get("format") == "binary":
                self._files.add(name)
            else:
                fields[name] = field
        self._form_parts = len(self._files) + len(fields) + SPARE_FORM_PARTS
        lengths = [document.deref(each, at)[0].get("maxLength", 0) for each in fields.values()]
        # A character has up to four bytes.
        longest = max((4 * length for length in lengths), default=0)
        self._field_bytes = min(MAX_FIELD_BYTES, max(FIELD_BYTES, longest))
        required = schema.get("required", [])
        self._required_files = [name for name in required if name in self._files]
        return {
            **schema,
            "properties": fields,
            "required": [name for name in required if name in fields],
        }

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
        """The whole body.

        Raises ``PayloadTooLarge`` as soon as it is, ``RequestTimeout``, ``ClientDisconnected``.
        """
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self._receive(receive)
        except TimeoutError:
            raise RequestTimeout(f"A body may take {BODY_SECONDS} seconds.") from None

    async def _receive(self, receive: Receive) -> bytes:
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            body: bytes = message.get("body", b"")
            if len(body) > self.max_bytes:
                raise self._too_large()
            return body
        # One buffer: as a list of chunks, a body sent in tiny ones takes many times its size.
        buffer = bytearray()
        while True:
            if message["type"] != "http.request":
                raise ClientDisconnected
            buffer += message.get("body", b"")
            if len(buffer) > self.max_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return bytes(buffer)
            message = await self._next(receive)

    def parse_json(self, body: bytes) -> Any:
        """The model of a JSON body, or ``None`` for no body where none is required.

        Raises ``InvalidRequest``.
        """
        if not body:
            self._check_absence()
            return None
        try:
            value = strict_json.loads(body)
        except strict_json.InvalidJson as error:
            raise InvalidRequest([self._field([], str(error), None)]) from None
        if not self._validator.is_valid(value):
            nodes = body.count(b",") + body.count(b"[") + body.count(b"{")
            raise InvalidRequest(self._findings(value, nodes))
        return self._convert(value)

    def _check_absence(self) -> None:
        if self.required:
            raise InvalidRequest([self._field([], "the body is required", self._words)])

    def _convert(self, value: Any) -> Any:
        if self._model is None:
            return value
        try:
            return msgspec.convert(value, self._model)
        except msgspec.ValidationError as error:
            # Left to the model alone: dates that exist as text only, such as 30 February.
            raise InvalidRequest([self._field([], str(error), None)]) from None

    async def receive_form(
        self, receive: Receive, headers: Mapping[bytes, bytes]
    ) -> dict[str, Any] | None:
        """The checked fields of a multipart body, files as ``Upload``; ``None`` for no body where
        none is required.

        Raises ``InvalidRequest`` for anything malformed, ``UnsupportedMediaType``,
        ``PayloadTooLarge``, ``ClientDisconnected``.
        """
        chunks = self._chunks(receive)
        start = b""
        async for start in chunks:
            if start:
                break
        if not start:
            self._check_absence()
            return None
        self.check_headers(headers)
        parsed = parse_media_type(headers[b"content-type"].decode("latin-1"))
        boundary = "" if parsed is None else parsed[1].get("boundary", "")
        if not _BOUNDARY.fullmatch(boundary):
            raise InvalidRequest([self._field([], "the form has no usable boundary", None)])
        parser = StrictFormParser(
            Headers({"content-type": f'{MULTIPART}; boundary="{boundary}"'}),
            _after(start, chunks),
            max_files=self._form_parts,
            max_fields=self._form_parts,
            max_part_size=self._field_bytes,
        )
        try:
            form = await parser.parse_to_the_end()
        except OSError as error:
            log.warning("a form cannot be kept: %r", error)
            raise FilesUnavailable("There is no room for the form.") from None
        except (MultiPartException, MultipartParseError, ValueError, KeyError) as error:
            message = error.message if isinstance(error, Refused) else "the form is malformed"
            raise InvalidRequest([self._field([], message, None)]) from None
        value: dict[str, Any] = {}
        findings: list[InvalidField] = []
        for name, item in form.multi_items():
            if name in value:
                findings.append(self._field([name], "the field is given more than once", None))
            elif name in self._files:
                if not isinstance(item, UploadFile) or not item.filename:
                    findings.append(self._field([name], "the field must be a file", None))
                elif _CONTROL.search(item.filename):
                    findings.append(
                        self._field([name], "the file's name has a control character", None)
                    )
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
            findings = self._findings(text_fields, len(text_fields))
        if findings:
            await form.close()
            raise InvalidRequest(findings)
        return value

    async def _next(self, receive: Receive) -> Message:
        """The next part of a body that comes slowly. Raises ``ShuttingDown``."""
        if self.closing is None:
            return await receive()
        part = asyncio.ensure_future(receive())
        closing = asyncio.ensure_future(self.closing.wait())
        try:
            await asyncio.wait({part, closing}, return_when=asyncio.FIRST_COMPLETED)
            if part.done():
                return part.result()
            raise ShuttingDown("The server is about to stop.")
        finally:
            part.cancel()
            closing.cancel()

    async def _chunks(self, receive: Receive) -> AsyncGenerator[bytes, None]:
        size = 0
        while True:
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    message = await self._next(receive)
            except TimeoutError:
                raise RequestTimeout(f"A form may pause {STALL_SECONDS} seconds.") from None
            if message["type"] != "http.request":
                raise ClientDisconnected
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self.max_bytes:
                raise self._too_large()
            yield chunk
            if not message.get("more_body", False):
                return

    def _findings(self, value: Any, nodes: int) -> list[InvalidField]:
        """What is wrong with a value of so many parts: all of it, or the first thing in a big one.

        Finding everything takes time and memory for every part of the value.
        """
        findings: list[InvalidField] = []
        first = None if nodes <= MAX_EXPLAINED else first_error(self._validator, value)
        errors = self._validator.iter_errors(value) if first is None else [first]
        for path, message in chain.from_iterable(map(self._explained, errors)):
            findings.append(self._field(path, message, self._words_for(path, value)))
            if len(findings) == 20:
                break
        # A field that the contract has words for is what the client needs to hear of first.
        findings.sort(key=lambda field: field.words is None)
        return findings

    def _explained(
        self, error: jsonschema_rs.ValidationError
    ) -> Iterator[tuple[list[str | int], str]]:
        """An error in words; of a union, what is wrong with the member that the value names."""
        path, message = explain(error)
        *_, schema = self._compiler.property_path(self._schema, path)
        names = schema.get("discriminator", {}).get("mapping", {})
        if "oneOf" not in schema or not names or not isinstance(error.instance, dict):
            yield path, message
            return
        key = schema["discriminator"]["propertyName"]
        said = error.instance.get(key)
        if key not in error.instance:
            yield [*path, key], "the field is required"
        elif not isinstance(said, str) or said not in names:
            yield [*path, key], f"the value is none of {', '.join(names)}"
        else:
            member = self._compiler.compile({"$ref": names[said]})
            inner = first_error(member, error.instance)
            if inner is not None:
                place, message = explain(inner)
                path = [*path, *place]
            yield path, message

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


async def _after(start: bytes, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield start
    async for chunk in chunks:
        yield chunk
