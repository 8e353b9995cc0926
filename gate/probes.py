"""Requests that provoke each documented status on purpose, derived from the contract.

A fuzzer rarely sends a wrong ``Accept``, a body of megabytes or another user's token. Each probe
says which answer the contract promises, for every operation that promises it.
"""

from __future__ import annotations

from gate.addressing import Addressing, Unaddressable
from gate.findings import Findings
from gate.forms import FORM_TYPE, malformed
from gate.operations import file_fields, is_kept, takes_form, takes_names
from gate.strangers import Strangers
from gate.wire import ABSENT, Exchange, Request
from gate.wording import Wording
from palaver.contract.bodies import DEFAULT_MAX_BYTES
from palaver.contract.document import Operation

CONDITION = "If-Match"

MOST_SENT = 16 * 1024 * 1024
"""A larger body is announced, and not sent."""


class Probes:
    """Provokes statuses through one addressing and records what is not as promised."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._wording = Wording(addressing.document, findings)
        self._strangers = Strangers(addressing, findings)

    def run(self, operation: Operation) -> None:
        """Every probe that applies to an operation."""
        try:
            request = self._addressing.existing(operation)
        except Unaddressable as error:
            self._findings.add(operation.operation_id, "addressing", str(error))
            return
        self._strangers.check(operation, request)
        self._broken(operation, request)
        self._unknown(operation, request)
        self._success(operation, request)

    def _expect(self, exchange: Exchange, rule: str, *statuses: int) -> bool:
        wanted = " or ".join(map(str, statuses))
        return self._findings.expect(
            exchange.status in statuses, exchange, rule, f"{exchange.status} instead of {wanted}"
        )

    def _success(self, operation: Operation, request: Request) -> None:
        successes = operation.success_statuses
        done = self._wire.send(request)
        if done.status == 409 and not _varies(operation):
            # No other request would do; the states in which it works are provoked elsewhere.
            return
        if done.status == 409 and "409" in operation.responses:
            # The example is there already; the same with other values is not.
            request = self._addressing.fresh(operation)
            done = self._wire.send(request)
        if not self._expect(done, "success", *successes):
            return
        # What a list holds may be older than what it is of.
        is_list = "x-list" in operation.raw
        if request.path and operation.method == "get" and not is_list:
            self._wording.check_recent(done)
        again = self._wire.send(request)
        if operation.method == "delete":
            self._expect(again, "delete-deletes", 404)
        elif operation.method == "get":
            self._findings.expect(
                again.json == done.json and again.content == done.content,
                again,
                "safe",
                "reading twice gives two answers",
            )
        elif takes_names(operation):
            self._expect(again, "conflict", 409)
        if "Location" in operation.responses[str(done.status)].get("headers", {}):
            self._created(operation, done, again)
        if "304" in operation.responses:
            headers = {**request.headers, "If-None-Match": done.headers.get("etag", '"none"')}
            unchanged = self._wire.send(request.but(headers=headers))
            self._expect(unchanged, "conditional", 304)
            self._findings.expect(
                unchanged.headers.get("etag") == done.headers.get("etag"),
                unchanged,
                "conditional",
                "304 has another ETag than 200",
            )
            headers = {**request.headers, "If-None-Match": '"another"'}
            self._expect(self._wire.send(request.but(headers=headers)), "conditional", 200)
        if request.path and self._addressing.producers(operation):
            # What has nothing optional shows which properties may be null.
            bare = self._addressing.existing(operation, bare=True)
            self._expect(self._wire.send(bare), "success", *successes)

    def _created(self, operation: Operation, done: Exchange, again: Exchange) -> None:
        """What was made is new, is of now, and is where ``Location`` says."""
        self._wording.check_recent(done)
        links = self._addressing.links_from(operation, "get")
        places = [self._addressing.follow(link, done).target_path for link in links]
        where = done.headers.get("location", "")
        self._findings.expect(
            not places or where in places, done, "location", f"nothing is read at {where}"
        )
        if again.status == done.status:
            self._findings.expect(
                again.headers.get("location") != where,
                again,
                "created",
                "a second create made nothing new",
            )

    def _broken(self, operation: Operation, request: Request) -> None:
        """What the headers, the query or the body alone rule out."""
        wrong = request.but(well_formed=False)
        headers = request.headers
        self._expect(
            self._wire.send(wrong.with_query(**{"not-a-parameter": "1"})), "unknown-parameter", 400
        )
        if "406" in operation.responses:
            answer = self._wire.send(wrong.but(headers={**headers, "Accept": "application/x-none"}))
            self._expect(answer, "accept", 406)
        if "412" in operation.responses:
            stale = {**headers, CONDITION: '"no version of it"'}
            self._expect(self._wire.send(request.but(headers=stale)), "precondition", 412)
        if operation.request_body is None:
            return
        largest = int(
            operation.request_body.get("x-max-body-bytes")
            or self._addressing.document.tree.get("x-max-body-bytes")
            or DEFAULT_MAX_BYTES
        )
        as_form = takes_form(operation)
        if largest <= MOST_SENT:
            self._expect(self._wire.send(wrong.but(body=b" " * (largest + 1))), "body-size", 413)
        self._expect(self._wire.announce(wrong, largest + 1), "body-size", 413)
        for other in ("text/plain", "application/json" if as_form else FORM_TYPE):
            typed = {**headers, "Content-Type": other}
            self._expect(self._wire.send(wrong.but(headers=typed)), "body-type", 415)
        if as_form:
            for name in file_fields(self._addressing.document, operation):
                for kind, content in malformed(name):
                    typed = {**headers, "Content-Type": kind}
                    answer = self._wire.send(wrong.but(headers=typed, body=content))
                    self._expect(answer, "body-syntax", 400)
        for body in () if as_form else (b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff"):
            self._expect(self._wire.send(wrong.but(body=body)), "body-syntax", 400)
        if operation.request_body.get("required"):
            self._expect(self._wire.send(wrong.but(body=ABSENT)), "body-required", 400)

    def _unknown(self, operation: Operation, request: Request) -> None:
        """A path that is well-formed and names nothing, or somebody else."""
        if not request.path:
            return
        path = {
            p.name: self._addressing.values.unlikely(p.raw["schema"])
            for p in operation.parameters
            if p.location == "path"
        }
        kept = is_kept(self._addressing.document, operation)
        missing = (404,) if kept else (404, 403)
        wanted = next((s for s in missing if str(s) in operation.responses), 200)
        self._expect(self._wire.send(request.but(path=path)), "unknown-id", wanted)
        if len(path) > 1:
            # What the last parameter names is not in what the first one does.
            last = list(path)[-1]
            others = (self._addressing.existing(operation).path for _ in range(2))
            another = next((path for path in others if path != request.path), {})
            if another.get(last) == request.path[last]:
                # Counted anew in each; of two, the second is not where there is one.
                request = self._addressing.beside(operation, request)
            other = {**request.path, **another, last: request.path[last]}
            self._expect(self._wire.send(request.but(path=other)), "unknown-id", wanted)


def _varies(operation: Operation) -> bool:
    """Whether there is anything in a request, beside its path, that can be another."""
    query = any(p.location == "query" for p in operation.parameters)
    return query or operation.request_body is not None
