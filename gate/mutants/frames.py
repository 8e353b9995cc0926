"""The events of an answer, to be changed and put back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gate.answers import EVENT_STREAM, EventRules, branches, stream_rules
from gate.mutants.messages import Answer
from gate.mutants.operators import Place, Scene
from gate.sse import parse_stream
from palaver.contract.document import Operation


@dataclass(frozen=True, slots=True)
class Frame:
    """One event: its id, its name and its data."""

    id: str | None
    name: str | None
    data: dict[str, Any]

    def but(self, **changes: Any) -> Frame:
        """This event with some parts replaced."""
        return replace(self, **changes)

    def saying(self, **values: Any) -> Frame:
        """This event with some properties of its data replaced."""
        return replace(self, data={**self.data, **values})

    @property
    def spelled(self) -> bytes:
        lines = [] if self.id is None else [f"id: {self.id}"]
        lines += [] if self.name is None else [f"event: {self.name}"]
        lines.append("data: " + json.dumps(self.data, ensure_ascii=False, separators=(",", ":")))
        return ("\n".join(lines) + "\n\n").encode()


def frames_of(answer: Answer) -> list[Frame]:
    """The events of an answer; none where it is no stream."""
    if not answer.succeeded or EVENT_STREAM not in (answer.header("content-type") or ""):
        return []
    events = parse_stream(answer.body).events
    return [Frame(each.id, each.name, json.loads(each.data)) for each in events]


def with_frames(answer: Answer, frames: Iterable[Frame]) -> Answer:
    """The answer with other events."""
    body = b"".join(each.spelled for each in frames)
    # A stream does not know its length beforehand.
    return replace(answer, body=body)


def numbered(frames: Sequence[Frame], first: str | None) -> list[Frame]:
    """Events with ids without gaps, from the first one's on."""
    start = int(first or 1)
    return [each.but(id=str(number)) for number, each in enumerate(frames, start)]


def rules_of(place: Place) -> EventRules:
    """The rules for the events of the place's operation."""
    rules = stream_rules(place.document, place.operation)
    assert rules is not None
    return rules


def streams(place: Place) -> Sequence[str]:
    """One place in each operation that answers with events."""
    return [""] if stream_rules(place.document, place.operation) is not None else []


def resumes(place: Place) -> Sequence[str]:
    """One place in each operation whose events can be resumed."""
    rules = stream_rules(place.document, place.operation)
    return [""] if rules is not None and rules.after is not None else []


def starts_turns(place: Place) -> Sequence[str]:
    """One place in each operation that starts a turn."""
    return streams(place) if place.operation.method != "get" else []


def kinds(place: Place) -> Sequence[str]:
    """The types of events, in the operations that answer with any."""
    rules = stream_rules(place.document, place.operation)
    return list(branches(place.document, rules.schema)) if rules is not None else []


def linked(place: Place, method: str) -> list[Operation]:
    """The operations of a method that links of the place's operation lead to."""
    names = {
        link.get("operationId")
        for response in place.operation.responses.values()
        for link in response.get("links", {}).values()
    }
    return [
        each
        for each in place.document.operations
        if each.operation_id in names and each.method == method
    ]


async def reframed(scene: Scene, change: Callable[[list[Frame]], list[Frame]]) -> Answer:
    """The answer with its events changed, where it has some."""
    answer = await scene.serve(scene.call)
    frames = frames_of(answer)
    return with_frames(answer, change(frames)) if frames else answer
