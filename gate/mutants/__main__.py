"""Mutate the system, count which mutants the gate kills, and name the survivors."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from gate.mutants.pool import judge_all
from gate.mutants.report import Report
from gate.mutants.selection import Mutant, all_mutants, choose
from palaver.contract.document import Document

ROOT = Path(__file__).parent.parent.parent
REPORT = ROOT / "docs" / "drift-report.md"
SEED = 20261120


def main(arguments: list[str] | None = None) -> int:
    """0 where the kill rate reaches the bar, else 1."""
    options = _parser().parse_args(arguments)
    document = Document.load(ROOT / "openapi.yaml")
    mutants = list(_wanted(all_mutants(document), options))
    if options.list:
        for mutant in mutants:
            print(f"{mutant.operator.family:10} {mutant.name}")
        print(f"{len(mutants)} mutants.")
        return 0
    started = time.perf_counter()
    report = Report(options.seed, deep=options.deep)
    for verdict in judge_all(
        mutants, workers=options.workers, deep=options.deep, progress=options.resume
    ):
        report.add(verdict)
        if verdict.outcome != "killed":
            print(f"{verdict.outcome}: {verdict.name}: {verdict.evidence}", flush=True)
    print(report.summary())
    print(f"{time.perf_counter() - started:.0f} s for {len(mutants)} mutants.")
    if options.write:
        REPORT.write_text(report.markdown(document), encoding="utf-8")
    return 0 if report.rate >= options.bar else 1


def _wanted(mutants: list[Mutant], options: argparse.Namespace) -> Iterator[Mutant]:
    if options.only:
        operator, _, operation = options.only.partition("/")
        yield from (
            mutant
            for mutant in mutants
            if operator in ("", mutant.operator.name, mutant.operator.family)
            and operation in ("", mutant.place.operation.operation_id)
        )
    else:
        yield from choose(mutants, options.sample or options.count, options.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gate.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="which mutants are chosen")
    parser.add_argument("--count", type=int, default=400, help="how many")
    parser.add_argument("--sample", type=int, help="fewer of them, for every day")
    parser.add_argument("--deep", action="store_true", help="fuzz survivors with 500 examples")
    parser.add_argument("--resume", type=Path, help="keep verdicts in this file, and go on from it")
    parser.add_argument("--only", help="all mutants of an operator/operation; either may be empty")
    parser.add_argument("--list", action="store_true", help="name the mutants and stop")
    parser.add_argument("--workers", type=int, default=2, help="processes that judge")
    parser.add_argument("--bar", type=float, default=95.0, help="the least kill rate, in percent")
    parser.add_argument("--write", action="store_true", help="write docs/drift-report.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
