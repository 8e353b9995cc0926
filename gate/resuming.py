"""A stream that is resumed is the rest of the whole, wherever it was cut off."""

from __future__ import annotations

from gate.addressing import Addressing, Unaddressable
from gate.answers import stream_rules
from gate.findings import Findings
from gate.sse import parse_stream
from gate.wire import Exchange, Request
from palaver.contract.document import Operation

MOST = 24
"""A longer stream is not resumed after each of its events."""


class Resuming:
    """Resumes the streams of one contract, by the header that ``x-events.after`` names."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings

    def run(self, operation: Operation) -> None:
        """Read a stream whole and after each of its events; others are passed over."""
        rules = stream_rules(self._addressing.document, operation)
        if rules is None or rules.after is None:
            return
        try:
            request = self._addressing.existing(operation)
        except Unaddressable:
            # The probes say so.
            return
        whole = self._wire.send(request)
        count = len(parse_stream(whole.content).events)
        if not self._expect(whole.status == 200 and count > 2, whole, f"{count} events"):
            return
        few = {0, 1, 2, count // 2, count - 2, count - 1, count}
        places = [each for each in range(count + 1) if count <= MOST or each in few]
        for place in places:
            for _ in range(2):
                answer = self._wire.send(_after(request, rules.after, place))
                self._check(answer, whole, place, count)
        beyond = self._wire.send(_after(request, rules.after, count + 1))
        message = f"{beyond.status} after an event that is yet to come"
        self._expect(beyond.status == 400, beyond, message)

    def _check(self, answer: Exchange, whole: Exchange, place: int, count: int) -> None:
        if place == count and "204" in answer.request.operation.responses:
            self._expect(answer.status == 204, answer, f"{answer.status} after the last event")
            return
        events = parse_stream(whole.content).events
        rest = parse_stream(answer.content).events
        same = answer.status == 200 and rest == events[place:]
        self._expect(same, answer, f"{len(rest)} events after the {place}th of {count}, or others")

    def _expect(self, holds: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(holds, exchange, "resume", message)


def _after(request: Request, name: str, place: int) -> Request:
    return request.but(headers={**request.headers, name: str(place)})
