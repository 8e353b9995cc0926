"""What is written is read back equal, defaults are the documented ones, deletes delete.

A write is any operation whose success links to a read. Each of its fields is given values that no
other request had, and every value has to appear where the link leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gate.addressing import Addressing, Link, Unaddressable
from gate.answers import EVENT_STREAM
from gate.findings import Findings
from gate.lists import at, stands_at
from gate.values import holds, leaves
from gate.wire import ABSENT, Exchange, Request
from gate.wording import Wording
from palaver.contract.document import Operation

PLACE = "position"
"""The field that says where in a list something goes; one beyond the end means the end."""

Field = tuple[str, str]
"""Where a field stands (``query`` or ``body``) and its name."""


_DERIVED = frozenset({"updated_at", "version", "slide_deck"})
"""What follows from a change, whatever it names: a theme is seen in the style of all slides."""


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
            if operation.method == "delete":
                self._check_delete(operation)
            self._check_expected_links(operation)
            readers = self._readers(operation)
            if readers:
                self._check_write(operation, readers)
        except Unaddressable as error:
            self._findings.add(operation.operation_id, "addressing", str(error))

    def _readers(self, operation: Operation) -> list[Link]:
        return [
            link
            for link in self._addressing.links_from(operation, "get")
            if operation.method != "delete" and "x-expect" not in _raw(link)
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
                if "201" in operation.responses:
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
            if "201" not in operation.responses or "x-list" not in link.target.raw:
                self._wording.check_recent(read)
            body = read.json
            newest = _newest(link, body)
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
            elif name == PLACE:
                found = found or stands_at(body, answer, value)
            elif holds(newest, value):
                found = True
                if isinstance(value, list):
                    self._check_sequence(answer, newest, value)
            if answer.json is not ABSENT and _schema(link.source) == _schema(link.target):
                self._expect(
                    answer.json == body,
                    read,
                    "read-back",
                    "reading differs from the write's answer",
                )
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
            if name in given or name in _DERIVED:
                continue
            self._expect(
                after.json.get(name) == value, answer, "untouched", f"{name} changed with it"
            )
        if "updated_at" in before.json:
            self._expect(
                after.json["updated_at"] > before.json["updated_at"],
                answer,
                "updated-at",
                "updated_at did not rise",
            )

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
        if "201" not in operation.responses:
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

    def _check_delete(self, operation: Operation) -> None:
        """What was deleted is gone from every link, and its neighbour is not."""
        for producer in self._addressing.producers(operation):
            gone = self._addressing.existing(operation, producer=producer)
            kept = self._addressing.existing(operation, producer=producer)
            links = self._addressing.links_from(operation, "get")
            done = self._wire.send(gone)
            if not self._expect(
                done.status in operation.success_statuses, done, "delete", f"{done.status}"
            ):
                continue
            for link in links:
                after = self._wire.send(self._addressing.follow(link, done))
                self._expect(
                    after.status == 404, after, "delete-deletes", f"{after.status} after it"
                )
                neighbour = self._addressing.follow(link, self._stand_in(kept))
                still = self._wire.send(neighbour)
                self._expect(still.status == 200, still, "delete-deletes", "another one is gone")

    def _check_expected_links(self, operation: Operation) -> None:
        """A link that says which status it leads to leads to it; strangers change nothing."""
        for link in self._addressing.links_from(operation):
            expected = _raw(link).get("x-expect")
            if expected is None:
                continue
            owned = (self._wire.target.owner, int(expected))
            # More than once: what works now and then does not work.
            for token, wanted in ((self._wire.target.other, 200), owned, owned, owned):
                existing = self._addressing.existing(link.target)
                body = _placed(link, self._addressing.example(operation).body, existing)
                answer = self._wire.send(
                    self._addressing.example(operation).but(body=body, token=token)
                )
                after = self._wire.send(self._addressing.follow(link, answer))
                self._expect(
                    after.status == wanted, after, "expected-link", f"{after.status} after it"
                )
                listed = at(answer.json, operation.raw.get("x-list", {}).get("items", ""))
                done = list(existing.path.values()) if wanted != 200 else []
                self._expect(listed == done, answer, "expected-link", f"the answer lists {listed}")
                count = at(answer.json, operation.raw.get("x-list", {}).get("count", ""))
                self._expect(count == len(done), answer, "count", f"the answer counts {count}")
                if wanted != 200:
                    self.read |= {(operation.operation_id, "body", name) for name in body}

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
        if schema.get("type") == "boolean":
            return [True, False]
        samples = [values.fresh(schema)]
        if schema.get("type") == "integer":
            samples += [schema["minimum"], schema["maximum"]]
        if schema.get("type") == "string":
            samples.append(values.fresh(schema, longest=True))
            spaced = f"  {values.fresh({'type': 'string'})} É漢🙂 "
            if values.validator(schema).is_valid(spaced):
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


def _raw(link: Link) -> Mapping[str, Any]:
    raw: Mapping[str, Any] = link.source.responses[str(link.status)]["links"][link.name]
    return raw


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
    if link.source.method == "post" and "201" not in link.source.responses and not answers:
        return items[-1] if items else []
    return body


def _placed(link: Link, body: Any, existing: Request) -> Any:
    """The example body with an existing id where the link's expression looks for it."""
    expression = next(iter(link.parameters.values()))
    name = expression.rpartition("#/")[2].partition("/")[0]
    return {**body, name: list(existing.path.values())}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}… ({len(text)} characters)"
