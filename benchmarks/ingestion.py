"""How fast books come in, beside a loop that only reads their text with pypdfium2.

What comes in is an upload: written to disk and made durable, read in one confined process, cut in
another, stored with its index on SQLite, and READY. The loop and the ingestion take turns.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import ratio, table
from benchmarks.options import Options
from benchmarks.retrieval import manuals
from palaver.retrieval.files import Files
from palaver.retrieval.ingest import Ingestion
from palaver.store import BookRecord, open_store

BAR = 0.5
PIECE = 1 << 16
NICENESS = 5
"""Of the processes that read and cut: so the loop gets as much of a busy machine as they do."""

LOOP = """
import sys, time
import pypdfium2
start, used = time.perf_counter(), time.process_time()
document = pypdfium2.PdfDocument(sys.argv[1])
for index in range(len(document)):
    page = document[index]
    text = page.get_textpage()
    text.get_text_range()
    text.close()
    page.close()
print(time.perf_counter() - start, time.process_time() - used)
"""


@dataclass(frozen=True)
class Took:
    """Seconds, by the clock and of processors; those of the server's process are counted apart."""

    seconds: float
    processor: float
    server: float = 0.0


def main(options: Options) -> str:
    """Take every manual in, in rounds; the figures as Markdown."""
    rows = []
    ratios = []
    with tempfile.TemporaryDirectory(prefix="palaver-manuals-") as name:
        for title, file in manuals.fetch(Path(name)).items():
            loops: list[Took] = []
            ingestions: list[Took] = []
            for _ in range(options.rounds):
                loops.append(_loop(file))
                pages, took = _ingestion(file)
                ingestions.append(took)
            by_clock = ratio(
                [each.seconds for each in loops], [each.seconds for each in ingestions]
            )
            ratios.append(by_clock)
            rows.append(
                [
                    title,
                    str(pages),
                    _rate(pages, loops),
                    _rate(pages, ingestions),
                    f"{by_clock:.2f}",
                    *(
                        f"{statistics.median(values) * 1e3:.0f}"
                        for values in (
                            [each.processor for each in loops],
                            [each.processor for each in ingestions],
                            [each.server for each in ingestions],
                        )
                    ),
                ]
            )
    met = sum(each >= BAR for each in ratios)
    head = ["book", "pages", "loop, pages/s", "palaver, pages/s", "palaver ÷ loop", "loop, ms CPU"]
    head += ["palaver, ms CPU", "of it in the server"]
    said = f"Bar: {BAR} of the loop's pages a second; {met} of {len(ratios)} books"
    return f"{said}, median {statistics.median(ratios):.2f}.\n\n{table(head, rows)}"


def _rate(pages: int, took: list[Took]) -> str:
    return f"{pages / statistics.median(each.seconds for each in took):.0f}"


def _loop(file: Path) -> Took:
    said = subprocess.run(
        [sys.executable, "-c", LOOP, file],
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=lambda: os.nice(NICENESS) and None,
    )
    seconds, processor = map(float, said.stdout.split())
    return Took(seconds, processor)


def _ingestion(file: Path) -> tuple[int, Took]:
    """The pages of the book, and what it took from the first byte until READY."""
    with tempfile.TemporaryDirectory(prefix="palaver-ingestion-") as folder:
        store = open_store(f"sqlite:///{folder}/palaver.db")
        store.migrate()
        ingestion = Ingestion(store, Files(f"{folder}/files"), alone=True)
        ingestion.start()
        server, others = _used(resource.RUSAGE_SELF), _used(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        with file.open("rb") as content, ingestion.receive(most=1 << 30) as upload:
            while piece := content.read(PIECE):
                upload.write(piece)
            book = ingestion.add(upload, file_name=file.name, created_by="benchmark")
        pause = threading.Event()
        while (now := store.books.get(book.book_id)).status == "PROCESSING":
            pause.wait(0.01)
        seconds = time.perf_counter() - start
        ingestion.stop()
        server = _used(resource.RUSAGE_SELF) - server
        others = _used(resource.RUSAGE_CHILDREN) - others
        store.close()
        return _pages(now), Took(seconds, server + others, server)


def _pages(book: BookRecord) -> int:
    if book.status != "READY":
        raise AssertionError(f"{book.file_name}: {book.reason}")
    return book.page_count


def _used(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime
