"""What is written is read back equal, and defaults are the documented ones.

A write is any operation whose success links to a read. Each of its fields is given values that no
other request had, and every value has to appear where the link leads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gate.addressing import Addressing, Link, Unaddressable
from gate.answers import EVENT_STREAM
from gate.findings import Findings
from gate.forms import File, file_of
from gate.lists import at, stands_at
from gate.operations import body_entry, creates, is_file
from gate.pictures import same_pixels
from gate.values import holds, leaves
from gate.wire import ABSENT, Exchange, Request
from gate.wording import Wording
from palaver.contract.document import Operation

UPDATED = "updated_at"
VERSION = "version"
RENDERED = frozenset({"html", "css"})
"""Made from all that there is: a theme is seen in the style of every slide."""

PLACE = "position"
"""The field that says where in a list something goes; one beyond the end means the end."""

Field = tuple[str, str]
"""Where a field stands (``query`` or ``body``) and its name."""


class Writes:
    """Checks the writes of one contract; ``read`` collects the fields that were seen to matter."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._wording = Wording(addressing.document, findings)
        self.read: set[tuple[str, str, str]] = set()

    def run(self, operation: Operation) -> None:
        """Every promise of a write; reads are passed over."""
        if operation.method == "get":
            return
        try:
            readers = self._readers(operation)
            if readers:
                self._check_write(operation, readers)
        except Unaddressable as error:
            self._findings.add(operation.operation_id, "addressing", str(error))

    def _readers(self, operation: Operation) -> list[Link]:
        return [
            link
            for link in self._addressing.links_from(operation, "get")
            if operation.method != "delete" and "x-expect" not in link.raw
        ]

    def _check_write(self, operation: Operation, readers: list[Link]) -> None:
        fields = self._fields(operation)
        base = self._addressing.existing(operation)
        if not self._succeeds(base):
            return
        for (place, name), schema in fields.items():
            example = _get(base, place, name)
            # To a partial change null means null; to a create it may mean "not given".
            emptied = [None] if operation.method == "patch" and schema.get("nullable") else []
            known = [] if example is None else [example]
            for value in [*self._samples(schema), *known, *emptied]:
                request = _with(self._bare(base), place, name, value)
                if creates(operation):
                    request = self._unique(request, place, name)
                else:
                    request = request.but(path=self._addressing.existing(operation).path)
                kept = self._neighbour(operation, readers[0])
                before = self._read(readers[0], self._pretend(request))
                answer = self._wire.send(request)
                if answer.status not in operation.success_statuses:
                    # A value that names something else, such as an agent of the team, is not free.
                    free = answer.status == 409 or (answer.status == 404 and value != example)
                    self._expect(free, answer, "write", f"{name}={value!r}: {answer.status}")
                    continue
                self._check_read_back(answer, readers, place, name, value)
                self._check_untouched(before, answer, readers[0], operation)
                self._check_neighbour(kept, answer)
            self._check_default(operation, readers, base, place, name, schema)
        self._check_together(operation, readers)
        self._check_left_out(operation, readers, fields)

    def _check_read_back(
        self, answer: Exchange, readers: list[Link], place: str, name: str, value: Any
    ) -> None:
        """The value is where a link leads, under its own name wherever that name is used."""
        operation = answer.request.operation
        found = False
        for link in readers:
            read = self._wire.send(self._widest(self._addressing.follow(link, answer)))
            if not self._expect(
                read.status == 200,
                read,
                "read-back",
                f"{read.status} after {operation.operation_id}",
            ):
                continue
            if not creates(operation) or "x-list" not in link.target.raw:
                self._wording.check_recent(read)
            body = read.json
            newest = _newest(link, body)
            value = self._stored(operation, name, value)
            same = [leaf for path, leaf in leaves(newest) if path and path[-1] == name]
            if same and not isinstance(value, list):
                found = True
                if not any(type(leaf) is type(value) and leaf == value for leaf in same):
                    self._findings.add(
                        operation.operation_id,
                        "read-back",
                        f"{name} was written as {_short(value)} and is read as {_short(same[-1])}",
                        f"{answer.curl} ; {read.curl}",
                    )
            elif isinstance(value, File):
                found = found or same_pixels(value.content, read.content)
            elif name == PLACE:
                found = found or stands_at(body, answer, value)
            elif holds(newest, value):
                found = True
                if isinstance(value, list):
                    self._check_sequence(answer, newest, value)
                if isinstance(value, dict):
                    wholes = list(_under(newest, name))
                    whole = not wholes or value in wholes
                    self._expect(whole, answer, "read-back", f"{name} is read as {wholes[-1:]}")
            if answer.json is not ABSENT and _schema(link.source) == _schema(link.target):
                moving = self._addressing.unsettled(link)
                self._expect(
                    _without(answer.json, moving) == _without(body, moving),
                    read,
                    "read-back",
                    "reading differs from the write's answer",
                )
        if not found and creates(operation) and name in answer.json:
            # What no reader shows, the create itself may say.
            found = answer.json[name] == value
        self._expect(found, answer, "read-back", f"{name} is written and never read")
        if found:
            self.read.add((operation.operation_id, place, name))

    def _check_sequence(self, answer: Exchange, newest: Any, value: list[Any]) -> None:
        """The items of a list are read in the order in which they were written."""
        read = [leaf for _, leaf in leaves(newest)]
        places = [read.index(each) for _, each in leaves(value)]
        self._expect(places == sorted(places), answer, "read-back", "the items are in disorder")

    def _check_untouched(
        self, before: Exchange | None, answer: Exchange, link: Link, operation: Operation
    ) -> None:
        """A partial change leaves every property alone that it does not name."""
        if operation.method != "patch" or before is None or before.status != 200:
            return
        after = self._wire.send(self._addressing.follow(link, answer))
        given = set(answer.request.query)
        if isinstance(answer.request.body, dict):
            given |= set(answer.request.body)
        for name, value in before.json.items():
            if name in given or name == UPDATED:
                continue
            if name == VERSION:
                self._expect(after.json[name] == value + 1, answer, "version", "it rose not by one")
                continue
            same = _without(after.json.get(name), RENDERED) == _without(value, RENDERED)
            self._expect(same, answer, "untouched", f"{name} changed with it")
        if UPDATED in before.json:
            risen = after.json[UPDATED] > before.json[UPDATED]
            self._expect(risen, answer, "updated-at", "updated_at did not rise")

    def _check_together(self, operation: Operation, readers: list[Link]) -> None:
        """All fields at once are read back each under its own name."""
        request = self._addressing.existing(operation)
        fresh = self._addressing.fresh(operation)
        answer = self._wire.send(request.but(query=fresh.query, body=fresh.body))
        if answer.status not in operation.success_statuses or not isinstance(fresh.body, dict):
            # A field may name something else, such as an agent of the team.
            return
        for name, value in fresh.body.items():
            self._check_read_back(answer, readers, "body", name, value)

    def _check_left_out(
        self, operation: Operation, readers: list[Link], fields: Mapping[Field, Mapping[str, Any]]
    ) -> None:
        """What a create leaves out and may be null is null."""
        if not creates(operation):
            return
        answer = self._wire.send(self._addressing.minimal(self._addressing.fresh(operation)))
        if answer.status not in operation.success_statuses:
            return
        for link in readers:
            read = self._wire.send(self._widest(self._addressing.follow(link, answer)))
            if "x-list" in link.target.raw or not isinstance(read.json, dict):
                continue
            for (place, name), schema in fields.items():
                if place == "body" and schema.get("nullable") and name in read.json:
                    stored = read.json[name]
                    free = stored is None or not self._may_be_null(link.target, name)
                    message = f"{name} was left out and is read as {_short(stored)}"
                    self._expect(free, answer, "left-out", message)

    def _may_be_null(self, reader: Operation, name: str) -> bool:
        schema, _ = self._addressing.document.deref(_schema(reader) or {}, ())
        child, _ = self._addressing.document.deref(schema.get("properties", {}).get(name, {}), ())
        return bool(child.get("nullable"))

    def _bare(self, request: Request) -> Request:
        """A partial change names only what it changes."""
        partial = request.operation.method == "patch" and isinstance(request.body, dict)
        return request.but(body={}) if partial else request

    def _neighbour(self, operation: Operation, link: Link) -> Exchange | None:
        """Something of the same kind that a change must leave alone, as it is read before."""
        if operation.method not in ("put", "patch"):
            return None
        other = self._stand_in(self._addressing.existing(operation))
        return self._wire.send(self._addressing.follow(link, other))

    def _check_neighbour(self, kept: Exchange | None, answer: Exchange) -> None:
        if kept is not None:
            after = self._wire.send(kept.request)
            self._expect(after.json == kept.json, answer, "neighbour", "another one changed too")

    def _check_default(
        self,
        operation: Operation,
        readers: list[Link],
        base: Request,
        place: str,
        name: str,
        schema: Mapping[str, Any],
    ) -> None:
        """Left out, a field is read as its default."""
        if "default" not in schema:
            return
        request = _with(base, place, name, ABSENT)
        answer = self._wire.send(request)
        if answer.status in operation.success_statuses:
            self._check_read_back(answer, readers, place, name, schema["default"])

    def _stored(self, operation: Operation, name: str, value: Any) -> Any:
        """How a value is read that was written: of a file, its name and its size are."""
        document = self._addressing.document
        schema, _ = document.deref(_body_schema(operation), ())
        child, _ = document.deref(schema.get("properties", {}).get(name, {}), ())
        if not is_file(child) or not isinstance(value, str):
            return value
        file = file_of(value)
        if self._addressing.values.is_picture(child):
            return file
        return [file.name, len(file.content)]

    def _fields(self, operation: Operation) -> dict[Field, Mapping[str, Any]]:
        document = self._addressing.document
        fields: dict[Field, Mapping[str, Any]] = {
            ("query", p.name): p.schema for p in operation.parameters if p.location == "query"
        }
        if operation.request_body is not None:
            schema, _ = document.deref(self._addressing.body_schema(operation), ())
            if schema.get("type") == "object":
                for name, child in schema.get("properties", {}).items():
                    fields["body", name] = document.deref(child, ())[0]
            else:
                fields["body", ""] = schema
        return fields

    def _samples(self, schema: Mapping[str, Any]) -> list[Any]:
        values = self._addressing.values
        if "enum" in schema:
            return list(schema["enum"])
        if "oneOf" in schema:
            return [values.fresh(each) for each in values.members(schema)]
        if schema.get("type") == "boolean":
            return [True, False]
        samples = [values.fresh(schema)]
        if schema.get("type") == "integer":
            samples += [schema["minimum"], schema["maximum"]]
        if schema.get("type") == "string":
            samples.append(values.fresh(schema, longest=True))
            spaced = f"  {values.fresh({'type': 'string'})} É漢🙂 "
            if values.validator(schema).is_valid(spaced) and not values.is_picture(schema):
                samples.append(spaced)
        return samples

    def _unique(self, request: Request, place: str, name: str) -> Request:
        """A create that repeats nothing of an earlier one but what is being tried."""
        fresh = self._addressing.fresh(request.operation)
        body = request.body
        if isinstance(body, dict) and isinstance(fresh.body, dict):
            body = {**fresh.body, **({name: body[name]} if place == "body" else {})}
        return request.but(body=body)

    def _pretend(self, request: Request) -> Exchange | None:
        return self._stand_in(request) if request.operation.method == "patch" else None

    def _read(self, link: Link, stand_in: Exchange | None) -> Exchange | None:
        return self._wire.send(self._addressing.follow(link, stand_in)) if stand_in else None

    @staticmethod
    def _stand_in(request: Request) -> Exchange:
        """An exchange that only serves to resolve ``$request`` expressions."""
        return Exchange(request, 200, {}, b"", ABSENT)

    def _widest(self, request: Request) -> Request:
        """A read whose page is as long as it may be."""
        for parameter in request.operation.parameters:
            if parameter.name == "limit":
                return request.but(query={"limit": parameter.schema["maximum"]})
        return request.but(query={})

    def _succeeds(self, request: Request) -> bool:
        answer = self._wire.send(request)
        return self._expect(
            answer.status in (*request.operation.success_statuses, 409),
            answer,
            "write",
            f"the contract's example is answered by {answer.status}",
        )

    def _expect(self, promise: bool, exchange: Exchange, rule: str, message: str) -> bool:
        return self._findings.expect(promise, exchange, rule, message)


def _with(request: Request, place: str, name: str, value: Any) -> Request:
    if place == "query":
        return request.with_query(**{name: value})
    if not name:
        return request.but(body=value)
    body = {**request.body, name: value} if isinstance(request.body, dict) else {name: value}
    return request.but(body={k: v for k, v in body.items() if v is not ABSENT})


def _get(request: Request, place: str, name: str) -> Any:
    if place == "query":
        return request.query.get(name)
    return request.body.get(name) if isinstance(request.body, dict) else request.body


def _body_schema(operation: Operation) -> Mapping[str, Any]:
    found: Mapping[str, Any] = body_entry(operation).get("schema", {})
    return found


def _without(body: Any, names: Collection[str]) -> Any:
    """A value without some properties, wherever they are in it."""
    if isinstance(body, list):
        return [_without(each, names) for each in body]
    if not isinstance(body, dict):
        return body
    return {k: _without(v, names) for k, v in body.items() if k not in names}


def _under(body: Any, name: str) -> Iterator[Any]:
    """Every object that is a property of this name."""
    if isinstance(body, list):
        for each in body:
            yield from _under(each, name)
    if isinstance(body, dict):
        for key, each in body.items():
            if key == name and isinstance(each, dict):
                yield each
            yield from _under(each, name)


def _schema(operation: Operation) -> Any:
    status = operation.success_statuses[0]
    content = operation.responses[str(status)].get("content", {}).get("application/json", {})
    return content.get("schema")


def _newest(link: Link, body: Any) -> Any:
    """The item that was added last, where a link leads to a list; else the whole body."""
    where = link.target.raw.get("x-list")
    if where is None:
        return body
    items = at(body, where["items"])
    answers = any(EVENT_STREAM in r.get("content", {}) for r in link.source.responses.values())
    if link.source.method == "post" and not creates(link.source) and not answers:
        return items[-1] if items else []
    return body


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}… ({len(text)} characters)"
