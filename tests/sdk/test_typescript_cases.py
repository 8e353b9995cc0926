"""The TypeScript client does what ``cases.yaml`` says, in Node, from its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.sdk.conformance import Outcome, Step, load_cases, run_case
from tests.sdk.conftest import Live
from tests.sdk.typescript.node import Caller, calling


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.mark.parametrize("case", load_cases())
def test_case(case: Mapping[str, Any], live: Live, caller: Caller) -> None:
    def drive(url: str, step: Step) -> Outcome:
        client = {
            "token": step.token,
            "password": step.password,
            "max_retries": step.max_retries,
            "timeout": step.timeout,
        }
        asked: dict[str, Any] = {
            "url": url,
            "client": {name: value for name, value in client.items() if value is not None},
            "operation": step.operation,
            "mode": step.mode,
            "parameters": step.parameters,
        }
        if step.has_body:
            asked["body"] = step.body
        asked |= {
            name: value
            for name, value in (("stop_after", step.stop_after), ("accept", step.accept))
            if value is not None
        }
        told = caller(asked)
        return Outcome(told.get("result"), told.get("error"), told["progress"], told["left"])

    run_case(case, live, drive)
