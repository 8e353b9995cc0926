"""Who may not: nobody, broken credentials, other schemes, and users who have no business here."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from gate.addressing import Addressing
from gate.findings import Findings
from gate.operations import has_owner, is_kept, schemes_of
from gate.target import spelled
from gate.wire import Exchange, Request
from palaver.contract.document import Operation

BEARER, BASIC = "bearer", "basic"


class Strangers:
    """Asks as whom an operation must not serve, and by each scheme by which it must."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._target = addressing.wire.target
        self._findings = findings

    def check(self, operation: Operation, request: Request) -> None:
        """Everybody who is to be refused, then every alternative of the security."""
        if not operation.security:
            return
        schemes = schemes_of(self._target.document, operation)
        for stranger in self._unauthenticated(schemes):
            headers = {**request.headers, **({"Authorization": stranger} if stranger else {})}
            answer = self._wire.send(request.but(token=None, headers=headers))
            if self._expect(answer, "authentication", 401):
                self._check_challenge(answer, schemes)
        self._check_users(operation, request)
        for credential in self._target.credentials(operation)[1:]:
            other = self._addressing.existing(operation).but(token=credential)
            allowed = [*operation.success_statuses, *({409} & set(map(int, operation.responses)))]
            self._expect(self._wire.send(other), "alternative", *allowed)

    def _unauthenticated(self, schemes: list[str]) -> Iterator[str]:
        """Values of ``Authorization`` that say nothing, or nothing that counts here."""
        yield ""
        yield "Bearer not.a.token"
        yield f"Token {self._target.owner}"
        if BEARER not in schemes:
            yield f"Bearer {self._target.owner}"
        if self._target.basic is None:
            return
        name, _, password = self._target.basic.partition(":")
        yield f"Bearer {spelled(self._target.basic).partition(' ')[2]}"
        if BASIC not in schemes:
            yield spelled(self._target.basic)
        for wrong in (
            f"{name}:{password}x",
            f"{name}:{password[:-1]}",
            f"{name}x:{password}",
            f"{name}:",
            f":{password}",
            f"{name}{password}",
        ):
            yield spelled(wrong)
        yield f"Basic {b64encode(self._target.basic.encode('utf-16')).decode()}"
        yield "Basic not-base64!"
        yield "Basic"

    def _check_challenge(self, answer: Exchange, schemes: list[str]) -> None:
        """A refusal names the scheme that was tried, else every one that would do, and no other."""
        said = answer.headers.get("www-authenticate", "").lower()
        named = {each for each in (BEARER, BASIC) if f"{each} " in said}
        message = f"the challenge is {said!r}"
        tried = answer.request.headers.get("Authorization", "").partition(" ")[0].lower()
        wanted = {tried} if tried in schemes else set(schemes)
        self._findings.expect(named == wanted, answer, "authentication", message)

    def _check_users(self, operation: Operation, request: Request) -> None:
        """Users whose own the thing is not, and who may not change what is everybody's."""
        document = self._target.document
        if is_kept(document, operation):
            for token in (self._target.owner, self._target.other):
                self._expect(self._wire.send(request.but(token=token)), "authorisation", 403)
        elif has_owner(document, operation):
            wanted = 403 if "403" in operation.responses else 404
            answer = self._wire.send(request.but(token=self._target.other))
            self._expect(answer, "authorisation", wanted)

    def _expect(self, exchange: Exchange, rule: str, *statuses: int) -> bool:
        wanted = " or ".join(map(str, statuses))
        return self._findings.expect(
            exchange.status in statuses, exchange, rule, f"{exchange.status} instead of {wanted}"
        )
