"""Run the drift gate, against a server of its own or, with ``--url``, against one that runs."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from codegen.__main__ import main as codegen
from codegen.rules import check_contract
from gate.compatibility import check_compatibility
from gate.conformance import Conformance
from gate.documents import check_documents, run_documents
from gate.findings import Failure, Findings
from gate.fuzz import Fuzzing, fuzz
from gate.inventory import check_application
from gate.operations import schemes_of
from gate.provoked import concerned, provoke_turns
from gate.reach import Reach
from gate.suite import examine
from gate.target import Target, own_server
from gate.unavailable import provoke_unavailable
from gate.wire import Exchange
from palaver.app import compose
from palaver.contract.document import ContractError, Document
from palaver.settings import Settings

ROOT = Path(__file__).parent.parent
COVERAGE = ROOT / "docs" / "contract-coverage.md"


def main(arguments: list[str] | None = None) -> int:
    """0 where every promise holds, 1 where one does not, 2 where the gate cannot run."""
    options = _parser().parse_args(arguments)
    try:
        return _Gate(options).run()
    except (ContractError, RuntimeError, httpx.HTTPError) as error:
        print(f"The gate cannot run: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gate", description=__doc__)
    parser.add_argument("--url", help="the base URL of a running server to check")
    parser.add_argument("--token", help="a token of the user user123 at that server")
    parser.add_argument("--other-token", help="a token of another user there")
    parser.add_argument("--basic", help="the shared credential there, as USER:PASSWORD")
    parser.add_argument("--examples", type=int, help="cases for each operation and phase")
    parser.add_argument("--seed", type=int, help="random cases instead of the same ones every time")
    parser.add_argument("--write", action="store_true", help="write docs/contract-coverage.md")
    return parser


class _Gate:
    """One run of the gate: the steps in their order, each with its time."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._failures: list[Failure] = []
        self._times: list[tuple[str, float]] = []

    def run(self) -> int:
        """Run all steps and say what they found."""
        if self._options.url:
            self._check_running()
        else:
            self._check_own()
        for failure in self._failures:
            print(failure)
        for name, seconds in self._times:
            print(f"{seconds:7.1f} s  {name}")
        count = len(self._failures)
        print(f"The gate found {count} failure{'' if count == 1 else 's'}.")
        return 1 if count else 0

    def _check_running(self) -> None:
        """Steps 3 to 5 against a server that runs, by the contract that it serves."""
        if not self._options.token or not self._options.other_token:
            raise RuntimeError("--url needs --token and --other-token")
        content = httpx.get(f"{self._options.url.rstrip('/')}/openapi.yaml").content
        document = Document.parse(content)
        target = Target(
            self._options.url.rstrip("/"),
            document,
            self._options.token,
            self._options.other_token,
            basic=self._options.basic,
        )
        shared = [o for o in document.operations if schemes_of(document, o) == ["basic"]]
        if shared and target.basic is None:
            raise RuntimeError(f"{shared[0].operation_id} needs --basic")
        self._check_server(target)

    def _check_own(self) -> None:
        document = Document.load(ROOT / "openapi.yaml")
        with self._step("the contract's own rules"):
            self._failures += [Failure("", "contract", text) for text in check_contract(document)]
        with self._step("generated files"):
            if codegen(["--check"]):
                message = "generated files are stale"
                self._failures.append(
                    Failure("", "generated", message, "python -m codegen --check")
                )
        with self._step("route inventory"):
            self._failures += check_application(_application(), document)
        with own_server(document) as target, own_server(document) as fuzzed:
            reach = self._check_server(target, fuzzed)
        with self._step("coverage document"):
            self._check_coverage(reach)
        with self._step("documents"):
            self._failures += check_documents(ROOT, document)
            self._failures += run_documents(ROOT, document)
        with self._step("compatibility"):
            self._failures += check_compatibility(ROOT, document)

    def _check_server(self, target: Target, fuzzed: Target | None = None) -> Reach:
        """Schemathesis and the gate's own examination, at once where each has its own server."""
        reach = Reach(target.document)
        is_own = fuzzed is not None
        with ThreadPoolExecutor(1) as pool:
            begun = pool.submit(self._fuzz, fuzzed or target)
            if not is_own:
                begun.result()
            with self._step("probes, lists, writes, conformance"):
                examination = examine(target)
            fuzzing = begun.result()
        self._failures += [*fuzzing.failures, *examination.failures]
        exchanges: list[Exchange] = [*fuzzing.exchanges, *examination.exchanges]
        if is_own:
            exchanges += self._provoke("without its store", provoke_unavailable, target.document)
            exchanges += self._provoke("turns in every state", provoke_turns, target.document)
        with self._step("reach"):
            reach.add(exchanges, examination.read)
            self._failures += [
                failure
                for failure in reach.failures()
                if is_own or not _is_provoked(failure, target.document)
            ]
        print(reach.summary)
        return reach

    def _fuzz(self, target: Target) -> Fuzzing:
        with self._step("schemathesis"), tempfile.TemporaryDirectory() as folder:
            return fuzz(
                target,
                Path(folder),
                max_examples=self._options.examples,
                seed=self._options.seed,
            )

    def _provoke(
        self,
        name: str,
        provoke: Callable[[Document, Findings], list[Exchange]],
        document: Document,
    ) -> list[Exchange]:
        """What a server of its own answers in states that a request cannot bring about."""
        with self._step(name):
            findings = Findings()
            exchanges = provoke(document, findings)
            conformance = Conformance(document, findings)
            for exchange in exchanges:
                conformance.check(exchange)
            self._failures += findings
            return exchanges

    def _check_coverage(self, reach: Reach) -> None:
        """The committed document is what was seen; a figure that falls shows in the diff."""
        text = reach.markdown()
        if self._options.write:
            COVERAGE.write_text(text)
        elif not COVERAGE.exists() or COVERAGE.read_text() != text:
            message = "docs/contract-coverage.md is not what was seen"
            self._failures.append(Failure("", "coverage", message, "python -m gate --write"))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._times.append((name, time.perf_counter() - started))


def _is_provoked(failure: Failure, document: Document) -> bool:
    """Whether a cell can only be seen where the store or the model of a server is taken away."""
    turns = {"", *concerned(document)}
    return "status 503 " in failure.message or failure.operation_id in turns


def _application() -> Any:
    """The application as it is composed for an embedded store, without a server."""
    with tempfile.TemporaryDirectory(prefix="palaver-gate-") as folder:
        return compose(Settings(data_dir=Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
