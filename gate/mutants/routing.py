"""Drifts of routing: routes that are not documented, and documented ones that are not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from starlette.types import Receive, Scope, Send

from gate.mutants.messages import Answer
from gate.mutants.operators import Place, Scene, always, installed, live, when
from gate.mutants.places import success
from gate.mutants.request import refusal

_METHODS = ("get", "put", "post", "delete", "patch")


@live("routing", "operation-gone")
async def operation_gone(scene: Scene) -> Answer:
    """The operation is not there: 404."""
    return await scene.serve(replace(scene.call, path="/nothing/is/here"))


@live("routing", "operation-not-allowed")
async def operation_not_allowed(scene: Scene) -> Answer:
    """The path is there and the method is not: 405."""
    return await scene.serve(replace(scene.call, method="TRACE"))


@live("routing", "method-renamed", reach="path")
async def method_renamed(scene: Scene) -> Answer:
    """The operation answers to another method than the documented one."""
    own = scene.place.operation.method.upper()
    other = "PUT" if own != "PUT" else "PATCH"
    if scene.call.method == own:
        return await scene.serve(replace(scene.call, method="TRACE"))
    if scene.call.method == other:
        return await scene.serve(replace(scene.call, method=own))
    return await scene.serve(scene.call)


def _siblings(place: Place) -> Sequence[str]:
    item = place.document.tree["paths"][place.operation.path]
    own = place.operation.method
    return [method for method in _METHODS if method in item and method != own]


@live("routing", "methods-swapped", _siblings, reach="path")
async def methods_swapped(scene: Scene) -> Answer:
    """Two operations of a path answer to each other's methods."""
    own, other = scene.place.operation.method.upper(), scene.place.site.upper()
    swapped = {own: other, other: own}
    return await scene.serve(
        replace(scene.call, method=swapped.get(scene.call.method, scene.call.method))
    )


def _free_methods(place: Place) -> Sequence[str]:
    item = place.document.tree["paths"][place.operation.path]
    return [method for method in _METHODS if method not in item]


@live("routing", "method-added", _free_methods, reach="path")
async def method_added(scene: Scene) -> Answer:
    """The operation answers to a second method, which is not documented."""
    if scene.call.method == scene.place.site.upper():
        return await scene.serve(replace(scene.call, method=scene.place.operation.method.upper()))
    return await scene.serve(scene.call)


@live("routing", "head-refused", when(lambda o: o.method == "get"))
async def head_refused(scene: Scene) -> Answer:
    """HEAD is refused where GET works."""
    if scene.call.method == "HEAD":
        return await scene.serve(replace(scene.call, method="TRACE"))
    return await scene.serve(scene.call)


@live("routing", "head-differs", when(lambda o: o.method == "get"))
async def head_differs(scene: Scene) -> Answer:
    """HEAD has another status than GET."""
    answer = await scene.serve(scene.call)
    return answer.with_status(204) if scene.call.method == "HEAD" else answer


@live("routing", "allow-incomplete", reach="path")
async def allow_incomplete(scene: Scene) -> Answer:
    """The Allow of a 405 lacks the operation's method."""
    answer = await scene.serve(scene.call)
    allow = answer.header("allow")
    if answer.status != 405 or allow is None:
        return answer
    own = scene.place.operation.method.upper()
    kept = [method for method in allow.split(", ") if method != own]
    return answer.with_header("allow", ", ".join(kept) or "OPTIONS")


@live("routing", "allow-missing", reach="path")
async def allow_missing(scene: Scene) -> Answer:
    """A 405 has no Allow."""
    answer = await scene.serve(scene.call)
    return answer.with_header("allow", None) if answer.status == 405 else answer


@live("routing", "not-allowed-as-missing", reach="path")
async def not_allowed_as_missing(scene: Scene) -> Answer:
    """A method that the path does not have is answered with 404."""
    answer = await scene.serve(scene.call)
    if answer.status != 405:
        return answer
    return await scene.serve(replace(scene.call, path="/nothing/is/here"))


@live("routing", "trailing-slash", reach="all")
async def trailing_slash(scene: Scene) -> Answer:
    """The path works with a slash at its end too."""
    return await _aliased(scene, scene.call.path.removesuffix("/"), scene.call.path.endswith("/"))


@live("routing", "case-ignored", reach="all")
async def case_ignored(scene: Scene) -> Answer:
    """The path works in upper case too."""
    path = scene.call.path
    fixed = scene.place.operation.path.partition("{")[0]
    is_other = not path.startswith(fixed) and path.lower().startswith(fixed)
    return await _aliased(scene, fixed + path[len(fixed) :], is_other)


@live("routing", "double-slash", reach="all")
async def double_slash(scene: Scene) -> Answer:
    """The path works with a doubled slash too."""
    return await _aliased(scene, scene.call.path.replace("//", "/"), "//" in scene.call.path)


async def _aliased(scene: Scene, path: str, is_alias: bool) -> Answer:
    """The answer of the operation's own path, where the call's path is an alias of it."""
    plain = scene.place.operation.path.split("/")
    asked = path.split("/")
    fits = len(plain) == len(asked) and all(
        a == b or a.startswith("{") for a, b in zip(plain, asked, strict=True)
    )
    return await scene.serve(replace(scene.call, path=path) if is_alias and fits else scene.call)


@live("routing", "answer-cached", when(lambda o: o.method == "get" and bool(o.parameters)))
async def answer_cached(scene: Scene) -> Answer:
    """A read answers with what it answered before, whatever was written since."""
    key = f"{scene.call.method} {scene.call.path}?{scene.call.query_string!r}"
    key += str(scene.call.header("authorization")) + str(scene.call.header("accept"))
    answer = await scene.serve(scene.call)
    if not answer.succeeded:
        return answer
    kept: Answer = scene.world.memory.setdefault(key, answer)
    return kept


@live("routing", "path-parameter-ignored", when(lambda o: "{" in o.path and o.method == "get"))
async def path_parameter_ignored(scene: Scene) -> Answer:
    """The first thing that was asked for is answered to every later request."""
    answer = await scene.serve(scene.call)
    if not answer.succeeded:
        return answer
    kept: Answer = scene.world.memory.setdefault("first", answer)
    return kept


@live("routing", "unavailable-always")
async def unavailable_always(scene: Scene) -> Answer:
    """The operation answers that the server cannot work."""
    status = success(scene.place.operation)[0]
    answer = await scene.serve(scene.call)
    return refusal(scene, 503) if answer.status == status else answer


@installed("routing", "route-added", always)
def route_added(app: Any, place: Place) -> Callable[[], None]:
    """The contract runtime serves an operation under a second, undocumented path."""
    table = app.middleware_stack[1]._table
    template = f"{place.operation.path}/export"
    item = table._item(template)
    item.operation_ids[place.operation.method.upper()] = place.operation.operation_id

    def remove() -> None:
        item.operation_ids.clear()
        node = table._root
        for segment in template.split("/")[1:-1]:
            node = node.parameter if segment.startswith("{") else node.literals[segment]
        del node.literals["export"]

    return remove


@installed("routing", "route-behind", always)
def route_behind(app: Any, place: Place) -> Callable[[], None]:
    """An application behind the contract answers what the contract does not have."""
    last = app.middleware_stack[-2]
    name = next(name for name, value in vars(last).items() if value is app.middleware_stack[-1])
    original = getattr(last, name)
    hidden = f"/internal{place.operation.path}"

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == hidden:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
            return
        await original(scope, receive, send)

    setattr(last, name, behind)
    return lambda: setattr(last, name, original)
