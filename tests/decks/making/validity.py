"""Whether contents are what the contract lets a slide be."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from palaver.app import load_contract
from palaver.contract.values import ContractValues
from palaver.models import SlideContent

VALUES = ContractValues(load_contract())
CONTENT = {"$ref": "#/components/schemas/SlideContent"}


def check(contents: Iterable[SlideContent]) -> None:
    """Fails for a content that the contract refuses."""
    for content in contents:
        assert VALUES.findings(CONTENT, msgspec.to_builtins(content)) == [], content
