"""Forms with files (RFC 7578), well-formed ones and others."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BOUNDARY = "gate-boundary"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload."""

    name: str
    content: bytes


def file_of(value: Any) -> File:
    """The file that a value stands for: a text is a file with this text."""
    if isinstance(value, File):
        return value
    content = str(value).encode()
    return File(f"{hashlib.sha256(content).hexdigest()[:12]}.txt", content)


def encoded(body: Mapping[str, Any], files: Collection[str]) -> bytes:
    """A body as ``FORM_TYPE``; a tuple is a field that is given more than once."""
    parts = []
    for name, value in body.items():
        for each in value if isinstance(value, tuple) else (value,):
            if name in files or isinstance(each, File):
                found = file_of(each)
                parts.append(part(name, found.content, file_name=found.name))
            else:
                parts.append(part(name, str(each).encode()))
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def part(name: str, content: bytes, *, file_name: str | None = None) -> bytes:
    """One part of a form."""
    named = "" if file_name is None else f'; filename="{file_name}"'
    kind = "" if file_name is None else "Content-Type: application/octet-stream\r\n"
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n{kind}\r\n'
    return head.encode() + content + b"\r\n"


def malformed(file_name: str) -> Iterator[tuple[str, bytes]]:
    """Forms that are none, each with its content type; a file in them is a field ``file_name``."""
    whole = encoded({file_name: "A text."}, {file_name})
    yield FORM_TYPE, b"{"
    yield FORM_TYPE, b""
    yield FORM_TYPE, whole[:-20]
    yield FORM_TYPE, whole[:30]
    yield FORM_TYPE, whole.replace(b'; name="', b'; nome="')
    yield FORM_TYPE, whole.replace(b"Content-Disposition", b"Content Disposition")
    yield "multipart/form-data", whole
    yield "multipart/form-data; boundary=another", whole
