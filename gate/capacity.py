"""What can hold only so much: it is filled until it is full, and says so as documented."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

from gate.addressing import Addressing, Unaddressable
from gate.answers import entry_of
from gate.findings import Findings
from gate.operations import takes_form
from gate.reach import REPLAYED
from gate.wire import Exchange, Request
from palaver.contract.document import Operation

MOST = 250
"""So many requests fill whatever a contract bounds by number, and most of what it does by size."""

AT_ONCE = 2
"""What takes a process of its own, such as an image, has one on each of two processors."""


class Capacity:
    """Fills what the operations of one contract add to."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings

    def run(self, operation: Operation) -> None:
        """Fill what an operation can find full; operations that never do are passed over."""
        codes = operation.responses.get("409", {}).get("x-errors", {})
        if not any(code.endswith("_full") or code.startswith("too_many_") for code in codes):
            return
        try:
            request = self._largest(self._addressing.existing(operation))
        except Unaddressable as error:
            self._findings.add(operation.operation_id, "addressing", str(error))
            return
        if "201" in operation.responses:
            self._fill(request, empty=True)
            return
        for producer in self._addressing.producers(operation):
            add = self._addressing.example(producer.source)
            path = {name: request.path[name] for name in add.path}
            self._fill(self._largest(add.but(path=path)))
            self._expect(self._wire.send(request), 409)

    def _fill(self, request: Request, *, empty: bool = False) -> None:
        """Add until there is no room; from ``empty``, as much fits as the refusal says."""
        added = self._once(request) if empty else 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in range(MOST // AT_ONCE):
                answers = list(pool.map(self._wire.send, [request] * AT_ONCE))
                added += sum(answer.status == 201 for answer in answers)
                full = [answer for answer in answers if answer.status == 409]
                if full:
                    most = _most(full[0])
                    if empty and most is not None:
                        self._hold(added == most, full[0], f"{added} fit where {most} should")
                    return
                right = [self._expect(answer, 201) for answer in answers]
                if not all(right):
                    return
        self._expect(answers[-1], 409)

    def _once(self, request: Request) -> int:
        """How many are there when one was added with a key, again with it, and refused for it.

        Nothing may list them, so that only what then fits tells whether they were one.
        """
        operation = request.operation
        if not any(p.name == REPLAYED and p.location == "header" for p in operation.parameters):
            return 0
        keyed = request.but(headers={**request.headers, REPLAYED: f"gate-{uuid.uuid4()}"})
        other = keyed.but(body=self._addressing.fresh(operation).body)
        answers = [self._wire.send(each) for each in (keyed, keyed, other)]
        return int(answers[0].status == 201)

    def _largest(self, request: Request) -> Request:
        operation = request.operation
        if takes_form(operation):
            return request
        schema = self._addressing.body_schema(operation)
        return request.but(body=self._addressing.values.fresh(schema, longest=True))

    def _expect(self, answer: Exchange, status: int) -> bool:
        message = f"{answer.status} instead of {status} while it is filled"
        return self._hold(answer.status == status, answer, message)

    def _hold(self, promise: bool, answer: Exchange, message: str) -> bool:
        return self._findings.expect(promise, answer, "capacity", message)


def _most(refused: Exchange) -> int | None:
    """How many there is room for, where a refusal is the contract's example, which says so."""
    example = entry_of(refused).get("example", {})
    said = refused.json.get("detail") if isinstance(refused.json, dict) else None
    number = re.search(r"[0-9]+", str(said))
    return int(number.group()) if number and said == example.get("detail") else None
