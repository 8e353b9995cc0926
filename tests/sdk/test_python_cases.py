"""The Python client does what ``cases.yaml`` says, blocking and not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from palaver.contract.document import Document
from tests.sdk.conformance import Driver, load_cases, operations_of_cases, run_case
from tests.sdk.conftest import ROOT, Live
from tests.sdk.python.driver import asynchronous, blocking


@pytest.fixture(scope="module", params=[blocking, asynchronous])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    with request.param() as driver:
        yield driver


@pytest.mark.parametrize("case", load_cases())
def test_case(case: Mapping[str, Any], live: Live, driver: Driver) -> None:
    run_case(case, live, driver)


def test_every_operation_is_in_a_case() -> None:
    contract = Document.load(ROOT / "openapi.yaml")
    assert operations_of_cases() == {each.operation_id for each in contract.operations}
