"""Streams of events against ``x-events``: their ids, their types, their messages and their end."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

from gate.answers import EventRules, event_rules
from gate.findings import Findings
from gate.sse import Event, parse_stream
from gate.values import holds, leaves
from gate.wire import Exchange
from palaver.contract.document import Document
from palaver.contract.schemas import explain


class Streams:
    """Checks the streams among the exchanges of one contract."""

    def __init__(self, document: Document, findings: Findings) -> None:
        self._document = document
        self._findings = findings

    def check(self, exchange: Exchange, validator: jsonschema_rs.Draft202012Validator) -> None:
        """Record what is not as it should be in an answer of the type ``text/event-stream``."""
        parsed = parse_stream(exchange.content)
        for problem in parsed.problems:
            self._expect(False, exchange, problem)
        values = [
            value
            for number, event in enumerate(parsed.events, 1)
            if (value := self._value(exchange, number, event, validator)) is not None
        ]
        rules = event_rules(self._document, exchange.request.operation, exchange.status)
        if rules is None:
            return
        first = self._first(rules, exchange)
        self._check_ids(exchange, parsed.events, first)
        self._check_names(rules, exchange, parsed.events, values)
        self._check_end(rules, exchange, values)
        _Messages(self._findings, rules, exchange, whole=first == 1).check(values)

    def _value(
        self,
        exchange: Exchange,
        number: int,
        event: Event,
        validator: jsonschema_rs.Draft202012Validator,
    ) -> Any:
        """The event's data, ``None`` where it is no object of JSON."""
        try:
            value = json.loads(event.data)
        except ValueError:
            value = None
        if not self._expect(isinstance(value, dict), exchange, f"event {number} is no object"):
            return None
        if not validator.is_valid(value):
            path, message = explain(next(iter(validator.iter_errors(value))))
            where = "/".join(map(str, path))
            self._expect(
                False, exchange, f"event {number} breaks its schema at /{where}: {message}"
            )
        return value

    @staticmethod
    def _first(rules: EventRules, exchange: Exchange) -> int:
        """The id that the first event should have."""
        if rules.after is None:
            return 1
        given = {name.lower(): value for name, value in exchange.request.headers.items()}
        after = str(given.get(rules.after.lower(), "")).strip()
        return int(after) + 1 if after.isascii() and after.isdigit() else 1

    def _check_ids(self, exchange: Exchange, events: tuple[Event, ...], first: int) -> None:
        for number, event in enumerate(events, first):
            message = f"the id of event {number} is {event.id!r}"
            if not self._expect(event.id == str(number), exchange, message):
                return

    def _check_names(
        self, rules: EventRules, exchange: Exchange, events: tuple[Event, ...], values: list[Any]
    ) -> None:
        if len(values) != len(events):
            return
        for number, (event, value) in enumerate(zip(events, values, strict=True), 1):
            kind = value.get(rules.kind)
            message = f"event {number} is named {event.name!r} and has the type {kind!r}"
            self._expect(event.name == kind, exchange, message)

    def _check_end(self, rules: EventRules, exchange: Exchange, values: list[Any]) -> None:
        places = [n for n, value in enumerate(values, 1) if value.get(rules.kind) == rules.last]
        message = f"of {len(values)} events {places or 'none'} are of the type {rules.last!r}"
        self._expect(places == [len(values)], exchange, message)

    def _expect(self, holds_true: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(holds_true, exchange, "events", message)


class _Messages:
    """The messages of one stream: begun once, ended once, and as long as their parts together."""

    def __init__(
        self, findings: Findings, rules: EventRules, exchange: Exchange, *, whole: bool
    ) -> None:
        self._findings = findings
        self._rules = rules
        self._exchange = exchange
        # A stream that was resumed may begin in the middle of a message.
        self._whole = whole
        self._open: dict[str, dict[str, Any]] = {}
        self._texts: dict[str, str] = {}
        self._over: set[str] = set()
        self._pieces: dict[str, list[Any]] = {}

    def check(self, values: list[Any]) -> None:
        """Follow the events from the first to the last."""
        rules = self._rules
        for value in values:
            kind = value.get(rules.kind)
            if kind == rules.begins:
                self._begin(value)
            elif kind == rules.part:
                self._part(value)
            elif kind == rules.ends:
                self._end(value)
            elif kind in rules.pieces:
                self._piece(value)
            else:
                # What says that a message failed is its end.
                for key in [key for key in self._open if holds(value, key)]:
                    del self._open[key]
                    self._over.add(key)
        self._expect(not self._open, "a message that began is not ended")

    def _begin(self, value: dict[str, Any]) -> None:
        key = str(value.get(self._rules.key))
        self._expect(key not in self._texts, "a message begins twice")
        self._expect(not self._open, "a message begins before the one before it ended")
        self._open[key], self._texts[key] = value, ""
        self._whole = True

    def _part(self, value: dict[str, Any]) -> None:
        key = str(value.get(self._rules.key))
        if not self._whole and not self._open:
            self._open[key], self._texts[key] = {}, ""
            self._whole = True
        if self._expect(key in self._open, "a part is of a message that is not open"):
            self._texts[key] += str(value.get(self._rules.text))

    def _piece(self, value: dict[str, Any]) -> None:
        key = str(value.get(self._rules.key))
        if not self._whole and not self._open:
            self._open[key], self._texts[key] = {}, ""
            self._whole = True
        if self._expect(key in self._open, "a piece is of a message that is not open"):
            found = value.get(self._rules.pieces[str(value.get(self._rules.kind))][0])
            self._pieces.setdefault(key, []).append(found)

    def _end(self, value: dict[str, Any]) -> None:
        own = [leaf for path, leaf in leaves(value) if path and path[-1] != self._rules.kind]
        key = next((key for key in self._open if key in own), None)
        if key is None:
            again = any(key in own for key in self._over)
            self._expect(not again, "a message ends twice")
            self._expect(again or not self._whole, "a message ends that is not open")
            self._whole = True
            return
        begun, text = self._open.pop(key), self._texts[key]
        self._over.add(key)
        texts = [leaf for leaf in own if isinstance(leaf, str)]
        if begun:
            self._expect(text in texts, "the parts of a message are not its text")
        else:
            fits = any(leaf.endswith(text) for leaf in texts)
            self._expect(fits, "the parts of a message are not the end of its text")
        ended = next((each for each in value.values() if isinstance(each, dict)), {})
        for _, listed in self._rules.pieces.values() if begun else ():
            same = ended.get(listed) == self._pieces.get(key, [])
            self._expect(same, f"the {listed} of a message are not those that were told")
        for name in sorted((set(begun) & set(ended)) - {self._rules.kind}):
            same = begun[name] == ended[name]
            self._expect(same, f"{name} is another when a message ends than when it began")

    def _expect(self, holds_true: bool, message: str) -> bool:
        return self._findings.expect(holds_true, self._exchange, "events", message)
