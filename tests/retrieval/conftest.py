"""What tests of extraction share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver.retrieval.extract import Extracted, ExtractionFailed, Limits, extract

Read = Callable[..., list[Extracted]]
Refused = Callable[..., ExtractionFailed]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """All pages of a file with this content."""

    def read(content: bytes, name: str, limits: Limits | None = None) -> list[Extracted]:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return list(extract(path, name, limits=limits))

    return read


@pytest.fixture
def refused(read: Read, tmp_path: Path) -> Refused:
    """The failure of a file with this content; its reason is fit for people."""

    def refused(content: bytes, name: str, limits: Limits | None = None) -> ExtractionFailed:
        with pytest.raises(ExtractionFailed) as failure:
            read(content, name, limits)
        reason = failure.value.reason
        assert reason == str(failure.value)
        assert reason[0].isupper()
        assert reason.endswith(".")
        for unfit in (str(tmp_path), "/", "pdfium", "lxml", "Error", "Traceback"):
            assert unfit.lower() not in reason.lower()
        return failure.value

    return refused
