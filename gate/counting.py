"""One write adds one item: not none, and not two."""

from __future__ import annotations

from typing import Any

from gate.addressing import Addressing, Link, Unaddressable
from gate.answers import ended_messages, stream_rules
from gate.findings import Findings
from gate.lists import at
from gate.operations import creates, list_of
from gate.values import holds, leaves
from gate.wire import ABSENT, Exchange, Request
from palaver.contract.document import Document, Operation


class Counting:
    """Counts what the creates and appends of one contract add."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings

    def run(self, operation: Operation) -> None:
        """Count before and after a create or an append; others are passed over."""
        if operation.method != "post":
            return
        readers = self._addressing.links_from(operation, "get")
        try:
            if creates(operation):
                self._check_create(operation, readers)
            else:
                self._check_append(operation, readers)
        except Unaddressable:
            # The probes say so.
            return

    def _check_create(self, operation: Operation, readers: list[Link]) -> None:
        """What is in a create alone is once in each list of its kind."""
        request = self._addressing.fresh(operation)
        answer = self._wire.send(request)
        names = {name for link in readers for name in link.parameters}
        for each in self._addressing.document.operations:
            key = each.raw.get("x-list", {}).get("key")
            in_path = any(p.location == "path" for p in each.parameters)
            if each.method != "get" or key not in names or in_path:
                continue
            items = self._items(Request(each, token=request.token))
            for value in _texts(request):
                found = {str(item[key]) for item in items if holds(item, value)}
                message = f"one create made {len(found)} items of {each.operation_id}"
                self._findings.expect(len(found) <= 1, answer, "once", message)

    def _check_append(self, operation: Operation, readers: list[Link]) -> None:
        """An append makes each list that it leads to longer by one."""
        request = self._addressing.existing(operation)
        for link in readers:
            if list_of(self._addressing.document, link.target) is None:
                continue
            reading = self._addressing.follow(link, Exchange(request, 200, {}, b"", ABSENT))
            before = len(self._items(reading))
            answer = self._wire.send(request)
            after = len(self._items(reading))
            message = f"{before} items of {link.target.operation_id} became {after}"
            wanted = before + added(self._addressing.document, answer)
            self._findings.expect(after == wanted, answer, "once", message)

    def _items(self, request: Request) -> list[Any]:
        limits = [p for p in request.operation.parameters if p.name == "limit"]
        query = {p.name: p.schema["maximum"] for p in limits}
        answer = self._wire.send(request.but(query=query))
        where = list_of(self._addressing.document, request.operation) or {}
        return at(answer.json, where.get("items", "")) or []


def added(document: Document, answer: Exchange) -> int:
    """How many items an append adds: one, and one for each message of the answer to it.

    Messages are what events ended, or an answer that does not say what was asked.
    """
    rules = stream_rules(document, answer.request.operation)
    if rules is not None:
        return 1 + len(ended_messages(rules, answer))
    body = answer.request.body
    asked = (
        isinstance(body, dict) and isinstance(answer.json, dict) and set(body) <= set(answer.json)
    )
    return 2 if asked and not holds(answer.json, body) else 1


def _texts(request: Request) -> list[str]:
    """The texts of a request that nothing else has."""
    given = [leaf for each in (*request.query.values(), request.body) for _, leaf in leaves(each)]
    return [leaf for leaf in given if isinstance(leaf, str) and leaf[:1] == "v" and "x" in leaf]
