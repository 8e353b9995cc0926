"""Steps of ``cases.yaml`` made with the Python client, blocking and not."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from pydantic import BaseModel

import palaver_client
from palaver_client import AsyncPalaver, Palaver, Upload
from palaver_client.generated import operations
from tests.sdk.conformance import Driver, Outcome, Step


@contextmanager
def blocking() -> Iterator[Driver]:
    """Steps with ``Palaver``."""

    def drive(url: str, step: Step) -> Outcome:
        progress: list[Mapping[str, int]] = []
        arguments = _arguments(step, progress)
        client = Palaver(url, token=step.token, http_client=http, **_options(step))
        try:
            return Outcome(_sync_result(client, step, arguments), progress=progress)
        except palaver_client.PalaverError as error:
            return Outcome(error=_told(error), progress=progress)

    with httpx2.Client() as http:
        yield drive


@contextmanager
def asynchronous() -> Iterator[Driver]:
    """Steps with ``AsyncPalaver``."""

    async def work(url: str, step: Step) -> Outcome:
        progress: list[Mapping[str, int]] = []
        arguments = _arguments(step, progress)
        client = AsyncPalaver(url, token=step.token, http_client=http, **_options(step))
        try:
            result = await _async_result(client, step, arguments)
            return Outcome(result, progress=progress)
        except palaver_client.PalaverError as error:
            return Outcome(error=_told(error), progress=progress)

    with asyncio.Runner() as runner:
        http = httpx2.AsyncClient()
        try:
            yield lambda url, step: runner.run(work(url, step))
        finally:
            runner.run(http.aclose())


def _sync_result(client: Palaver, step: Step, arguments: dict[str, Any]) -> Any:
    if step.mode == "items":
        items = getattr(client.all, step.operation)(**arguments)
        return [_plain(each) for each in itertools.islice(items, step.stop_after)]
    method = getattr(client, step.operation)
    if step.mode == "events":
        with method(**arguments) as stream:
            return [_plain(each) for each in itertools.islice(stream, step.stop_after)]
    if step.mode == "file":
        with tempfile.TemporaryDirectory() as folder, method(**arguments) as download:
            path = Path(folder, "file")
            assert download.save(path) == path.stat().st_size
            return _file(path)
    return _plain(method(**arguments, **_value(step)))


async def _async_result(client: AsyncPalaver, step: Step, arguments: dict[str, Any]) -> Any:
    if step.mode == "items":
        items = getattr(client.all, step.operation)(**arguments)
        return await _taken(items, step.stop_after)
    method = getattr(client, step.operation)
    if step.mode == "events":
        async with await method(**arguments) as stream:
            return await _taken(stream, step.stop_after)
    if step.mode == "file":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "file")
            async with await method(**arguments) as download:
                assert await download.save(path) == path.stat().st_size
            return _file(path)
    return _plain(await method(**arguments, **_value(step)))


async def _taken(items: AsyncIterator[Any], most: int | None) -> list[Any]:
    found: list[Any] = []
    async for each in items:
        found.append(_plain(each))
        if len(found) == most:
            break
    return found


def _options(step: Step) -> Any:
    given = {"timeout": step.timeout, "max_retries": step.max_retries}
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
    if description.body is not None and description.body.files:
        arguments["on_progress"] = lambda done, total: progress.append(
            {"loaded": done, "total": total}
        )
    return arguments


def _read(value: Any) -> Any:
    if isinstance(value, Mapping) and "$file" in value:
        file = value["$file"]
        content = file["text"].encode() if "text" in file else bytes(file["bytes"])
        return Upload(content, file["name"], file.get("type"))
    return value


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value


def _file(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _told(error: palaver_client.PalaverError) -> dict[str, Any]:
    """An error as ``Outcome`` has it."""
    if isinstance(error, palaver_client.APIStatusError):
        return {
            "status": error.status,
            "of_status": type(error) is palaver_client.STATUS_ERRORS[error.status],
            "code": error.code,
            "words": str(error),
            "request_id": error.request_id,
            "pointer": error.errors[0].pointer if error.errors else None,
        }
    for kind, name in (
        (palaver_client.APITimeoutError, "timeout"),
        (palaver_client.APIConnectionError, "connection"),
        (palaver_client.InvalidResponseError, "response"),
    ):
        if isinstance(error, kind):
            return {"kind": name, "words": str(error)}
    raise error
