"""How generated Python looks."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

from codegen.models import GeneratorError


def formatted(code: str, width: int = 100) -> str:
    """The code as ruff lays it out, whatever the tree's settings. Raises ``GeneratorError``."""
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={width}", "-"]
    result = subprocess.run(command, input=code, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise GeneratorError(f"ruff failed: {result.stderr.strip()}")
    return result.stdout


def literal(value: str | None) -> str:
    """A text, or nothing, as Python."""
    return "None" if value is None else json.dumps(value, ensure_ascii=False)


def row(values: tuple[str, ...] | list[str]) -> str:
    """A tuple of texts as Python."""
    listed = ", ".join(literal(each) for each in values)
    return f"({listed},)" if len(values) == 1 else f"({listed})"


def entry(name: str, text: str, width: int = 92) -> str:
    """An entry of a list of arguments."""
    return textwrap.fill(
        f"- ``{name}``: {' '.join(text.split())}",
        width,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def paragraphs(text: str, width: int = 92) -> str:
    """Prose in lines of at most ``width``, its paragraphs and lists kept apart."""
    parts: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.splitlines()
        if any(line.lstrip().startswith(("- ", "* ", "|", "```")) for line in lines):
            parts.append("\n".join(line.rstrip() for line in lines))
        else:
            parts.append(
                textwrap.fill(
                    " ".join(lines), width, break_long_words=False, break_on_hyphens=False
                )
            )
    return "\n\n".join(parts)
