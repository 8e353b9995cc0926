"""Two schemas compared keyword by keyword, through references and in circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.compatibility.change import ABSENT, Change, Effect, Side, shown
from palaver.contract.document import Document

Schema = Mapping[str, Any]

_LOWER = ("minLength", "minItems", "minProperties")
_UPPER = ("maxLength", "maxItems", "maxProperties")
_FREE = ("pattern", "format", "multipleOf")
_WIDER_TYPES = {("integer", "number")}
_WIDER_FORMATS = {("int32", "int64"), ("float", "double")}

OPEN_ENDED = "Clients ignore types that they do not know."
"""What the description of an answer's union says where another type in it breaks nobody."""


class SchemaComparison:
    """Compares schemas of one operation, on one side of it."""

    def __init__(self, old: Document, new: Document, operation_id: str, side: Side) -> None:
        self._old = old
        self._new = new
        self._operation_id = operation_id
        self._side = side
        self._seen: set[tuple[str, str]] = set()

    def compare(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        """Every change from one schema to the other; a pair of named ones is compared once."""
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair):
            if pair in self._seen:
                return
            self._seen.add(pair)
        old, _ = self._old.deref(old, ())
        new, _ = self._new.deref(new, ())
        yield from self._values(old, new, where)
        yield from self._bounds(old, new, where)
        yield from self._object(old, new, where)
        yield from self._array(old, new, where)
        yield from self._combined(old, new, where)

    def _change(
        self, where: str, old: Any, new: Any, effect: Effect, *, breaking: bool | None = None
    ) -> Change:
        if breaking is None:
            breaking = self._side.breaks(effect)
        where = " ".join(where.split())
        return Change(self._operation_id, where, shown(old), shown(new), breaking)

    def _values(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        before, after = old.get("type"), new.get("type")
        if before != after:
            effect = _ordered(before, after, (before, after) in _WIDER_TYPES)
            if (after, before) in _WIDER_TYPES:
                effect = Effect.NARROWS
            yield self._change(f"{where} type", before or "any", after or "any", effect)
        if bool(old.get("nullable")) != bool(new.get("nullable")):
            effect = Effect.WIDENS if new.get("nullable") else Effect.NARROWS
            yield self._change(
                f"{where} nullable", bool(old.get("nullable")), bool(new.get("nullable")), effect
            )
        yield from self._enum(old.get("enum"), new.get("enum"), where)
        yield from self._default(old, new, where)
        for key in ("readOnly", "writeOnly"):
            if bool(old.get(key)) != bool(new.get(key)):
                values = bool(old.get(key)), bool(new.get(key))
                yield self._change(f"{where} {key}", *values, Effect.DIFFERS)
        yield from self._words(old.get("x-error"), new.get("x-error"), where)

    def _enum(self, old: Any, new: Any, where: str) -> Iterator[Change]:
        at = f"{where} enum"
        if old is None or new is None:
            if old != new:
                effect = Effect.NARROWS if old is None else Effect.WIDENS
                yield self._change(at, old or "any value", new or "any value", effect)
            return
        for value in old:
            if value not in new:
                yield self._change(at, value, ABSENT, Effect.NARROWS)
        for value in new:
            if value not in old:
                yield self._change(at, ABSENT, value, Effect.WIDENS)

    def _default(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        """Whoever leaves a value out gets another behaviour; of responses it says nothing."""
        if ("default" in old, old.get("default")) != ("default" in new, new.get("default")):
            before = old.get("default", ABSENT)
            after = new.get("default", ABSENT)
            breaking = self._side is Side.REQUEST and "default" in old
            yield self._change(f"{where} default", before, after, Effect.NONE, breaking=breaking)

    def _words(self, old: Any, new: Any, where: str) -> Iterator[Change]:
        """An ``x-error`` names the code that a client gets; its sentence is for people."""
        if old != new:
            codes = [(each or {}).get("error") for each in (old, new)]
            at = f"{where} x-error"
            breaking = codes[0] != codes[1]
            yield self._change(at, old or ABSENT, new or ABSENT, Effect.NONE, breaking=breaking)

    def _bounds(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        for keys, sign in ((_LOWER, 1), (_UPPER, -1)):
            for key in keys:
                least = 0 if sign > 0 else None
                before, after = old.get(key, least), new.get(key, least)
                if before != after:
                    raised = _sign(before, after, sign)
                    yield self._change(f"{where} {key}", _or(before), _or(after), raised)
        for key, sign in (("minimum", 1), ("maximum", -1)):
            yield from self._limit(old, new, key, sign, where)
        for key in _FREE:
            before, after = old.get(key), new.get(key)
            if before != after:
                effect = _ordered(before, after, _is_wider(key, before, after))
                if _is_wider(key, after, before):
                    effect = Effect.NARROWS
                yield self._change(f"{where} {key}", _or(before), _or(after), effect)
        if bool(old.get("uniqueItems")) != bool(new.get("uniqueItems")):
            effect = Effect.NARROWS if new.get("uniqueItems") else Effect.WIDENS
            values = bool(old.get("uniqueItems")), bool(new.get("uniqueItems"))
            yield self._change(f"{where} uniqueItems", *values, effect)

    def _limit(self, old: Schema, new: Schema, key: str, sign: int, where: str) -> Iterator[Change]:
        exclusive = f"exclusive{key.capitalize()}"
        before = (old.get(key), bool(old.get(exclusive)) and key in old)
        after = (new.get(key), bool(new.get(exclusive)) and key in new)
        if before == after:
            return
        if before[0] == after[0]:
            effect = Effect.NARROWS if after[1] else Effect.WIDENS
            yield self._change(f"{where} {exclusive}", before[1], after[1], effect)
        else:
            effect = _sign(before[0], after[0], sign)
            yield self._change(f"{where} {key}", _or(before[0]), _or(after[0]), effect)

    def _object(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            yield self._removed(name, new, where)
        for name in sorted(after.keys() - before.keys()):
            yield self._added(name, old, name in needs, where)
        for name in sorted(before.keys() & after.keys()):
            yield from self.compare(before[name], after[name], f"{where}/{name}")
        for name in sorted(needed ^ needs):
            if name in before and name in after:
                effect = Effect.NARROWS if name in needs else Effect.WIDENS
                words = ("optional", "required") if name in needs else ("required", "optional")
                yield self._change(f"{where}/{name}", *words, effect)
        yield from self._additional(old, new, where)

    def _removed(self, name: str, new: Schema, where: str) -> Change:
        """In a response even an optional property was something to read."""
        refused = new.get("additionalProperties") is False
        breaking = refused if self._side is Side.REQUEST else True
        return self._change(f"{where}/{name}", "a property", ABSENT, Effect.NONE, breaking=breaking)

    def _added(self, name: str, old: Schema, required: bool, where: str) -> Change:
        """In a response nothing breaks, for clients ignore what they do not know."""
        constrained = old.get("additionalProperties") is not False
        breaking = self._side is Side.REQUEST and (required or constrained)
        kind = "a required property" if required else "an optional property"
        return self._change(f"{where}/{name}", ABSENT, kind, Effect.NONE, breaking=breaking)

    def _additional(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        before, after = (each.get("additionalProperties", True) for each in (old, new))
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self.compare(before, after, f"{where}/*")
        elif before != after:
            order = [False, None, True]
            ranks = [
                order.index(None if isinstance(each, Mapping) else each) for each in (before, after)
            ]
            effect = Effect.WIDENS if ranks[1] > ranks[0] else Effect.NARROWS
            # Clients ignore what they do not know, so more in a response breaks nobody.
            breaking = self._side is Side.REQUEST and effect is Effect.NARROWS
            yield self._change(
                f"{where} additionalProperties", before, after, effect, breaking=breaking
            )

    def _array(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        before, after = old.get("items"), new.get("items")
        if before is not None and after is not None:
            yield from self.compare(before, after, f"{where}[]")
        elif before != after:
            effect = Effect.NARROWS if before is None else Effect.WIDENS
            yield self._change(f"{where}[]", before or "anything", after or "anything", effect)

    def _combined(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        for key in ("oneOf", "anyOf", "allOf"):
            before, after = _branches(old, new, key)
            if not before and not after:
                continue
            # More to choose from is wider, more to keep to is narrower; the first choice restricts.
            grows = Effect.NARROWS if key == "allOf" or not before else Effect.WIDENS
            shrinks = Effect.WIDENS if key == "allOf" or not after else Effect.NARROWS
            goes, comes = None, None
            if self._side is Side.RESPONSE and before and after and _is_union(old, key):
                # A type that goes was something to read, like a property.
                goes, comes = True, not _is_open_ended(old)
            for name in sorted(before.keys() - after.keys()):
                yield self._change(f"{where} {key}", name, ABSENT, shrinks, breaking=goes)
            for name in sorted(after.keys() - before.keys()):
                yield self._change(f"{where} {key}", ABSENT, name, grows, breaking=comes)
            for name in sorted(before.keys() & after.keys()):
                yield from self.compare(before[name], after[name], f"{where} {key} {name}")
        if old.get("not") != new.get("not"):
            values = old.get("not") or ABSENT, new.get("not") or ABSENT
            effect = _ordered(old.get("not"), new.get("not"), False)
            yield self._change(f"{where} not", *values, effect)
        before, after = old.get("discriminator", {}), new.get("discriminator", {})
        if before.get("propertyName") != after.get("propertyName"):
            values = _or(before.get("propertyName")), _or(after.get("propertyName"))
            yield self._change(f"{where} discriminator", *values, Effect.DIFFERS)


def _branches(old: Schema, new: Schema, key: str) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The branches of a combination: those of two unions by their types, else by their names."""
    by_type = _is_union(old, key) and _is_union(new, key)
    before, after = (_named(each.get(key, ()), each if by_type else {}) for each in (old, new))
    return before, after


def _named(branches: Any, union: Schema) -> dict[str, Schema]:
    """Branches by what the mapping of a union calls them, by what they refer to, or by place."""
    types = {ref: name for name, ref in _mapping(union).items()}
    return {
        types.get(each.get("$ref"), _last(each["$ref"])) if "$ref" in each else str(index): each
        for index, each in enumerate(branches)
    }


def _last(ref: str) -> str:
    return ref.rpartition("/")[2]


def _mapping(schema: Schema) -> Mapping[str, str]:
    mapping: Mapping[str, str] = schema.get("discriminator", {}).get("mapping", {})
    return mapping


def _is_union(schema: Schema, key: str) -> bool:
    """Whether a value says which branch it is of."""
    return key != "allOf" and key in schema and "propertyName" in schema.get("discriminator", {})


def _is_open_ended(schema: Schema) -> bool:
    return OPEN_ENDED in " ".join(str(schema.get("description")).split())


def _ordered(old: Any, new: Any, wider: bool) -> Effect:
    """The effect of a keyword that, where it stands, can only be there to restrict."""
    if old is None:
        return Effect.NARROWS
    if new is None or wider:
        return Effect.WIDENS
    return Effect.DIFFERS


def _sign(old: Any, new: Any, sign: int) -> Effect:
    """The effect of another bound: a lower one (``sign`` 1) that is raised narrows."""
    if old is None:
        return Effect.NARROWS
    if new is None:
        return Effect.WIDENS
    return Effect.NARROWS if (new - old) * sign > 0 else Effect.WIDENS


def _is_wider(key: str, old: Any, new: Any) -> bool:
    if key == "multipleOf" and old and new:
        return bool(old % new == 0)
    return key == "format" and (old, new) in _WIDER_FORMATS


def _or(value: Any) -> Any:
    return ABSENT if value is None else value
