"""What stands behind the contract is known, and has no place that the contract has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gate.inventory import check_application
from palaver.app import compose, load_contract
from palaver.settings import Settings


@pytest.fixture
def app(tmp_path: Path) -> Any:
    """A composed application that nobody serves."""
    return compose(Settings(data_dir=tmp_path))


def test_the_console_keeps_apart(app: Any) -> None:
    behind = app.middleware_stack[-1]
    assert check_application(app, load_contract()) == []
    assert all(map(behind.owns, ("/", "/console", "/console/token", "/docs")))
    for path in ("/api", "/sessions/create", "/consoles", "//console", "", "console", "/healthz"):
        assert not behind.owns(path)


def test_a_page_in_the_place_of_an_operation_is_found(app: Any) -> None:
    behind = app.middleware_stack[-1]
    behind.owns = lambda path: path.startswith("/api/agents")
    found = [failure.message for failure in check_application(app, load_contract())]
    assert "GET /api/agents is documented and is a place of the console" in found
    assert len(found) == 5
