"""Documented paths against the contract's: by segments, whatever a placeholder is called."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from palaver.contract.document import Document, Operation
from palaver.contract.schemas import SchemaCompiler

METHODS = "GET|HEAD|PUT|POST|DELETE|PATCH|OPTIONS|TRACE"
_PLACEHOLDER = re.compile(r"\{(\w+)\}|\$\{?(\w+)\}?|<([\w-]+)>|:(\w+)")
_WILD = ("…", "...", "*", "**")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``METHOD /path?query`` as a document says it; the method may be left out."""

    method: str
    path: str
    query: tuple[str, ...] = ()

    @classmethod
    def parse(cls, method: str, target: str) -> Endpoint:
        """From a request target; a fragment is dropped, of the query only names are kept."""
        path, _, query = target.partition("#")[0].partition("?")
        names = tuple(part.partition("=")[0] for part in query.split("&") if part)
        return cls(method.upper(), path, names)

    def __str__(self) -> str:
        return f"{self.method} {self.path}".strip()

    @property
    def is_prefix(self) -> bool:
        """Whether it speaks of everything below a path, such as ``/api/`` or ``/api/…``."""
        return self.path.endswith("/") or self.path.rpartition("/")[2] in _WILD


class Paths:
    """The paths of one contract."""

    def __init__(self, document: Document) -> None:
        self._operations = document.operations
        self._compiler = SchemaCompiler(document)
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self._parameters = {
            (each.path, p.name): p.raw
            for each in document.operations
            for p in each.parameters
            if p.location == "path"
        }
        self._names = {name for _, name in self._parameters}

    @cached_property
    def templates(self) -> list[str]:
        """Every path of the contract, once."""
        return list(dict.fromkeys(each.path for each in self._operations))

    def at(self, path: str, *, values: bool = False) -> list[Operation]:
        """The operations of the path that a documented one means, however it spells parameters.

        Prose names parameters by placeholders or by values that can only be one; with ``values``
        any value that the contract allows will do, as in a request that is to be sent.
        """
        wanted = _segments(path)
        if any(segment in _WILD for segment in wanted):
            return [each for each in self._operations if _fits(_segments(each.path), wanted)]
        ranked = sorted(
            (rank, template)
            for template in self.templates
            if (rank := self._rank(template, wanted, values)) is not None
        )
        return self._of(ranked[0][1]) if ranked else []

    def below(self, path: str) -> list[Operation]:
        """The operations whose paths start with these segments."""
        wanted = [each for each in _segments(path) if each and each not in _WILD]
        return [
            each
            for each in self._operations
            if self._begins(_segments(each.path)[: len(wanted)], wanted)
        ]

    def find(self, endpoint: Endpoint, *, values: bool = False) -> list[Operation]:
        """The operations that an endpoint means: several for a path without a method."""
        found = self.at(endpoint.path, values=values)
        if endpoint.is_prefix and not found:
            found = self.below(endpoint.path)
        # HEAD works wherever GET does.
        method = {"HEAD": "get"}.get(endpoint.method, endpoint.method.lower())
        return [each for each in found if method in ("", each.method)]

    def nearest(self, endpoint: Endpoint) -> Operation | None:
        """The operation that a wrong endpoint was most likely meant to be."""
        best: tuple[float, Operation] | None = None
        for each in self._operations:
            matcher = difflib.SequenceMatcher(None, each.path, endpoint.path)
            score = matcher.ratio() + 0.1 * (each.method.upper() == endpoint.method)
            if score > (best[0] if best else 0.6):
                best = (score, each)
        return best[1] if best else None

    def _begins(self, start: list[str], wanted: list[str]) -> bool:
        return not wanted or self._rank("/".join(start), wanted, False) is not None

    def _of(self, template: str) -> list[Operation]:
        return [each for each in self._operations if each.path == template]

    def _rank(self, template: str, wanted: list[str], values: bool) -> list[int] | None:
        """How a path fits a template, segment by segment: literally is better than by value."""
        segments = _segments(template)
        if len(segments) != len(wanted):
            return None
        rank: list[int] = []
        for mine, theirs in zip(segments, wanted, strict=True):
            name = mine[1:-1] if mine.startswith("{") and mine.endswith("}") else ""
            placeholder = _PLACEHOLDER.fullmatch(theirs)
            if mine == theirs:
                rank.append(0)
            elif name and placeholder:
                said = next(filter(None, placeholder.groups())).lower()
                if placeholder[1] and said != name and said in self._names:
                    return None
                rank.append(1)
            elif name and self._is_value(template, name, unquote(theirs), values):
                rank.append(2)
            else:
                return None
        return rank

    def _is_value(self, template: str, name: str, text: str, values: bool) -> bool:
        raw = self._parameter(template, name)
        if raw is None:
            return False
        if "example" in raw and str(raw["example"]) == text:
            return True
        if not values and not re.search(r"\d", text):
            return False
        value: Any = (
            int(text) if raw["schema"].get("type") == "integer" and text.isdigit() else text
        )
        if name not in self._validators:
            self._validators[name] = self._compiler.compile(raw["schema"])
        return bool(text) and self._validators[name].is_valid(value)

    def _parameter(self, template: str, name: str) -> Any:
        # A template may be the beginning of one, and then its parameter stands in a longer path.
        found = self._parameters.get((template, name))
        return found or next(
            (raw for (_, each), raw in self._parameters.items() if each == name), None
        )


def endpoints_in(text: str) -> Iterator[Endpoint]:
    """Every ``METHOD /path`` of a text."""
    for method, target in re.findall(rf"\b({METHODS}) ((?:https?://[^\s/]+|…|\.\.\.)?/\S*)", text):
        path = re.sub(r"^https?://[^/]+", "", target).rstrip(".,;:!)\"'`")
        yield Endpoint.parse(method, path)


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _fits(segments: list[str], wanted: list[str]) -> bool:
    """Whether segments fit ones of which some stand for any number of others, but at least one."""
    if not wanted:
        return not segments
    if wanted[0] in _WILD:
        return any(_fits(segments[skip:], wanted[1:]) for skip in range(1, len(segments) + 1))
    if not segments:
        return False
    same = segments[0] == wanted[0] or (
        segments[0].startswith("{") and _PLACEHOLDER.fullmatch(wanted[0]) is not None
    )
    return same and _fits(segments[1:], wanted[1:])
