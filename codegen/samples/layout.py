"""JSON and what looks like it, laid out: on one line where it fits, else with a member a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layout:
    """How a language writes objects and lists."""

    key: Callable[[str], str]
    scalar: Callable[[Any], str]
    width: int
    after_last: str = ","
    """What follows the last member where each has a line of its own."""

    def fitting(self, value: Any, indent: str = "", taken: int = 0) -> str:
        """A value that begins after ``taken`` characters of a line with this indent."""
        flat = self.flat(value)
        if len(indent) + taken + len(flat) < self.width or not isinstance(value, dict | list):
            return flat
        return self.broken(value, indent)

    def flat(self, value: Any) -> str:
        """A value on one line."""
        if isinstance(value, dict) and value:
            members = (f"{self.key(name)}: {self.flat(each)}" for name, each in value.items())
            return f"{{ {', '.join(members)} }}"
        if isinstance(value, list):
            return f"[{', '.join(map(self.flat, value))}]"
        return self.scalar(value)

    def broken(self, value: Any, indent: str = "") -> str:
        """An object or a list with a line for each member."""
        inner = f"{indent}  "
        if isinstance(value, dict):
            starts = [(f"{self.key(name)}: ", each) for name, each in value.items()]
            ends = "{}"
        else:
            starts = [("", each) for each in value]
            ends = "[]"
        lines = (f"{inner}{start}{self.fitting(each, inner, len(start))}" for start, each in starts)
        joined = ",\n".join(lines)
        return f"{ends[0]}\n{joined}{self.after_last}\n{indent}{ends[1]}"
