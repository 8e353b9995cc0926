"""Drifts of what is around an answer: status, headers, type, bytes, and the words of errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gate.mutants.messages import Answer
from gate.mutants.operators import Place, Scene, live, when
from gate.mutants.places import answered, is_open_text, success


def _has_json(operation: Any) -> bool:
    return "application/json" in success(operation)[1].get("content", {})


@live("response", "extra-property", when(_has_json))
async def extra_property(scene: Scene) -> Answer:
    """The answer has a property that is not documented."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if not answer.succeeded or not isinstance(body, dict):
        return answer
    return answer.with_json({**body, "debug": True})


@live("response", "error-extra-property")
async def error_extra_property(scene: Scene) -> Answer:
    """An error has a property that is not documented."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if answer.status < 400 or not isinstance(body, dict):
        return answer
    return answer.with_json({**body, "trace": "line 1"})


def _error_statuses(place: Place) -> Sequence[str]:
    found = place.operation.responses.items()
    return [status for status, response in found if response.get("x-errors")]


def _problem_statuses(place: Place) -> Sequence[str]:
    found = place.operation.responses
    return [s for s in _error_statuses(place) if "application/problem+json" in found[s]["content"]]


@live("response", "error-words", _error_statuses)
async def error_words(scene: Scene) -> Answer:
    """An error says something else than the contract does."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if str(answer.status) != scene.place.site or not isinstance(body, dict):
        return answer
    name = next((each for each in ("title", "message") if each in body), "error")
    return answer.with_json({**body, name: "Something went wrong."})


@live("response", "error-code", _error_statuses)
async def error_code(scene: Scene) -> Answer:
    """An error has another code than the contract says."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if str(answer.status) != scene.place.site or not isinstance(body, dict):
        return answer
    name = "type" if "type" in body else "error"
    return answer.with_json({**body, name: "about:blank" if name == "type" else "failed"})


@live("response", "error-status-inside", _problem_statuses)
async def error_status_inside(scene: Scene) -> Answer:
    """Problem details name another status than the response has."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if str(answer.status) != scene.place.site or not isinstance(body, dict):
        return answer
    return answer.with_json({**body, "status": 499}) if "status" in body else answer


@live("response", "error-type-generic")
async def error_type_generic(scene: Scene) -> Answer:
    """Errors are answered as plain text."""
    answer = await scene.serve(scene.call)
    return answer.with_header("content-type", "text/plain") if answer.status >= 400 else answer


@live("response", "status-other-success")
async def status_other_success(scene: Scene) -> Answer:
    """A success has another 2xx status than the documented one."""
    answer = await scene.serve(scene.call)
    other = 200 if "202" in scene.place.operation.responses else 202
    return answer.with_status(other) if answer.succeeded else answer


@live("response", "status-redirect")
async def status_redirect(scene: Scene) -> Answer:
    """A success is answered as a redirect to nowhere."""
    answer = await scene.serve(scene.call)
    return answer.with_status(304) if answer.succeeded else answer


@live("response", "status-error", _error_statuses)
async def status_error(scene: Scene) -> Answer:
    """A documented error is answered with 422 instead."""
    answer = await scene.serve(scene.call)
    return answer.with_status(422) if str(answer.status) == scene.place.site else answer


@live("response", "status-hidden", _error_statuses)
async def status_hidden(scene: Scene) -> Answer:
    """A documented error is answered with 200."""
    answer = await scene.serve(scene.call)
    documented = success(scene.place.operation)[0]
    return answer.with_status(documented) if str(answer.status) == scene.place.site else answer


@live("response", "content-type-wrong", when(lambda o: bool(success(o)[1].get("content"))))
async def content_type_wrong(scene: Scene) -> Answer:
    """A success has a type that is not documented."""
    answer = await scene.serve(scene.call)
    return answer.with_header("content-type", "text/html") if answer.succeeded else answer


@live("response", "content-type-missing", when(lambda o: bool(success(o)[1].get("content"))))
async def content_type_missing(scene: Scene) -> Answer:
    """A success does not say what type it has."""
    answer = await scene.serve(scene.call)
    return answer.with_header("content-type", None) if answer.succeeded else answer


def _headers(place: Place) -> Sequence[str]:
    return [
        f"{status} {name}"
        for status, response in place.operation.responses.items()
        for name in response.get("headers", {})
    ]


def _telling_headers(place: Place) -> Sequence[str]:
    # Any number of seconds to wait is as true as another.
    return [site for site in _headers(place) if not site.endswith("Retry-After")]


@live("response", "header-missing", _headers)
async def header_missing(scene: Scene) -> Answer:
    """A documented header is missing."""
    status, _, name = scene.place.site.partition(" ")
    answer = await scene.serve(scene.call)
    return answer.with_header(name, None) if str(answer.status) == status else answer


@live("response", "header-altered", _telling_headers)
async def header_altered(scene: Scene) -> Answer:
    """A documented header has a well-formed value that is not true."""
    status, _, name = scene.place.site.partition(" ")
    answer = await scene.serve(scene.call)
    value = answer.header(name)
    if str(answer.status) != status or value is None:
        return answer
    other = '"0000"' if name == "ETag" else f"{value}0"
    if name == "WWW-Authenticate":
        other = "Digest"
    return answer.with_header(name, other)


@live("response", "body-on-204", when(lambda o: "204" in o.responses))
async def body_on_204(scene: Scene) -> Answer:
    """A success without content has some."""
    answer = await scene.serve(scene.call)
    if answer.status != 204:
        return answer
    return answer.with_status(200).with_header("content-type", "application/json").with_json({})


def _has_text(place: Place) -> Sequence[str]:
    return answered(lambda s, _p, n: is_open_text(s) and not n.endswith("_id"))(place)[:1] and [""]


@live("response", "body-cut", when(lambda o: bool(success(o)[1].get("content"))))
async def body_cut(scene: Scene) -> Answer:
    """The last bytes of the answer are missing."""
    answer = await scene.serve(scene.call)
    return answer.with_body(answer.body[:-2]) if answer.succeeded else answer


@live("response", "body-empty", when(lambda o: bool(success(o)[1].get("content"))))
async def body_empty(scene: Scene) -> Answer:
    """The answer has no body."""
    answer = await scene.serve(scene.call)
    return answer.with_body(b"") if answer.succeeded else answer


@live("response", "body-latin-1", _has_text)
async def body_latin_1(scene: Scene) -> Answer:
    """Texts are answered in Latin-1."""
    answer = await scene.serve(scene.call)
    if not answer.succeeded:
        return answer
    return answer.with_body(answer.body.decode().encode("latin-1", "replace"))


@live("response", "bytes-altered", when(lambda o: "304" in o.responses))
async def bytes_altered(scene: Scene) -> Answer:
    """A file is served with one byte changed."""
    answer = await scene.serve(scene.call)
    return answer.with_body(answer.body.replace(b"e", b"a", 1)) if answer.succeeded else answer
