"""Valid requests for any operation, from nothing but the contract.

Bodies and parameters come from examples. What a path names is created first: the contract's links
say which operation makes it and where its id stands in the answer. A link to an operation leads to
the others of its path too, and an id is an id wherever a parameter has its name and its type.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gate.operations import answer_schema, body_entry, creates, puts
from gate.values import Values
from gate.wire import ABSENT, Exchange, Request, Wire
from palaver.contract.document import Operation, Parameter, pointer_of


@dataclass(frozen=True, slots=True)
class Link:
    """A documented way from one operation's answer to another operation's parameters."""

    name: str
    source: Operation
    status: int
    target: Operation
    parameters: Mapping[str, str]

    @property
    def raw(self) -> Mapping[str, Any]:
        """The link as the contract has it."""
        found: Mapping[str, Any] = self.source.responses[str(self.status)]["links"][self.name]
        return found

    @property
    def makes(self) -> bool:
        """Whether the source made what the target is of: a create, or an id in its answer."""
        taken = any(each.startswith("$response") for each in self.parameters.values())
        if puts(self.source):
            return all(each.startswith("$request.path") for each in self.parameters.values())
        return self.status == 201 or (taken and self.source.method == "post")

    def resolve(self, exchange: Exchange) -> dict[str, Any]:
        """The target's path parameters (query ones too) for an answer of the source."""
        return {name: _evaluate(text, exchange) for name, text in self.parameters.items()}


PATIENCE = 60.0
"""How long what a 202 has begun may take, with all that others have begun before."""

NO_BOOKS = "no_ready_books"


class Unaddressable(Exception):
    """No link says where a path parameter's value comes from, and no example does either."""


class Addressing:
    """Makes requests for the operations of one contract."""

    def __init__(self, wire: Wire, values: Values) -> None:
        self.wire = wire
        self.values = values
        self.document = wire.target.document
        self.by_id = {each.operation_id: each for each in self.document.operations}
        self.links = [
            link for each in self.document.operations for link in _links(each, self.by_id)
        ]
        # What no link leads to: who finds the path's values, by operationId.
        self.finders: dict[str, Callable[[], Mapping[str, Any]]] = {}
        self._patience = PATIENCE
        self._is_stocked = False

    def links_from(self, operation: Operation, method: str | None = None) -> list[Link]:
        """The links of an operation's successes, to operations of one method if it is given."""
        return [
            link
            for link in self.links
            if link.source is operation and method in (None, link.target.method)
        ]

    def producers(self, operation: Operation) -> list[Link]:
        """The links by which what an operation's path names is made.

        They lead there from a create (201) or from whatever else gives a new id; where none does,
        those that lead to another operation of the same path, or to a parameter of the same name
        and type. Each is a link to the operation itself.
        """
        wanted = _path_of(operation)
        makers = [link for link in self.links if link.makes and set(wanted) <= set(link.parameters)]
        direct = [link for link in makers if link.target is operation]
        beside = [link for link in makers if link.target.path == operation.path]
        alike = [link for link in makers if _path_of(link.target) == wanted]
        found = direct or beside or alike
        # Of one source, all links say the same.
        once = {link.source.operation_id: link for link in reversed(found)}
        return [replace(each, target=operation) for each in reversed(once.values())]

    def named(self, operation: Operation) -> dict[str, Link]:
        """The fields of a body that name something that exists, and a link that makes each.

        A link that takes a parameter from the request's body says so.
        """
        found: dict[str, Link] = {}
        for link in self.links_from(operation):
            for name, expression in link.parameters.items():
                field = expression.removeprefix("$request.body#/")
                if field == expression or "/" in field or field in found:
                    continue
                makers = self.makers_of(link.target, name)
                if makers:
                    found[field] = makers[0]
        return found

    def makers_of(self, operation: Operation, name: str) -> list[Link]:
        """The links from creates to operations whose path is a parameter of this name and type."""
        wanted = {key: value for key, value in _path_of(operation).items() if key == name}
        found = {
            link.source.operation_id: link
            for link in reversed(self.links)
            if link.status == 201 and _path_of(link.target) == wanted and name in link.parameters
        }
        return list(reversed(found.values()))

    def example(self, operation: Operation, *, token: str | None = None) -> Request:
        """The contract's own example of a request, path included, with every part filled in."""
        parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for parameter in operation.parameters:
            if parameter.required or "example" in parameter.raw:
                parts[parameter.location][parameter.name] = self._example_value(parameter)
        # An optional header asks for something else: 304, what came before, what comes later.
        needed = {p.name for p in operation.parameters if p.location == "header" and p.required}
        parts["header"] = {k: v for k, v in parts["header"].items() if k in needed}
        return Request(
            operation,
            path=parts["path"],
            query=parts["query"],
            headers=parts["header"],
            body=self.example_body(operation),
            token=self._token(operation, token),
        )

    def fresh(self, operation: Operation, *, longest: bool = False) -> Request:
        """A request whose optional parts are all there and whose values were never used before.

        Path parameters keep their examples, unless the operation makes what they name.
        """
        example = self.example(operation)
        path = {
            p.name: self.values.fresh(p.raw["schema"])
            for p in operation.parameters
            if p.location == "path" and puts(operation)
        }
        query = {
            p.name: self.values.fresh(p.raw["schema"], longest=longest)
            for p in operation.parameters
            if p.location == "query"
        }
        body = example.body
        if body is not ABSENT:
            body = self.values.fresh(self.body_schema(operation), longest=longest)
        return example.but(path={**example.path, **path}, query=query, body=body)

    def minimal(self, request: Request) -> Request:
        """A request without everything that may be left out."""
        operation = request.operation
        required = {p.name for p in operation.parameters if p.location == "query" and p.required}
        query = {name: value for name, value in request.query.items() if name in required}
        body = request.body
        if isinstance(body, dict):
            schema, _ = self.document.deref(self.body_schema(operation), ())
            wanted = schema.get("required", [])
            body = {name: value for name, value in body.items() if name in wanted}
            if not wanted and not (operation.request_body or {}).get("required", False):
                body = ABSENT
        return request.but(query=query, body=body)

    def existing(
        self,
        operation: Operation,
        *,
        producer: Link | None = None,
        bare: bool = False,
        token: str | None = None,
    ) -> Request:
        """A request that names something that exists: it was created just now, by the owner, or
        by whom ``token`` is of.

        With ``bare`` it was created with nothing but what is required.
        """
        request = self.example(operation, token=token)
        if puts(operation):
            request = request.but(path=self.fresh(operation).path)
            self.wire.send(request)
            return request
        self.stock(operation)
        if operation.operation_id in self.finders:
            return request.but(path=self.finders[operation.operation_id]())
        for field, link in self.named(operation).items():
            made = self._made(producer or link, bare=bare, token=token)
            value = next(iter((producer or link).resolve(made).values()))
            request = request.but(body={**request.body, field: value})
        if not request.path:
            return request
        producers = [producer] if producer else self.producers(operation)
        if not producers:
            return request
        return self.follow(producers[0], self._made(producers[0], bare=bare, token=token), request)

    def _made(self, link: Link, *, bare: bool, token: str | None) -> Exchange:
        """What a link's source makes just now."""
        # Examples agree with one another: a message's example agent is in the example's team.
        first = self.existing(link.source, bare=bare, token=token)
        made = self.wire.send(self.minimal(first) if bare else first)
        if made.status == 409:
            other = self.fresh(link.source).but(token=first.token)
            made = self.wire.send(self.minimal(other) if bare else other)
        if made.status != link.status:
            raise Unaddressable(f"{link.source.operation_id} answered {made.status}: {made.curl}")
        if made.status == 202:
            self.settled(made)
        return made

    def beside(self, operation: Operation, request: Request) -> Request:
        """The request with what was made just now in the same place, such as one more of a deck."""
        link = self.producers(operation)[0]
        source = self.example(link.source)
        path = {name: request.path[name] for name in source.path}
        return self.follow(link, self.wire.send(source.but(path=path)), request)

    def settled(self, made: Exchange) -> Exchange | None:
        """What a 202 has begun, as it is read when it is done; ``None`` where nothing reads it.

        Raises ``Unaddressable`` where it does not end.
        """
        for link in self.links_from(made.request.operation, "get"):
            name, begun = self._moving(link)
            request = self.follow(link, made)
            deadline = time.monotonic() + self._patience
            pause = 0.02
            while name:
                read = self.wire.send(request)
                if not isinstance(read.json, dict) or read.json.get(name) != begun:
                    return read
                if time.monotonic() > deadline:
                    # Nor will the next one.
                    self._patience = 0.0
                    raise Unaddressable(f"{name} stays {begun}: {read.curl}")
                time.sleep(pause)
                pause = min(2 * pause, 0.25)
        return None

    def _moving(self, link: Link) -> tuple[str, Any]:
        """The property that says that something is still being done, and what it says then.

        The examples of a 202 and of what reads it show it.
        """
        begun = _example(link.source, link.status)
        done = _example(link.target, link.target.success_statuses[0])
        properties = answer_schema(self.document, link.target).get("properties", {})
        for name, child in properties.items():
            closed = "enum" in self.document.deref(child, ())[0]
            if closed and name in begun and begun[name] != done.get(name):
                return name, begun[name]
        return "", None

    def unsettled(self, link: Link) -> set[str]:
        """The properties that what a 202 has begun goes on to change."""
        if link.status != 202:
            return set()
        begun = _example(link.source, link.status)
        done = _example(link.target, link.target.success_statuses[0])
        return {name for name in begun if begun[name] != done.get(name)}

    def stock(self, operation: Operation) -> None:
        """Have a book ready, once, where an operation works only with one."""
        wanted = NO_BOOKS in operation.responses.get("503", {}).get("x-errors", {})
        if self._is_stocked or not wanted:
            return
        self._is_stocked = True
        for link in self.links:
            if link.status == 202 and creates(link.source) and link.target.method == "get":
                self._made(link, bare=False, token=None)

    def follow(self, link: Link, answer: Exchange, request: Request | None = None) -> Request:
        """A request along a link; what the link does not say comes from the example."""
        request = request or self.example(link.target)
        found = link.resolve(answer)
        places = {p.name: p.location for p in link.target.parameters}
        path = {**request.path, **{k: v for k, v in found.items() if places.get(k) == "path"}}
        query = {**request.query, **{k: v for k, v in found.items() if places.get(k) == "query"}}
        return request.but(path=path, query=query)

    def body_schema(self, operation: Operation) -> Mapping[str, Any]:
        """The schema of an operation's body."""
        schema: Mapping[str, Any] = body_entry(operation)["schema"]
        return schema

    def example_body(self, operation: Operation) -> Any:
        """The example of an operation's body; ``ABSENT`` where it takes none."""
        content = body_entry(operation)
        if "example" in content:
            return content["example"]
        examples = content.get("examples", {})
        return next((each["value"] for each in examples.values()), ABSENT)

    def _example_value(self, parameter: Parameter) -> Any:
        if "example" in parameter.raw:
            return parameter.raw["example"]
        return self.values.fresh(parameter.raw["schema"])

    def _token(self, operation: Operation, token: str | None) -> str | None:
        return next(iter(self.wire.target.credentials(operation, token)), None)


def _example(operation: Operation, status: int) -> Mapping[str, Any]:
    """The example of an answer, where it is an object."""
    content = operation.responses[str(status)].get("content", {}).get("application/json", {})
    found = content.get("example")
    return found if isinstance(found, Mapping) else {}


def _path_of(operation: Operation) -> dict[str, str]:
    """The path parameters of an operation, each with what its schema says."""
    return {p.name: str(p.raw.get("schema")) for p in operation.parameters if p.location == "path"}


def _links(operation: Operation, by_id: Mapping[str, Operation]) -> list[Link]:
    return [
        Link(name, operation, int(status), by_id[link["operationId"]], link.get("parameters", {}))
        for status, response in operation.responses.items()
        for name, link in response.get("links", {}).items()
        if link.get("operationId") in by_id
    ]


def _evaluate(expression: str, exchange: Exchange) -> Any:
    """The value of a runtime expression (OpenAPI 3.0.3, "Runtime Expressions")."""
    kind, _, rest = expression.removeprefix("$").partition(".")
    place, _, name = rest.partition(".")
    if kind == "request" and place in ("path", "query"):
        return getattr(exchange.request, place)[name]
    if place == "header":
        return exchange.headers[name.lower()]
    where = rest.removeprefix("body")
    value = exchange.json if kind == "response" else exchange.request.body
    for key in pointer_of(where) or ():
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value
