"""Files that are made of decks and conversations, opened by readers that are not the server's."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from typing import Any
from urllib.parse import unquote

import pypdfium2
from pptx import Presentation

from gate.addressing import Addressing
from gate.findings import Findings
from gate.slides import NAMES, Slides, texts
from gate.wire import Exchange, Request

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PDF = "application/pdf"
KINDS = {"pptx": PPTX, "pdf": PDF}
FIELD = "format"
UNPRINTED = NAMES | {"notes", "alt", "language"}
_WORD = re.compile(r"v[0-9]+x[0-9a-f]+")


class DeckFiles:
    """Checks files; ``read`` collects the parameters that were seen to matter."""

    def __init__(self, addressing: Addressing, findings: Findings, slides: Slides) -> None:
        self._wire = addressing.wire
        self._findings = findings
        self._slides = slides
        self.read: set[tuple[str, str, str]] = set()

    def check_exports(self) -> None:
        """Of a deck with each layout: a slide or page for each, with its texts and notes."""
        title = _title()
        path = self._slides.session(title)
        empty = self._slides.send("export_session", path)
        self._expect(empty.status == 404, empty, f"{empty.status} for a deck without slides")
        contents = self._slides.contents(path)
        for content in contents:
            self._slides.send("insert_slide", path, {"content": content})
        request = self._slides.request("export_session").but(path=path)
        for kind, media_type in KINDS.items():
            other = PDF if media_type == PPTX else PPTX
            refused = self._export(request, {FIELD: kind}, other)
            message = f"{refused.status} for a {kind} that the client does not take"
            self._expect(refused.status == 406, refused, message)
            for query, accept in (({FIELD: kind}, "*/*"), ({}, media_type)):
                made = self._export(request, query, accept)
                if self._is_file(made, media_type):
                    self._check_named(made, title, kind)
                    if not query:
                        check = self._check_pptx if kind == "pptx" else self._check_pdf
                        check(made, contents)
                    else:
                        self.read.add(("export_session", "query", FIELD))
        deck = self._slides.read(path).json
        kept = [each["content"] for each in deck["slide_deck"]["slides"]] == contents
        same = kept and deck["version"] == len(contents)
        self._expect(same, made, "an export changed the deck")

    def _export(self, request: Request, query: dict[str, str], accept: str) -> Exchange:
        headers = {**request.headers, "Accept": accept}
        return self._wire.send(request.but(query=query, headers=headers))

    def _is_file(self, made: Exchange, media_type: str) -> bool:
        begins = made.content.startswith(b"PK" if media_type == PPTX else b"%PDF-")
        found = made.status, made.headers.get("content-type")
        right = begins and found == (200, media_type)
        return self._expect(right, made, f"{found} where {media_type} was asked for")

    def _check_named(self, made: Exchange, title: str, ending: str) -> None:
        """By the title, without what no system takes (RFC 6266)."""
        said = made.headers.get("content-disposition", "")
        name = unquote(said.partition("filename*=UTF-8''")[2])
        words = [each for each in re.split(r"[/: ]+", title) if each]
        whole = f"{' '.join(words)}.{ending}"
        plain = said.startswith("attachment; filename=") and f'.{ending}"' in said
        self._expect(name == whole and plain, made, f"a file is named {said}")

    def _check_pptx(self, made: Exchange, contents: list[dict[str, Any]]) -> None:
        try:
            slides = list(Presentation(io.BytesIO(made.content)).slides)
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            self._expect(False, made, f"the PPTX cannot be opened: {error!r}")
            return
        right = len(slides) == len(contents)
        if not self._expect(right, made, f"{len(slides)} slides of {len(contents)}"):
            return
        for slide, content in zip(slides, contents, strict=True):
            said = "".join(_shape_text(each) for each in slide.shapes)
            wanted = list(texts(content, without=UNPRINTED))
            lost = [each for each in wanted if each not in said]
            self._expect(not lost, made, f"a slide lacks {lost[:1]}")
            notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
            told = notes.text if notes is not None else ""
            self._expect(told == content.get("notes", ""), made, f"the notes are {told!r}")

    def _check_pdf(self, made: Exchange, contents: list[dict[str, Any]]) -> None:
        try:
            pages = _page_texts(made.content)
        except pypdfium2.PdfiumError as error:
            self._expect(False, made, f"the PDF cannot be opened: {error!r}")
            return
        right = len(pages) == len(contents)
        if not self._expect(right, made, f"{len(pages)} pages of {len(contents)} slides"):
            return
        for page, content in zip(pages, contents, strict=True):
            found = [_WORD.search(text) for text in texts(content, without=UNPRINTED)]
            wanted = [each.group() for each in found if each is not None]
            lost = [each for each in wanted if each not in page]
            self._expect(not lost, made, f"a page lacks {lost[:1]}")

    def check_transcripts(self) -> None:
        """Every message, in its order and by its speaker, as JSON and as Markdown."""
        named = _title()
        paths = [self._slides.session(named)]
        for create in ("create_agent_session", "create_team_session"):
            made = self._wire.send(self._slides.request(create))
            paths.append({"session_id": made.json["session_id"]})
        for path in paths:
            send = self._slides.request("send_session_message").but(path=path)
            headers = {"Accept": "application/json"}
            for text in (f"What is {uuid.uuid4().hex}?", "# One\n\n> ~~~\n<b>two</b>\nÉ漢🙂"):
                self._wire.send(send.but(headers=headers, body={"message": text}))
            listed = self._slides.request("list_session_messages")
            messages = self._wire.send(listed.but(path=path, query={})).json["messages"]
            title = self._slides.send("get_session", path).json["title"]
            files = self._check_transcript(path, title, messages)
            for answer, ending in zip(files, ("json", "md"), strict=True):
                if title == named:
                    self._check_named(answer, title, ending)
                ended_so = f'.{ending}"' in answer.headers.get("content-disposition", "")
                self._expect(ended_so, answer, "the file has another ending")

    def _check_transcript(
        self, path: dict[str, Any], title: str, messages: list[dict[str, Any]]
    ) -> tuple[Exchange, Exchange]:
        """As JSON and as Markdown."""
        request = self._slides.request("get_session_transcript").but(path=path)
        names = "role", "agent_name", "content", "status", "timestamp"
        as_json = self._wire.send(request.but(headers={"Accept": "application/json"}))
        said = as_json.json if isinstance(as_json.json, dict) else {}
        wanted = [
            {"seq": number, **{name: each[name] for name in names}}
            for number, each in enumerate(messages)
        ]
        self._expect(said.get("messages") == wanted, as_json, "the transcript has other messages")
        same = (said.get("title"), said.get("session_id")) == (title, path["session_id"])
        self._expect(same, as_json, "the transcript is of another session")
        as_text = self._wire.send(request.but(headers={"Accept": "text/markdown"}))
        lines = as_text.content.decode(errors="replace").split("\n")
        quoted = [
            f"> {each}" if each else ">" for m in messages for each in m["content"].split("\n")
        ]
        found = [each for each in lines if each.startswith(">")]
        self._expect(found == quoted, as_text, "the transcript says something else")
        speakers = [each.replace("\\", "") for each in lines if each.startswith("## ")]
        named = [f"## {each['agent_name'] or each['role']}" for each in messages]
        self._expect(speakers == named, as_text, f"the speakers are {speakers}")
        moments = [each[1:20] for each in lines if each.startswith("*2")]
        when = [each["timestamp"][:19].replace("T", " ") for each in messages]
        self._expect(moments == when, as_text, f"the moments are {moments}")
        return as_json, as_text

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "decks", message)


def _title() -> str:
    """A title that nothing else has, of which a name needs more than ASCII, and not all."""
    return f"Año/{uuid.uuid4().hex}: 漢字"


def _shape_text(shape: Any) -> str:
    if shape.has_table:
        return "\n".join(cell.text for row in shape.table.rows for cell in row.cells)
    return shape.text_frame.text if shape.has_text_frame else ""


def _page_texts(data: bytes) -> list[str]:
    """The text of each page, without blanks and line breaks."""
    document = pypdfium2.PdfDocument(data)
    try:
        found = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            found.append("".join(text.get_text_range().split()))
            text.close()
            page.close()
        return found
    finally:
        document.close()
