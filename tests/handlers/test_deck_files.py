"""Exports and transcripts over HTTP."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx
import pypdfium2
import pytest
from pptx import Presentation

from palaver.contract.document import Document

if TYPE_CHECKING:
    from tests.handlers.conftest import HoldToContract, ImportMessages

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PDF = "application/pdf"


def operation(contract: Document, operation_id: str) -> Any:
    return next(each for each in contract.operations if each.operation_id == operation_id)


@pytest.fixture
def url(client: httpx.Client) -> str:
    """A new session with a name that is not ASCII."""
    made = client.post("/api/sessions", json={"title": 'Año/2026: "漢字"'}).json()
    return f"/api/sessions/{made['session_id']}"


@pytest.fixture
def with_deck(client: httpx.Client, url: str) -> str:
    """The session after two slides were added."""
    for content in (
        {"layout": "title", "title": "Revenue", "notes": "Smile."},
        {"layout": "bullets", "title": "Points", "bullets": [{"text": "Up by 12 %"}]},
    ):
        made = client.post(f"{url}/slides", json={"content": content}, headers={"If-Match": "*"})
        assert made.status_code == 201
    return url


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("", None, PPTX),
        ("", "*/*", PPTX),
        ("", PDF, PDF),
        ("", f"{PPTX};q=0.1, {PDF}", PDF),
        ("?format=pptx", None, PPTX),
        ("?format=pdf", None, PDF),
        ("?format=pdf", "application/*", PDF),
    ],
)
def test_a_deck_becomes_a_file(
    client: httpx.Client,
    with_deck: str,
    contract: Document,
    hold_to_contract: HoldToContract,
    query: str,
    accept: str | None,
    media_type: str,
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    response = client.post(f"{with_deck}/export{query}", headers=headers)
    assert response.status_code == 200, response.text
    hold_to_contract(response, operation(contract, "export_session"))
    assert response.headers["Content-Type"] == media_type
    assert len(response.content) == int(response.headers["Content-Length"])
    ending = "pptx" if media_type == PPTX else "pdf"
    plain, full = response.headers["Content-Disposition"].split("; filename*=UTF-8''")
    assert plain == f'attachment; filename="Ano 2026.{ending}"'
    assert unquote(full) == f"Año 2026 漢字.{ending}"
    if media_type == PPTX:
        slides = Presentation(io.BytesIO(response.content)).slides
        assert [slide.shapes.title.text for slide in slides] == ["Revenue", "Points"]
        assert slides[0].notes_slide.notes_text_frame.text == "Smile."
    else:
        pages = pypdfium2.PdfDocument(response.content)
        texts = [page.get_textpage().get_text_range() for page in pages]
        assert len(texts) == 2
        assert "Revenue" in texts[0]
        assert "Up by 12 %" in texts[1]


def test_without_slides_there_is_no_file(
    client: httpx.Client, url: str, contract: Document, hold_to_contract: HoldToContract
) -> None:
    response = client.post(f"{url}/export")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:palaver:problem:deck-not-found"
    assert response.json()["title"] == "The session has no slides to export."
    hold_to_contract(response, operation(contract, "export_session"))


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [
        ("?format=odp", None, 400),
        ("?format=", None, 400),
        ("?format=pdf&format=pptx", None, 400),
        ("", "image/png", 406),
        ("?format=pdf", PPTX, 406),
        ("?format=pptx", PDF, 406),
    ],
)
def test_files_that_are_not_made(
    client: httpx.Client, with_deck: str, query: str, accept: str | None, status: int
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    assert client.post(f"{with_deck}/export{query}", headers=headers).status_code == status


def test_a_deck_of_two_hundred_slides_becomes_a_file(client: httpx.Client, url: str) -> None:
    for number in range(200):
        content = {
            "layout": "bullets",
            "title": f"Slide {number}",
            "bullets": [{"text": f"Point {n}"} for n in range(5)],
        }
        made = client.post(f"{url}/slides", json={"content": content}, headers={"If-Match": "*"})
        assert made.status_code == 201
    as_pptx = client.post(f"{url}/export", timeout=60)
    assert len(Presentation(io.BytesIO(as_pptx.content)).slides) == 200
    as_pdf = client.post(f"{url}/export?format=pdf", timeout=60)
    assert len(pypdfium2.PdfDocument(as_pdf.content)) == 200


def test_a_transcript_in_markdown_and_in_json(
    client: httpx.Client, url: str, contract: Document, hold_to_contract: HoldToContract
) -> None:
    session_id = url.rpartition("/")[2]
    for role, content in (("user", "Hi\n# no heading"), ("assistant", "```\nopen")):
        client.post(
            f"/sessions/history/update/{session_id}", json={"role": role, "content": content}
        )
    text = client.get(f"{url}/transcript")
    assert text.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert text.headers["Content-Disposition"].startswith('attachment; filename="Ano 2026.md"; ')
    lines = text.text.split("\n")
    assert lines[0] == '# Año\\/2026\\: \\"漢字\\"'
    assert [line for line in lines if line.startswith("#")][1:] == ["## user", "## assistant"]
    assert "> # no heading" in lines
    as_json = client.get(f"{url}/transcript", headers={"Accept": "application/json"})
    hold_to_contract(as_json, operation(contract, "get_session_transcript"))
    transcript = as_json.json()
    assert (transcript["session_id"], transcript["title"]) == (session_id, 'Año/2026: "漢字"')
    assert [(each["seq"], each["role"], each["content"]) for each in transcript["messages"]] == [
        (0, "user", "Hi\n# no heading"),
        (1, "assistant", "```\nopen"),
    ]
    refused = client.get(f"{url}/transcript", headers={"Accept": "text/html"})
    assert refused.status_code == 406


def test_an_empty_transcript(client: httpx.Client, url: str) -> None:
    assert client.get(f"{url}/transcript").text == '# Año\\/2026\\: \\"漢字\\"\n'
    as_json = client.get(f"{url}/transcript", headers={"Accept": "application/json"})
    assert as_json.json()["messages"] == []


def test_a_long_transcript_is_whole(
    client: httpx.Client, url: str, import_messages: ImportMessages
) -> None:
    import_messages(url.rpartition("/")[2], 2500)
    text = client.get(f"{url}/transcript").text
    assert [line for line in text.split("\n") if line.startswith("> ")] == [
        f"> message {number}" for number in range(2500)
    ]
    as_json = client.get(f"{url}/transcript", headers={"Accept": "application/json"}).json()
    assert [each["seq"] for each in as_json["messages"]] == list(range(2500))
    assert client.head(f"{url}/transcript").status_code == 200
