"""A turn says the same wherever it is read: as a stream, as JSON, and in what it leaves behind.

A turn is a write that answers with events. What it concerns is made in every kind there is, and
each turn is asked for in every media type.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.answers import EVENT_STREAM, EventRules, ended_messages, stream_rules, values_of
from gate.findings import Findings
from gate.lists import at
from gate.sse import parse_stream
from gate.values import holds, leaves
from gate.wire import ABSENT, Exchange, Request
from palaver.contract.document import Operation


class Turns:
    """Checks the turns of one contract."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings

    def run(self, operation: Operation) -> None:
        """A turn of each kind and in each media type; other operations are passed over."""
        rules = stream_rules(self._addressing.document, operation)
        if rules is None or operation.method == "get":
            return
        try:
            for request, reads in self.places(operation):
                self.check_place(request, reads)
        except Unaddressable as error:
            self._findings.add(operation.operation_id, "addressing", str(error))

    def places(self, operation: Operation) -> Iterator[tuple[Request, list[Request]]]:
        """A request for a turn of each kind of thing that can have one, and what reads the thing.

        A kind is a create with nothing that is optional, with texts as long as they may be, or with
        one value of each closed list.
        """
        request = self._addressing.example(operation)
        named = self._addressing.named(operation)
        name = next(iter(request.path or named), "")
        target = named[name].target if name in named else operation
        for link in self._addressing.makers_of(target, name):
            for create in self._kinds(link.source):
                made = self._wire.send(create)
                if made.status != link.status:
                    continue
                value = next(iter(link.resolve(made).values()))
                if name in request.path:
                    asked = request.but(path={**request.path, name: value})
                else:
                    asked = request.but(body={**request.body, name: value})
                reads = [
                    each
                    for each in self._addressing.links_from(link.source, "get")
                    if name in each.parameters
                ]
                yield asked, [self._addressing.follow(each, made) for each in reads]

    def _kinds(self, create: Operation) -> Iterator[Request]:
        example = self._addressing.example(create)
        yield self._addressing.minimal(example)
        yield self._addressing.fresh(create, longest=True)
        choices = [
            (p.name, value)
            for p in create.parameters
            if p.location == "query"
            for value in p.schema.get("enum", [])
        ]
        for name, value in choices:
            yield example.with_query(**{name: value})
        if not choices:
            yield example

    def check_place(self, request: Request, reads: list[Request]) -> None:
        """A turn in each media type, where some reads show what it is about."""
        for status in request.operation.success_statuses:
            for kind in request.operation.responses[str(status)].get("content", {}):
                before = [self._wire.send(each) for each in reads]
                answer = self._wire.send(request.but(headers={"Accept": kind}))
                message = f"{answer.status} as {kind}"
                if self._findings.expect(answer.status == status, answer, "turn", message):
                    TurnChecks(self._addressing, self._findings, answer).run(before)


class TurnChecks:
    """The checks of one turn that has ended."""

    def __init__(self, addressing: Addressing, findings: Findings, answer: Exchange) -> None:
        rules = stream_rules(addressing.document, answer.request.operation)
        assert rules is not None
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._answer = answer
        self._rules: EventRules = rules

    def run(self, before: list[Exchange]) -> None:
        """Hold the answer against all that its links lead to, and against what was there before."""
        stream: Exchange | None = None
        listed: list[Any] = []
        states: list[Any] = []
        for link in self._addressing.links_from(self._answer.request.operation, "get"):
            read = self._wire.send(self._addressing.follow(link, self._answer))
            if not self._expect(read.status == 200, f"{read.status} where {link.name} leads"):
                continue
            if stream_rules(self._addressing.document, link.target) is not None:
                stream = read
            elif "x-list" in link.target.raw:
                listed += at(read.json, link.target.raw["x-list"]["items"]) or []
            else:
                states.append(read.json)
                self._check_state(read)
        if stream is None:
            return
        self._check_alike(stream)
        messages = ended_messages(self._rules, stream)
        self._check_listed(stream, messages, listed)
        after = [self._wire.send(each.request) for each in before]
        self._check_told(stream, [*(each.json for each in after), *states, listed])
        self._check_kept(before, after, stream)
        self._check_speakers(stream, after)

    def _check_state(self, read: Exchange) -> None:
        """What the answer and its headers say of the turn is what reading it says."""
        if not isinstance(read.json, dict):
            return
        said = dict(self._answer.json) if isinstance(self._answer.json, dict) else {}
        for name, value in self._answer.headers.items():
            said.setdefault(name.removeprefix("x-").replace("-", "_"), value)
        for name in sorted(set(said) & set(read.json)):
            same = said[name] == read.json[name]
            self._expect(same, f"{name} is another where {read.operation_id} reads it")

    def _check_alike(self, stream: Exchange) -> None:
        """The answer has the events that are read later, or the messages that they ended."""
        if EVENT_STREAM in self._answer.headers.get("content-type", ""):
            same = parse_stream(self._answer.content).events == parse_stream(stream.content).events
            self._expect(same, "the events are others when they are read again")
            return
        messages = ended_messages(self._rules, stream)
        told = [v for v in self._answer.json.values() if isinstance(v, list)]
        self._expect(messages in told, "the messages are not those of the events")

    def _texts(self, stream: Exchange) -> dict[str, str]:
        """What the parts of each message say together, whether it was ended or failed."""
        rules, texts = self._rules, {}
        for _, event in values_of(stream):
            if event.get(rules.kind) == rules.begins:
                texts[str(event.get(rules.key))] = ""
            elif event.get(rules.kind) == rules.part:
                key = str(event.get(rules.key))
                texts[key] = texts.get(key, "") + str(event.get(rules.text))
        return texts

    def _check_listed(
        self, stream: Exchange, messages: list[dict[str, Any]], listed: list[Any]
    ) -> None:
        """What was asked and what was answered is in the lists that the links lead to."""
        for message in messages:
            self._expect(message in listed, "a message is not in the list as the events have it")
        for key, text in self._texts(stream).items():
            kept = any(holds(item, key) and holds(item, text) for item in listed)
            self._expect(kept, "what was said is not in the list")
        mine = [item for item in listed if not any(item == each for each in messages)]
        for _, leaf in leaves(self._answer.request.body):
            named = leaf in [*self._answer.request.path.values()]
            wanted = named or holds(mine, leaf) or holds(list(self._named()), leaf)
            self._expect(wanted, "what was asked is not in the list")

    def _named(self) -> Iterator[Any]:
        fields = self._addressing.named(self._answer.request.operation)
        body = self._answer.request.body
        yield from (body[name] for name in fields if isinstance(body, dict))

    def _check_told(self, stream: Exchange, read: list[Any]) -> None:
        """What an event tells beside messages can be read."""
        rules = self._rules
        for _, event in values_of(stream):
            if event.get(rules.kind) in (rules.begins, rules.part, rules.ends, rules.last):
                continue
            for name, value in event.items():
                told = name == rules.kind or value is None or holds(read, value)
                self._expect(told, f"{name} of {event[rules.kind]} is read nowhere")

    def _check_kept(self, before: list[Exchange], after: list[Exchange], stream: Exchange) -> None:
        """A text of what the turn was about changes only as an event says."""
        told = [value for _, event in values_of(stream) for _, value in leaves(event)]
        for old, new in zip(before, after, strict=True):
            now = dict(leaves(new.json))
            for path, text in leaves(old.json):
                if not isinstance(text, str) or _is_moment(text):
                    continue
                kept = now.get(path) == text or now.get(path) in told
                self._expect(kept, f"{path[-1] if path else ''} changed, and no event says so")

    def _check_speakers(self, stream: Exchange, after: list[Exchange]) -> None:
        """Whoever speaks takes part, under the name that is read there."""
        names: dict[Any, Any] = {}
        for read in after:
            names |= dict(_participants(read.json))
        for _, event in values_of(stream):
            for each in (event, *(v for v in event.values() if isinstance(v, dict))):
                agent, name = each.get("agent_id"), each.get("agent_name", ABSENT)
                if agent is not None and name is not ABSENT and names:
                    self._expect(names.get(agent) == name, "a speaker has another name")

    def _expect(self, promise: bool, message: str) -> bool:
        return self._findings.expect(promise, self._answer, "turn", message)


def _participants(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every pair of an id and a name that is an object of its own."""
    if isinstance(value, dict):
        if set(value) == {"agent_id", "name"}:
            yield value["agent_id"], value["name"]
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _participants(child)


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text
