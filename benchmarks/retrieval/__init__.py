"""Whether questions find the pages that answer them, in real manuals, and how long that takes.

The questions are in ``questions.yaml``. Half of them may be looked at to tune what is searched and
how; the figures that count are those of the other half.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.options import Options
from benchmarks.retrieval import evaluation, library, manuals, scale
from palaver.retrieval.search import find
from palaver.store import Store, open_store
from tests.conftest import _postgres_server

LARGE = 100_000
"""Passages of the library in which questions are timed."""
BARS = "Bars: hit@5 ≥ 0.85, off-topic refused ≥ 0.95, recall ≥ 0.85; p50 < 30 ms on SQLite."

Books = Mapping[str, tuple[str, Sequence[str]]]


def main(options: Options) -> str:
    """Fetch, ingest and ask on both stores; the figures as Markdown."""
    asked = evaluation.questions()
    with tempfile.TemporaryDirectory(prefix="palaver-manuals-") as name:
        folder = Path(name)
        files = manuals.fetch(folder)
        books = {
            each.name: (each.title, library.pages_of(files[each.name])) for each in manuals.MANUALS
        }
        with _opened(f"sqlite:///{folder / 'sqlite.db'}") as store:
            on_sqlite = _evaluate("SQLite", store, books, asked)
            times = [_times("SQLite", store, books, asked, options.large or LARGE)]
        with _postgres_server() as url, _opened(url) as store:
            on_postgres = _evaluate("PostgreSQL", store, books, asked)
            times.append(_times("PostgreSQL", store, books, asked, options.large or LARGE))
    pages = sum(len(each) for _, each in books.values())
    return "\n".join(
        [
            f"{len(books)} manuals, {pages} pages. {BARS}",
            "",
            "| store | questions | answerable | hit@1 | hit@5 | precision | recall "
            "| off-topic refused | near-topic refused |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *on_sqlite,
            *on_postgres,
            "",
            "| store | passages | p50 ms | p99 ms |",
            "| --- | ---: | ---: | ---: |",
            *times,
            "",
        ]
    )


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Store]:
    store = open_store(url)
    store.migrate()
    yield store
    store.close()


def _evaluate(
    label: str, store: Store, books: Books, questions: Sequence[evaluation.Question]
) -> list[str]:
    names = library.fill(store, books)
    asked = [evaluation.ask(store, question, names) for question in questions]
    rows = []
    for part, some in (
        ("tuning half", [each for each in asked if not each.question.is_held_out]),
        ("held-out half", [each for each in asked if each.question.is_held_out]),
    ):
        found = evaluation.figures(some)
        answerable = sum(each.question.kind == "answered" for each in some)
        shares = " | ".join(
            f"{share:.2f}"
            for share in (
                found.hit_1, found.hit_5, found.precision, found.recall,
                found.off_refused, found.near_refused,
            )
        )  # fmt: skip
        rows.append(f"| {label} | {part}, {len(some)} | {answerable} | {shares} |")
    return rows


def _times(
    label: str, store: Store, books: Books, questions: Sequence[evaluation.Question], size: int
) -> str:
    """Add copies until there are ``size`` passages, and time every question once, caches warm."""
    passages = [
        each
        for _, pages in books.values()
        for number, page in enumerate(pages, 1)
        for each in library.passages_of(number, page)
    ]
    scale.multiply(store, passages, max(0, size - len(passages)))
    for question in questions:
        find(store, question.text, limit=5)
    seconds = []
    for question in questions:
        start = time.perf_counter()
        find(store, question.text, limit=5)
        seconds.append(time.perf_counter() - start)
    cuts = statistics.quantiles(seconds, n=100)
    return f"| {label} | {max(size, len(passages))} | {cuts[49] * 1e3:.1f} | {cuts[98] * 1e3:.1f} |"
