"""What the mutants showed to be wrong in the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from codegen.rules import check_contract
from gate.mutants.system import System, running_system
from palaver.contract.document import Document


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    document = Document.load(Path(__file__).parents[2] / "openapi.yaml")
    with running_system(document) as running:
        yield running


def test_a_list_that_is_no_json_is_a_problem_and_no_crash(system: System) -> None:
    tree = Document.parse(system.document.content).tree
    schema = {"type": "string", "maxLength": 10, "description": "Names."}
    answer = {"description": "Names.", "content": {"text/csv": {"schema": schema}}}
    tree["paths"]["/api/agents"]["get"]["responses"]["200"] = answer
    edited = Document.parse(Document("openapi.yaml", b"", tree, {}).json)
    problems = check_contract(edited)
    assert any("a list is answered as `application/json`" in each for each in problems)


def test_a_path_that_is_refused_before_it_is_known_has_the_documented_words(
    system: System,
) -> None:
    answer = httpx.get(f"{system.url}/api/sessions/%01", trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["title"] == "The request is not valid."
    answer = httpx.get(f"{system.url}/sessions/get/%01", trust_env=False)
    assert answer.json()["error"] == "invalid_request"
