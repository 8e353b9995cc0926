"""A second system under mutation, whose model does as it is told, for turns in every state."""

from __future__ import annotations

import contextlib
from collections.abc import Collection

from gate.conformance import Conformance
from gate.findings import Failure, Findings
from gate.mutants.system import System, running_system
from gate.provoked import provoke, settings_for
from gate.reach import Reach
from palaver.contract.document import Document
from tests.chat.protocol_server import ProtocolServer, running_server


class Turned:
    """The system and its model; both are started when they are needed first."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._stack = contextlib.ExitStack()
        self._running: tuple[System, ProtocolServer] | None = None

    @property
    def system(self) -> System:
        """The system, which asks the model."""
        return self._start()[0]

    def close(self) -> None:
        """End both."""
        self._stack.close()
        self._running = None

    def provoke(
        self, operation_ids: Collection[str], document: Document | None = None
    ) -> list[Failure]:
        """What turns in every state show to be wrong, and what they do not show of operations."""
        system, model = self._start()
        target = system.target(document)
        findings = Findings()
        # What stands before the mutated operation passes on whole answers only.
        exchanges = provoke(target, model, findings, live=False)
        conformance = Conformance(target.document, findings)
        for exchange in exchanges:
            conformance.check(exchange)
        reach = Reach(target.document)
        reach.add(exchanges)
        wanted = {"", *operation_ids}
        unseen = [each for each in reach.failures() if each.operation_id in wanted]
        return [*findings, *unseen]

    def _start(self) -> tuple[System, ProtocolServer]:
        if self._running is None:
            model = self._stack.enter_context(running_server())
            settings = settings_for(model)
            system = self._stack.enter_context(running_system(self._document, **settings))
            self._running = system, model
        return self._running
