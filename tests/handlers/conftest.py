"""One server for all of these tests: the whole application behind real HTTP on the chosen store.

It starts once a run. Tests keep out of each other's way by their users: ``user`` is a new one for
each test, and ``client`` speaks for it. ``store`` is another handle on the server's database, for
what no client can do: importing sessions under ids that they already have.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import inspect
import io
import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import jwt
import pytest
import uvicorn
from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker
from sqlalchemy import Engine, create_engine, insert, update
from sqlalchemy import text as sql
from starlette.types import ASGIApp

from palaver.app import compose, load_contract
from palaver.auth.tokens import TokenRules, issue_token
from palaver.chat import events
from palaver.contract.document import Document, Operation
from palaver.decks.editor import DeckEditor
from palaver.models import TitleSlide
from palaver.retrieval.tokens import tokens_of
from palaver.server import BoundedHeadProtocol, listen
from palaver.settings import Settings
from palaver.store import RunEnd, RunWrite, Store, open_store
from palaver.store.passages import BOOK_SHIFT
from palaver.store.records import now_micros
from palaver.store.tables import books, messages, passages, sessions

PIXEL = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
PLACE = "<your_jwt_token>"
SECRET = "a secret of the tests, long enough for HS256"
PASSWORD = "the password of the tests"
SHARED = "Basic " + base64.b64encode(f"palaver:{PASSWORD}".encode()).decode()
"""The shared credential, as a header has it."""

KEEPER = "basic:palaver"
"""Who everybody is that has it."""

MakeToken = Callable[..., str]
MakeClient = Callable[..., httpx.Client]
Serve = Callable[[ASGIApp], AbstractContextManager[str]]
MakeRequest = Callable[..., dict[str, Any]]
HoldToContract = Callable[[httpx.Response, Operation | None], None]
ImportMessages = Callable[[str, int], None]
SendAsWritten = Callable[..., httpx.Response]


@functools.cache
def _document() -> Document:
    return load_contract()


def _schemes(operation: Operation) -> set[str]:
    return {name for requirement in operation.security for name in requirement}


_SELECTIONS: dict[str, Callable[[Operation], bool]] = {
    "operation": lambda _: True,
    # Those that a token alone opens, and those that the shared credential opens.
    "secured_operation": lambda each: _schemes(each) == {"bearerAuth"},
    "shared_operation": lambda each: "basicAuth" in _schemes(each),
    "body_operation": lambda each: (
        each.request_body is not None and "application/json" in each.request_body["content"]
    ),
    "get_operation": lambda each: each.method == "get",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with one of these arguments runs for every such operation of the contract."""
    for name, selects in _SELECTIONS.items():
        if name in metafunc.fixturenames:
            chosen = [each for each in _document().operations if selects(each)]
            metafunc.parametrize(name, chosen, ids=[each.operation_id for each in chosen])
    if "contract_path" in metafunc.fixturenames:
        metafunc.parametrize("contract_path", list(_document().tree["paths"]))


@pytest.fixture(scope="session")
def contract() -> Document:
    """The contract that the server keeps to."""
    return _document()


# ------------------------------------------------------------------------------------- the server


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.settled.set()

    def run(self, sockets: Any = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.settled.set()


@contextmanager
def _serving(app: ASGIApp) -> Iterator[str]:
    sock = listen("127.0.0.1", 0)
    server = _Server(
        uvicorn.Config(
            app,
            http=BoundedHeadProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
    thread = threading.Thread(target=server.run, args=([sock],), name="server")
    thread.start()
    try:
        assert server.settled.wait(30), "the server did not start in time"
        assert server.started, "the server did not start; its log says why"
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        sock.close()


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Serve an application for the length of a ``with``; gives its URL."""
    return _serving


@pytest.fixture(scope="session")
def server_url(shared_store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the running server."""
    settings = Settings(
        database_url=shared_store_url,
        data_dir=tmp_path_factory.mktemp("data"),
        jwt_secret=SECRET,
        basic_password=PASSWORD,
    )
    with _serving(compose(settings)) as url:
        yield url


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def errors_logged() -> Iterator[list[logging.LogRecord]]:
    """The records at level error of this test. No request may cause one, however bad it is."""
    handler = _Errors()
    logging.getLogger().addHandler(handler)
    try:
        yield handler.records
    finally:
        logging.getLogger().removeHandler(handler)
    assert [record.getMessage() for record in handler.records] == []


# ------------------------------------------------------------------------------ users and clients


@pytest.fixture(scope="session")
def token() -> MakeToken:
    """Make a token: ``token("ann")``, ``token("root", admin=True)``, ``lifetime=…``.

    Further arguments are claims that it is to have; None leaves one out.
    """

    def make(
        subject: str,
        *,
        admin: bool = False,
        lifetime: timedelta = timedelta(hours=1),
        **claims: Any,
    ) -> str:
        rules = TokenRules(secret=SECRET)
        made = issue_token(rules, subject=subject, admin=admin, lifetime=lifetime)
        if not claims:
            return made
        claims = {**jwt.decode(made, SECRET, algorithms=["HS256"]), **claims}
        kept = {name: each for name, each in claims.items() if each is not None}
        return jwt.encode(kept, SECRET, algorithm="HS256")

    return make


@pytest.fixture(scope="session")
def _transport() -> Iterator[httpx.HTTPTransport]:
    # One for all clients: the connections are shared, and none loads certificates that none needs.
    with httpx.HTTPTransport(verify=False) as transport:
        yield transport


@pytest.fixture(scope="session")
def anonymous(server_url: str, _transport: httpx.HTTPTransport) -> httpx.Client:
    """A client without a token."""
    return httpx.Client(base_url=server_url, transport=_transport, timeout=30)


@pytest.fixture(scope="session")
def client_of(server_url: str, _transport: httpx.HTTPTransport, token: MakeToken) -> MakeClient:
    """A client that speaks for a user: ``client_of("ann")``, ``client_of("root", admin=True)``."""

    def make(subject: str, *, admin: bool = False) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token(subject, admin=admin)}"}
        return httpx.Client(base_url=server_url, transport=_transport, timeout=30, headers=headers)

    return make


@pytest.fixture
def user() -> str:
    """A user whom no other test has."""
    return f"user-{uuid.uuid4().hex}"


@pytest.fixture
def client(client_of: MakeClient, user: str) -> httpx.Client:
    """A client that speaks for ``user``."""
    return client_of(user)


@pytest.fixture
def created(client: httpx.Client) -> str:
    """A standalone session of ``user`` with nothing but defaults."""
    response = client.post("/sessions/create", params={"agent_id": "agent123"})
    assert response.status_code == 201
    return str(response.json()["session_id"])


@pytest.fixture(scope="session")
def keeper(server_url: str, _transport: httpx.HTTPTransport) -> httpx.Client:
    """A client with the shared credential."""
    headers = {"Authorization": SHARED}
    return httpx.Client(base_url=server_url, transport=_transport, timeout=30, headers=headers)


@pytest.fixture
def stranger(client_of: MakeClient) -> httpx.Client:
    """A client that speaks for a second user, who has nothing."""
    return client_of(f"stranger-{uuid.uuid4().hex}")


@pytest.fixture
def admin(client_of: MakeClient) -> httpx.Client:
    """A client that speaks for an administrator."""
    return client_of(f"admin-{uuid.uuid4().hex}", admin=True)


@pytest.fixture(scope="session")
def send_as_written(anonymous: httpx.Client, token: MakeToken) -> SendAsWritten:
    """Send a request as a documentation page has it: a request line, headers, and maybe a body.

    ``under`` stands before the path, as the page's base URL; the token is the given user's.
    """

    def send(text: str, *, user: str, under: str = "") -> httpx.Response:
        head, _, body = inspect.cleandoc(text).partition("\n\n")
        line, *rest = head.splitlines()
        method, target = line.split()
        headers = dict(each.split(": ", 1) for each in rest)
        headers = {name: each.replace(PLACE, token(user)) for name, each in headers.items()}
        content = body.encode() or None
        return anonymous.request(method, under + target, headers=headers, content=content)

    return send


# --------------------------------------------------------------------- what is already in the store


@pytest.fixture(scope="session")
def store(shared_store_url: str) -> Iterator[Store]:
    """Another handle on the server's database."""
    opened = open_store(shared_store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def database(shared_store_url: str) -> Iterator[Engine]:
    """A way into the server's database that does not lead through the store."""
    url = shared_store_url.replace("postgresql://", "postgresql+psycopg://", 1)
    opened = create_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def import_messages(database: Engine) -> ImportMessages:
    """Fill an empty session with so many messages, ``message 0`` first, in one transaction."""

    def fill(session_id: str, count: int) -> None:
        now = now_micros()
        rows = [
            {
                "session_id": session_id,
                "seq": seq,
                "message_id": str(uuid.uuid4()),
                "role": "assistant" if seq % 2 else "user",
                "content": f"message {seq}",
                "agent_id": None,
                "agent_name": None,
                "summary": False,
                "created_at": now + seq,
            }
            for seq in range(count)
        ]
        with database.begin() as connection:
            connection.execute(insert(messages), rows)
            connection.execute(
                update(sessions)
                .where(sessions.c.session_id == session_id)
                .values(message_count=count)
            )

    return fill


@pytest.fixture
def documented(store: Store, import_messages: ImportMessages) -> Iterator[None]:
    """The sessions that the examples of requirement 1 name, as user123 brought them along."""
    for session_id, kind, agents, count in (
        ("session123", "standalone", ["agent123"], 100),
        ("teamSession123", "team", ["agent1", "agent2"], 50),
    ):
        store.sessions.create(
            owner="user123",
            kind=kind,
            title=session_id,
            agents=agents,
            max_context_results=1,
            session_id=session_id,
        )
        import_messages(session_id, count)
    yield
    found = store.sessions.list_by_owner(
        "user123", kinds=None, limit=1000, skip=0, sort_by="name", descending=False
    )
    store.sessions.delete_many([each.session_id for each in found], viewer=None)


@dataclass(frozen=True)
class Belongings:
    """What one user has. ``secret`` is in every text of it that nobody else may read."""

    user: str
    secret: str
    standalone: str
    team: str
    agent: str
    profile: int
    runs: dict[str, str]
    images: dict[str, str]
    grounded: str
    book: str
    passage: int
    topic: str
    store: Store

    def ids(self, session_id: str) -> dict[str, Any]:
        """The values by which requests name these things, by parameter or property."""
        return {
            "session_id": session_id,
            "run_id": self.runs.get(session_id, str(uuid.uuid4())),
            "slide_id": "slide_0",
            "image_id": self.images.get(session_id, str(uuid.uuid4())),
            "session_ids": [self.standalone, self.team],
            "user_id": self.user,
            "agent_id": self.agent,
            "profile_id": self.profile,
            "sessionId": self.grounded,
            "bookId": self.book,
            "passageId": self.passage,
            "topicId": self.topic,
        }

    def snapshot(self) -> list[Any]:
        """All of it as it now is in the store."""
        found = self.store.sessions.list_by_owner(
            self.user, kinds=None, limit=1000, skip=0, sort_by="created_at", descending=False
        )
        histories = [
            self.store.messages.history(each.session_id, viewer=None, limit=1000, skip=0)
            for each in found
        ]
        decks = [self.store.decks.read(each.session_id, viewer=None) for each in found]
        agent, profile = self.store.agents.get(self.agent), self.store.profiles.get(self.profile)
        grounded = self.store.sessions.get(self.grounded, viewer=None)
        book, topic = self.store.books.get(self.book), self.store.topics.get(self.topic)
        return [found, histories, decks, agent, profile, grounded, book, topic]


@pytest.fixture
def belongings(store: Store, database: Engine, user: str) -> Belongings:
    """Two sessions with messages, a deck and an image, an agent and a profile of ``user``; and what
    all share: a session of the shared credential, a READY book with one passage, and a topic."""
    secret = f"secret-{uuid.uuid4().hex}"
    agent = store.agents.create(agent_id=f"agent-{uuid.uuid4()}", name="Ann", created_by=user)
    profile = store.profiles.create(name="Production", created_by=user)
    made = [
        store.sessions.create(
            owner=user,
            kind=kind,
            title=f"{kind} {secret}",
            agents=[agent.agent_id, *more],
            max_context_results=1,
            profile_id=profile.profile_id,
            profile_name=secret,
        ).session_id
        for kind, more in (("standalone", []), ("team", ["agent1", "agent2"]))
    ]
    for session_id in made:
        for number in range(3):
            store.messages.append(
                session_id, viewer=user, role="user", content=f"{number} {secret}"
            )
    runs = {session_id: import_run(store, session_id) for session_id in made}
    editor = DeckEditor(store)
    for session_id in made:
        for _ in range(2):
            editor.insert(session_id, TitleSlide(title=secret), None, viewer=None, if_match="*")
    images = {
        session_id: editor.add_image(session_id, io.BytesIO(PIXEL), viewer=None).image_id
        for session_id in made
    }
    grounded = store.sessions.create(
        owner=KEEPER, kind="standalone", title="Books", agents=[], max_context_results=6
    )
    book, passage = import_book(database, f"Words {uuid.uuid4().hex} of a book.")
    topic = store.topics.put(f"topic-{uuid.uuid4().hex}", title="Bees", search_terms=["honey"])
    return Belongings(
        user,
        secret,
        made[0],
        made[1],
        agent.agent_id,
        profile.profile_id,
        runs,
        images,
        grounded.session_id,
        book,
        passage,
        topic.topic_id,
        store,
    )


def import_book(database: Engine, text: str) -> tuple[str, int]:
    """The id of a READY book with this text on its only page, and the id of that passage.

    At once, and past the ingestion, which would miss the file.
    """
    now, book_id = now_micros(), str(uuid.uuid4())
    book = {
        "book_id": book_id,
        "title": "A Book",
        "file_name": "book.txt",
        "format": "text",
        "media_type": "text/plain",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "size": len(text),
        "status": "READY",
        "progress": 100,
        "page_count": 1,
        "passage_count": 1,
        "litter": False,
        "created_by": KEEPER,
        "created_at": now,
        "updated_at": now,
    }
    tokens = " ".join(tokens_of(text))
    with database.begin() as connection:
        number = connection.execute(insert(books).returning(books.c.number), book).scalar_one()
        passage = (number << BOOK_SHIFT) + (1 << 16)
        row = {"passage_id": passage, "text": text, "tokens": tokens}
        connection.execute(insert(passages), row)
        if connection.dialect.name == "sqlite":
            index = "INSERT INTO passage_index (rowid, tokens) VALUES (:passage_id, :tokens)"
            connection.execute(sql(index), row)
    return book_id, passage


def import_run(store: Store, session_id: str) -> str:
    """The id of a run that has ended, with two events."""
    soon = datetime.now(UTC) + timedelta(minutes=1)
    started = store.runs.start(
        session_id, viewer=None, content="Hello?", owner="tests", lease_until=soon
    )
    run_id = started.run.run_id
    log = (events.failed("interrupted", "The server stopped.", None), events.DONE)
    end = RunEnd("failed", "interrupted", "The server stopped.")
    store.runs.write([RunWrite(run_id, session_id, 1, log, end=end)], owner="tests")
    return run_id


# ------------------------------------------------------------------- requests out of the contract


@pytest.fixture(scope="session")
def make_request(contract: Document) -> MakeRequest:
    """An operation's own example as the arguments of ``Client.request``, with ids put in.

    ``complete=False`` leaves out what an operation does not need. Fails for an operation that names
    something for which there is no id.
    """

    def make(
        operation: Operation, ids: Mapping[str, Any], *, complete: bool = True
    ) -> dict[str, Any]:
        path, query, headers = operation.path, {}, {}
        for parameter in operation.parameters:
            example = None
            if complete or parameter.required:
                example = parameter.raw.get("example", parameter.schema.get("default"))
            value = ids.get(parameter.name, example)
            if parameter.location == "path":
                if parameter.name not in ids:
                    pytest.fail(
                        f"{operation.operation_id} is addressed by {parameter.name}, and these "
                        "tests know no value for that: give it one in Belongings.ids"
                    )
                path = path.replace(f"{{{parameter.name}}}", quote(str(value), safe=""))
            elif value is None:
                if parameter.required:
                    pytest.fail(f"{operation.operation_id} has no example of {parameter.name}")
            elif parameter.location == "query":
                query[parameter.name] = value
            elif parameter.name == "Idempotency-Key":
                # The same key would make another request the same one.
                headers[parameter.name] = str(uuid.uuid4())
            elif parameter.location == "header":
                headers[parameter.name] = str(value)
            else:
                pytest.fail(f"{operation.operation_id} takes a {parameter.location} parameter")
        request: dict[str, Any] = {
            "method": operation.method.upper(),
            "url": f"{path}?{urlencode(query, quote_via=quote)}" if query else path,
            "headers": headers,
        }
        if "basicAuth" in _schemes(operation):
            headers["Authorization"] = SHARED
        if operation.request_body is not None:
            form = operation.request_body["content"].get("multipart/form-data", {})
            if "example" in form:
                headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
                request["content"] = as_form(contract, form)
                return request
            content = operation.request_body["content"].get("application/json", {})
            if "example" not in content:
                pytest.fail(f"{operation.operation_id} has no example of a JSON body")
            headers["Content-Type"] = "application/json"
            request["content"] = json.dumps(_put_in(content["example"], ids)).encode()
        return request

    return make


BOUNDARY = "a-boundary"


def as_form(contract: Document, form: Mapping[str, Any]) -> bytes:
    """The example of a form, whose files have bytes that no other file has."""
    schema, _ = contract.deref(form["schema"], ())
    parts = []
    for name, value in form["example"].items():
        is_file = schema["properties"][name].get("format") == "binary"
        text = f"{value} {uuid.uuid4()}" if is_file else value
        more = '; filename="example.txt"' if is_file else ""
        parts.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{text}\r\n'
        )
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def _put_in(example: Any, ids: Mapping[str, Any]) -> Any:
    if isinstance(example, dict):
        return {
            key: ids[key] if key in ids else _put_in(each, ids) for key, each in example.items()
        }
    if isinstance(example, list):
        return [_put_in(each, ids) for each in example]
    return example


@pytest.fixture(scope="session")
def hold_to_contract(contract: Document) -> HoldToContract:
    """Check a response against what the contract documents for its operation and status.

    By another validator than the server's own. Without an operation, and for a status that no
    operation documents, the schema of the path's errors is the measure.
    """
    tree = contract.tree

    def check_body(schema: Mapping[str, Any], value: Any) -> None:
        rooted = {**schema, "components": tree["components"]}
        OAS30ReadValidator(rooted, format_checker=oas30_format_checker).validate(value)

    def check(response: httpx.Response, operation: Operation | None) -> None:
        assert response.headers["X-Request-Id"]
        media_type = response.headers.get("Content-Type", "").partition(";")[0]
        documented = operation.responses.get(str(response.status_code)) if operation else None
        if documented is None:
            assert response.status_code in (404, 405, 500, 503), response.text
            surface = next(
                each
                for each in tree["x-error-surfaces"]
                if response.url.path.startswith(each["prefix"])
            )
            problem = "problem+" if surface["schema"] == "Problem" else ""
            assert media_type == f"application/{problem}json"
            if response.request.method != "HEAD":
                check_body(tree["components"]["schemas"][surface["schema"]], response.json())
            return
        for name, header in documented.get("headers", {}).items():
            required, _ = contract.deref(header, ())
            assert name in response.headers or not required["required"], name
        content = documented.get("content", {})
        if not content:
            assert response.content == b""
            return
        assert media_type in content
        if media_type.endswith("json") and response.request.method != "HEAD":
            check_body(content[media_type]["schema"], response.json())

    return check
