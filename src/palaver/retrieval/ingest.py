"""The ingestion of books: two at a time, in any process, until each is READY or FAILED.

A book waits from the moment that it is stored as PROCESSING, so nothing needs to be told to anybody
for it to be ingested: every process looks for books that wait and that nobody works on. Whoever
takes one up holds it by a lease, renewed while it works; of a process that dies, the leases lapse
and others go on where it stood. docs/decisions/0009-durable-ingestion.md says why it is so.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from uuid_utils import uuid4

from palaver.errors import BookNotFound, StoreUnavailable
from palaver.retrieval.extract import ExtractionFailed, Format, Limits, Stopped
from palaver.retrieval.extract.faults import REASONS
from palaver.retrieval.files import Files, Upload
from palaver.retrieval.intake import MEDIA_TYPES, EmbedPassages, Pace, take_in
from palaver.store import BookRecord, Claim, Once, Store

AT_ONCE: Final = 2
LEASE_SECONDS: Final = 30.0
TICK_SECONDS: Final = 5.0
"""How often leases are renewed, and books looked for that others uploaded or left behind."""

RETRY_SECONDS: Final = 10.0
"""Until the next attempt, where it was not the book's fault."""

MOST_ATTEMPTS: Final = 5
STOP_SECONDS: Final = 5.0
UPLOAD_SECONDS: Final = 86_400.0
"""An upload that was begun so long ago is no longer under way."""

ROWS_AT_ONCE: Final = 500
LONGEST_NAME: Final = 255

FILE_GONE: Final = (
    "The file of the book is no longer there. Please delete the book and upload it again."
)
INTERRUPTED: Final = "The server stopped each time that it read the book. Please try again."

log: Final = logging.getLogger("palaver.retrieval")

_FORMATS: Final = {
    ".pdf": Format.PDF,
    ".epub": Format.EPUB,
    ".docx": Format.DOCX,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
}
_NOT_IN_NAMES: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Ingestion:
    """Takes books in. ``start`` and ``stop`` once; all calls block and are safe from any thread.

    ``alone`` says that no other process serves this store: then whatever was begun before is taken
    up at once. ``embed`` gives passages their vectors, if there is a model for it.
    """

    def __init__(
        self,
        store: Store,
        files: Files,
        *,
        alone: bool,
        limits: Limits | None = None,
        pace: Pace | None = None,
        embed: EmbedPassages | None = None,
        at_once: int = AT_ONCE,
        lease_seconds: float = LEASE_SECONDS,
        tick_seconds: float = TICK_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._store: Final = store
        self._files: Final = files
        self._alone: Final = alone
        self._limits: Final = limits
        self._pace: Final = pace
        self._embed: Final = embed
        self._at_once: Final = at_once
        self._lease: Final = timedelta(seconds=lease_seconds)
        self._tick: Final = tick_seconds
        self._retry: Final = timedelta(seconds=retry_seconds)
        self._mutex: Final = threading.Lock()
        self._jobs: Final[dict[str, _Job]] = {}
        self._wake: Final = threading.Event()
        self._stopping: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._run, name="ingestion", daemon=True)
        self._is_store_out = False

    def start(self) -> None:
        """Begin to take in what waits. Raises StoreUnavailable."""
        if self._alone:
            self._store.ingestions.forfeit()
        self._sweep_files()
        self._thread.start()

    def halt(self) -> None:
        """Begin to stop, without waiting for the end; books will be gone on with later."""
        self._stopping.set()
        self._wake.set()
        with self._mutex:
            for job in self._jobs.values():
                job.stop()

    def stop(self) -> None:
        """Stop, within a few seconds."""
        self.halt()
        if self._thread.is_alive():
            self._thread.join()
        # One may have been begun in that moment.
        self.halt()
        with self._mutex:
            jobs = list(self._jobs.values())
        deadline = time.monotonic() + STOP_SECONDS
        for job in jobs:
            job.join(max(0.0, deadline - time.monotonic()))

    def receive(self, *, most: int) -> Upload:
        """Begin an upload of up to ``most`` bytes. Raises ``OSError``."""
        return self._files.receive(most=most)

    def add(
        self,
        upload: Upload,
        *,
        file_name: str,
        created_by: str,
        title: str | None = None,
        author: str | None = None,
        once: Once | None = None,
    ) -> BookRecord:
        """Make a book of what was uploaded, and have it taken in; without a title it gets its
        file's name. The upload is over, whatever comes of it.

        Raises BookExists, with the id of the book that has the same bytes, IdempotencyKeyReused,
        StoreUnavailable and ``OSError``.
        """
        name = _clean(file_name)
        format = _FORMATS.get(PurePosixPath(name).suffix.lower(), Format.TEXT)
        with upload:
            upload.complete()
            book = self._create(
                upload,
                title=title or PurePosixPath(name).stem,
                author=author,
                file_name=name,
                # What the name promises; what it is will be known when it is read.
                format=format,
                media_type=MEDIA_TYPES[format],
                sha256=upload.sha256,
                size=upload.size,
                created_by=created_by,
                book_id=upload.book_id,
                once=once,
            )
            # A repeated request is answered with the first one's book.
            if book.book_id == upload.book_id:
                try:
                    upload.keep()
                except OSError as error:
                    log.warning("the file of a book keeps a name that is not its own: %r", error)
        self._wake.set()
        return book

    def _create(self, upload: Upload, **values: Any) -> BookRecord:
        try:
            return self._store.books.create(**values)
        except StoreUnavailable:
            # The book may be stored in spite of that.
            upload.leave()
            raise

    def retry(self, book_id: str) -> BookRecord:
        """Take in a book anew that FAILED. Raises BookNotFound, BookNotFailed, StoreUnavailable."""
        book = self._store.books.retry(book_id)
        self._store.ingestions.forget(book_id)
        self._wake.set()
        return book

    def delete(self, book_id: str) -> None:
        """Delete a book and its file, whatever its status; what else it leaves is removed soon.

        Raises BookNotFound, StoreUnavailable and ``OSError``.
        """
        self._store.books.get(book_id)
        # In this order: a file that nobody knows of any more would stay for ever.
        self._files.delete(book_id)
        self._store.books.delete(book_id)
        with self._mutex:
            job = self._jobs.get(book_id)
        if job is not None:
            job.stop()
        self._wake.set()

    def _run(self) -> None:
        renewed = swept = time.monotonic()
        while not self._stopping.is_set():
            pause = self._tick
            try:
                if time.monotonic() >= renewed + self._tick:
                    renewed = time.monotonic()
                    self._renew()
                self._begin()
                began = time.monotonic()
                if self._store.passages.sweep(ROWS_AT_ONCE):
                    # As long as it took, others write.
                    pause = min(self._tick, time.monotonic() - began)
                if time.monotonic() >= swept + UPLOAD_SECONDS:
                    swept = time.monotonic()
                    self._sweep_files()
                self._is_store_out = False
            except StoreUnavailable as error:
                # Once an outage, not at every tick of it.
                if not self._is_store_out:
                    log.warning("books wait for the database: %r", error.__cause__)
                self._is_store_out = True
            except Exception:
                log.exception("the ingestion of books stumbled")
            self._wake.wait(min(pause, max(0.0, renewed + self._tick - time.monotonic())))
            self._wake.clear()

    def _renew(self) -> None:
        with self._mutex:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.renew(self._lease)

    def _begin(self) -> None:
        """Take up books that wait, as many as there is room for."""
        while not self._stopping.is_set():
            with self._mutex:
                if len(self._jobs) >= self._at_once:
                    return
            held_until = time.monotonic() + self._lease.total_seconds()
            until = datetime.now(UTC) + self._lease
            claim = self._store.ingestions.claim(str(uuid4()), lease_until=until)
            if claim is None:
                return
            job = _Job(self, claim, held_until)
            with self._mutex:
                # One that lost its book, and does not know yet, is told.
                before = self._jobs.get(claim.book_id)
                if before is None:
                    self._jobs[claim.book_id] = job
            if before is not None:
                before.stop()
                before.join(STOP_SECONDS)
                self._store.ingestions.postpone(claim, until=datetime.now(UTC), forgiven=True)
                return
            job.start()

    def _sweep_files(self) -> None:
        since = 0.0 if self._alone and not self._thread.is_alive() else UPLOAD_SECONDS
        try:
            self._files.sweep(begun_before=time.time() - since, is_book=self._is_book)
        except OSError as error:
            log.warning("what uploads left cannot be removed: %r", error)

    def _is_book(self, book_id: str) -> bool:
        try:
            self._store.books.get(book_id)
        except BookNotFound:
            return False
        return True

    def _take_in(self, job: _Job) -> None:
        """The work of a job's thread."""
        try:
            with contextlib.suppress(StoreUnavailable):
                # Whoever cannot say how it ended leaves it to the lease.
                self._bring_in(job)
        except Exception:
            log.exception("a book was left in between")
        finally:
            with self._mutex:
                del self._jobs[job.claim.book_id]
            self._wake.set()

    def _bring_in(self, job: _Job) -> None:
        claim = job.claim
        ingestions = self._store.ingestions
        now = datetime.now
        try:
            if claim.attempts > MOST_ATTEMPTS:
                self._fail(claim, INTERRUPTED)
                return
            with self._files.local(claim.book_id) as path:
                take_in(
                    self._store,
                    path,
                    claim,
                    stop=job.must_stop,
                    report=job.report,
                    limits=self._limits,
                    pace=self._pace,
                    embed=self._embed,
                )
            ingestions.end(claim)
        except BookNotFound:
            ingestions.end(claim)
        except Stopped:
            # For another process, or the next start of this one. One that was deleted has no claim.
            job.renew(self._lease)
            ingestions.postpone(claim, until=now(UTC), forgiven=True)
        except ExtractionFailed as failure:
            if failure.code == "broken":
                self._try_later(claim)
            else:
                self._fail(claim, failure.reason)
        except FileNotFoundError:
            # Once it may have been renamed in that moment.
            if claim.attempts == 1:
                self._try_later(claim)
            else:
                self._fail(claim, FILE_GONE)
        except StoreUnavailable:
            ingestions.postpone(claim, until=now(UTC) + self._retry, forgiven=True)
        except Exception:
            log.exception("a book could not be taken in")
            self._try_later(claim)

    def _try_later(self, claim: Claim) -> None:
        if claim.attempts >= MOST_ATTEMPTS:
            self._fail(claim, REASONS["broken"])
        else:
            until = datetime.now(UTC) + self._retry
            self._store.ingestions.postpone(claim, until=until, forgiven=False)

    def _fail(self, claim: Claim, reason: str) -> None:
        # It may be deleted by now, or somebody else may have brought it to its end.
        with contextlib.suppress(BookNotFound):
            self._store.books.fail(claim.book_id, reason)
        self._store.ingestions.end(claim)


class _Job:
    """A book that is being taken in, and the thread that does it."""

    def __init__(self, ingestion: Ingestion, claim: Claim, held_until: float) -> None:
        self.claim: Final = claim
        self._ingestion: Final = ingestion
        self._held_until = held_until
        self._pages_done = claim.pages_done
        self._stopped: Final = threading.Event()
        self._thread: Final = threading.Thread(
            target=ingestion._take_in, args=(self,), name="ingestion of a book", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def must_stop(self) -> bool:
        """Whether to leave the book: told to, or it may be somebody else's by now."""
        return self._stopped.is_set() or time.monotonic() > self._held_until

    def report(self, page: int) -> None:
        self._pages_done = page

    def renew(self, lease: timedelta) -> None:
        """Keep the book for another while. Raises StoreUnavailable."""
        held_until = time.monotonic() + lease.total_seconds()
        until = datetime.now(UTC) + lease
        store = self._ingestion._store
        if store.ingestions.renew(self.claim, lease_until=until, pages_done=self._pages_done):
            self._held_until = held_until
        else:
            self.stop()


def _clean(file_name: str) -> str:
    """A file's name as it is kept: without folders, and nothing that cannot be shown."""
    name = _NOT_IN_NAMES.sub("", re.split(r"[/\\]", file_name)[-1]).strip()
    if len(name) > LONGEST_NAME:
        suffix = PurePosixPath(name).suffix[:20]
        name = name[: LONGEST_NAME - len(suffix)] + suffix
    return name if name.strip(".") else "book"
