"""Moments are looked for wherever an answer may have some, and nowhere else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gate.findings import Findings
from gate.wire import Exchange, Request
from gate.wording import Wording
from palaver.contract.document import Document

NOW = datetime.now(UTC)
LATE = NOW + timedelta(hours=1)
MOMENT = {"type": "string", "format": "date-time"}
SCHEMAS: dict[str, Any] = {
    "Leaf": {"type": "object", "properties": {"name": {"type": "string"}, "at": MOMENT}},
    "Plain": {"type": "object", "properties": {"name": {"type": "string"}}},
    "Node": {
        "type": "object",
        "properties": {
            "inner": {"$ref": "#/components/schemas/Node"},
            "plain": {"$ref": "#/components/schemas/Plain"},
            "leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Leaf"}},
        },
    },
}


def moments(body: Any) -> list[tuple[str, datetime]]:
    """The moments of an answer that is a ``Node``."""
    answer = {
        "description": "A node.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}},
    }
    operation = {"operationId": "get_node", "tags": ["nodes"], "responses": {"200": answer}}
    tree = {
        "openapi": "3.0.3",
        "info": {"title": "Nodes", "version": "1"},
        "paths": {"/node": {"get": operation}},
        "components": {"schemas": SCHEMAS},
    }
    document = Document.parse(json.dumps(tree).encode())
    request = Request(document.operations[0])
    headers = {"content-type": "application/json"}
    exchange = Exchange(request, 200, headers, json.dumps(body).encode(), body)
    return list(Wording(document, Findings()).moments(exchange))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"plain": {"name": NOW.isoformat()}}, []),
        ({"leaves": [{"name": "A"}]}, []),
        ({"leaves": [{"at": NOW.isoformat()}, {"at": LATE.isoformat()}]}, [NOW, LATE]),
        ({"inner": {"inner": {"leaves": [{"at": LATE.isoformat()}]}}}, [LATE]),
        ({"plain": {"at": LATE.isoformat()}}, []),
    ],
)
def test_moments_are_found_however_deep_they_are(body: Any, found: list[datetime]) -> None:
    assert moments(body) == [("at", each) for each in found]
