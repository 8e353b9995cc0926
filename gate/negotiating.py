"""An operation that answers in several media types answers in the one that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from gate.addressing import Addressing, Unaddressable
from gate.answers import media_type
from gate.findings import Findings
from gate.operations import is_safe
from palaver.contract.document import Operation


class Negotiating:
    """Asks with ``Accept`` (RFC 9110, section 12.5.1) for each type that there is."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings

    def run(self, operation: Operation) -> None:
        """Every way to ask, of the successes that have more than one type."""
        for status in operation.success_statuses:
            kinds = list(operation.responses[str(status)].get("content", {}))
            # What is kept in one of the types is answered in no other.
            if len(kinds) < 2 or operation.raw.get("x-as-kept", False):
                continue
            try:
                request = self._addressing.existing(operation)
                # A parameter may choose by itself.
                request = request.but(query=self._addressing.minimal(request).query)
            except Unaddressable:
                # The probes say so.
                return
            wishes = list(_wishes(kinds))
            asked = [
                request.but(headers={**request.headers, "Accept": accept}) for accept, _ in wishes
            ]
            # A file takes a process of its own, and there are two processors.
            with ThreadPoolExecutor(2 if is_safe(operation) else 1) as pool:
                answers = list(pool.map(self._wire.send, asked))
            for (accept, wanted), answer in zip(wishes, answers, strict=True):
                found = media_type(answer)
                message = f"{accept!r} is answered by {answer.status} and {found!r}"
                right = answer.status == status and found == wanted
                self._findings.expect(right, answer, "negotiation", message)


def _wishes(kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a client may say, and what it should get; of equals the first that is documented."""
    yield "*/*", kinds[0]
    yield ", ".join(reversed(kinds)), kinds[0]
    for kind in kinds:
        others = [each for each in kinds if each != kind]
        family = kind.partition("/")[0]
        yield kind, kind
        yield f"text/html, {kind};q=0.3", kind
        yield ", ".join([*(f"{each};q=0.2" for each in others), f"{kind};q=0.7"]), kind
        yield ", ".join([f"{kind};q=1.0", *(f"{each};q=0.9" for each in others), "*/*;q=0.1"]), kind
        if all(not each.startswith(f"{family}/") for each in others):
            yield f"{family}/*", kind
        if len(others) == 1:
            yield f"*/*, {kind};q=0", others[0]
