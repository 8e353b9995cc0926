"""What the three applications of this benchmark share: the contract, the messages, the tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from palaver.auth.tokens import TokenRules, issue_token

DUMMY_ROUTES = 35
RULES = TokenRules(secret="a secret of the benchmark, known to all")

_START = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "id": str(UUID(int=0x019A9F3E8C2D7F108B3A5E6F70819200 + seq)),
        "seq": seq,
        "role": "assistant" if seq % 2 else "user",
        "content": f"Message {seq}: what is the capital of France, and how many people live there? "
        "Please answer in two sentences and name the year of your figures.",
        "agent_id": "geographer" if seq % 2 else None,
        "agent_name": "The geographer" if seq % 2 else None,
        "summary": False,
        "created_at": (_START + timedelta(seconds=7 * seq)).isoformat().replace("+00:00", "Z"),
    }
    for seq in range(20)
]
"""A page of history as plain JSON data."""

PARSED_ROWS = [{**row, "created_at": datetime.fromisoformat(row["created_at"])} for row in ROWS]
"""The same as a store gives it, with times as ``datetime``."""


def token() -> str:
    """A token that all three applications take."""
    return issue_token(RULES, subject="ada", lifetime=timedelta(hours=8))


def contract(*, dummies: int, auth: bool) -> dict[str, Any]:
    """The contract, with as many dummy routes before the measured ones."""
    tree: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("contract.yaml").read_text())
    thing = tree["paths"].pop("/things/{thing_id}")["get"]
    things = {
        f"/things{number}/{{thing_id}}": {"get": {**thing, "operationId": f"get_thing{number}"}}
        for number in range(dummies)
    }
    tree["paths"] = {**things, **tree["paths"]}
    if auth:
        tree["security"] = [{"bearerAuth": []}]
    return tree
