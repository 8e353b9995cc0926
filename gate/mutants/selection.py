"""All mutants that there are, and the same choice of them for the same seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gate.mutants import families
from gate.mutants.operators import Operator, Place
from palaver.contract.document import Document


@dataclass(frozen=True, slots=True)
class Mutant:
    """One operator at one place."""

    operator: Operator
    place: Place

    @property
    def name(self) -> str:
        """``operator@operation`` and the site, if there is one."""
        site = f":{self.place.site}" if self.place.site else ""
        return f"{self.operator.name}@{self.place.operation.operation_id}{site}"


def all_mutants(document: Document) -> list[Mutant]:
    """Every operator at every place where it applies."""
    return [
        Mutant(operator, Place(document, operation, site))
        for operator in families.operators()
        for operation in document.operations
        for site in operator.sites(Place(document, operation))
    ]


def choose(mutants: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """Some of the mutants: each operator once, then the operations that have fewest in turn, and
    of those the families that have fewest for their operators.

    Of an operator in an operation only one site is taken while there are other pairs left.
    """
    chance = random.Random(seed)  # noqa: S311 - chosen to be repeatable
    waiting = list(mutants)
    chance.shuffle(waiting)
    chosen: list[Mutant] = []
    per_operation: Counter[str] = Counter()
    per_operator: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    by_family = Counter(operator.family for operator in families.operators())
    taken: Counter[str] = Counter()
    while waiting and len(chosen) < count:
        best = min(
            range(len(waiting)),
            key=lambda index: _rank(
                waiting[index], per_operator, per_operation, pairs, taken, by_family
            ),
        )
        mutant = waiting.pop(best)
        chosen.append(mutant)
        operation_id = mutant.place.operation.operation_id
        per_operation[operation_id] += 1
        per_operator[mutant.operator.name] += 1
        taken[mutant.operator.family] += 1
        pairs[mutant.operator.name, operation_id] += 1
    return chosen


def _rank(
    mutant: Mutant,
    per_operator: Counter[str],
    per_operation: Counter[str],
    pairs: Counter[tuple[str, str]],
    taken: Counter[str],
    by_family: Counter[str],
) -> tuple[float, ...]:
    operation_id = mutant.place.operation.operation_id
    family = mutant.operator.family
    return (
        pairs[mutant.operator.name, operation_id],
        min(per_operator[mutant.operator.name], 1),
        per_operation[operation_id],
        taken[family] / by_family[family],
        per_operator[mutant.operator.name],
    )
