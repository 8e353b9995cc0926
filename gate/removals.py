"""Deletes delete, and links that say which status they lead to lead to it."""

from __future__ import annotations

from typing import Any

from gate.addressing import Addressing, Link, Unaddressable
from gate.findings import Findings
from gate.lists import at
from gate.operations import creates
from gate.wire import ABSENT, Exchange, Request
from palaver.contract.document import Operation


class Removals:
    """Checks what is gone after a request; ``read`` collects the fields that were seen to count."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self.read: set[tuple[str, str, str]] = set()

    def run(self, operation: Operation) -> None:
        """Every promise of a delete and of ``x-expect``; reads are passed over."""
        if operation.method == "get":
            return
        try:
            if operation.method == "delete":
                self._check_delete(operation)
            self._check_expected_links(operation)
        except Unaddressable as error:
            self._findings.add(operation.operation_id, "addressing", str(error))

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
            expected = link.raw.get("x-expect")
            if expected is None:
                continue
            if not any(each.startswith("$request.body") for each in link.parameters.values()):
                self._check_expected(link, int(expected))
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

    def _check_expected(self, link: Link, expected: int) -> None:
        """A link from an answer, or from a path, to something that is not there any more."""
        request = self._addressing.existing(link.source)
        if creates(link.source):
            request = self._addressing.fresh(link.source)
        after = self._wire.send(self._addressing.follow(link, self._wire.send(request)))
        self._expect(after.status == expected, after, "expected-link", f"{after.status} after it")

    @staticmethod
    def _stand_in(request: Request) -> Exchange:
        """An exchange that only serves to resolve ``$request`` expressions."""
        return Exchange(request, 200, {}, b"", ABSENT)

    def _expect(self, promise: bool, exchange: Exchange, rule: str, message: str) -> bool:
        return self._findings.expect(promise, exchange, rule, message)


def _placed(link: Link, body: Any, existing: Request) -> Any:
    """The example body with an existing id where the link's expression looks for it."""
    expression = next(iter(link.parameters.values()))
    name = expression.rpartition("#/")[2].partition("/")[0]
    return {**body, name: list(existing.path.values())}
