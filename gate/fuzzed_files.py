"""Files that schemathesis cannot make or read by itself. It loads this module as its hooks."""

from __future__ import annotations

from functools import partial
from typing import get_args

import schemathesis
from hypothesis import strategies
from schemathesis import DeserializationContext, Response

from gate.pictures import Kind, picture

for kind in get_args(Kind):
    numbers = strategies.integers(min_value=0, max_value=9999)
    schemathesis.openapi.media_type(
        f"image/{kind.lower()}", numbers.map(partial(picture, kind=kind))
    )


@schemathesis.deserializer("text/markdown")
def read_text(_context: DeserializationContext, response: Response) -> str:
    """A document that is all one text."""
    return response.content.decode()
