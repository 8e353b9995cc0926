"""An operation that answers in several media types answers in the one that is asked for.

What is kept in one of them (``x-as-kept``) is answered in that one, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from gate.addressing import Addressing, Unaddressable
from gate.answers import media_type
from gate.findings import Findings
from gate.operations import is_safe
from palaver.contract.document import Operation

NEITHER = ""
"""Stands for the type where there is none that will do."""


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
            if len(kinds) < 2:
                continue
            try:
                request = self._addressing.existing(operation)
                # A parameter may choose by itself.
                request = request.but(query=self._addressing.minimal(request).query)
            except Unaddressable:
                # The probes say so.
                return
            wishes = list(_wishes(kinds))
            if operation.raw.get("x-as-kept", False):
                kept = media_type(self._wire.send(request))
                wishes = list(_wishes_of_kept(kept, [each for each in kinds if each != kept]))
            asked = [
                request.but(headers={**request.headers, "Accept": accept}) for accept, _ in wishes
            ]
            # A file takes a process of its own, and there are two processors.
            with ThreadPoolExecutor(2 if is_safe(operation) else 1) as pool:
                answers = list(pool.map(self._wire.send, asked))
            for (accept, wanted), answer in zip(wishes, answers, strict=True):
                found = media_type(answer)
                message = f"{accept!r} is answered by {answer.status} and {found!r}"
                right = answer.status == (status if wanted in kinds else 406)
                right = right and wanted in (found, NEITHER)
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


def _wishes_of_kept(kept: str, others: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a client may say of what has but one type, however much it likes another better."""
    yield "*/*", kept
    yield kept, kept
    yield f"{kept.partition('/')[0]}/*;q=0.3", kept
    yield ", ".join([*others, f"{kept};q=0.1"]), kept
    yield ", ".join([f"{kept};q=0.1", *others]), kept
    yield ", ".join(others), NEITHER
    yield f"{kept};q=0, */*", NEITHER
    yield f"*/*, {kept};q=0", NEITHER
