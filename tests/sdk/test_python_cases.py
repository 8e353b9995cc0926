"""The Python client does what ``cases.yaml`` says, blocking and not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.sdk.conformance import Driver, load_cases, run_case
from tests.sdk.conftest import Live
from tests.sdk.python.driver import asynchronous, blocking


@pytest.fixture(scope="module", params=[blocking, asynchronous])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    with request.param() as driver:
        yield driver


@pytest.mark.parametrize("case", load_cases())
def test_case(case: Mapping[str, Any], live: Live, driver: Driver) -> None:
    run_case(case, live, driver)
