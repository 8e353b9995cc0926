"""Messages by which a test says what the model's server shall answer."""

from __future__ import annotations

import json
from typing import Any


def calls(*rounds: Any, said: str = "") -> str:
    """A message after which the model calls tools, round by round; see ``protocol_server``."""
    # Two brackets would end the script.
    script = json.dumps(rounds, ensure_ascii=False)
    while "]]" in script:
        script = script.replace("]]", "] ]")
    return f"{said}[[calls:{script} ]]"
