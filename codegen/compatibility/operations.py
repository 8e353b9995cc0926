"""Two contracts compared operation by operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from codegen.compatibility.change import ABSENT, Change, Side, shown
from codegen.compatibility.schemas import SchemaComparison
from palaver.contract.document import Document, Operation, Parameter

_SPELLING = ("style", "explode", "allowReserved", "allowEmptyValue")
_IDENTITY = ("type", "scheme", "in", "name", "flows", "openIdConnectUrl")


def compare_contracts(old: Document, new: Document) -> list[Change]:
    """Every change from the old contract to the new one, in the order of the old one."""
    comparison = _Comparison(old, new)
    return [*comparison.operations(), *comparison.whole()]


class _Comparison:
    def __init__(self, old: Document, new: Document) -> None:
        self._old = old
        self._new = new

    def operations(self) -> Iterator[Change]:
        after = {_address(each): each for each in self._new.operations}
        before = {_address(each): each for each in self._old.operations}
        for address, operation in before.items():
            if address in after:
                yield from self._operation(operation, after[address])
            else:
                yield Change(operation.operation_id, "operation", _called(operation), ABSENT, True)
        for address, operation in after.items():
            if address not in before:
                yield Change(operation.operation_id, "operation", ABSENT, _called(operation), False)

    def whole(self) -> Iterator[Change]:
        """What is of no single operation: security schemes, error surfaces, the cap on bodies."""
        schemes = [
            each.tree.get("components", {}).get("securitySchemes", {})
            for each in (self._old, self._new)
        ]
        for name in schemes[0]:
            before, after = (
                {k: each[name][k] for k in _IDENTITY if k in each.get(name, {})} for each in schemes
            )
            if before != after:
                yield Change("", f"security scheme {name}", shown(before), shown(after), True)
        surfaces = [
            {each["prefix"]: each["schema"] for each in document.tree.get("x-error-surfaces", ())}
            for document in (self._old, self._new)
        ]
        for prefix, name in surfaces[0].items():
            other = surfaces[1].get(prefix)
            where = f"errors below {prefix} "
            if other is None:
                yield Change("", where.strip(), name, ABSENT, True)
            else:
                compare = SchemaComparison(self._old, self._new, "", Side.RESPONSE).compare
                yield from compare(_component(name), _component(other), where)
        yield from _cap("", self._old.tree, self._new.tree)

    def _operation(self, old: Operation, new: Operation) -> Iterator[Change]:
        name = old.operation_id
        if new.operation_id != name:
            yield Change(name, "operationId", name, new.operation_id, True)
        if new.path != old.path:
            yield Change(name, "path", old.path, new.path, True)
        if bool(old.raw.get("deprecated")) != bool(new.raw.get("deprecated")):
            was, now = (shown(bool(each.raw.get("deprecated"))) for each in (old, new))
            yield Change(name, "deprecated", was, now, False)
        yield from self._security(old, new)
        yield from self._parameters(old, new)
        yield from self._body(old, new)
        yield from self._responses(old, new)

    def _security(self, old: Operation, new: Operation) -> Iterator[Change]:
        """Whoever was let in is still let in: with the same credentials or with fewer."""
        before, after = (list(each.security) or [{}] for each in (old, new))
        for each in before:
            if not any(_is_enough(each, other) for other in after):
                yield Change(old.operation_id, "security", shown(each), shown(after), True)
        for each in after:
            if each not in before:
                yield Change(old.operation_id, "security", ABSENT, shown(each), False)

    def _parameters(self, old: Operation, new: Operation) -> Iterator[Change]:
        # Path parameters are matched by their place, so that a new name shows as one change.
        before, after = _parameters(old), _parameters(new)
        name = old.operation_id
        for key in sorted(before.keys() - after.keys()):
            yield Change(name, _parameter_words(key), "a parameter", ABSENT, True)
        for key in sorted(after.keys() - before.keys()):
            required = after[key].required
            kind = "a required parameter" if required else "an optional parameter"
            yield Change(name, _parameter_words(key), ABSENT, kind, required)
        for key in sorted(before.keys() & after.keys()):
            where = _parameter_words(key)
            mine, theirs = before[key], after[key]
            yield from _required(name, where, mine.required, theirs.required, Side.REQUEST)
            for word in _SPELLING:
                if mine.raw.get(word) != theirs.raw.get(word):
                    was, now = (shown(each.raw.get(word)) for each in (mine, theirs))
                    yield Change(name, f"{where} {word}", was, now, True)
            yield from _words(name, where, mine.raw.get("x-error"), theirs.raw.get("x-error"))
            compare = SchemaComparison(self._old, self._new, name, Side.REQUEST).compare
            yield from compare(mine.raw.get("schema", {}), theirs.raw.get("schema", {}), where)

    def _body(self, old: Operation, new: Operation) -> Iterator[Change]:
        before, after = old.request_body, new.request_body
        name = old.operation_id
        if before is None or after is None:
            if before is not None:
                yield Change(name, "request body", "a body", ABSENT, True)
            if after is not None:
                required = bool(after.get("required"))
                kind = "a required body" if required else "an optional body"
                yield Change(name, "request body", ABSENT, kind, required)
            return
        was, now = (bool(each.get("required")) for each in (before, after))
        yield from _required(name, "request body", was, now, Side.REQUEST)
        yield from _words(name, "request body", before.get("x-error"), after.get("x-error"))
        yield from _cap(name, before, after)
        yield from self._content(name, "request", before, after, Side.REQUEST)

    def _responses(self, old: Operation, new: Operation) -> Iterator[Change]:
        name = old.operation_id
        for status in old.responses:
            if status in new.responses:
                yield from self._response(
                    name, status, old.responses[status], new.responses[status]
                )
            else:
                # An error that is not given any more breaks nobody.
                yield Change(name, "status", status, ABSENT, status < "4")
        classes = {status[0] for status in old.responses}
        for status in new.responses:
            if status not in old.responses:
                # Clients know an unknown status by its class (RFC 9110, section 15).
                breaking = status < "4" or status[0] not in classes
                yield Change(name, "status", ABSENT, status, breaking)

    def _response(
        self, name: str, status: str, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> Iterator[Change]:
        before, after = _headers(old), _headers(new)
        for header in sorted(before.keys() - after.keys()):
            yield Change(name, f"{status} header {header}", "a header", ABSENT, True)
        for header in sorted(after.keys() - before.keys()):
            yield Change(name, f"{status} header {header}", ABSENT, "a header", False)
        for header in sorted(before.keys() & after.keys()):
            mine, _ = self._old.deref(before[header], ())
            theirs, _ = self._new.deref(after[header], ())
            where = f"{status} header {header}"
            was, now = (bool(each.get("required")) for each in (mine, theirs))
            yield from _required(name, where, was, now, Side.RESPONSE)
            compare = SchemaComparison(self._old, self._new, name, Side.RESPONSE).compare
            yield from compare(mine.get("schema", {}), theirs.get("schema", {}), where)
        yield from self._errors(name, status, old, new)
        yield from self._content(name, status, old, new, Side.RESPONSE)

    def _errors(
        self, name: str, status: str, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> Iterator[Change]:
        """The codes of ``x-errors`` are for programs; the words are for people, where there is a
        code beside them."""
        before, after = old.get("x-errors", {}), new.get("x-errors", {})
        for code in sorted(before.keys() - after.keys()):
            yield Change(name, f"{status} x-errors", code, ABSENT, False)
        for code in sorted(after.keys() - before.keys()):
            yield Change(name, f"{status} x-errors", ABSENT, code, False)
        has_type = any(
            "type" in self._old.deref(media.get("schema", {}), ())[0].get("properties", {})
            for media in old.get("content", {}).values()
        )
        for code in sorted(before.keys() & after.keys()):
            where = f"{status} x-errors {code}"
            mine, theirs = before[code], after[code]
            has_code = has_type or "error" in mine
            for key in sorted(mine.keys() | theirs.keys()):
                if mine.get(key) != theirs.get(key):
                    was, now = (shown(each.get(key, ABSENT)) for each in (mine, theirs))
                    # What an error hides behind is the code that clients see.
                    breaking = key in ("error", "hides") or not has_code
                    yield Change(name, f"{where} {key}", was, now, breaking)

    def _content(
        self, name: str, part: str, old: Mapping[str, Any], new: Mapping[str, Any], side: Side
    ) -> Iterator[Change]:
        before, after = old.get("content", {}), new.get("content", {})
        for media_type in sorted(before.keys() - after.keys()):
            yield Change(name, f"{part} media type", media_type, ABSENT, True)
        for media_type in sorted(after.keys() - before.keys()):
            # The first body of an answer that had none is more than clients can expect.
            breaking = side is Side.RESPONSE and not before
            yield Change(name, f"{part} media type", ABSENT, media_type, breaking)
        first, now_first = (next(iter(each), None) for each in (before, after))
        if side is Side.RESPONSE and first in after and first != now_first:
            # Whoever does not say what to accept gets the first.
            yield Change(name, f"{part} first media type", shown(first), shown(now_first), True)
        for media_type in sorted(before.keys() & after.keys()):
            given = [each[media_type].get("x-events", {}) for each in (before, after)]
            yield from _events(name, f"{part} {media_type} x-events", *given)
            compare = SchemaComparison(self._old, self._new, name, side).compare
            mine, theirs = (each[media_type].get("schema", {}) for each in (before, after))
            yield from compare(mine, theirs, f"{part} {media_type} ")


def _address(operation: Operation) -> tuple[str, str]:
    return operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path)


def _called(operation: Operation) -> str:
    return f"{operation.method.upper()} {operation.path}"


def _parameters(operation: Operation) -> dict[tuple[str, str], Parameter]:
    placed = re.findall(r"\{([^}]*)\}", operation.path)
    found: dict[tuple[str, str], Parameter] = {}
    for each in operation.parameters:
        name = each.name.lower() if each.location == "header" else each.name
        if each.location == "path" and name in placed:
            name = str(placed.index(name) + 1)
        found[each.location, name] = each
    return found


def _parameter_words(key: tuple[str, str]) -> str:
    return f"{key[0]} parameter {key[1]}"


def _headers(response: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in response.get("headers", {}).items()}


def _component(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _is_enough(had: Mapping[str, Any], needed: Mapping[str, Any]) -> bool:
    """Whether credentials for one requirement satisfy another one."""
    return all(name in had and set(scopes) <= set(had[name]) for name, scopes in needed.items())


def _required(name: str, where: str, old: bool, new: bool, side: Side) -> Iterator[Change]:
    if old != new:
        words = [("optional", "required")[flag] for flag in (old, new)]
        yield Change(name, where, words[0], words[1], new == (side is Side.REQUEST))


def _words(name: str, where: str, old: Any, new: Any) -> Iterator[Change]:
    if old != new:
        codes = [(each or {}).get("error") for each in (old, new)]
        was, now = (shown(each or ABSENT) for each in (old, new))
        yield Change(name, f"{where} x-error", was, now, codes[0] != codes[1])


def _events(
    name: str, where: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    """What types of events are for: programs rely on what was said, and on nothing new."""
    for role in sorted(old.keys() | new.keys()):
        if old.get(role) != new.get(role):
            was, now = (shown(each.get(role, ABSENT)) for each in (old, new))
            yield Change(name, f"{where} {role}", was, now, role in old)


def _cap(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = (each.get("x-max-body-bytes") for each in (old, new))
    if before != after:
        lowered = after is not None and (before is None or after < before)
        was, now = (shown(ABSENT if each is None else each) for each in (before, after))
        yield Change(name, "x-max-body-bytes", was, now, lowered)
