"""Contract schemas as compiled validators."""

from __future__ import annotations

from typing import Any

import pytest

from palaver.contract.document import Document
from palaver.contract.schemas import SchemaCompiler


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("text", True),
        ("", True),
        ("a\nb\n", True),
        (None, True),
        ("\0", False),
        ("a\0b", False),
        ("\n\0", False),
        (7, False),
        ("too long", False),
    ],
)
def test_text_without_nul_is_checked_as_the_contract_says(value: Any, valid: bool) -> None:
    compiler = SchemaCompiler(Document.parse(b"openapi: 3.0.3\n"))
    schema = {"type": "string", "nullable": True, "maxLength": 7, "pattern": r"^[^\x00]*$"}
    assert compiler.compile(schema).is_valid(value) is valid
