"""Drifts of lists: items, orders, counts and cursors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gate.mutants.messages import ABSENT, Answer
from gate.mutants.operators import Place, Scene, live
from gate.mutants.places import change_at, listed
from gate.mutants.response import changed
from gate.operations import next_of


def _is_list(place: Place) -> Sequence[str]:
    return [""] if listed(place) is not None else []


def _list_operator(name: str, description: str, change: Callable[[list[Any]], list[Any]]) -> None:
    async def behave(scene: Scene) -> Answer:
        answer = await scene.serve(scene.call)
        found = listed(scene.place)
        if not answer.succeeded or answer.json is ABSENT or found is None:
            return answer
        body = answer.json

        def alter(owner: dict[str, Any], key: str) -> None:
            owner[key] = change(owner[key])

        change_at(body, found["items"], alter)
        return answer.with_json(body)

    behave.__doc__ = description
    live("response", name, _is_list)(behave)


_list_operator("list-cut", "A list lacks its last item.", lambda items: items[:-1])
_list_operator("list-headless", "A list lacks its first item.", lambda items: items[1:])
_list_operator("list-doubled", "A list has its last item twice.", lambda i: i + i[-1:])
_list_operator("list-reversed", "A list is in the opposite order.", lambda items: items[::-1])
_list_operator("list-empty", "A list is empty.", lambda _items: [])
_list_operator(
    "list-swapped",
    "Two items of a list are in each other's place.",
    lambda i: i[1:2] + i[:1] + i[2:],
)


def _counts(place: Place) -> Sequence[str]:
    found = listed(place) or {}
    return [found[name] for name in ("total", "count") if name in found]


@live("response", "count-off", _counts)
async def count_off(scene: Scene) -> Answer:
    """A count or total is one too low."""

    def change(owner: dict[str, Any], name: str) -> None:
        owner[name] = max(0, owner[name] - 1)

    return await changed(scene, change)


@live("response", "count-of-page", _counts)
async def count_of_page(scene: Scene) -> Answer:
    """A total counts the page instead of the list, or a count stays at the page's size."""
    found = listed(scene.place) or {}
    answer = await scene.serve(scene.call)
    if not answer.succeeded or answer.json is ABSENT:
        return answer
    body = answer.json
    sizes: list[int] = []
    change_at(body, found["items"], lambda owner, name: sizes.append(len(owner[name])))
    value = (sizes or [0])[0]
    if scene.place.site == found.get("count"):
        value = int(scene.call.parameter("limit") or 50)
    change_at(body, scene.place.site, lambda owner, name: owner.update({name: value}))
    return answer.with_json(body)


def _with_cursor(place: Place) -> Sequence[str]:
    return [""] if any(p.name == "cursor" for p in place.operation.parameters) else []


def _next(scene: Scene) -> str:
    """The property that has the next page's cursor."""
    return next_of(scene.place.operation).rpartition("/")[2]


@live("response", "cursor-lost", _with_cursor)
async def cursor_lost(scene: Scene) -> Answer:
    """The first page says that it is the last."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if not answer.succeeded or not isinstance(body, dict):
        return answer
    return answer.with_json({**body, _next(scene): None})


@live("response", "cursor-endless", _with_cursor)
async def cursor_endless(scene: Scene) -> Answer:
    """The last page gives the cursor that led to it."""
    answer = await scene.serve(scene.call)
    body = answer.json
    given = scene.call.parameter("cursor")
    if not answer.succeeded or not isinstance(body, dict) or body[_next(scene)] or given is None:
        return answer
    return answer.with_json({**body, _next(scene): given})
