"""Whether the gate notices a mutant.

A mutant is killed by a failure that the unmutated system does not have, found while the gate
examines the mutated operation. Nothing else in the system differs, so a failure that such an
examination reports of a neighbour, such as a reader of what the mutant wrote, is the mutant's too.
Where that finds nothing, the operations are examined that links lead from or to, and then
schemathesis fuzzes the mutated operation, whose own failures alone count.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs

from codegen.rules import check_contract
from gate.addressing import Addressing
from gate.conformance import Conformance
from gate.findings import Failure, Findings
from gate.fuzz import fuzz
from gate.inventory import CONTRACT_BYTES, check_application
from gate.mutants.around import edited_by, neighbours, operations_of
from gate.mutants.papers import Papers
from gate.mutants.selection import Mutant
from gate.mutants.system import System
from gate.mutants.turned import Turned
from gate.provoked import concerned
from gate.reach import Reach
from gate.suite import Examination, examine
from gate.target import Target
from gate.values import Values
from gate.wire import Wire
from palaver.contract.document import ContractError, Document, Operation

KILLED, SURVIVED, EQUIVALENT = "killed", "survived", "equivalent"
DEFAULT_EXAMPLES, DEEP_EXAMPLES = 25, 500
_NUMBER = re.compile(r"[0-9]+")
_UNREADABLE = (
    AssertionError,
    AttributeError,
    ContractError,
    LookupError,
    TypeError,
    ValueError,
    httpx.HTTPError,
    jsonschema_rs.ValidationError,
)
"""What may come of a contract that the gate cannot work by."""


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


Finding = Callable[[], list[Failure]]
Step = tuple[str, Finding]


class Judge:
    """Judges mutants against one system, one after the other."""

    def __init__(self, system: System, root: Path, *, deep: bool = False) -> None:
        self._system = system
        self._papers = Papers(root, system.document)
        self._deep = deep
        self._turns = concerned(system.document)
        self._turned = Turned(system.document)
        self._clean: dict[tuple[str, tuple[str, ...]], set[str]] = {}

    def close(self) -> None:
        """End what was started to provoke turns."""
        self._turned.close()

    def judge(self, mutant: Mutant) -> Verdict:
        """Run the gate on the mutated system. Raises ``UncleanBaseline``."""
        reason = mutant.operator.equivalent(mutant.place)
        if reason is not None:
            return _verdict(mutant, EQUIVALENT, "proof", reason)
        if mutant.operator.edit is not None:
            steps = self._steps_of_edit(mutant)
        elif mutant.operator.edit_paper is not None:
            steps = self._steps_of_paper(mutant)
        else:
            steps = self._steps_live(mutant)
        tried: list[str] = []
        for name, find in steps:
            found = find()
            if found:
                return _verdict(mutant, KILLED, name, _first(found, mutant.place.operation))
            tried.append(name)
        return _verdict(mutant, SURVIVED, "none", f"tried: {', '.join(tried)}")

    def _steps_live(self, mutant: Mutant) -> Iterator[Step]:
        """The examination of the operation, then of its neighbours, then schemathesis."""
        operation_id = mutant.place.operation.operation_id
        document = self._system.document

        def inventory() -> list[Failure]:
            with self._mutated(mutant):
                return check_application(self._system.app, document)

        def examination(ids: Collection[str]) -> list[Failure]:
            known = self._baseline(ids)
            with self._mutated(mutant):
                return _news(self._examine(ids), known)

        def fuzzing() -> list[Failure]:
            known = self._fuzzed(operation_id)
            with self._mutated(mutant):
                found = _news(self._fuzz(operation_id), known)
            return [failure for failure in found if failure.operation_id == operation_id]

        def provoked() -> list[Failure]:
            known = self._provoked_clean()
            with self._mutated(mutant, self._turned.system):
                return _news(self._provoke(), known)

        if mutant.operator.install is not None:
            yield "inventory", inventory
        yield "examination", lambda: examination([operation_id])
        if operation_id in self._turns:
            yield "turns in every state", provoked
        linked = neighbours(document, mutant.place.operation)
        if linked:
            yield "examination of linked operations", lambda: examination(linked)
        yield f"schemathesis, {self._examples} examples", fuzzing

    def _steps_of_edit(self, mutant: Mutant) -> Iterator[Step]:
        """The contract's rules; the gate with the edit; a server with the edit."""
        system, place = self._system, mutant.place
        original, edited = system.document, edited_by(mutant)
        own = place.operation.operation_id
        # Under the edited contract the operation may have another name, or be gone.
        names = [
            each.operation_id
            for each in operations_of(edited)
            if each.operation_id not in {o.operation_id for o in original.operations}
        ] or [own]

        def rules() -> list[Failure]:
            return [Failure(own, "rules", text) for text in check_contract(edited)]

        def gate_edited(ids: Collection[str]) -> list[Failure]:
            known = self._baseline(ids if names == [own] else [own])
            system.reset()
            found = [*check_application(system.app, edited), *self._examine(ids, edited)]
            return _beside_the_bytes(_news(found, known))

        def server_edited(ids: Collection[str]) -> list[Failure]:
            known = self._baseline(ids)
            system.reset()
            try:
                with system.serving(edited) as app:
                    found = [*check_application(app, original), *self._examine(ids)]
                    return _beside_the_bytes(_news(found, known))
            except ContractError as error:
                return [Failure(own, "start", str(error))]

        def turns_edited() -> list[Failure]:
            known = self._provoked_clean()
            turned = self._turned.system
            turned.reset()
            found = _news(self._provoke(edited), known)
            try:
                turned.reset()
                with turned.serving(edited):
                    return [*found, *_news(self._provoke(), known)]
            except ContractError as error:
                return [*found, Failure(own, "start", str(error))]

        yield "contract rules", rules
        yield "gate by the edited contract", lambda: gate_edited(names)
        yield "server by the edited contract", lambda: server_edited([own])
        if own in self._turns:
            yield "turns in every state", turns_edited
        linked = neighbours(original, place.operation)
        if linked:
            yield "linked, gate by the edited contract", lambda: gate_edited(linked)
            yield "linked, server by the edited contract", lambda: server_edited(linked)

    def _steps_of_paper(self, mutant: Mutant) -> Iterator[Step]:
        assert mutant.operator.edit_paper is not None
        changed = mutant.operator.edit_paper(self._papers, mutant.place)
        yield "documents", lambda: self._papers.check_documents(changed)
        yield "generated files", lambda: self._papers.check_generated(changed)

    @property
    def _examples(self) -> int:
        return DEEP_EXAMPLES if self._deep else DEFAULT_EXAMPLES

    @contextmanager
    def _mutated(self, mutant: Mutant, system: System | None = None) -> Iterator[None]:
        system = system or self._system
        system.reset()
        operator, place = mutant.operator, mutant.place
        if operator.install is None:
            with system.front.mutated(operator, place):
                yield
            return
        remove = operator.install(system.app, place)
        try:
            yield
        finally:
            remove()

    def _baseline(self, operation_ids: Collection[str]) -> set[str]:
        """What the gate finds without a mutant: cells that only its other steps can fill."""
        key = ("examination", tuple(sorted(operation_ids)))
        if key not in self._clean:
            self._system.reset()
            found = self._examine(operation_ids)
            unclean = [failure for failure in found if failure.rule != "reach"]
            if unclean:
                raise UncleanBaseline("\n".join(map(str, unclean)))
            self._clean[key] = {_key(failure) for failure in found}
        return self._clean[key]

    def _fuzzed(self, operation_id: str) -> set[str]:
        """What schemathesis finds of an operation without a mutant."""
        key = ("schemathesis", (operation_id,))
        if key not in self._clean:
            self._system.reset()
            self._clean[key] = {_key(failure) for failure in self._fuzz(operation_id)}
        return self._clean[key]

    def _examine(
        self, operation_ids: Collection[str], document: Document | None = None
    ) -> list[Failure]:
        """The gate's examination of some operations, and what of them it did not reach."""
        target = self._system.target(document)
        try:
            examination = examine(target, operation_ids)
            reach = Reach(target.document)
            reach.add(examination.exchanges, examination.read)
            unavailable = self._unavailable(target, operation_ids)
            reach.add(unavailable.exchanges)
            wanted = {"", *operation_ids}
            unreached = [each for each in reach.failures() if each.operation_id in wanted]
        except _UNREADABLE as error:
            return [Failure("", "gate", f"the gate cannot work by this contract: {error!r}")]
        return [*examination.failures, *unavailable.failures, *unreached]

    def _unavailable(self, target: Target, operation_ids: Collection[str]) -> Examination:
        """What operations say while the store cannot be used."""
        findings = Findings()
        with self._system.unavailable(), Wire(target) as wire:
            addressing = Addressing(wire, Values(target.document))
            for operation in target.document.operations:
                if operation.operation_id in operation_ids:
                    answer = wire.send(addressing.example(operation))
                    right = "503" not in operation.responses or answer.status == 503
                    findings.expect(right, answer, "unavailable", f"{answer.status}")
        conformance = Conformance(target.document, findings)
        for exchange in wire.exchanges:
            conformance.check(exchange)
        return Examination(list(findings), wire.exchanges, set())

    def _provoked_clean(self) -> set[str]:
        """What provoked turns show to be unseen without a mutant."""
        key = ("provoked", ())
        if key not in self._clean:
            self._turned.system.reset()
            found = self._provoke()
            unclean = [failure for failure in found if failure.rule != "reach"]
            if unclean:
                raise UncleanBaseline("\n".join(map(str, unclean)))
            self._clean[key] = {_key(failure) for failure in found}
        return self._clean[key]

    def _provoke(self, document: Document | None = None) -> list[Failure]:
        try:
            return self._turned.provoke(self._turns, document)
        except _UNREADABLE as error:
            return [Failure("", "gate", f"the gate cannot work by this contract: {error!r}")]

    def _fuzz(self, operation_id: str) -> list[Failure]:
        with tempfile.TemporaryDirectory(prefix="palaver-mutants-") as folder:
            return fuzz(
                self._system.target(),
                Path(folder),
                operation_ids=[operation_id],
                max_examples=self._examples,
            ).failures


def _news(found: list[Failure], known: set[str]) -> list[Failure]:
    return [failure for failure in found if _key(failure) not in known]


def _beside_the_bytes(found: list[Failure]) -> list[Failure]:
    """That two contracts differ in their bytes says nothing of what the edit did."""
    return [failure for failure in found if failure.rule != CONTRACT_BYTES]


def _key(failure: Failure) -> str:
    return f"{failure.operation_id} {failure.rule} {_NUMBER.sub('#', failure.message)}"


def _first(failures: list[Failure], operation: Operation) -> str:
    own = [failure for failure in failures if failure.operation_id == operation.operation_id]
    failure = (own or failures)[0]
    where = f"{failure.operation_id}: " if failure.operation_id else ""
    return f"{where}{failure.rule}: {failure.message}"[:300]


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
