"""Judging in several processes, each with a system of its own, and going on where a run stopped."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.util import Finalize
from pathlib import Path

from gate.mutants.judge import Judge, Verdict
from gate.mutants.selection import Mutant, all_mutants
from gate.mutants.system import running_system
from palaver.contract.document import Document

ROOT = Path(__file__).parent.parent.parent


def judge_all(
    mutants: Sequence[Mutant], *, workers: int, deep: bool = False, progress: Path | None = None
) -> Iterator[Verdict]:
    """The verdicts of mutants; those that the progress file has already come first.

    Raises ``UncleanBaseline``.
    """
    known = _read(progress)
    waiting = [mutant.name for mutant in mutants if mutant.name not in known]
    yield from (known[mutant.name] for mutant in mutants if mutant.name in known)
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(workers, context, _start, (deep,)) as pool,
        contextlib.ExitStack() as stack,
    ):
        lines = stack.enter_context(progress.open("a")) if progress else None
        futures = [pool.submit(_judge, name) for name in waiting]
        try:
            for future in as_completed(futures):
                verdict = future.result()
                if lines is not None:
                    print(json.dumps(verdict.as_json()), file=lines, flush=True)
                yield verdict
        finally:
            pool.shutdown(cancel_futures=True)


def _read(progress: Path | None) -> dict[str, Verdict]:
    if progress is None or not progress.exists():
        return {}
    verdicts = [Verdict(**json.loads(line)) for line in progress.read_text().splitlines()]
    return {verdict.name: verdict for verdict in verdicts}


class _Here:
    """What a judging process keeps between two mutants."""

    judge: Judge
    mutants: dict[str, Mutant]


def _start(deep: bool) -> None:
    document = Document.load(ROOT / "openapi.yaml")
    stack = contextlib.ExitStack()
    system = stack.enter_context(running_system(document))
    Finalize(None, stack.close, exitpriority=10)
    _Here.judge = Judge(system, ROOT, deep=deep)
    stack.callback(_Here.judge.close)
    _Here.mutants = {mutant.name: mutant for mutant in all_mutants(document)}


def _judge(name: str) -> Verdict:
    return _Here.judge.judge(_Here.mutants[name])
