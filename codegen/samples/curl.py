"""Samples for curl, in a shell."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from .layout import Layout
from .reading import BASIC_USERNAME, EVENTS, FORM, Sample


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_LAYOUT = Layout(_json_text, _json_text, width=60, after_last="")


def render_curl(samples: Sequence[Sample]) -> list[str]:
    """The command of each."""
    return [_command(each) for each in samples]


def _command(sample: Sample) -> str:
    operation = sample.operation
    start = "curl -N" if EVENTS in sample.answers else "curl"
    if operation.method != "get":
        start += f" -X {operation.method.upper()}"
    parts = [f"{start} {_url(sample)}"]
    if sample.scheme == "bearer":
        parts.append('-H "Authorization: Bearer $TOKEN"')
    elif sample.scheme == "basic":
        parts.append(f'-u "{BASIC_USERNAME}:$PASSWORD"')
    parts += [f"-H {_quoted(f'{name}: {value}')}" for name, value in sample.headers.items()]
    if sample.body is not None:
        parts += _form(sample) if sample.media_type == FORM else _json(sample)
    if sample.saved_as is not None:
        parts.append(f"-o {shlex.quote(sample.saved_as)}")
    return " \\\n  ".join(parts)


def _url(sample: Sample) -> str:
    path = re.sub(
        r"\{([^}]+)\}", lambda found: _encoded(sample.path[found[1]]), sample.operation.path
    )
    query = "&".join(f"{name}={_encoded(value)}" for name, value in sample.query.items())
    return f'"$URL{path}{f"?{query}" if query else ""}"'


def _json(sample: Sample) -> list[str]:
    text = _LAYOUT.fitting(sample.body, "  ", len("-d ''"))
    return [f"-H {_quoted(f'Content-Type: {sample.media_type}')}", f"-d {_quoted(text)}"]


def _form(sample: Sample) -> list[str]:
    parts = []
    for name, value in sample.body.items():
        if name in sample.files:
            parts.append(f"-F {_quoted(f'{name}=@{sample.files[name]}')}")
        else:
            # With -F, curl reads more than text into some values.
            option = "--form-string" if re.search("^[@<]|;", str(value)) else "-F"
            parts.append(f"{option} {_quoted(f'{name}={value}')}")
    return parts


def _encoded(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return quote(text, safe="")


def _quoted(text: str) -> str:
    """In single quotes, in which nothing has a meaning."""
    return "'" + text.replace("'", "'\\''") + "'"
