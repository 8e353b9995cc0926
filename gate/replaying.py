"""``Idempotency-Key``: a repeated request has the first outcome, and one effect.

Every operation that has the header is asked twice with the same key, at once, with another request,
by another user and after a failure. What it changed shows in the lists that its links lead to.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.answers import EVENT_STREAM, media_type
from gate.counting import added
from gate.filling import default_of
from gate.findings import Findings
from gate.lists import at
from gate.operations import creates, list_of, next_of, schemes_of, takes_names
from gate.reach import REPLAYED
from gate.sse import parse_stream
from gate.values import leaves
from gate.wire import ABSENT, Exchange, Request
from palaver.contract.document import Operation

OWN_HEADERS = frozenset({"X-Request-Id"})
"""Headers that are of one request alone."""


class Replaying:
    """Repeats the requests of one contract; ``read`` collects the operations whose key counts."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self.read: set[tuple[str, str, str]] = set()
        self._shown: dict[tuple[str, str, bool], bool] = {}

    def run(self, operation: Operation) -> None:
        """Every promise of a key; operations that take none are passed over."""
        if not any(p.name == REPLAYED and p.location == "header" for p in operation.parameters):
            return
        try:
            self._check_replay(operation)
            self._check_minimal(operation)
            self._check_at_once(operation)
            self._check_others(operation)
            self._check_users(operation)
            self._check_failures(operation)
        except Unaddressable:
            # The probes say so.
            return

    def _unused(self, operation: Operation, token: str | None = None) -> Request:
        """A request that was never made; what it names exists."""
        existing = self._addressing.existing(operation, token=token)
        fresh = self._addressing.fresh(operation)
        if creates(operation):
            return fresh.but(path=existing.path, token=existing.token)
        body = existing.body
        if isinstance(body, dict):
            # Ids and agents have to be those that there are; a text can be new.
            texts = self._texts(operation)
            body = {k: fresh.body[k] if k in texts else v for k, v in body.items()}
        return existing.but(query=fresh.query, body=body)

    def _texts(self, operation: Operation) -> list[str]:
        """The fields of a body that are free text, and no ids."""
        if operation.request_body is None:
            return []
        document = self._addressing.document
        schema, _ = document.deref(self._addressing.body_schema(operation), ())
        children = {n: document.deref(c, ())[0] for n, c in schema.get("properties", {}).items()}
        named = self._addressing.named(operation)
        return [
            name
            for name, child in children.items()
            if child.get("type") == "string"
            and "enum" not in child
            and not name.endswith("_id")
            and name not in named
        ]

    def _check_replay(self, operation: Operation) -> None:
        """Of two keys in turn each has its own outcome, as often as it is used.

        They are as long as they may be, and only their last characters tell them apart.
        """
        start = f"gate-{uuid.uuid4()}".ljust(_longest_key(operation) - 1, "x")
        first = _keyed(self._unused(operation), f"{start}1")
        second = _keyed(self._unused(operation), f"{start}2")
        before = self._count(first)
        outcome, other = self._wire.send(first), self._wire.send(second)
        for answer in (outcome, other):
            if not self._expect(self._succeeded(answer), answer, f"{answer.status} with a key"):
                return
        replays = [self._wire.send(first), self._wire.send(first)]
        same = all(self._is_same(outcome, each) for each in replays)
        self._expect(same, outcome, "a replay has another outcome")
        again = self._is_same(other, self._wire.send(second))
        self._expect(again, other, "a replay has the outcome of another key")
        counted = self._check_effect(first, outcome, before)
        if same and counted:
            self.read.add((operation.operation_id, "header", REPLAYED))

    def _check_minimal(self, operation: Operation) -> None:
        """What a create is not told, such as an id, is the same when it is replayed."""
        if not creates(operation):
            return
        request = _keyed(self._addressing.minimal(self._unused(operation)))
        before = self._count(request)
        outcome = self._wire.send(request)
        same = self._succeeded(outcome) and self._is_same(outcome, self._wire.send(request))
        self._expect(same, outcome, "a replay of a request with little in it has another outcome")
        self._check_effect(request, outcome, before)

    def _check_at_once(self, operation: Operation) -> None:
        """Of two requests at once the second waits for the first, and has its outcome."""
        request = _keyed(self._unused(operation))
        before = self._count(request)
        with ThreadPoolExecutor(2) as pool:
            one, two = pool.map(self._wire.send, (request, request))
        right = self._succeeded(one) and self._is_same(one, two)
        self._expect(right, one, f"two at once are answered by {one.status} and {two.status}")
        self._check_effect(request, one, before)

    def _check_others(self, operation: Operation) -> None:
        """The same key with any part of the request changed is refused and changes nothing."""
        request = _keyed(self._unused(operation))
        outcome = self._wire.send(request)
        before, seen = self._count(request), self._seen(request)
        for name, other in self._variations(request):
            answer = self._wire.send(other)
            message = f"a used key with another {name} is answered by {answer.status}"
            self._expect(answer.status == 422, answer, message)
        again = self._wire.send(request)
        self._expect(self._is_same(outcome, again), again, "a refused request changed the outcome")
        unchanged = self._count(request) == before and self._seen(request) == seen
        self._expect(unchanged, again, "a refused request has an effect")

    def _variations(self, request: Request) -> Iterator[tuple[str, Request]]:
        operation = request.operation
        fresh = self._addressing.fresh(operation)
        for name, value in request.query.items():
            schema = next(p.schema for p in operation.parameters if p.name == name)
            others = [each for each in schema.get("enum", []) if each != value]
            yield name, request.with_query(**{name: [*others, fresh.query[name]][0]})
        if request.path:
            yield "path", request.but(path=self._addressing.existing(operation).path)
        if isinstance(request.body, dict):
            known = self._addressing.existing(operation).body
            named = self._addressing.named(operation)
            for name in request.body:
                value = known[name] if name in named else fresh.body[name]
                if name.endswith("_id") and name not in named and not creates(operation):
                    value = None
                value = self._choice(operation, name, request.body[name], value)
                yield name, request.but(body={**request.body, name: value})
        elif request.body is not ABSENT:
            yield "body", request.but(body=fresh.body)

    def _choice(self, operation: Operation, name: str, used: Any, other: Any) -> Any:
        """Another value than the one that was used; of a closed list, another of the list."""
        document = self._addressing.document
        schema, _ = document.deref(self._addressing.body_schema(operation), ())
        child, _ = document.deref(schema["properties"][name], ())
        return next((v for v in child.get("enum", []) if v != used), other)

    def _check_users(self, operation: Operation) -> None:
        """Another user's same key has nothing to do with it."""
        target = self._wire.target
        others = [target.other] if "basic" not in schemes_of(target.document, operation) else []
        others += target.credentials(operation)[1:]
        if not others:
            # Whoever knows a shared credential is the same user.
            return
        mine = _keyed(self._unused(operation))
        theirs = self._unused(operation, token=others[0])
        if creates(operation) and not takes_names(operation):
            # The same request, so that nothing but the user tells them apart.
            theirs = theirs.but(query=mine.query, body=mine.body)
        theirs = theirs.but(headers=mine.headers)
        first = self._wire.send(mine)
        before = self._count(theirs)
        second = self._wire.send(theirs)
        free = self._succeeded(second) and not self._is_copy(first, second)
        self._expect(free, second, f"another user's key: {second.status}, or the same outcome")
        if self._succeeded(second):
            self._check_effect(theirs, second, before)
        self._expect(
            self._is_same(first, self._wire.send(mine)), first, "another user took the key over"
        )

    def _check_failures(self, operation: Operation) -> None:
        """A request that failed uses no key up."""
        request = _keyed(self._unused(operation))
        wrong = [request.with_query(**{"not-a-parameter": "1"}).but(well_formed=False)]
        if takes_names(operation):
            wrong.append(
                self._wire.send(self._unused(operation)).request.but(headers=request.headers)
            )
        if request.path and "404" in operation.responses:
            path = {
                p.name: self._addressing.values.unlikely(p.raw["schema"])
                for p in operation.parameters
                if p.location == "path"
            }
            wrong.append(request.but(path=path))
        for field in self._addressing.named(operation):
            unknown = self._addressing.fresh(operation).body[field]
            wrong.append(request.but(body={**request.body, field: unknown}))
        wrong.append(request.but(token="not.a.token"))  # noqa: S106 - that is the point
        for each in wrong:
            failed = self._wire.send(each)
            message = f"{failed.status} for a request that should fail"
            self._expect(failed.status >= 400, failed, message)
        before = self._count(request)
        answer = self._wire.send(request)
        message = f"{answer.status} with the key of a request that failed"
        if self._expect(self._succeeded(answer), answer, message):
            self._check_effect(request, answer, before)

    def _check_effect(self, request: Request, outcome: Exchange, before: dict[str, int]) -> bool:
        """Every list has what the request adds once."""
        once = added(self._addressing.document, outcome)
        right = True
        for name, count in self._count(request).items():
            wanted = before[name] + once
            message = f"{count - before[name]} items of {name} instead of {once}"
            right = self._expect(count == wanted, outcome, message) and right
        return right

    def _count(self, request: Request) -> dict[str, int]:
        """How many items there are in each list that shows what the request adds."""
        operation = request.operation
        links = self._addressing.links_from(operation, "get")
        if not creates(operation):
            stand_in = Exchange(request, 200, {}, b"", ABSENT)
            document = self._addressing.document
            lists = [link for link in links if list_of(document, link.target) is not None]
            return {
                link.target.operation_id: len(
                    self._items(self._addressing.follow(link, stand_in).but(token=request.token))
                )
                for link in lists
            }
        names = {name for link in links for name in link.parameters}
        texts = _new_texts(request)
        counts = {}
        for each in self._addressing.document.operations:
            key = each.raw.get("x-list", {}).get("key")
            in_path = any(p.location == "path" for p in each.parameters)
            if each.method == "get" and key in names and not in_path and texts:
                found = self._items(Request(each, token=request.token))
                counts[each.operation_id] = sum(_has_any(item, texts) for item in found)
        # Lists that show none of it, such as those of another kind, count for nothing.
        return {name: count for name, count in counts.items() if self._shows(name, request)}

    def _seen(self, request: Request) -> dict[str, Any]:
        """All that can be read under the path of a request, such as what there is of a session."""
        found = {}
        for each in self._addressing.document.operations:
            names = {p.name for p in each.parameters if p.location == "path"}
            if each.method == "get" and names and names == set(request.path):
                reading = self._addressing.example(each)
                answer = self._wire.send(reading.but(path=request.path, token=request.token))
                # Errors are of one request alone.
                found[each.operation_id] = _said(answer) if self._succeeded(answer) else None
        return found

    def _shows(self, list_name: str, request: Request) -> bool:
        """Whether a list shows what such a create makes; one that is tried says so."""
        operation = request.operation
        bare = self._addressing.minimal(request) == request
        key = (list_name, operation.operation_id, bare)
        if key not in self._shown:
            tried = self._addressing.fresh(operation)
            tried = self._addressing.minimal(tried) if bare else tried
            self._wire.send(tried)
            listed = Request(self._addressing.by_id[list_name], token=tried.token)
            texts = _new_texts(tried)
            self._shown[key] = any(_has_any(item, texts) for item in self._items(listed))
        return self._shown[key]

    def _items(self, request: Request) -> list[Any]:
        largest = default_of(request.operation, "limit", "maximum")
        where = list_of(self._addressing.document, request.operation) or {"items": ""}
        order = where.get("order", [""])[0]
        # What is new is on the first page, or on the last one.
        newest_first = order.startswith("-") or default_of(request.operation, "sort_order") == -1
        cursor: Any = ABSENT
        items: list[Any] = []
        while True:
            limit = ABSENT if largest is None else largest
            answer = self._wire.send(request.but(query={}).with_query(limit=limit, cursor=cursor))
            items += at(answer.json, where["items"]) or []
            cursor = at(answer.json, next_of(request.operation)) if answer.status == 200 else None
            if cursor is None or newest_first:
                return items

    @staticmethod
    def _succeeded(answer: Exchange) -> bool:
        return answer.status in answer.request.operation.success_statuses

    def _is_same(self, one: Exchange, two: Exchange) -> bool:
        """Whether two answers are one outcome: in status, type, headers, and all they say."""
        documented = one.request.operation.responses.get(str(one.status), {}).get("headers", {})
        names = [name.lower() for name in documented if name not in OWN_HEADERS]
        return (
            one.status == two.status
            and media_type(one) == media_type(two)
            and all(one.headers.get(name) == two.headers.get(name) for name in names)
            and _said(one) == _said(two)
        )

    def _is_copy(self, one: Exchange, two: Exchange) -> bool:
        """Whether two outcomes are one although an id in them should tell them apart."""
        told = creates(one.request.operation) or EVENT_STREAM in media_type(one)
        return told and self._is_same(one, two)

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "idempotency", message)


def _keyed(request: Request, key: str = "") -> Request:
    return request.but(headers={**request.headers, REPLAYED: key or f"gate-{uuid.uuid4()}"})


def _longest_key(operation: Operation) -> int:
    key = next(p for p in operation.parameters if (p.location, p.name) == ("header", REPLAYED))
    return int(key.schema.get("maxLength", 255))


def _said(answer: Exchange) -> Any:
    if media_type(answer) == EVENT_STREAM:
        return [[e.id, e.name, e.data] for e in parse_stream(answer.content).events]
    return answer.json if answer.json is not ABSENT else answer.content.hex()


def _has_any(item: Any, texts: list[str]) -> bool:
    said = {leaf for _, leaf in leaves(item) if isinstance(leaf, str)}
    return not said.isdisjoint(texts)


def _new_texts(request: Request) -> list[str]:
    """The texts of a request that nothing else has."""
    given = [leaf for each in (*request.query.values(), request.body) for _, leaf in leaves(each)]
    return [leaf for leaf in given if isinstance(leaf, str) and leaf[:1] == "v" and "x" in leaf]
