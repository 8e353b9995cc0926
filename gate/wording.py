"""What errors say, and when things happened: the promises of answers that no schema can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from gate.answers import Schemas, branch, values_of
from gate.findings import Findings
from gate.wire import Exchange
from palaver.contract.document import Document, Operation

SKEW = timedelta(minutes=5)
"""How far the clocks of server and gate may be apart."""

VALIDATION = "invalid_request"


class Wording:
    """Checks errors against ``x-errors`` and ``x-error``, and moments against the clock."""

    def __init__(self, document: Document, findings: Findings) -> None:
        self._document = document
        self._findings = findings
        self._schemas = Schemas(document)
        self._ways: dict[int, list[tuple[str, Mapping[str, Any]]]] = {}

    def check(self, exchange: Exchange) -> None:
        """Record errors with other words or codes than documented, and moments yet to come."""
        operation = exchange.request.operation
        response = operation.responses.get(str(exchange.status))
        if response is None:
            return
        if exchange.status >= 400:
            if not isinstance(exchange.json, dict):
                return
            known = response.get("x-errors", {})
            if "title" in exchange.json and known:
                self._check_problem(exchange, known)
            elif "message" in exchange.json and known:
                self._check_message(exchange, known)
            elif "error" in exchange.json and known:
                self._check_sentence(exchange, known)
            return
        latest = datetime.now(UTC) + SKEW
        for name, moment in self.moments(exchange):
            self._expect(moment <= latest, exchange, "moment", f"{name} is yet to come")

    def check_recent(self, exchange: Exchange) -> None:
        """Record moments of something that was made just now that are not of just now."""
        earliest = datetime.now(UTC) - SKEW
        for name, moment in self.moments(exchange):
            self._expect(moment >= earliest, exchange, "moment", f"{name} is long ago")

    def moments(self, exchange: Exchange) -> Iterator[tuple[str, datetime]]:
        """Every moment of an answer with the name of its property."""
        for schema, value in values_of(exchange):
            yield from self._moments(branch(self._document, schema, value), value, "")

    def _moments(
        self, schema: Mapping[str, Any], value: Any, name: str
    ) -> Iterator[tuple[str, datetime]]:
        found = self._schemas.of(schema)
        if isinstance(value, list) and "items" in found:
            for item in value:
                yield from self._moments(found["items"], item, name)
        elif isinstance(value, dict):
            for key, child in self._ways_in(found):
                if key in value:
                    yield from self._moments(child, value[key], key)
        elif found.get("format") == "date-time" and isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                # Conformance says so.
                return
            if moment.tzinfo is not None:
                yield name, moment

    def _ways_in(self, found: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
        """The properties of an object that are moments or may have some; most have none."""
        if id(found) not in self._ways:
            children = list(found.get("properties", {}).items())
            # What holds its like is not asked again, and may have some.
            self._ways[id(found)] = children
            self._ways[id(found)] = [way for way in children if self._leads_on(way[1])]
        return self._ways[id(found)]

    def _leads_on(self, schema: Mapping[str, Any]) -> bool:
        found = self._schemas.of(schema)
        if "items" in found:
            return self._leads_on(found["items"])
        return found.get("format") == "date-time" or bool(self._ways_in(found))

    def _check_problem(self, exchange: Exchange, known: Mapping[str, Any]) -> None:
        body = exchange.json
        entries = [
            (words["title"], f"urn:palaver:problem:{words.get('hides', code).replace('_', '-')}")
            for code, words in known.items()
            if "title" in words
        ]
        said = (body.get("title"), body.get("type"))
        self._expect(said in entries, exchange, "words", f"{exchange.status} says {said}")
        inside = body.get("status")
        self._expect(inside == exchange.status, exchange, "words", f"the body says {inside}")
        if exchange.request_id:
            expected = f"urn:palaver:request:{quote(exchange.request_id)}"
            found = body.get("instance")
            self._expect(found == expected, exchange, "words", "instance is another request's")

    def _check_message(self, exchange: Exchange, known: Mapping[str, Any]) -> None:
        said = (exchange.json.get("message"), exchange.json.get("error"))
        entries = [(words.get("message"), words.get("error")) for words in known.values()]
        if exchange.status == 400:
            entries += [
                (words.get("message"), words.get("error"))
                for words in self._request_words(exchange.request.operation)
            ]
        told = said in entries
        validation = known.get(VALIDATION, {})
        if not told and said[1] == validation.get("error") and validation:
            # Says which part of the request is not valid, and why.
            text = str(said[0])
            told = ": " in text or text.startswith("the ")
        self._expect(told, exchange, "words", f"{exchange.status} says {said}")

    def _check_sentence(self, exchange: Exchange, known: Mapping[str, Any]) -> None:
        said = str(exchange.json["error"])
        told = said in [words.get("error") for words in known.values()]
        if not told and VALIDATION in known:
            # Says which part of the request is not valid, and why.
            told = ": " in said or said.startswith("the ")
        self._expect(told, exchange, "words", f"{exchange.status} says {said!r}")

    def _request_words(self, operation: Operation) -> Iterator[Mapping[str, Any]]:
        yield from (p.raw["x-error"] for p in operation.parameters if "x-error" in p.raw)
        body = operation.request_body or {}
        if "x-error" in body:
            yield body["x-error"]
        for media in body.get("content", {}).values():
            schema, _ = self._document.deref(media["schema"], ())
            for reference in schema.get("properties", {}).values():
                child, _ = self._document.deref(reference, ())
                if "x-error" in child:
                    yield child["x-error"]

    def _expect(self, holds: bool, exchange: Exchange, rule: str, message: str) -> None:
        self._findings.expect(holds, exchange, rule, message)
