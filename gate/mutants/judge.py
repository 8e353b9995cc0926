"""Whether the gate notices a mutant.

A mutant is killed by a failure that the unmutated system does not have, found while examining the
mutated operation. All other operations behave as ever, so a failure that such an examination
reports of a reader of what the mutant wrote is the mutant's too; a failure of any other examination
counts only where it names the mutated operation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from gate.findings import Failure
from gate.mutants.selection import Mutant
from gate.mutants.system import System
from gate.reach import Reach
from gate.suite import examine
from palaver.contract.document import Document

KILLED, SURVIVED, EQUIVALENT = "killed", "survived", "equivalent"
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; ``step`` and ``evidence`` say by what, or what was tried."""

    name: str
    family: str
    operator: str
    operation_id: str
    outcome: str
    step: str
    evidence: str

    def as_json(self) -> dict[str, Any]:
        """As a line of the progress file."""
        return asdict(self)


class UncleanBaseline(Exception):
    """The gate finds failures without any mutant, so that no kill would count."""


class Judge:
    """Judges mutants against one system, one after the other."""

    def __init__(self, system: System, *, deep: bool = False) -> None:
        self._deep = deep
        self._system = system
        self._document = system.document
        self._clean: dict[tuple[str, ...], set[str]] = {}

    def judge(self, mutant: Mutant) -> Verdict:
        """Run the gate on the mutated system. Raises ``UncleanBaseline``."""
        reason = mutant.operator.equivalent(mutant.place)
        if reason is not None:
            return _verdict(mutant, EQUIVALENT, "proof", reason)
        return self._judge_live(mutant)

    def _judge_live(self, mutant: Mutant) -> Verdict:
        operation_id = mutant.place.operation.operation_id
        known = self._baseline([operation_id])
        self._system.reset()
        with self._mutated(mutant):
            found = self._examine([operation_id])
        news = [failure for failure in found if _key(failure) not in known]
        if news:
            return _verdict(mutant, KILLED, "examination", _first(news, operation_id))
        return _verdict(mutant, SURVIVED, "examination", "nothing was found")

    @contextmanager
    def _mutated(self, mutant: Mutant) -> Iterator[None]:
        operator, place = mutant.operator, mutant.place
        if operator.install is None:
            with self._system.front.mutated(operator, place):
                yield
            return
        remove = operator.install(self._system.app, place)
        try:
            yield
        finally:
            remove()

    def _baseline(self, operation_ids: Collection[str]) -> set[str]:
        """What the gate finds without a mutant: cells that only its other steps can fill."""
        key = tuple(sorted(operation_ids))
        if key not in self._clean:
            self._system.reset()
            found = self._examine(operation_ids)
            unclean = [failure for failure in found if failure.rule != "reach"]
            if unclean:
                raise UncleanBaseline("\n".join(map(str, unclean)))
            self._clean[key] = {_key(failure) for failure in found}
        return self._clean[key]

    def _examine(
        self, operation_ids: Collection[str], document: Document | None = None
    ) -> list[Failure]:
        """The gate's examination of some operations, and what of them it did not reach."""
        target = self._system.target(document)
        examination = examine(target, operation_ids)
        reach = Reach(target.document)
        reach.add(examination.exchanges, examination.read)
        unreached = [each for each in reach.failures() if each.operation_id in operation_ids]
        return [*examination.failures, *unreached]


def _key(failure: Failure) -> str:
    return f"{failure.operation_id} {failure.rule} {_NUMBER.sub('#', failure.message)}"


def _first(failures: list[Failure], operation_id: str) -> str:
    own = [failure for failure in failures if failure.operation_id == operation_id]
    failure = (own or failures)[0]
    return f"{failure.operation_id}: {failure.rule}: {failure.message}"[:300]


def _verdict(mutant: Mutant, outcome: str, step: str, evidence: str) -> Verdict:
    return Verdict(
        name=mutant.name,
        family=mutant.operator.family,
        operator=mutant.operator.name,
        operation_id=mutant.place.operation.operation_id,
        outcome=outcome,
        step=step,
        evidence=evidence,
    )
