"""What the mutants showed to be wrong in the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gate.mutants.system import System, running_system
from palaver.contract.document import Document


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    document = Document.load(Path(__file__).parents[2] / "openapi.yaml")
    with running_system(document) as running:
        yield running


def test_a_path_that_is_refused_before_it_is_known_has_the_documented_words(
    system: System,
) -> None:
    answer = httpx.get(f"{system.url}/api/sessions/%01", trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["title"] == "The request is not valid."
    answer = httpx.get(f"{system.url}/sessions/get/%01", trust_env=False)
    assert answer.json()["error"] == "invalid_request"
