"""The gate's own examination of a server: probes, lists, writes, and conformance of it all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import httpx

from gate.addressing import Addressing
from gate.boundaries import Boundaries
from gate.capacity import Capacity
from gate.conformance import Conformance
from gate.counting import Counting
from gate.decks import Decks
from gate.findings import Failure, Findings
from gate.inventory import Inventory
from gate.library import Library
from gate.lists import Lists
from gate.negotiating import Negotiating
from gate.probes import Probes
from gate.removals import Removals
from gate.replaying import Replaying
from gate.resuming import Resuming
from gate.slide_html import SlideHtml
from gate.target import Target
from gate.turns import Turns
from gate.values import Values
from gate.wire import Exchange, Wire
from gate.writes import Writes


@dataclass(frozen=True, slots=True)
class Examination:
    """What an examination found and saw.

    ``read`` holds (operationId, ``query`` or ``body``, field) of everything that was written and
    read back, or whose effect on a list was seen.
    """

    failures: list[Failure]
    exchanges: list[Exchange]
    read: set[tuple[str, str, str]]


def examine(target: Target, operation_ids: Collection[str] | None = None) -> Examination:
    """Examine all operations of the contract, or some.

    Requests to other operations are made where one of these needs something to work on. A server
    that stops answering is a failure, never an exception.
    """
    findings = Findings()
    with Wire(target) as wire:
        addressing = Addressing(wire, Values(target.document))
        writes = Writes(addressing, findings)
        removals = Removals(addressing, findings)
        lists = Lists(addressing, findings)
        inventory = Inventory(addressing, findings)
        boundaries = Boundaries(addressing, findings)
        counting = Counting(addressing, findings)
        probes = Probes(addressing, findings)
        replaying = Replaying(addressing, findings)
        capacity = Capacity(addressing, findings)
        library = Library(addressing, findings)
        decks = Decks(addressing, findings)
        checks = (
            inventory,
            probes,
            capacity,
            boundaries,
            lists,
            counting,
            removals,
            writes,
            Negotiating(addressing, findings),
            Resuming(addressing, findings),
            Turns(addressing, findings),
            replaying,
            library,
            decks,
        )
        for operation in target.document.operations:
            if operation_ids is not None and operation.operation_id not in operation_ids:
                continue
            for check in checks:
                try:
                    check.run(operation)
                except httpx.HTTPError as error:
                    findings.add(operation.operation_id, "transport", type(error).__name__)
                except (LookupError, TypeError, AttributeError, ValueError) as error:
                    # An answer of another shape than documented: conformance says which below.
                    message = f"the answer cannot be followed: {error!r}"
                    findings.add(operation.operation_id, "shape", message)
        conformance = Conformance(target.document, findings)
        html = SlideHtml(findings)
        for exchange in wire.exchanges:
            conformance.check(exchange)
            html.check(exchange)
        read = writes.read | removals.read | lists.read | replaying.read | decks.read
        return Examination(list(findings), wire.exchanges, read)
