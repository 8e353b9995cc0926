"""Fills a list before it is checked, with items that differ in whatever lists go by."""

from __future__ import annotations

from typing import Any

from gate.addressing import Addressing
from gate.operations import creates, puts
from gate.wire import ABSENT, Exchange, Request
from palaver.contract.document import Operation, Parameter

FEWEST = 5
MOST_FILLED = 105
"""Lists are filled this far: a server that caps a page in silence does so at 100."""

MOST_SLOW = 60
"""What takes its time to be made fills more than half of the longest page."""

PAGING = frozenset({"limit", "skip", "cursor", "sort_by", "sort_order"})


class Filling:
    """Fills the lists of one contract by what their links and parameters say."""

    def __init__(self, addressing: Addressing) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._filled: set[str] = set()
        self._recent: dict[str, Exchange] = {}

    def fill(self, operation: Operation) -> Request:
        """A request for a list that has more items than a page by default."""
        request = self._addressing.existing(operation).but(query={})
        appenders = [
            link.source
            for link in self._addressing.links
            if link.target is operation and link.status == 200 and link.source.method == "post"
        ]
        if appenders and request.path:
            for _ in range(MOST_FILLED):
                append = self._addressing.example(appenders[0]).but(path=request.path)
                self._wire.send(self._varied(append))
            return request
        for maker in self._makers(operation):
            if maker.operation_id not in self._filled:
                self._filled.add(maker.operation_id)
                begun: list[Exchange] = []
                most = MOST_SLOW if "202" in maker.responses else MOST_FILLED
                for number in range(most):
                    fresh = self._addressing.fresh(maker, longest=number == 1)
                    # One has nothing that can be left out.
                    wanted = self._addressing.minimal(fresh) if number == 2 else fresh
                    begun.append(self._wire.send(wanted))
                for made in begun:
                    if made.status == 202:
                        self._addressing.settled(made)
            if "201" not in maker.responses:
                continue
            # Of the example's agent or profile too, where the list is of one of them.
            page = (default_of(operation, "limit") or 0) + FEWEST
            for number in range(MOST_FILLED if request.path else page):
                made = self._wire.send(self._related(maker, operation))
                if number % 3 == 0 and number < 3 * FEWEST:
                    self._use(maker, made)
        return request

    def _makers(self, operation: Operation) -> list[Operation]:
        """The creates that make what a list holds, by the key of its items."""
        key = operation.raw["x-list"].get("key")
        return [
            each
            for each in self._addressing.document.operations
            if (creates(each) or puts(each))
            and any(
                expression.startswith("$request.path" if puts(each) else "$response")
                and name == key
                for link in self._addressing.links_from(each)
                for name, expression in link.parameters.items()
            )
        ]

    def _use(self, maker: Operation, made: Exchange) -> None:
        """Append to something older, so that activity and creation have different orders."""
        earlier = self._recent.get(maker.operation_id)
        if earlier is not None:
            for link in self._addressing.links_from(maker, "post"):
                if "x-expect" in link.raw:
                    continue
                self._wire.send(self._addressing.follow(link, earlier))
        if creates(maker) and made.status in maker.success_statuses:
            self._recent[maker.operation_id] = made

    def _related(self, maker: Operation, operation: Operation) -> Request:
        """A create with new values, but for what a list's parameters choose by."""
        names = {p.name for p in operation.parameters} - PAGING
        example, fresh = self._addressing.example(maker), self._addressing.fresh(maker)
        query = {**fresh.query, **{k: v for k, v in example.query.items() if k in names}}
        body = fresh.body
        if isinstance(body, dict):
            body = {**body, **{k: v for k, v in example.body.items() if k in names}}
        elif body is not ABSENT:
            body = example.body
        return fresh.but(query=query, body=body)

    def _varied(self, append: Request) -> Request:
        """An append whose texts differ from the one before."""
        body = append.body
        if isinstance(body, dict):
            schema, _ = self._addressing.document.deref(
                self._addressing.body_schema(append.operation), ()
            )
            for name, child in schema["properties"].items():
                found, _ = self._addressing.document.deref(child, ())
                if found.get("type") == "string" and "enum" not in found and name != "agent_id":
                    body = {**body, name: self._addressing.values.fresh(child)}
        return append.but(body=body)


def default_of(operation: Operation, name: str, key: str = "default") -> Any:
    """The documented default of a parameter, or another key of its schema, if it has one."""
    parameter: Parameter | None = next((p for p in operation.parameters if p.name == name), None)
    return parameter.schema.get(key) if parameter is not None else None
