"""``sdk/typescript/src/generated/``: the contract as TypeScript.

What the contract says of pages (``x-list``), of event streams (``x-events``), of resuming them
(``links``) and of idempotency keys becomes a table that the hand-written client works by.
"""

from __future__ import annotations

from palaver.contract.document import Document

from .calls import render_calls
from .schemas import render_schemas
from .table import render_table

HEADER = "// Generated from openapi.yaml by `python -m codegen`. Do not edit.\n"


def render_typescript(document: Document) -> dict[str, str]:
    """The generated files by name. Raises ``GeneratorError`` for what cannot be said."""
    return {
        "calls.ts": HEADER + render_calls(document),
        "operations.ts": HEADER + render_table(document),
        "schemas.ts": HEADER + render_schemas(document),
    }


__all__ = ["render_typescript"]
