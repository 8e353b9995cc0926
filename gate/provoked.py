"""Turns in the states that no request alone can bring about: held, cancelled, failed, expired.

The server asks a model that does what each message says (``tests/chat/protocol_server.py``), and
keeps the events of a turn for seconds only.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from contextlib import contextmanager
from dataclasses import dataclass

from gate.addressing import NO_BOOKS, Addressing, Link, Unaddressable
from gate.answers import EVENT_STREAM, EventRules, ended_messages, stream_rules
from gate.findings import Findings
from gate.grounding import NAME, Grounding
from gate.lists import at
from gate.reach import REPLAYED
from gate.target import Target, own_server
from gate.turns import TurnChecks, Turns
from gate.values import Values, holds
from gate.wire import ABSENT, Exchange, Request, Wire
from palaver.contract.document import Document, Operation
from palaver.settings import PREFIX
from tests.chat.protocol_server import ProtocolServer, running_server

RETENTION = 3
PATIENCE = 10.0
EXPIRED = 410
JSON = "application/json"


def settings_for(model: ProtocolServer) -> dict[str, str | int]:
    """The settings of a server that asks this model and soon forgets the events of its turns."""
    return {
        "llm_base_url": model.base_url,
        "llm_model": "answer",
        "llm_timeout": 5,
        "event_retention": RETENTION,
    }


def provoke_turns(document: Document, findings: Findings) -> list[Exchange]:
    """Bring turns of a server of our own into every state; gives all that was exchanged."""
    with running_server() as model:
        settings = {
            f"{PREFIX}{name.upper()}": str(value) for name, value in settings_for(model).items()
        }
        with own_server(document, settings=settings) as target:
            return provoke(target, model, findings)


def concerned(document: Document) -> set[str]:
    """The operations that start turns, or that their links lead to."""
    found: set[str] = set()
    for operation in document.operations:
        if operation.method != "get" and stream_rules(document, operation) is not None:
            links = [r.get("links", {}).values() for r in operation.responses.values()]
            found |= {link.get("operationId") for each in links for link in each}
            found.add(operation.operation_id)
        if NO_BOOKS in operation.responses.get("503", {}).get("x-errors", {}):
            found.add(operation.operation_id)
    return found


def provoke(
    target: Target,
    model: ProtocolServer,
    findings: Findings,
    operation_ids: Collection[str] | None = None,
    *,
    live: bool = True,
) -> list[Exchange]:
    """Bring turns into every state, through all operations that start them, or those among some.

    With ``live`` an event has to arrive while the turn still runs.
    """
    with Wire(target) as wire:
        addressing = Addressing(wire, Values(target.document))
        starts = [
            operation
            for operation in target.document.operations
            if operation.method != "get"
            and stream_rules(target.document, operation) is not None
            and (operation_ids is None or operation.operation_id in operation_ids)
        ]
        wanted = operation_ids is None or NAME in operation_ids
        grounding = (
            [Grounding(addressing, model, findings)] if NAME in addressing.by_id and wanted else []
        )
        states = [_States(addressing, model, findings, each, live=live) for each in starts]
        # Books first: the library has to be empty before.
        every: list[Grounding | _States] = [*grounding, *states]
        for each in every:
            each.run()
        for each in every:
            each.check_expired()
        return wire.exchanges


@dataclass(frozen=True, slots=True)
class _Busy:
    """A turn that is being held: what will be its answer, and where it can be read."""

    answer: Future[Exchange]
    stand_in: Exchange
    """Resolves the links of the answer that is yet to come."""
    refused: Exchange


class _States:
    """The states of the turns that one operation starts."""

    def __init__(
        self,
        addressing: Addressing,
        model: ProtocolServer,
        findings: Findings,
        operation: Operation,
        *,
        live: bool,
    ) -> None:
        rules = stream_rules(addressing.document, operation)
        assert rules is not None
        self._addressing = addressing
        self._wire = addressing.wire
        self._model = model
        self._findings = findings
        self._operation = operation
        self._rules: EventRules = rules
        self._live = live
        self._turns = Turns(addressing, findings)
        self._kept: Exchange | None = None

    def run(self) -> None:
        """Every state but the last, which takes its time."""
        try:
            untitled, named, *_ = self._places()
            self._kept = self._wire.send(_keyed(self._saying(untitled[0], "")))
            for request, reads in (untitled, named):
                self._turns.check_place(self._saying(request, ""), reads)
            self._check_failed(*named)
            for kind in (EVENT_STREAM, JSON):
                self._check_held(*named, kind)
        except Unaddressable as error:
            self._findings.add(self._operation.operation_id, "addressing", str(error))

    def _places(self) -> list[tuple[Request, list[Request]]]:
        found: list[tuple[Request, list[Request]]] = []
        for place in self._turns.places(self._operation):
            found.append(place)
            if len(found) == 2:
                return found
        raise Unaddressable("nothing is there that could have a turn")

    def _saying(self, request: Request, script: str) -> Request:
        """The request with a text that tells the model what to do."""
        named = self._addressing.named(self._operation)
        name = next(name for name in request.body if name not in named)
        text = f"{script} {self._addressing.values.fresh({'type': 'string'})}".strip()
        return request.but(body={**request.body, name: text})

    def _links(self, *, method: str = "get", is_list: bool = False) -> list[Link]:
        document = self._addressing.document
        return [
            link
            for link in self._addressing.links_from(self._operation, method)
            if stream_rules(document, link.target) is None
            and ("x-list" in link.target.raw) == is_list
            # What is of the session, such as its deck, shows no state of the turn.
            and (is_list or any(e.startswith("$response") for e in link.parameters.values()))
        ]

    def _check_failed(self, request: Request, reads: list[Request]) -> None:
        """A model that breaks off: a stream says so and ends, JSON is an error."""
        before = [self._wire.send(each) for each in reads]
        stream = self._wire.send(self._saying(request, "[[cut]]"))
        if self._expect(stream.status == 200, stream, f"{stream.status} as a stream"):
            TurnChecks(self._addressing, self._findings, stream).run(before)
            ended = ended_messages(self._rules, stream)
            self._expect(not ended, stream, "a turn that failed has a whole message")
        headers = {"Accept": JSON}
        failed = self._wire.send(self._saying(request, "[[cut]]").but(headers=headers))
        self._expect(failed.status == 502, failed, f"{failed.status} where the model fails")
        self._read_all(failed, reads)
        for link in self._links(is_list=True):
            where = Exchange(failed.request, 200, {}, b"", ABSENT)
            read = self._wire.send(self._addressing.follow(link, where))
            items = at(read.json, link.target.raw["x-list"]["items"]) or [None]
            told = isinstance(failed.json, dict) and failed.json.get("run_id")
            same = bool(told) and holds(items[-1], told)
            self._expect(same, failed, "the error is about another run than the last message")

    def _check_held(self, request: Request, reads: list[Request], kind: str) -> None:
        """A turn that runs: it can be read, followed and cancelled, and is the only one."""
        before = [self._wire.send(each) for each in reads]
        with self._held(request, kind) as busy:
            if busy is None:
                return
            for link in self._links():
                self._wire.send(self._addressing.follow(link, busy.stand_in))
            self._read_all(busy.stand_in, reads)
            if self._live:
                self._check_live(busy)
            self._check_cancel(busy, before)
            # What was refused meanwhile used its key not up.
            again = self._wire.send(busy.refused.request)
            self._expect(again.status == 200, again, f"{again.status} after the turn has ended")

    @contextmanager
    def _held(self, request: Request, kind: str) -> Iterator[_Busy | None]:
        """A turn that waits in the middle of its answer until this ends."""
        key = uuid.uuid4().hex
        asked = self._saying(request, f"[[hold:{key}]]").but(headers={"Accept": kind})
        with ThreadPoolExecutor(2) as pool:
            answer = pool.submit(self._wire.send, asked)
            try:
                self._model.wait(holding=1)
                refused = self._wire.send(_keyed(self._saying(request, "")))
                message = f"{refused.status} while another turn is running"
                if self._expect(refused.status == 409, refused, message):
                    stand_in = self._stand_in(asked, refused)
                    yield _Busy(answer, stand_in, refused)
                else:
                    yield None
            except TimeoutError:
                self._findings.add(self._operation.operation_id, "provoked", "no turn is held")
                yield None
            finally:
                self._model.release(key)

    def _stand_in(self, asked: Request, refused: Exchange) -> Exchange:
        """An answer as the links need it, with the run that the refusal names."""
        headers: dict[str, str] = {}
        for link in self._addressing.links_from(self._operation):
            for name, expression in link.parameters.items():
                header = expression.removeprefix("$response.header.")
                if header != expression and isinstance(refused.json, dict):
                    headers[header.lower()] = str(refused.json.get(name))
        return Exchange(asked, 200, headers, b"", ABSENT)

    def _check_live(self, busy: _Busy) -> None:
        """What was said is sent while the rest is still to come."""
        for link in self._addressing.links_from(self._operation, "get"):
            if stream_rules(self._addressing.document, link.target) is None:
                continue
            request = self._addressing.follow(link, busy.stand_in)
            wanted = f"event: {self._rules.part}\n".encode()
            seen = self._wire.sees(request, wanted, PATIENCE / 2)
            self._expect(seen, busy.refused, "no event arrives while the turn runs")

    def _check_cancel(self, busy: _Busy, before: list[Exchange]) -> None:
        """Cancelled, the turn ends with what was said; a second time there is nothing to end."""
        for link in self._links(method="post"):
            request = self._addressing.follow(link, busy.stand_in)
            cancelled = self._wire.send(request)
            done = self._expect(cancelled.status == 200, cancelled, f"{cancelled.status}")
            try:
                answer = busy.answer.result(PATIENCE if done else 0.1)
            except StillRunning:
                self._expect(False, cancelled, "a turn that was cancelled goes on")
                return
            for state in self._links():
                read = self._wire.send(self._addressing.follow(state, busy.stand_in))
                self._expect(
                    read.json == cancelled.json, read, "another state is read than was answered"
                )
            again = self._wire.send(request)
            self._expect(again.status == 409, again, f"{again.status} for a turn that has ended")
            if not self._expect(answer.status == 200, answer, f"{answer.status}, cancelled"):
                return
            TurnChecks(self._addressing, self._findings, answer).run(before)
            self._check_partial(answer)

    def _check_partial(self, answer: Exchange) -> None:
        """What was said before the cancellation is there, and nothing else is."""
        said = ended_messages(self._rules, answer)
        if JSON in answer.headers.get("content-type", ""):
            said = [v for each in answer.json.values() if isinstance(each, list) for v in each]
        partial = len(said) == 1 and any(
            isinstance(text, str) and text.strip() == "The" for text in said[0].values()
        )
        self._expect(partial, answer, "a cancelled turn has not what was said before")

    def check_expired(self) -> None:
        """Events that are no longer kept are gone, for a replay too; the run is not."""
        if self._kept is None or self._kept.status != 200:
            return
        document = self._addressing.document
        follow = [
            self._addressing.follow(link, self._kept)
            for link in self._addressing.links_from(self._operation, "get")
            if stream_rules(document, link.target) is not None
        ]
        replays = [self._kept.request]
        replays.append(replays[0].but(headers={**replays[0].headers, "Accept": JSON}))
        for request in (*follow, *replays):
            if str(EXPIRED) not in request.operation.responses:
                continue
            deadline = time.monotonic() + PATIENCE
            answer = self._wire.send(request)
            while answer.status == 200 and time.monotonic() < deadline:
                time.sleep(0.2)
                answer = self._wire.send(request)
            message = f"{answer.status} for events that are no longer kept"
            self._expect(answer.status == EXPIRED, answer, message)
        for link in self._links():
            read = self._wire.send(self._addressing.follow(link, self._kept))
            self._expect(read.status == 200, read, f"{read.status} for a run long ago")

    def _read_all(self, answer: Exchange, reads: list[Request]) -> None:
        """Whatever shows the turn, for the values that it has in this state."""
        where = Exchange(answer.request, 200, {}, b"", ABSENT)
        for link in self._links(is_list=True):
            self._wire.send(self._addressing.follow(link, where))
        for each in reads:
            self._wire.send(each)

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "provoked", message)


def _keyed(request: Request) -> Request:
    return request.but(headers={**request.headers, REPLAYED: f"gate-{uuid.uuid4()}"})
