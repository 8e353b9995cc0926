"""Parameters: from the raw request to checked, typed keyword arguments.

Coercion follows the contract's schema and is strict: an integer is ASCII digits without a leading
zero, a boolean is ``true`` or ``false``. Serialisation is OpenAPI's default (``form`` with explode
for query and cookie, ``simple`` for path and header), for scalars and arrays of scalars.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema_rs

from palaver.contract.document import Document, Operation, Parameter
from palaver.contract.faults import InvalidField, InvalidRequest
from palaver.contract.schemas import SchemaCompiler, explain, first_error

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,60})(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,4})?")
_NUL = "\x00"
_MISSING = object()

MAX_QUERY_PARAMETERS = 1000


class _Uncoercible(ValueError):
    """The text is not of the parameter's type; ``str`` says what it must be."""


def _coerce_string(text: str) -> Any:
    if _NUL in text:
        raise _Uncoercible("the value has a NUL character")
    return text


def _coerce_integer(text: str) -> Any:
    if not _INTEGER.fullmatch(text):
        raise _Uncoercible("the value must be an integer")
    return int(text)


def _coerce_number(text: str) -> Any:
    if not _NUMBER.fullmatch(text) or not math.isfinite(number := float(text)):
        raise _Uncoercible("the value must be a number")
    return number


def _coerce_boolean(text: str) -> Any:
    if text not in ("true", "false"):
        raise _Uncoercible("the value must be true or false")
    return text == "true"


_COERCE: dict[str, Callable[[str], Any]] = {
    "string": _coerce_string,
    "integer": _coerce_integer,
    "number": _coerce_number,
    "boolean": _coerce_boolean,
}


@dataclass(frozen=True, slots=True)
class _Slot:
    """One parameter, compiled."""

    name: str
    argument: str
    location: str
    required: bool
    default: Any
    coerce: Callable[[str], Any]
    array_separator: str | None
    validator: jsonschema_rs.Draft202012Validator
    words: Mapping[str, Any] | None


class ParameterPlan:
    """All parameters of one operation; ``arguments`` are their names as keyword arguments."""

    def __init__(self, document: Document, operation: Operation, compiler: SchemaCompiler) -> None:
        """Raises ``ContractError`` for a parameter that the runtime cannot read."""
        slots = [_compile(document, parameter, compiler) for parameter in operation.parameters]
        self.arguments: dict[str, Parameter] = {}
        for slot, parameter in zip(slots, operation.parameters, strict=True):
            if slot.argument in self.arguments:
                raise document.fail(
                    parameter.pointer, "parameters", f"two parameters become {slot.argument}"
                )
            self.arguments[slot.argument] = parameter
        self._path = [slot for slot in slots if slot.location == "path"]
        self._query = {slot.name: slot for slot in slots if slot.location == "query"}
        self._header = [slot for slot in slots if slot.location == "header"]
        self._cookie = [slot for slot in slots if slot.location == "cookie"]
        self._required = [slot for slot in slots if slot.required]
        self._slots = slots
        self._defaults = {slot.argument: slot.default for slot in slots}
        # One call into the validator checks all parameters at once; only a failure looks closer.
        self._validator = compiler.compile(
            {
                "type": "object",
                "properties": {
                    slot.argument: parameter.raw["schema"]
                    for slot, parameter in zip(slots, operation.parameters, strict=True)
                },
            }
        )

    def read(
        self,
        path_parameters: Mapping[str, str],
        query_string: bytes,
        headers: Iterable[tuple[bytes, bytes]],
    ) -> dict[str, Any]:
        """Keyword arguments for the handler. Raises ``InvalidRequest`` with every finding."""
        findings: list[InvalidField] = []
        given: dict[str, Any] = {}
        for slot in self._path:
            _take(slot, [path_parameters[slot.name]], given, findings)
        if query_string:
            self._read_query(query_string, given, findings)
        if self._header or self._cookie:
            self._read_headers(list(headers), given, findings)
        if not findings and all(slot.argument in given for slot in self._required):
            if not given:
                return self._defaults.copy()
            if self._validator.is_valid(given):
                return {**self._defaults, **given}
        failed = {finding.pointer for finding in findings}
        for slot in self._slots:
            if f"/{slot.location}/{slot.name}" not in failed:
                _check(slot, given.get(slot.argument, _MISSING), findings)
        raise InvalidRequest(findings)

    def _read_query(
        self, query_string: bytes, given: dict[str, Any], findings: list[InvalidField]
    ) -> None:
        values: dict[str, list[str]] = {}
        pairs = query_string.split(b"&", MAX_QUERY_PARAMETERS)
        if len(pairs) > MAX_QUERY_PARAMETERS:
            findings.append(InvalidField("/query", "query", "there are too many parameters"))
            return
        for pair in pairs:
            if not pair:
                continue
            key, _, text = pair.partition(b"=")
            try:
                values.setdefault(_unquote(key), []).append(_unquote(text))
            except UnicodeDecodeError:
                findings.append(InvalidField("/query", "query", "the query is not valid UTF-8"))
                return
        for name, texts in values.items():
            slot = self._query.get(name)
            if slot is None:
                shown = name[:80]
                findings.append(
                    InvalidField(
                        f"/query/{escape(shown)}", shown, "the parameter is not known here"
                    )
                )
            else:
                _take(slot, texts, given, findings)

    def _read_headers(
        self,
        headers: list[tuple[bytes, bytes]],
        given: dict[str, Any],
        findings: list[InvalidField],
    ) -> None:
        for slot in self._header:
            wanted = slot.name.lower().encode()
            # White space around a value is no part of it (RFC 9110, section 5.5).
            texts = [
                value.decode("latin-1").strip(" \t") for name, value in headers if name == wanted
            ]
            if texts:
                # Repeated header lines are one list (RFC 9110, section 5.3).
                _take(slot, [", ".join(texts)], given, findings)
        if self._cookie:
            cookies = [value.decode("latin-1") for name, value in headers if name == b"cookie"]
            crumbs = [crumb.strip().partition("=") for crumb in "; ".join(cookies).split(";")]
            for slot in self._cookie:
                texts = [value for name, _, value in crumbs if name == slot.name]
                if texts:
                    _take(slot, texts, given, findings)


def argument_name(parameter_name: str) -> str:
    """The keyword argument of a parameter: its name in snake_case."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^0-9A-Za-z]+", "_", parameter_name)
    return words.strip("_").lower()


def _compile(document: Document, parameter: Parameter, compiler: SchemaCompiler) -> _Slot:
    schema = parameter.schema
    kind = schema.get("type")
    separator = None
    if kind == "array":
        items, _ = document.deref(schema.get("items", {}), parameter.pointer)
        exploded = parameter.raw.get("explode", parameter.location in ("query", "cookie"))
        separator = "&" if exploded and parameter.location in ("query", "cookie") else ","
        kind = items.get("type")
    if kind not in _COERCE or "style" in parameter.raw or "content" in parameter.raw:
        raise document.fail(
            parameter.pointer,
            "parameters",
            f"the parameter {parameter.name} has a type or style that the runtime does not read",
        )
    validator = compiler.compile(parameter.raw["schema"])
    default = schema.get("default")
    if default is not None and not validator.is_valid(default):
        raise document.fail(
            parameter.pointer, "parameters", f"the default of {parameter.name} is not valid"
        )
    return _Slot(
        name=parameter.name,
        argument=argument_name(parameter.name),
        location=parameter.location,
        required=parameter.required,
        default=default,
        coerce=_COERCE[kind],
        array_separator=separator,
        validator=validator,
        words=parameter.raw.get("x-error"),
    )


def _take(
    slot: _Slot, texts: list[str], given: dict[str, Any], findings: list[InvalidField]
) -> None:
    """Coerce what the client sent for one parameter into ``given`` or say what is wrong."""
    if slot.array_separator == ",":
        texts = [part for text in texts for part in text.split(",")]
    try:
        if slot.array_separator:
            given[slot.argument] = [slot.coerce(text) for text in texts]
        elif len(texts) > 1:
            raise _Uncoercible("the parameter is given more than once")
        else:
            given[slot.argument] = slot.coerce(texts[0])
    except _Uncoercible as error:
        words = slot.words if _applies(slot.words, texts[0]) else None
        findings.append(_finding(slot, [], str(error), words))


def _check(slot: _Slot, value: Any, findings: list[InvalidField]) -> None:
    if value is _MISSING:
        if slot.required:
            findings.append(_finding(slot, [], "the parameter is required", slot.words))
        return
    words = slot.words if _applies(slot.words, value) else None
    error = first_error(slot.validator, value)
    if error is not None:
        path, message = explain(error)
        findings.append(_finding(slot, path, message, words))


def _finding(
    slot: _Slot, path: list[str | int], message: str, words: Mapping[str, Any] | None
) -> InvalidField:
    pointer = "".join(f"/{escape(str(key))}" for key in (slot.location, slot.name, *path))
    label = ".".join([slot.name, *map(str, path)])
    return InvalidField(pointer, label, message, words)


def _applies(words: Mapping[str, Any] | None, value: Any) -> bool:
    return words is not None and (words["when"] == "invalid" or is_missing(value))


def is_missing(value: Any) -> bool:
    """Whether a value counts as not given: null, blank, empty, or a list that has such a value."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list):
        return not value or any(is_missing(item) for item in value)
    return False


def _unquote(text: bytes) -> str:
    if b"%" in text or b"+" in text:
        text = unquote_to_bytes(text.replace(b"+", b" "))
    return text.decode()


def escape(key: str) -> str:
    """A key as a JSON Pointer token (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
