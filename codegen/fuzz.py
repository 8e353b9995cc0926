"""Fuzz a server of our own with schemathesis and count what of the contract was reached.

``python -m codegen.fuzz`` starts ``palaver serve`` on an embedded store in a temporary folder,
runs every phase of ``schemathesis.toml`` with a valid token and prints how many of the documented
(operation, status) pairs were seen. It fails when a check fails or when an operation was never
answered with a success.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palaver.contract.document import Document

from .__main__ import ROOT

USER = "user123"
"""The user of the contract's examples, so that its example paths are the caller's own."""

WELL_FORMED_ONLY = frozenset({404, 409})
"""A router answers these too; they count only where the request was well-formed."""

Pair = tuple[str, int]


def main() -> int:
    """Run the fuzzer: 0 when everything holds, else 1."""
    parser = argparse.ArgumentParser(prog="python -m codegen.fuzz", description=__doc__)
    parser.add_argument("--max-examples", type=int, help="cases for each operation and phase")
    parser.add_argument("--seed", type=int, help="random instead of deterministic cases")
    options = parser.parse_args()
    document = Document.load(ROOT / "openapi.yaml")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.ndjson"
        with serving(Path(folder) / "data") as (url, token):
            code = _run_schemathesis(url, token, report, options.max_examples, options.seed)
        reached = read_report(report)
    missed = _print_reach(document, reached)
    return 1 if code or missed else 0


@contextmanager
def serving(data_dir: Path) -> Iterator[tuple[str, str]]:
    """A server on a free port of the loopback interface: its URL and a token of ``USER``."""
    palaver = [sys.executable, "-m", "palaver"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PALAVER_")}
    server = subprocess.Popen(
        [*palaver, "serve", "--port", "0", "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert server.stdout is not None
        match = re.search(r"http://\S+", server.stdout.readline())
        if match is None:
            raise RuntimeError("the server did not start")
        token = subprocess.run(
            [*palaver, "token", "--user", USER, "--data-dir", str(data_dir)],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        ).stdout.strip()
        yield match.group(), token
    finally:
        server.terminate()
        server.communicate(timeout=30)


def _run_schemathesis(
    url: str, token: str, report: Path, max_examples: int | None, seed: int | None
) -> int:
    command = [sys.executable, "-m", "schemathesis.cli"]
    command += ["--config-file", str(ROOT / "schemathesis.toml"), "run", str(ROOT / "openapi.yaml")]
    command += ["--report", "ndjson", "--report-ndjson-path", str(report)]
    if max_examples is not None:
        command += ["--max-examples", str(max_examples)]
    if seed is not None:
        command += ["--seed", str(seed)]
    environment = {**os.environ, "PALAVER_FUZZ_URL": url, "PALAVER_FUZZ_TOKEN": token}
    return subprocess.run(command, env=environment, cwd=report.parent, check=False).returncode


def read_report(report: Path) -> set[Pair]:
    """The (``METHOD /path``, status) pairs of a schemathesis report."""
    reached: set[Pair] = set()
    with report.open() as lines:
        for line in lines:
            scenario = json.loads(line).get("ScenarioFinished")
            if scenario is None:
                continue
            recorder = scenario["recorder"]
            for case_id, interaction in recorder.get("interactions", {}).items():
                response = interaction.get("response")
                case = recorder.get("cases", {}).get(case_id, {}).get("value", {})
                if response is None or "path" not in case:
                    continue
                status = int(response["status_code"])
                mode = ((case.get("meta") or {}).get("generation") or {}).get("mode")
                if status in WELL_FORMED_ONLY and mode != "positive":
                    continue
                reached.add((f"{case['method'].upper()} {case['path']}", status))
    return reached


def _print_reach(document: Document, reached: set[Pair]) -> list[str]:
    """Print the reach; give the operations that never succeeded."""
    documented = 0
    seen = 0
    missing: dict[int, list[str]] = defaultdict(list)
    failed: list[str] = []
    for operation in document.operations:
        label = f"{operation.method.upper()} {operation.path}"
        statuses = {int(status) for status in operation.responses}
        hit = {status for status in statuses if (label, status) in reached}
        documented += len(statuses)
        seen += len(hit)
        for status in sorted(statuses - hit):
            missing[status].append(operation.operation_id)
        if not hit & set(operation.success_statuses):
            failed.append(operation.operation_id)
    print(f"Reached {seen} of {documented} documented (operation, status) pairs.")
    for status, operations in sorted(missing.items()):
        print(f"  not reached: {status} of {', '.join(operations)}")
    for operation_id in failed:
        print(f"FAILED: {operation_id} was never answered with a success")
    return failed


if __name__ == "__main__":
    sys.exit(main())
