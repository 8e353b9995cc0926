"""Samples of each operation for curl, Python and TypeScript, as the reference page shows them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from palaver.contract.document import Document

from .curl import render_curl
from .python import render_python
from .reading import Sample, read_sample
from .typescript import render_typescript

SAMPLES = "src/palaver/console/reference/static/samples.json"


@dataclass(frozen=True)
class Language:
    """A language that samples are in: how a page colours it, and what makes them."""

    highlighting: str
    render: Callable[[Sequence[Sample]], list[str]]


LANGUAGES: Mapping[str, Language] = {
    "curl": Language("bash", render_curl),
    "Python": Language("python", render_python),
    "TypeScript": Language("typescript", render_typescript),
}


def render_samples(document: Document) -> str:
    """The generated file: ``x-codeSamples`` of each operation. Raises ``GeneratorError``."""
    samples = [read_sample(document, operation) for operation in document.operations]
    texts = {name: language.render(samples) for name, language in LANGUAGES.items()}
    content = {
        "$comment": "Generated from openapi.yaml by `python -m codegen`. Do not edit.",
        "x-codeSamples": {
            sample.operation.operation_id: [
                {"lang": language.highlighting, "label": name, "source": texts[name][number]}
                for name, language in LANGUAGES.items()
            ]
            for number, sample in enumerate(samples)
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


__all__ = ["LANGUAGES", "SAMPLES", "Language", "Sample", "read_sample", "render_samples"]
