"""The TypeScript client does what ``cases.yaml`` says, in Node, from its sources."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.sdk.conformance import Outcome, Step, load_cases, run_case
from tests.sdk.conftest import ROOT, Live
from tests.sdk.typescript.node import SOURCES, node_command

DRIVER = ROOT / "tests/sdk/typescript/driver.mts"


class NodeDriver:
    """A process of Node that makes one call after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, url: str, step: Step) -> Outcome:
        client = {"token": step.token, "max_retries": step.max_retries, "timeout": step.timeout}
        asked: dict[str, Any] = {
            "url": url,
            "client": {name: value for name, value in client.items() if value is not None},
            "operation": step.operation,
            "mode": step.mode,
            "parameters": step.parameters,
        }
        if step.has_body:
            asked["body"] = step.body
        if step.stop_after is not None:
            asked["stop_after"] = step.stop_after
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the driver has ended; its error output says why"
        told: dict[str, Any] = json.loads(line)
        return Outcome(told.get("result"), told.get("error"), told["progress"])


@pytest.fixture(scope="module")
def driver() -> Iterator[NodeDriver]:
    command = node_command(DRIVER, SOURCES)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        yield NodeDriver(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize("case", load_cases())
def test_case(case: Mapping[str, Any], live: Live, driver: NodeDriver) -> None:
    run_case(case, live, driver)
