"""What the run showed: kill rates by family and operator, and every survivor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from gate.mutants.families import operators
from gate.mutants.judge import EQUIVALENT, KILLED, SURVIVED, Verdict
from palaver.contract.document import Document

REASONS = (
    (r"^cut-text@", "No request of the examination brings a text of this length here."),
    (r"^says-never-null@.*(created_by|user_id)$", "Only sessions without an owner are null here."),
    (
        r"^says-other-words@.*400 invalid_request$",
        "Where an error is a sentence, a validation failure says what is not valid instead.",
    ),
    (r"^body-latin-1@\w+_run$", "What a turn says of its failure is ASCII."),
    (
        r"^says-other-words@.* not_a_team_session$",
        "Sessions of every kind are found here; other operations share the response.",
    ),
    (
        r"^parameter-default@list_session_messages:limit$",
        "No list is filled as far as 10,000 items.",
    ),
    (r"shutting_down$", "Only a server that is about to stop makes this error."),
    (r"too_many_turns$", "Only a server that runs thousands of turns makes this error."),
    (r"key_server_unavailable$", "Only an identity provider that is away makes this error."),
    (r"^text-\w+@.*:agent_id$", "Only agents of the example's team may stand here."),
)
"""Why mutants live, found by looking at each one that did."""


class Report:
    """Collects verdicts; what it writes depends on them and on the seed alone."""

    def __init__(self, seed: int, *, deep: bool = False) -> None:
        self._seed = seed
        self._deep = deep
        self._verdicts: dict[str, Verdict] = {}

    def add(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self._verdicts[verdict.name] = verdict

    @property
    def rate(self) -> float:
        """The share of killed mutants among those that differ from the system, in percent."""
        return _rate(self._verdicts.values())

    def summary(self) -> str:
        """The rates of families and of operators that let a mutant live."""
        lines = [f"{'':2}{name:34} {_figures(found)}" for name, found in self._by("family")]
        lines += [
            f"{'':4}{name:32} {_figures(found)}"
            for name, found in self._by("operator")
            if _rate(found) < 100
        ]
        return "\n".join([*lines, f"Kill rate: {_figures(list(self._verdicts.values()))}"])

    def markdown(self, document: Document) -> str:
        """The report as a document."""
        verdicts = list(self._verdicts.values())
        gate = "the deep gate (500 examples)" if self._deep else "the default gate"
        described = {operator.name: operator for operator in operators()}
        spread = Counter(verdict.operation_id for verdict in verdicts)
        fewest = min((spread[o.operation_id] for o in document.operations), default=0)
        lines = [
            "# What the gate notices",
            "",
            "Written by `python -m gate.mutants --write`. A mutant is a small drift of the running",
            "system, of the contract or of a document, at one operation. It is killed by a failure",
            "that the unmutated system does not have, found on the mutated operation.",
            "",
            f"Seed {self._seed}, {gate}: {_figures(verdicts)} of {len(spread)} operations,",
            f"each with at least {fewest} mutants, by {len({v.operator for v in verdicts})}"
            " operators.",
            "",
            "## Families",
            "",
            "| Family | Mutants | Killed | Equivalent | Kill rate |",
            "| --- | ---: | ---: | ---: | ---: |",
            *(_row(name, found) for name, found in self._by("family")),
            "",
            "## What killed them",
            "",
            "| Step | Mutants |",
            "| --- | ---: |",
            *(
                f"| {step} | {count} |"
                for step, count in sorted(
                    Counter(v.step for v in verdicts if v.outcome == KILLED).items()
                )
            ),
            "",
            "## Survivors",
            "",
            *self._listed(SURVIVED, "None."),
            "",
            "## Equivalent mutants",
            "",
            *self._listed(EQUIVALENT, "None."),
            "",
            "## Operators",
            "",
            "| Operator | The drift that it imitates | Mutants | Killed | Equivalent | Kill rate |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
            *(
                _row(f"`{name}` | {described[name].description}", found)
                for name, found in self._by("operator")
            ),
        ]
        return "\n".join([*lines, ""])

    def _listed(self, outcome: str, nothing: str) -> list[str]:
        found = sorted(v.name for v in self._verdicts.values() if v.outcome == outcome)
        return [f"- `{name}`: {self._why(self._verdicts[name])}" for name in found] or [nothing]

    @staticmethod
    def _why(verdict: Verdict) -> str:
        reasons = [reason for pattern, reason in REASONS if re.search(pattern, verdict.name)]
        return " ".join([*reasons, f"({verdict.evidence})"] if reasons else [verdict.evidence])

    def _by(self, field: str) -> list[tuple[str, list[Verdict]]]:
        order = [getattr(operator, _FIELDS[field]) for operator in operators()]
        groups: dict[str, list[Verdict]] = {name: [] for name in order}
        for verdict in self._verdicts.values():
            groups[getattr(verdict, field)].append(verdict)
        return [(name, found) for name, found in groups.items() if found]


_FIELDS = {"family": "family", "operator": "name"}


def _rate(verdicts: Iterable[Verdict]) -> float:
    counted = [verdict for verdict in verdicts if verdict.outcome != EQUIVALENT]
    killed = [verdict for verdict in counted if verdict.outcome == KILLED]
    return 100 * len(killed) / len(counted) if counted else 100.0


def _figures(verdicts: list[Verdict]) -> str:
    counted = [verdict for verdict in verdicts if verdict.outcome != EQUIVALENT]
    killed = sum(verdict.outcome == KILLED for verdict in counted)
    return f"{killed} of {len(counted)} mutants killed ({_rate(verdicts):.1f} %)"


def _row(name: str, verdicts: list[Verdict]) -> str:
    killed = sum(verdict.outcome == KILLED for verdict in verdicts)
    equivalent = sum(verdict.outcome == EQUIVALENT for verdict in verdicts)
    rate = f"{_rate(verdicts):.1f} %" if equivalent < len(verdicts) else "—"
    return f"| {name} | {len(verdicts)} | {killed} | {equivalent} | {rate} |"
