"""What the gate found: failures that name operation, rule and how to see them again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gate.wire import Exchange


@dataclass(frozen=True, slots=True)
class Failure:
    """One broken promise. ``operation_id`` is empty where it is of no single operation."""

    operation_id: str
    rule: str
    message: str
    reproduce: str = ""

    def __str__(self) -> str:
        where = f"{self.operation_id}: " if self.operation_id else ""
        again = f"\n    reproduce: {self.reproduce}" if self.reproduce else ""
        return f"{where}{self.rule}: {self.message}{again}"


class Findings:
    """Collects failures; the same one is kept once."""

    def __init__(self) -> None:
        self._failures: dict[tuple[str, str, str], Failure] = {}

    def add(self, operation_id: str, rule: str, message: str, reproduce: str = "") -> None:
        """Record a failure."""
        failure = Failure(operation_id, rule, message, reproduce)
        self._failures.setdefault((operation_id, rule, message), failure)

    def expect(self, holds: bool, exchange: Exchange, rule: str, message: str) -> bool:
        """Record a failure of an exchange unless a promise holds; gives whether it does."""
        if not holds:
            self.add(exchange.operation_id, rule, message, exchange.curl)
        return holds

    def __iter__(self) -> Iterator[Failure]:
        return iter(self._failures.values())

    def __len__(self) -> int:
        return len(self._failures)
