"""What changed between two contracts, and what of it breaks clients.

Requests may only widen and responses may only narrow; docs/decisions/0005 has the exceptions.
"""

from __future__ import annotations

from codegen.compatibility.change import Change
from codegen.compatibility.operations import compare_contracts

__all__ = ["Change", "compare_contracts"]
