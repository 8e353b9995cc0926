"""What an extraction may take, in both processes, and that nothing of it is left."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from palaver.retrieval.extract import ExtractionFailed, Limits, Page, Stopped, extract
from palaver.retrieval.extract.messages import (
    LONGEST_LINE,
    About,
    Ended,
    Failed,
    Format,
    Message,
    Opened,
    Read,
)
from palaver.retrieval.extract.supervision import _checked, _lines
from tests.retrieval.book_files import HELVETICA, drawn, pdf, pdf_file, stream
from tests.retrieval.conftest import Read as ReadFile
from tests.retrieval.conftest import Refused

MIB = 1 << 20
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources << %s >> >>"
)

# Reads a file in a process of its own, and says what both processes took at most.
PROBE = """
import json, resource, sys
from palaver.retrieval.extract import ExtractionFailed, Limits, extract
import palaver.retrieval.extract.supervision
peak = lambda who: resource.getrusage(who).ru_maxrss * 1024
before = peak(resource.RUSAGE_SELF)
pages = characters = 0
code = None
try:
    for each in extract(sys.argv[1], sys.argv[2], limits=Limits(memory_bytes=int(sys.argv[3]))):
        pages += 1
        characters += len(each.page.text)
except ExtractionFailed as failure:
    code = failure.code
grown = peak(resource.RUSAGE_SELF) - before
print(json.dumps([pages, characters, code, grown, peak(resource.RUSAGE_CHILDREN)]))
"""

# Reads a file, says that a page came, and goes on.
READER = """
import sys
from palaver.retrieval.extract import extract
for each in extract(sys.argv[1], "book.pdf"):
    print(each.page.number, flush=True)
"""


def probe(path: Path, name: str, memory: int = 1 << 30) -> tuple[int, int, str | None, int, int]:
    """Pages, characters, failure, growth of the server's process, peak of the child."""
    command: list[str | Path] = [sys.executable, "-c", PROBE, path, name, str(memory)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    pages, characters, code, grown, child = json.loads(done.stdout)
    return pages, characters, code, grown, child


def endless_pdf() -> bytes:
    """A page of text, and one of forms within forms that would take for ever."""
    depth = 12
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 2 /Kids [3 0 R 6 0 R] >>",
        PAGE % (4, b"/Font << /F1 5 0 R >>"),
        stream(drawn("The first page")),
        HELVETICA,
        PAGE % (7, b"/XObject << /X 8 0 R >>"),
        stream(b"/X Do " * 10),
    ]
    for _ in range(depth):
        resources = b"/Resources << /XObject << /X %d 0 R >> >>" % (len(objects) + 2)
        form = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] " + resources
        objects.append(stream(b"/X Do " * 10, form))
    objects.append(
        stream(
            drawn("x"),
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> >>",
        )
    )
    return pdf_file(objects)


def memory_hog() -> bytes:
    """A page whose few bytes unpack twice, to 200 MiB of drawing."""
    once = zlib.compressobj()
    line = b"(All work and no play) Tj T*\n" * 40_000
    packed = b"".join(once.compress(line) for _ in range(200 * MIB // len(line))) + once.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        PAGE % (4, b"/Font << /F1 5 0 R >>"),
        stream(zlib.compress(packed), b"/Filter [/FlateDecode /FlateDecode]"),
        HELVETICA,
    ]
    return pdf_file(objects)


def children() -> set[int]:
    """The living children of this process."""
    return {
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    }


def test_memory_hog_is_stopped_and_the_server_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(memory_hog())
    assert path.stat().st_size < 100_000
    limit = 200 * MIB
    _, _, code, grown, child = probe(path, "book.pdf", limit)
    assert code in {"crashed", "memory", "damaged"}
    assert grown < 10 * MIB
    assert child <= limit


@pytest.mark.parametrize("text", [b"word " * (10 * MIB), b"x" * (50 * MIB)], ids=["words", "one"])
def test_one_line_of_50_megabytes(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "upload"
    path.write_bytes(text)
    pages, characters, code, grown, child = probe(path, "book.txt")
    assert code is None
    assert pages > 15_000
    assert characters == pytest.approx(len(text), rel=0.01)
    assert grown < 15 * MIB
    assert child < 120 * MIB


def test_book_of_2000_pages(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    lines = "\n".join("A line of the book, with a number of words on it" for _ in range(50))
    path.write_bytes(pdf([f"Page {n}\n{lines}" for n in range(2_000)], packed=True))
    pages, _, code, grown, child = probe(path, "book.pdf")
    assert (pages, code) == (2_000, None)
    assert grown < 15 * MIB
    assert child < 150 * MIB


def test_processor_time_is_bounded(refused: Refused) -> None:
    failure = refused(endless_pdf(), "book.pdf", Limits(cpu_seconds=1))
    assert failure.code == "slow"


def test_time_is_bounded(refused: Refused) -> None:
    before = children()
    assert refused(endless_pdf(), "book.pdf", Limits(wall_seconds=1)).code == "slow"
    assert children() == before


def test_time_of_the_caller_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(pdf([f"Page {n} of the book" for n in range(300)]))
    pages = extract(path, "book.pdf", limits=Limits(wall_seconds=3))
    next(pages)
    # The caller takes longer than the limit.
    threading.Event().wait(3.2)
    assert sum(1 for _ in pages) == 299


def test_first_page_comes_before_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(endless_pdf())
    before = children()
    pages = extract(path, "book.pdf")
    assert next(pages).page.text == "The first page"
    # It is busy with the second page, which has no end.
    assert len(children() - before) == 1
    pages.close()
    assert children() == before


def test_caller_who_wants_no_more(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(endless_pdf())
    before = children()
    enough = threading.Event()
    pages = extract(path, "book.pdf", stop=enough.is_set)
    next(pages)
    enough.set()
    with pytest.raises(Stopped):
        next(pages)
    assert children() == before


def test_child_goes_with_the_server(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(endless_pdf())
    server = subprocess.Popen([sys.executable, "-c", READER, path], stdout=subprocess.PIPE)
    assert server.stdout
    try:
        assert server.stdout.readline() == b"1\n"
        (child,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        watched = os.pidfd_open(int(child))
        server.kill()
        ready, _, _ = select.select([watched], [], [], 10)
        os.close(watched)
        assert ready
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def test_child_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(pdf([f"Page {n} of the book" for n in range(500)]))
    pages = extract(path, "book.pdf")
    starter = threading.Thread(target=lambda: next(pages))
    starter.start()
    starter.join()
    assert sum(1 for _ in pages) == 499


def test_child_that_the_system_kills(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(endless_pdf())
    before = children()
    pages = extract(path, "book.pdf")
    next(pages)
    (child,) = children() - before
    os.kill(child, signal.SIGKILL)
    with pytest.raises(ExtractionFailed) as failure:
        list(pages)
    assert failure.value.code == "memory"


def test_child_is_not_stopped_with_a_service(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(pdf([f"Page {n} of the book" for n in range(500)]))
    before = children()
    pages = extract(path, "book.pdf")
    next(pages)
    (child,) = children() - before
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(child, asked)
    assert sum(1 for _ in pages) == 499


def test_child_is_confined(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(endless_pdf())
    before = children()
    pages = extract(path, "book.pdf")
    next(pages)
    (child,) = children() - before
    proc = Path(f"/proc/{child}")
    lines = (proc / "limits").read_text().splitlines()
    limits = {line[:26].strip(): line[26:].split() for line in lines}
    status = (proc / "status").read_text()
    assert limits["Max address space"][:2] == [str(1 << 30)] * 2
    assert limits["Max file size"][:2] == ["0", "0"]
    assert limits["Max core file size"][:2] == ["0", "0"]
    assert limits["Max processes"][:2] == ["0", "0"]
    assert int(limits["Max open files"][0]) < 50
    assert limits["Max cpu time"][0] == "300"
    assert "NoNewPrivs:\t1" in status
    assert os.getsid(child) == child
    assert str(path) not in (proc / "cmdline").read_text()
    pages.close()


def test_limits_of_pages_and_text(refused: Refused, read: ReadFile) -> None:
    book = pdf([f"Page {n} of the book" for n in range(12)])
    assert len(read(book, "book.pdf", Limits(pages=12))) == 12
    assert refused(book, "book.pdf", Limits(pages=11)).code == "too_many_pages"
    assert refused(book, "book.pdf", Limits(characters=100)).code == "text_too_long"
    assert refused(b"text\f" * 20, "book.txt", Limits(pages=19)).code == "too_many_pages"


def test_unreadable_file_is_no_fault_of_the_book(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(extract(tmp_path / "gone", "book.pdf"))


ABOUT = Opened(About(Format.TEXT))


@pytest.mark.parametrize(
    "said",
    [
        [Read([Page(1, "before it was opened")], 1, 1)],
        [ABOUT, ABOUT],
        [ABOUT, Ended()],
        [ABOUT, Read([], 1, 1)],
        [ABOUT, Read([Page(0, "x")], 1, 1)],
        [ABOUT, Read([Page(2, "x"), Page(1, "x")], 1, 1)],
        [ABOUT, Read([Page(1, "x")], 2, 1)],
        [ABOUT, Read([Page(1, "x" * 100_001)], 1, 1)],
        [ABOUT, Failed("<script>")],
    ],
)
def test_child_that_was_taken_over_is_not_believed(said: list[Message]) -> None:
    with pytest.raises(ExtractionFailed) as failure:
        list(_checked(iter(said), Limits()))
    assert failure.value.code == "crashed"


def test_child_that_never_ends_is_stopped() -> None:
    def endlessly() -> Iterator[Message]:
        yield ABOUT
        while True:
            yield Read([Page(1, "")], 0, 1)

    with pytest.raises(ExtractionFailed) as failure:
        list(_checked(endlessly(), Limits(pages=100)))
    assert failure.value.code == "too_many_pages"


def test_line_that_never_ends_is_stopped() -> None:
    program = "import os\nwhile True: os.write(1, b'x' * 65536)"
    command = [sys.executable, "-c", program]
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=silent) as child:
        with pytest.raises(ExtractionFailed):
            list(_lines(child, Limits(), bool))
        child.kill()


def test_longest_messages_fit_a_line() -> None:
    part = "\U0001f600" * 100_000
    message = Read([Page(1, "\U0001f600" * 49_999), Page(2, part)], 1, 2)
    assert len(msgspec.json.encode(message)) < LONGEST_LINE
    escaped = Read([Page(1, '"\\\n' * 16_666), Page(2, '"\\\n' * 33_333)], 1, 2)
    assert len(msgspec.json.encode(escaped)) < LONGEST_LINE
