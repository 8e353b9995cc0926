"""Every rule of the contract, shown by a contract that breaks it and the line that is named."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from codegen import rules
from codegen.rules import check_contract
from codegen.rules.faults import known_codes
from palaver.contract.document import Document, Pointer

ROOT = Path(__file__).parents[2]

POST: Pointer = ("paths", "/api/sessions", "post")
LIST: Pointer = ("paths", "/api/sessions", "get")
CLEANUP: Pointer = ("paths", "/api/sessions/cleanup", "post")
GET: Pointer = ("paths", "/api/sessions/{session_id}", "get")
DELETE: Pointer = ("paths", "/api/sessions/{session_id}", "delete")
HEALTH: Pointer = ("paths", "/healthz", "get")
AGENT: Pointer = ("components", "schemas", "Agent")
AGENT_NAME: Pointer = (*AGENT, "properties", "name")
CREATE: Pointer = ("components", "schemas", "AgentCreate")
TITLE: Pointer = ("components", "schemas", "Title")
SESSION_ID: Pointer = ("components", "parameters", "SessionId")
UNAUTHENTICATED: Pointer = ("components", "responses", "Unauthenticated")
CREATED: Pointer = (*POST, "responses", "201")
FOUND: Pointer = (*GET, "responses", "200")
TEAM_BAD: Pointer = ("paths", "/sessions/team/create", "post", "responses", "400")
UNAVAILABLE: Pointer = ("paths", "/readyz", "get", "responses", "503")

FOLLOW: Pointer = ("paths", "/api/sessions/{session_id}/runs/{run_id}/events", "get")
EVENTS: Pointer = (*FOLLOW, "responses", "200", "content", "text/event-stream")
EVENT: Pointer = ("components", "schemas", "RunEvent")
DELTA: Pointer = ("components", "schemas", "MessageDelta")
CHAT: Pointer = ("paths", "/api/chat", "post")

JSON = "application/json"
PROBLEM = "application/problem+json"


class Absent:
    """Stands for a key to take out."""


@dataclass(frozen=True)
class Case:
    """Changes to the contract, the problem that they make, and where."""

    rule: str
    words: str
    at: Pointer
    changes: tuple[tuple[Pointer, Any], ...]


def put(rule: str, words: str, pointer: Pointer, value: Any, at: Pointer | None = None) -> Case:
    return Case(rule, words, pointer if at is None else at, ((pointer, value),))


def without(rule: str, words: str, pointer: Pointer, at: Pointer | None = None) -> Case:
    return put(rule, words, pointer, Absent, pointer[:-1] if at is None else at)


FORM = [
    put("openapi-version", "only 3.0.x", ("openapi",), "3.1.0"),
    put("dialect", "one type", (*AGENT_NAME, "type"), ["string", "null"], AGENT_NAME),
    put("dialect", "no type null", (*TITLE, "type"), "null"),
    put("dialect", "'const'", (*TITLE, "const"), "Untitled", TITLE),
    put("dialect", "'$defs'", (*AGENT, "$defs"), {}, AGENT),
    put("dialect", "'if'", (*AGENT, "if"), {}, AGENT),
    put("dialect", "'then'", (*AGENT, "then"), {}, AGENT),
    put("dialect", "'patternProperties'", (*AGENT, "patternProperties"), {}, AGENT),
    put("dialect", "'examples'", (*TITLE, "examples"), ["A"], TITLE),
    put(
        "dialect",
        "'exclusiveMinimum' is true or false",
        ("components", "schemas", "ProfileId", "exclusiveMinimum"),
        0,
        ("components", "schemas", "ProfileId"),
    ),
    put(
        "dialect",
        "'items' takes a schema",
        ("components", "schemas", "AgentIds", "items"),
        True,
    ),
    Case(
        "nullable-beside-type",
        "needs a `type`",
        AGENT_NAME,
        ((AGENT_NAME, {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Title"}]}),),
    ),
    put(
        "refs",
        "'#/components/schemas/Nobody'",
        (*AGENT_NAME, "$ref"),
        "#/components/schemas/Nobody",
    ),
    put("refs", "'other.yaml#/Title'", (*AGENT_NAME, "$ref"), "other.yaml#/Title"),
    put("ref-siblings", "`description`", (*AGENT_NAME, "description"), "Its name.", AGENT_NAME),
    put(
        "vendor-key",
        "'x-openapi-router-controller'",
        (*POST, "x-openapi-router-controller"),
        "palaver.handlers.sessions",
        POST,
    ),
    put("vendor-key", "a schema may have `x-error`", (*TITLE, "x-errors"), {}, TITLE),
    put("vendor-key", "'x-note'", ("paths", "x-note"), "hello", ("paths",)),
    put("vendor-key", "'x-note'", (*POST, "responses", "x-note"), "no", (*POST, "responses")),
    put("openapi", "paramters", (*POST, "paramters"), [], POST),
    put("openapi", "'descripton' was unexpected", (*CREATED, "descripton"), "Made.", CREATED),
]

NAMES = [
    without("operation-id", "POST /api/sessions has no operationId", (*POST, "operationId")),
    put("operation-id", "snake_case", (*POST, "operationId"), "createSession"),
    put("operation-id", "snake_case", (*POST, "operationId"), "palaver.handlers.create"),
    put("operation-id", "a verb and a noun", (*POST, "operationId"), "create"),
    put("unique-operation-id", "create_session is also", (*LIST, "operationId"), "create_session"),
    put(
        "one-tag",
        "create_session needs exactly one tag",
        (*POST, "tags"),
        ["sessions", "agents"],
        POST,
    ),
    without("one-tag", "create_session needs exactly one tag", (*POST, "tags")),
    put("known-tag", "'chats' is not declared", (*POST, "tags"), ["chats"]),
    put("module-tag", "'Agent Sessions'", ("tags", "0", "name"), "Agent Sessions"),
    put("module-tag", "'import'", ("tags", "0", "name"), "import"),
    put(
        "schema-name",
        "'agent_reply' cannot name a class",
        ("components", "schemas", "agent_reply"),
        {"type": "string"},
        ("components", "schemas"),
    ),
    put("path", "'/healthz/'", ("paths", "/healthz/"), {}, ("paths",)),
    without(
        "path-parameters",
        "get_session does not declare the path parameter 'session_id'",
        (*GET, "parameters"),
    ),
    put(
        "path-parameters",
        "the path of list_sessions has no {session_id}",
        (*LIST, "parameters", "0"),
        {"$ref": "#/components/parameters/SessionId"},
        SESSION_ID,
    ),
    put(
        "argument-name",
        "'class' cannot be an argument",
        (*LIST, "parameters", "2", "name"),
        "class",
        (*LIST, "parameters", "2"),
    ),
    put(
        "argument-name",
        "something else as 'principal'",
        (*LIST, "parameters", "2", "name"),
        "principal",
        (*LIST, "parameters", "2"),
    ),
    put(
        "argument-name",
        "list_sessions would get two arguments 'profile_id'",
        (*LIST, "parameters", "1"),
        {
            "name": "Profile-Id",
            "in": "header",
            "description": "The profile.",
            "schema": {"$ref": "#/components/schemas/ProfileId"},
            "example": 1,
        },
        (*LIST, "parameters", "2"),
    ),
]

DOCUMENTATION = [
    without("described", "create_session has no summary", (*POST, "summary")),
    without("described", "create_session has no description", (*POST, "description")),
    put("described", "create_session has no description", (*POST, "description"), " ", POST),
    put("described", "this response has no description", (*CREATED, "description"), "", CREATED),
    without("described", "this parameter has no description", (*SESSION_ID, "description")),
    without("described", "the schema 'Agent' has no description", (*AGENT, "description")),
    without(
        "described",
        "the schema 'instructions' has no description",
        (*AGENT, "properties", "instructions", "description"),
    ),
    without("example", "this response has no example", (*CREATED, "content", JSON, "example")),
    without(
        "example",
        "this request body has no example",
        (*POST, "requestBody", "content", JSON, "example"),
    ),
    without("example", "the parameter 'session_id' has no example", (*SESSION_ID, "example")),
    put(
        "example-valid",
        "title: the value must be null or a string",
        (*POST, "requestBody", "content", JSON, "example", "title"),
        7,
        (*POST, "requestBody", "content", JSON, "example"),
    ),
    put(
        "example-valid",
        "session_id: the field is required",
        (*CREATED, "content", JSON, "example"),
        {},
    ),
    put(
        "example-valid",
        "created_at: the value is not a valid date-time",
        (*FOUND, "content", JSON, "example", "created_at"),
        "yesterday",
        (*FOUND, "content", JSON, "example"),
    ),
    put("example-valid", "shorter than 1", (*SESSION_ID, "example"), ""),
    put(
        "example-valid",
        "the default breaks its schema",
        ("components", "parameters", "PageLimit", "schema", "default"),
        0,
    ),
    put(
        "example-valid",
        "error: the field is required",
        (
            *("components", "responses", "SessionsBadMessage", "content", JSON),
            *("examples", "role", "value"),
        ),
        {"message": "No."},
    ),
    put(
        "example-status",
        "the example says 404; list_sessions answers 401",
        (*UNAUTHENTICATED, "content", PROBLEM, "example", "status"),
        404,
        (*UNAUTHENTICATED, "content", PROBLEM, "example"),
    ),
]

ANSWERS = [
    put(
        "explicit-status",
        "'default'",
        (*HEALTH, "responses", "default"),
        {},
        (*HEALTH, "responses"),
    ),
    put("explicit-status", "'4XX'", (*HEALTH, "responses", "4XX"), {}, (*HEALTH, "responses")),
    without(
        "explicit-status",
        "check_health documents no success",
        (*HEALTH, "responses", "200"),
        HEALTH,
    ),
    without(
        "status-documented", "check_health documents no 400", (*HEALTH, "responses", "400"), HEALTH
    ),
    without(
        "status-documented", "create_session documents no 401", (*POST, "responses", "401"), POST
    ),
    without(
        "status-documented", "create_session documents no 406", (*POST, "responses", "406"), POST
    ),
    without(
        "status-documented", "create_session documents no 413", (*POST, "responses", "413"), POST
    ),
    without(
        "status-documented", "create_session documents no 415", (*POST, "responses", "415"), POST
    ),
    without("response-body", "what a 201 holds", (*CREATED, "content"), CREATED),
    put(
        "response-body",
        "a 204 has no body",
        (*DELETE, "responses", "204", "content"),
        {JSON: {"schema": {"$ref": "#/components/schemas/Agent"}, "example": {}}},
        (*DELETE, "responses", "204"),
    ),
    without("response-body", "has no schema", (*CREATED, "content", JSON, "schema")),
    without("response-header", "X-Request-Id", (*CREATED, "headers", "X-Request-Id"), CREATED),
    without(
        "response-header",
        "WWW-Authenticate",
        (*UNAUTHENTICATED, "headers", "WWW-Authenticate"),
        UNAUTHENTICATED,
    ),
    without(
        "response-header", "Retry-After", (*UNAVAILABLE, "headers", "Retry-After"), UNAVAILABLE
    ),
    without(
        "response-header",
        "`required: true`",
        ("components", "headers", "X-Request-Id", "required"),
    ),
    without("security", "create_session does not say who may call it", ("security",), POST),
    put("security", "a bad token", (*POST, "security"), [{"bearerAuth": []}, {}], POST),
    put(
        "security",
        "no security scheme 'cookieAuth'",
        (*POST, "security"),
        [{"cookieAuth": []}],
        POST,
    ),
]

SHAPES = [
    without("typed", "Title has no type", (*TITLE, "type")),
    without("bounded", "Title has no maxLength", (*TITLE, "maxLength")),
    without(
        "bounded", "ProfileId has no minimum", ("components", "schemas", "ProfileId", "minimum")
    ),
    without(
        "bounded", "ProfileId has no maximum", ("components", "schemas", "ProfileId", "maximum")
    ),
    without(
        "bounded", "AgentIds has no maxItems", ("components", "schemas", "AgentIds", "maxItems")
    ),
    without(
        "bounded",
        "the schema of 'HistorySkip' has no maximum",
        ("components", "parameters", "HistorySkip", "schema", "maximum"),
    ),
    without(
        "bounded",
        "the schema of 'ETag' has no maxLength",
        ("components", "headers", "ETag", "schema", "maxLength"),
    ),
    without("closed-request", "AgentCreate is sent by clients", (*CREATE, "additionalProperties")),
    put(
        "closed-request",
        "AgentCreate is sent by clients",
        (*CREATE, "additionalProperties"),
        True,
        CREATE,
    ),
    without("required-listed", "Agent does not say", (*AGENT, "required")),
    put("required-listed", "Agent requires 'colour'", (*AGENT, "required"), ["colour"]),
    put(
        "named-schema",
        "name this schema",
        (*CREATED, "content", JSON, "schema"),
        {"type": "object", "additionalProperties": True},
    ),
    put(
        "named-schema",
        "Agent.name is an object with properties",
        AGENT_NAME,
        {
            "type": "object",
            "description": "Names.",
            "required": ["first"],
            "properties": {"first": {"type": "string", "maxLength": 9, "description": "One."}},
        },
    ),
    put(
        "used",
        "no operation uses the schema 'Nothing'",
        ("components", "schemas", "Nothing"),
        {"type": "string", "description": "Nothing."},
        ("components", "schemas"),
    ),
    put(
        "used",
        "no operation uses the security scheme 'cookieAuth'",
        ("components", "securitySchemes", "cookieAuth"),
        {"type": "http", "scheme": "basic", "description": "A password."},
        ("components", "securitySchemes"),
    ),
    Case(
        "used",
        "no operation has the tag 'health'",
        ("tags", "10"),
        (
            ((*HEALTH, "tags"), ["contract"]),
            (("paths", "/readyz", "get", "tags"), ["contract"]),
        ),
    ),
]

LINKS = [
    without(
        "links",
        "create_profile creates something that no link leads to with GET",
        ("paths", "/api/profiles", "post", "responses", "201", "links", "get"),
        ("paths", "/api/profiles", "post", "responses", "201"),
    ),
    without("links", "an operation that deletes", (*CREATED, "links", "delete"), CREATED),
    Case(
        "links",
        "an operation that changes",
        CREATED,
        tuple(((*CREATED, "links", name), Absent) for name in ("rename", "style")),
    ),
    without(
        "links",
        "delete_session has no link to a GET",
        (*DELETE, "responses", "204", "links"),
        (*DELETE, "responses", "204"),
    ),
    put(
        "link-operation",
        "'read_session', which is no operation",
        (*CREATED, "links", "get", "operationId"),
        "read_session",
        (*CREATED, "links", "get"),
    ),
    put(
        "link-parameter",
        "get_session has no parameter 'id'",
        (*CREATED, "links", "get", "parameters", "id"),
        "$response.body#/session_id",
        (*CREATED, "links", "get", "parameters"),
    ),
    without(
        "link-parameter",
        "does not give get_session its 'session_id'",
        (*CREATED, "links", "get", "parameters", "session_id"),
        (*CREATED, "links", "get"),
    ),
    *(
        put(
            "link-expression",
            words,
            (*CREATED, "links", "get", "parameters", "session_id"),
            expression,
            (*CREATED, "links", "get", "parameters"),
        )
        for expression, words in (
            ("$response.body#/id", "has nothing there"),
            ("$response.body#/session_id/0", "has nothing there"),
            ("$response.body", "needs a pointer"),
            ("$response.header.Session-Id", "no header 'Session-Id'"),
            ("$request.path.session_id", "no path parameter 'session_id'"),
            ("$request.query.session_id", "no query parameter 'session_id'"),
            ("$request.body#/id", "has nothing there"),
            ("$url", "no expression"),
        )
    ),
]

LISTS = [
    without("x-list", "list_sessions has pages and no `x-list`", (*LIST, "x-list")),
    put("x-list", "has `items`, and may have", (*LIST, "x-list"), {"order": []}),
    put("x-list", "leads to no array", (*LIST, "x-list", "items"), "/nothing"),
    put("x-list", "leads to no integer", (*LIST, "x-list", "count"), "/sessions"),
    put("x-list", "`from` is start or end", (*LIST, "x-list", "from"), "middle", (*LIST, "x-list")),
    put("x-list", "no property 'colour'", (*LIST, "x-list", "key"), "colour", (*LIST, "x-list")),
    put("x-list", "no property '-size'", (*LIST, "x-list", "order"), ["-size"], (*LIST, "x-list")),
    put(
        "link-expect",
        "get_session does not document 410",
        (*CLEANUP, "responses", "200", "links", "gone", "x-expect"),
        410,
    ),
]

FAULTS = [
    put("x-error", "has `when`, `message` and `error`", (*SESSION_ID, "x-error"), {}, SESSION_ID),
    put(
        "x-error",
        "`when` is 'absent'",
        (*SESSION_ID, "x-error"),
        {"when": "absent", "message": "Say which.", "error": "missing"},
        SESSION_ID,
    ),
    put(
        "x-error",
        "are texts",
        (*SESSION_ID, "x-error"),
        {"when": "missing", "message": "Say which.", "error": 7},
        SESSION_ID,
    ),
    without("x-errors", "this 401 does not name the errors", (*UNAUTHENTICATED, "x-errors")),
    put(
        "x-errors",
        "a 201 is no error",
        (*CREATED, "x-errors"),
        {"agent_exists": {"title": "X"}},
        CREATED,
    ),
    put(
        "x-errors",
        "'bad_day' is the code of no error",
        (*UNAUTHENTICATED, "x-errors", "bad_day"),
        {"title": "A bad day."},
        (*UNAUTHENTICATED, "x-errors"),
    ),
    put(
        "x-errors",
        "has `message` and `error`, or `error`, or a `title`",
        (*UNAUTHENTICATED, "x-errors", "unauthenticated"),
        {"message": "No."},
    ),
    put(
        "x-errors",
        "has no 'error' to say it in",
        (*UNAUTHENTICATED, "x-errors", "unauthenticated"),
        {"message": "No.", "error": "no"},
    ),
    put(
        "x-errors",
        "are texts",
        (*UNAUTHENTICATED, "x-errors", "unauthenticated"),
        {"title": 401},
    ),
    put(
        "x-errors",
        "hides behind 'nothing'",
        (*UNAUTHENTICATED, "x-errors", "unauthenticated"),
        {"title": "No.", "hides": "nothing"},
    ),
    put(
        "example-words",
        "list_sessions never answers 401 in these words",
        (*UNAUTHENTICATED, "content", PROBLEM, "example", "title"),
        "Who are you?",
        (*UNAUTHENTICATED, "content", PROBLEM, "example"),
    ),
    put(
        "example-words",
        "create_team_session never answers 400 in these words",
        (*TEAM_BAD, "content", JSON, "examples", "missing", "value", "message"),
        "No agents.",
        (*TEAM_BAD, "content", JSON, "examples", "missing", "value"),
    ),
    without("x-error-surfaces", "names no shapes", ("x-error-surfaces",), ()),
    put(
        "x-error-surfaces",
        "no schema 'Trouble'",
        ("x-error-surfaces", "0", "schema"),
        "Trouble",
        ("x-error-surfaces", "0"),
    ),
    put(
        "x-error-surfaces",
        "`prefix` and `schema`",
        ("x-error-surfaces", "0"),
        {"path": "/sessions/"},
    ),
]

STREAMS = [
    put(
        "event-schema",
        "a `oneOf` with a `discriminator`",
        (*EVENTS, "schema", "$ref"),
        "#/components/schemas/Run",
        ("components", "schemas", "Run"),
    ),
    without("event-schema", "a `oneOf` with a `discriminator`", (*EVENT, "discriminator")),
    put("event-schema", "told apart by `type`", (*EVENT, "discriminator", "propertyName"), "kind"),
    without(
        "event-schema",
        "the mapping of the discriminator has MessageDelta not at all",
        (*EVENT, "discriminator", "mapping", "message.delta"),
        (*EVENT, "oneOf", "1"),
    ),
    put(
        "event-schema",
        "has MessageDelta twice",
        (*EVENT, "discriminator", "mapping", "message.more"),
        "#/components/schemas/MessageDelta",
        (*EVENT, "oneOf", "1"),
    ),
    without(
        "event-schema",
        "MessageDelta is mapped, but no member",
        (*EVENT, "oneOf", "1"),
        (*EVENT, "discriminator", "mapping", "message.delta"),
    ),
    put(
        "event-schema",
        "cannot resolve the reference '#/components/schemas/Delta'",
        (*EVENT, "discriminator", "mapping", "message.delta"),
        "#/components/schemas/Delta",
    ),
    put(
        "event-schema",
        "name this event",
        (*EVENT, "oneOf", "1"),
        {"type": "object", "additionalProperties": False},
    ),
    put(
        "event-schema",
        "Clients ignore types that they do not know.",
        (*EVENT, "description"),
        "One event of a run.",
        EVENT,
    ),
    put(
        "event-schema",
        "not sent by clients",
        (*CHAT, "requestBody", "content", "text/event-stream"),
        {"schema": {"$ref": "#/components/schemas/RunEvent"}, "example": {"type": "done"}},
        (*CHAT, "requestBody", "content"),
    ),
    without("event-type", "has no property `type`", (*DELTA, "properties", "type"), DELTA),
    put("event-type", "does not require `type`", (*DELTA, "required"), ["text"], DELTA),
    *(
        put("event-type", "the one value 'message.delta'", (*DELTA, "properties", "type"), kind)
        for kind in (
            {"type": "string", "description": "Any.", "maxLength": 20},
            {"type": "string", "description": "Other.", "enum": ["delta"]},
            {"type": "string", "description": "Two.", "enum": ["message.delta", "delta"]},
        )
    ),
    Case(
        "event-type",
        "cannot be a line of the stream",
        (*DELTA, "properties", "type"),
        (
            ((*EVENT, "discriminator", "mapping", "a\nid: 7"), "#/components/schemas/MessageDelta"),
            ((*EVENT, "discriminator", "mapping", "message.delta"), Absent),
            ((*DELTA, "properties", "type", "enum"), ["a\nid: 7"]),
        ),
    ),
    without("x-events", "says in `x-events` which is its last", (*EVENTS, "x-events")),
    put("x-events", "says in `x-events`", (*EVENTS, "x-events"), "done", EVENTS),
    put("x-events", "has `last`, and may have", (*EVENTS, "x-events"), {"after": "Last-Event-ID"}),
    put(
        "x-events",
        "may have `begins`, `part`",
        (*EVENTS, "x-events", "first"),
        "done",
        (*EVENTS, "x-events"),
    ),
    put("x-events", "names types", (*EVENTS, "x-events", "last"), 7, (*EVENTS, "x-events")),
    without("x-events", "all three or none", (*EVENTS, "x-events", "part")),
    *(
        put("x-events", "'gone' is no type", (*EVENTS, "x-events", role), "gone")
        for role in ("last", "begins", "part", "ends")
    ),
    put(
        "x-events",
        "for one thing",
        (*EVENTS, "x-events", "last"),
        "message.delta",
        (*EVENTS, "x-events"),
    ),
    put(
        "x-events",
        "stream_run_events has no header parameter 'Since'",
        (*EVENTS, "x-events", "after"),
        "Since",
    ),
    put(
        "x-events",
        "send_chat_message has no header parameter",
        (*CHAT, "responses", "200", "content", "text/event-stream", "x-events", "after"),
        "Last-Event-ID",
        (*CHAT, "responses", "200", "content", "text/event-stream", "x-events"),
    ),
    put(
        "x-events",
        "only text/event-stream has events",
        (*CREATED, "content", JSON, "x-events"),
        {"last": "done"},
        (*CREATED, "content", JSON),
    ),
    without(
        "event-example",
        "no example of this stream is a 'session.titled'",
        (*EVENTS, "examples", "titled"),
        EVENTS,
    ),
    put(
        "example-valid",
        "text: the value must be a string",
        (*EVENTS, "examples", "delta", "value", "text"),
        7,
        (*EVENTS, "examples", "delta", "value"),
    ),
    put(
        "example-valid",
        "message/seq: the field is required",
        (*EVENTS, "examples", "completed", "value", "message"),
        {},
        (*EVENTS, "examples", "completed", "value"),
    ),
    *(
        put(
            "example-valid",
            "the value matches none of the allowed forms",
            (*EVENTS, "examples", "odd"),
            {"value": value},
            (*EVENTS, "examples"),
        )
        for value in ({"type": "message.moved"}, {"type": ["done"]}, {}, "done")
    ),
]

CASES = [*FORM, *NAMES, *DOCUMENTATION, *ANSWERS, *SHAPES, *LINKS, *LISTS, *FAULTS, *STREAMS]


@pytest.fixture(scope="module")
def contract() -> Document:
    return Document.load(ROOT / "openapi.yaml")


def broken(contract: Document, case: Case) -> Document:
    """A copy of the contract with the changes of a case, and the lines of the original."""
    tree = copy.deepcopy(contract.tree)
    for pointer, value in case.changes:
        owner: Any = tree
        for key in pointer[:-1]:
            owner = owner[int(key)] if isinstance(owner, list) else owner[key]
        last = int(pointer[-1]) if isinstance(owner, list) else pointer[-1]
        if value is Absent:
            del owner[last]
        else:
            owner[last] = value
    return Document(contract.name, contract.content, tree, contract.lines)


def test_the_contract_keeps_every_rule(contract: Document) -> None:
    assert check_contract(contract) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.words}")
def test_a_broken_contract_is_refused_at_its_line(contract: Document, case: Case) -> None:
    found = check_contract(broken(contract, case))
    start = f"{contract.where(case.at)}: {case.rule}: "
    assert [line for line in found if line.startswith(start) and case.words in line], found


def test_every_rule_has_a_broken_contract() -> None:
    assert {case.rule for case in CASES} == set(_rule_names())


def test_all_problems_are_listed_in_the_order_of_the_file(contract: Document) -> None:
    changes = (
        ((*DELETE, "summary"), Absent),
        ((*TITLE, "maxLength"), Absent),
        ((*POST, "summary"), Absent),
    )
    found = check_contract(broken(contract, Case("", "", (), changes)))
    assert found == [
        f"{contract.where(POST)}: described: create_session has no summary",
        f"{contract.where(DELETE)}: described: delete_session has no summary",
        f"{contract.where(TITLE)}: bounded: Title has no maxLength",
    ]


def test_a_problem_of_a_shared_part_is_listed_once(contract: Document) -> None:
    changes = (((*UNAUTHENTICATED, "x-errors"), Absent),)
    assert len(check_contract(broken(contract, Case("", "", (), changes)))) == 1


def test_what_a_rule_says_openapi_does_not_repeat(contract: Document) -> None:
    changes = (((*TITLE, "type"), ["string", "null"]),)
    found = check_contract(broken(contract, Case("", "", (), changes)))
    assert [line.split(": ")[1] for line in found] == ["dialect"]


def test_the_errors_of_the_code_are_known() -> None:
    assert {"session_not_found", "invalid_request", "unauthenticated"} <= known_codes()
    assert "internal_error" not in known_codes()


def _rule_names() -> Iterator[str]:
    """The names under which the modules of ``codegen.rules`` report problems."""
    for path in Path(str(rules.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                name = node.args[1]
                assert isinstance(name, ast.Constant)
                yield str(name.value)
