"""From the arguments of a call to its request, as often as it has to be sent."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx2
import pydantic_core
from pydantic import BaseModel

from ._contract import Body, Operation
from ._omit import OMIT
from .files import CountedStream, PreparedFile, Progress, never_back, prepare_file, text_of_field
from .options import LONGEST, Options

Arguments = Mapping[str, Any]

# RFC 9110, section 5; the HTTP client takes no text beyond ASCII.
_NAME: Final = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_VALUE: Final = re.compile(r"([\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?)?")


@dataclass(slots=True)
class Call:
    """One call of an operation: what stays the same however often its request is sent."""

    operation: Operation
    arguments: dict[str, Any]
    path: str
    query: dict[str, str | list[str]]
    headers: dict[str, str]
    content: bytes | None = None
    fields: dict[str, str | list[str]] = field(default_factory=dict)
    files: dict[str, PreparedFile] = field(default_factory=dict)
    file: PreparedFile | None = None
    """A file that is the whole body."""
    on_progress: Progress | None = None
    is_stream: bool = False
    """Whether the body of a success is left to be read."""
    is_file: bool = False
    """Whether that body is a file."""
    opened: ExitStack = field(default_factory=ExitStack)

    @property
    def may_repeat(self) -> bool:
        """Whether a repetition does no harm where the first request may have taken effect."""
        if self.operation.key is not None:
            return True
        # Once it had its effect, the state that it names is no more: a repetition would be refused,
        # and look like somebody else's change.
        return self.operation.is_safe and "If-Match" not in self.headers

    @property
    def accepted(self) -> list[str]:
        """The types that the answer may have."""
        asked = self.headers["Accept"].split(", ")
        types = self.operation.media_types
        return [each for each in types if each in asked] or list(types)

    @property
    def can_repeat(self) -> bool:
        """Whether there is still all that has to be sent."""
        return all(file.start is not None for file in self._all_files)

    @property
    def has_files(self) -> bool:
        """Whether making its request reads files, which blocks."""
        return bool(self._all_files)

    @property
    def _all_files(self) -> list[PreparedFile]:
        return [*self.files.values(), *([self.file] if self.file else [])]

    def request(
        self, http: httpx2.Client | httpx2.AsyncClient, base: str, options: Options
    ) -> httpx2.Request:
        """The request to send now, without the headers that say who sends it.

        Raises ``ValueError`` for what no header can hold, without telling what it is, and for what
        no URL can.
        """
        files = {
            name: (file.name, file.content(), file.media_type) for name, file in self.files.items()
        }
        content = self.content if self.file is None else self.file.content()
        headers = {**self.headers, **options.headers}
        for name, value in headers.items():
            # The HTTP client would tell the value, which may be a secret.
            if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
                raise ValueError(
                    f"The header {name!r} cannot be sent: "
                    "there are characters in it that no header may have."
                )
        timeout = min(options.timeout, LONGEST)
        try:
            request = http.build_request(
                self.operation.method,
                base + self.path,
                params=self.query or None,
                headers=headers,
                content=content,
                data=self.fields or None,
                files=files or None,
                timeout=httpx2.Timeout(timeout, connect=min(options.connect_timeout, timeout)),
            )
        except httpx2.InvalidURL as error:
            raise ValueError(f"The arguments make no URL: {error}.") from error
        if files or self.file is not None:
            request.stream = CountedStream(request, self.on_progress)
        return request


def prepare_call(
    operation: Operation,
    arguments: Arguments,
    *,
    accept: str | None = None,
    on_progress: Progress | None = None,
) -> Call:
    """The call that the arguments of a method are. Raises ``ValueError`` and ``OSError``."""
    given = {name: value for name, value in arguments.items() if value is not OMIT}
    if operation.key is not None and given.get(operation.key) is None:
        # Made once for the call, so that each try of it has the same one.
        given[operation.key] = str(uuid.uuid4())
    path, query = operation.path, dict[str, str | list[str]]()
    headers = {"Accept": accept or ", ".join(operation.media_types) or "*/*"}
    for parameter in operation.parameters:
        value = given.get(parameter.argument)
        if value is None:
            continue
        text = _text(value)
        if parameter.location == "path":
            # A browser and most servers take dots for steps; no id is made of them alone.
            if not text.strip("."):
                raise ValueError(f"{parameter.argument} may not be empty or made of dots alone.")
            path = path.replace(f"{{{parameter.name}}}", quote(text, safe=""))
        elif parameter.location == "query":
            query[parameter.name] = _texts(value)
        elif parameter.location == "header":
            headers[parameter.name] = text
        else:
            headers["Cookie"] = f"{parameter.name}={quote(text, safe='')}"
    if missing := re.search(r"\{(\w+)\}", path):
        raise ValueError(f"{missing[1]} may not be None.")
    progress = on_progress and never_back(on_progress)
    call = Call(operation, given, path, query, headers, on_progress=progress)
    call.is_stream = accept == "text/event-stream"
    if operation.body is not None:
        _add_body(call, operation.body)
    return call


def _add_body(call: Call, body: Body) -> None:
    value = body_value(body, call.arguments)
    if value is OMIT:
        return
    if body.media_type == "multipart/form-data":
        # One boundary for all tries, so that they are one request to who compares bytes.
        boundary = uuid.uuid4().hex
        call.headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        for name, member in value.items():
            if name in body.files:
                call.files[name] = prepare_file(member, call.opened)
            elif member is not None:
                call.fields[name] = _field(member)
        return
    call.headers["Content-Type"] = body.media_type
    if body.is_file:
        call.file = prepare_file(value, call.opened)
        return
    call.content = pydantic_core.to_json(_plain(value))


def body_value(body: Body, arguments: Arguments) -> Any:
    """The body that the arguments give; ``OMIT`` where there is none."""
    if body.argument is not None:
        value = arguments.get(body.argument, OMIT)
        return OMIT if value is None and not body.required else value
    members = {
        name: arguments[argument] for argument, name in body.fields.items() if argument in arguments
    }
    return members if members or body.required else OMIT


def _plain(value: Any) -> Any:
    """Models as JSON data, of which what was not set is left out."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items() if member is not OMIT}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _field(value: Any) -> str | list[str]:
    """A member of a form; an object goes as JSON (OpenAPI 3.0.3, "Special
    Considerations for multipart Content")."""
    if isinstance(value, (BaseModel, Mapping)):
        return pydantic_core.to_json(_plain(value)).decode()
    return _texts(value)


def _texts(value: Any) -> str | list[str]:
    return [_text(each) for each in value] if isinstance(value, (list, tuple)) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return text_of_field(value)
