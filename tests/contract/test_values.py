"""Values that are held against the contract's schemas outside of requests."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from palaver.app import load_contract
from palaver.contract.values import MAX_FINDINGS, ContractValues

VALUES = ContractValues(load_contract())
CONTENT = {"$ref": "#/components/schemas/SlideContent"}
LIST = {"type": "object", "properties": {"pattern": {"type": "array", "items": CONTENT}}}
TITLE = {"layout": "title", "title": "T"}


@pytest.mark.parametrize(
    ("value", "findings"),
    [
        (TITLE, []),
        ({**TITLE, "x": 1}, ["x: the field is not known here"]),
        ({"layout": "title"}, ["title: the field is required"]),
        ({"title": "T"}, ["layout: the field is required"]),
        ("T", ["the value: the value matches none of the allowed forms"]),
        (
            {"layout": "bullets", "title": "T", "bullets": [{"text": 1}]},
            ["bullets.0.text: the value must be a string"],
        ),
    ],
)
def test_findings_are_of_the_form_that_is_meant(value: Any, findings: list[str]) -> None:
    assert VALUES.findings(CONTENT, value) == findings
    inside = VALUES.findings(LIST, {"pattern": [TITLE, value]})
    assert len(inside) == len(findings)
    assert all(each.startswith("pattern.1") for each in inside)


def test_a_form_that_does_not_exist_is_named() -> None:
    [finding] = VALUES.findings(CONTENT, {"layout": "video"})
    assert finding.startswith("layout: ")
    assert "two_columns" in finding


def test_only_so_much_is_found() -> None:
    assert len(VALUES.findings(LIST, {"pattern": [{}] * 100})) == MAX_FINDINGS
    # Of a big value the first mistake is enough.
    assert len(VALUES.findings(LIST, {"pattern": [{"layout": "x" * 50}] * 6000})) == 1


def test_a_schema_that_stands_alone() -> None:
    alone = VALUES.standalone(LIST)
    text = json.dumps(alone)
    assert "$ref" not in text
    assert "minLength" not in text
    # A property may be called like what is left out.
    assert [*alone["properties"]] == ["pattern"]
    validator = jsonschema_rs.Draft202012Validator(alone)
    assert validator.is_valid({"pattern": [TITLE]})
    assert not validator.is_valid({"pattern": [{"layout": "title"}]})
