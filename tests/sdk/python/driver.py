"""Steps of ``cases.yaml`` made with the Python client, blocking and not."""

from __future__ import annotations

import asyncio
import base64
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from pydantic import BaseModel

import palaver_client
from palaver_client import AsyncDownload, AsyncPalaver, Download, Palaver, Upload
from palaver_client.generated import operations
from tests.sdk.conformance import Driver, Outcome, Step


@contextmanager
def blocking() -> Iterator[Driver]:
    """Steps with ``Palaver``."""

    def drive(url: str, step: Step) -> Outcome:
        progress: list[Mapping[str, int]] = []
        arguments = _arguments(step, progress)
        client = Palaver(url, http_client=http, **_options(step))
        with _folder() as folder:
            try:
                result = _sync_result(client, step, arguments, folder)
                return Outcome(result, None, progress, _left(folder))
            except palaver_client.PalaverError as error:
                return Outcome(None, _told(error), progress, _left(folder, failed=True))

    with httpx2.Client() as http:
        yield drive


@contextmanager
def asynchronous() -> Iterator[Driver]:
    """Steps with ``AsyncPalaver``."""

    async def work(url: str, step: Step) -> Outcome:
        progress: list[Mapping[str, int]] = []
        arguments = _arguments(step, progress)
        client = AsyncPalaver(url, http_client=http, **_options(step))
        with _folder() as folder:
            try:
                result = await _async_result(client, step, arguments, folder)
                return Outcome(result, None, progress, _left(folder))
            except palaver_client.PalaverError as error:
                return Outcome(None, _told(error), progress, _left(folder, failed=True))

    with asyncio.Runner() as runner:
        http = httpx2.AsyncClient()
        try:
            yield lambda url, step: runner.run(work(url, step))
        finally:
            runner.run(http.aclose())


def _sync_result(client: Palaver, step: Step, arguments: dict[str, Any], folder: Path) -> Any:
    if step.mode == "items":
        items = getattr(client.all, step.operation)(**arguments)
        return [_plain(each) for each in itertools.islice(items, step.stop_after)]
    method = getattr(client, step.operation)
    if step.mode == "events":
        with method(**arguments) as stream:
            return [_plain(each) for each in itertools.islice(stream, step.stop_after)]
    if step.mode == "file":
        with method(**arguments) as download:
            assert download.save(folder / "file") == (folder / "file").stat().st_size
            return _file(folder / "file", download)
    if step.mode == "answer":
        return _answer(client.with_response(method, **arguments, **_value(step)))
    return _plain(method(**arguments, **_value(step)))


async def _async_result(
    client: AsyncPalaver, step: Step, arguments: dict[str, Any], folder: Path
) -> Any:
    if step.mode == "items":
        items = getattr(client.all, step.operation)(**arguments)
        return await _taken(items, step.stop_after)
    method = getattr(client, step.operation)
    if step.mode == "events":
        async with await method(**arguments) as stream:
            return await _taken(stream, step.stop_after)
    if step.mode == "file":
        async with await method(**arguments) as download:
            assert await download.save(folder / "file") == (folder / "file").stat().st_size
            return _file(folder / "file", download)
    if step.mode == "answer":
        return _answer(await client.with_response(method, **arguments, **_value(step)))
    return _plain(await method(**arguments, **_value(step)))


async def _taken(items: AsyncIterator[Any], most: int | None) -> list[Any]:
    found: list[Any] = []
    async for each in items:
        found.append(_plain(each))
        if len(found) == most:
            break
    return found


def _options(step: Step) -> Any:
    given = {
        "token": step.token,
        "password": step.password,
        "timeout": step.timeout,
        "max_retries": step.max_retries,
    }
    return {name: value for name, value in given.items() if value is not None}


def _value(step: Step) -> dict[str, Any]:
    """Where a method can give a stream or a value, the value."""
    description = getattr(operations, step.operation.upper())
    return {"stream": False} if description.streaming else {}


def _arguments(step: Step, progress: list[Mapping[str, int]]) -> dict[str, Any]:
    """The arguments of the method, which have Python's names."""
    description = getattr(operations, step.operation.upper())
    names = {each.name: each.argument for each in description.parameters}
    arguments = {names[name]: value for name, value in step.parameters.items()}
    if step.has_body and description.body.argument:
        arguments[description.body.argument] = _read(step.body)
    elif step.has_body:
        fields = {name: argument for argument, name in description.body.fields.items()}
        arguments |= {fields[name]: _read(value) for name, value in step.body.items()}
    if step.accept is not None:
        arguments["accept"] = step.accept
    if description.body is not None and description.body.files:
        arguments["on_progress"] = lambda done, total: progress.append(
            {"loaded": done, "total": total}
        )
    return arguments


def _read(value: Any) -> Any:
    if isinstance(value, Mapping) and "$file" in value:
        file = value["$file"]
        if "base64" in file:
            content = base64.b64decode(file["base64"])
        else:
            content = file["text"].encode() if "text" in file else bytes(file["bytes"])
        return Upload(content, file["name"], file.get("type"))
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value


def _answer(answer: palaver_client.Answer[Any]) -> dict[str, Any]:
    return {
        "status": answer.status,
        "etag": answer.headers.get("etag"),
        "request_id": answer.request_id,
        "data": _plain(answer.data),
    }


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder with the file that a download is to replace."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "file").write_text("as before")
        yield Path(folder)


def _left(folder: Path, *, failed: bool = False) -> list[str]:
    """The files that a download should not have left or changed."""
    whole = not failed or (folder / "file").read_bytes() == b"as before"
    return sorted(each.name for each in folder.iterdir() if each.name != "file" or not whole)


def _file(path: Path, download: Download | AsyncDownload) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "bytes": len(content),
        "begins": content[:4].decode("latin-1"),
        "name": download.name,
        "type": download.media_type,
    }


def _told(error: palaver_client.PalaverError) -> dict[str, Any]:
    """An error as ``Outcome`` has it."""
    if isinstance(error, palaver_client.APIStatusError):
        of_status = palaver_client.STATUS_ERRORS.get(error.status, palaver_client.APIStatusError)
        return {
            "status": error.status,
            "of_status": type(error) is of_status,
            "code": error.code,
            "words": str(error),
            "request_id": error.request_id,
            "pointer": error.errors[0].pointer if error.errors else None,
            "body": error.body,
        }
    for kind, name in (
        (palaver_client.APITimeoutError, "timeout"),
        (palaver_client.APIConnectionError, "connection"),
        (palaver_client.InvalidResponseError, "response"),
    ):
        if isinstance(error, kind):
            return {"kind": name, "words": str(error)}
    raise error
