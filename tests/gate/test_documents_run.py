"""Code blocks are run as a reader would run them, and an answer that is shown is the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gate.documents import run_documents
from gate.findings import Failure
from gate.target import Target, own_server
from palaver.contract.document import Document

ROOT = Path(__file__).parents[2]

Run = Callable[..., list[Failure]]


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """One server for all of these documents; none of them needs the data folder."""
    with own_server(Document.load(ROOT / "openapi.yaml")) as running:
        yield running


@pytest.fixture
def run(target: Target, tmp_path: Path) -> Run:
    """Run a document of some blocks, each a language and a text."""

    @contextmanager
    def make_target(document: Document, data_dir: Path) -> Iterator[Target]:
        (data_dir.parent / "token").write_text(target.owner)
        yield target

    def run(*blocks: tuple[str, str], patience: float = 30.0) -> list[Failure]:
        text = "\n\n".join(f"```{language}\n{body}\n```" for language, body in blocks)
        (tmp_path / "GUIDE.md").write_text(text, encoding="utf-8")
        return run_documents(tmp_path, target.document, make_target, patience=patience)

    return run


CREATE = "curl -X POST -H \"Authorization: Bearer $(cat token)\" '{}'".format(
    "http://127.0.0.1:8000/sessions/create?agent_id=agent123"
)
ID = "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a69"
CREATED = f'{{"message": "Chat session created successfully.", "session_id": "{ID}"}}'


def test_shell_blocks_share_one_shell(run: Run) -> None:
    assert run(("shell", "NAME=two\\ words"), ("bash", 'test "$NAME" = "two words"')) == []


def test_a_command_that_fails_is_shown_with_its_output(run: Run) -> None:
    (failure,) = run(("shell", "true"), ("sh", "echo before\ncat nowhere\necho after"))
    assert failure.message.startswith("GUIDE.md:5: the sh block fails with exit code 1:\n")
    assert "before" in failure.message
    assert "nowhere" in failure.message
    assert "after" not in failure.message


def test_a_block_after_one_that_failed_is_not_run(run: Run) -> None:
    first, second = run(("shell", "false"), ("shell", "true"))
    assert "because a block before it failed" in second.message
    assert "exit code 1" in first.message


@pytest.mark.parametrize("text", ["echo $UNSET", "false | true", "X=$(false)", "X=$(false; true)"])
def test_the_shell_is_strict(run: Run, text: str) -> None:
    assert len(run(("shell", text))) == 1


def test_a_curl_that_gets_an_error_fails(run: Run) -> None:
    (failure,) = run(("shell", "curl http://127.0.0.1:8000/api/sessions"))
    assert failure.operation_id == "list_sessions"
    assert "A valid token is required" in failure.message


def test_in_a_console_only_commands_are_run(run: Run) -> None:
    assert run(("console", "$ echo a \\\n> b\na b\n$ true")) == []
    assert len(run(("console", "$ false\nwhatever it says"))) == 1


def test_a_block_that_does_not_end_is_ended(run: Run) -> None:
    (failure,) = run(("shell", "sleep 60"), patience=0.5)
    assert "takes longer than 0.5 s" in failure.message


def test_an_answer_is_compared_and_its_ids_are_used(run: Run) -> None:
    read = (
        'curl -H "Authorization: Bearer $(cat token)" '
        "http://127.0.0.1:8000/sessions/get/019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a69"
    )
    assert run(("shell", CREATE), ("json", CREATED), ("shell", read)) == []


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (
            '{"message": "Chat session created successfully."}',
            "has 'session_id' in the answer, and the document leaves it out",
        ),
        (CREATED.replace("}", ', "id": 1}'), "has no 'id' in the answer"),
        ('{"message": 1, "session_id": "019a9f3e"}', "/message is a string in the answer"),
        ('{"message": "Done.", "session_id": "1"}', "the contract does not allow it"),
        ("{message: 1}", "this is not JSON"),
    ],
)
def test_an_answer_of_another_shape_is_found(run: Run, shown: str, words: str) -> None:
    found = run(("shell", CREATE), ("json", shown))
    assert any(words in each.message for each in found), found
    assert {each.operation_id for each in found} == {"create_agent_session"}


def test_json_after_nothing_is_found(run: Run) -> None:
    assert "compared with nothing" in run(("json", "{}"))[0].message
    assert "compared with nothing" in run(("shell", "echo hi"), ("json", "{}"))[0].message


def test_a_request_is_sent_as_it_is_written(run: Run) -> None:
    body = "POST /api/sessions HTTP/1.1\nContent-Type: application/json\nX-Request-Id: mine\n\n{}"
    answer = "HTTP/1.1 201 Created\nX-Request-Id: mine\nLocation: /api/sessions/1"
    assert run(("http", body), ("http", answer)) == []
    (failure,) = run(("http", "POST /api/sessions\n\n{}"))
    assert "answered by 415" in failure.message
    assert failure.operation_id == "create_session"


def test_a_response_that_is_shown_may_be_an_error(run: Run) -> None:
    request = "GET /api/sessions?limit=0"
    assert run(("http", request), ("http", "HTTP/1.1 400 Bad Request")) == []
    shown = "HTTP/1.1 200 OK\nETag: x\n\n{}"
    found = [each.message for each in run(("http", request), ("http", shown))]
    assert any("status 200 is shown, but the answer has 400" in each for each in found)
    assert any("the header ETag is shown" in each for each in found)
    assert any("leaves it out" in each for each in found)
    assert "no http block with a request" in run(("http", "HTTP/1.1 200 OK"))[0].message


def test_typescript_blocks_share_their_names_and_see_the_shell(run: Run) -> None:
    client = (
        'import { NotFoundError, type Session, Palaver as Client } from "palaver-client";\n'
        "const [a]: [number] = [1];\nconst { b: c }: { b: number } = { b: 2 };\n"
        "async function missing(client: Client): Promise<unknown> {\n"
        '  return client.getSession({ session_id: "x" }).catch((error: unknown) => error);\n'
        "}\n"
        "const token = process.env.TOKEN!;\n"
        'const client = new Client({ baseUrl: "http://127.0.0.1:8000", token });'
    )
    used = (
        "if (!((await missing(client)) instanceof NotFoundError)) throw new Error();\n"
        "console.log(JSON.stringify([a, c, (await client.checkHealth()).status]));"
    )
    blocks = (("shell", "TOKEN=$(cat token)"), ("ts", client), ("typescript", used))
    assert run(*blocks, ("json", '[1, 2, "ok"]')) == []
    (failure,) = run(*blocks, ("ts", "\nthrow new Error('wrong')"))
    assert "the ts block fails with exit code 1" in failure.message
    assert "GUIDE.md.mts:" in failure.message


def test_python_blocks_share_one_namespace_and_see_the_shell(run: Run) -> None:
    blocks = [
        ("shell", "NAME=me"),
        ("python", "import os\nname = os.environ['NAME']"),
        ("python", "assert name == 'me'"),
    ]
    assert run(*blocks) == []
    (failure,) = run(*blocks, ("python", "\nname.nothing"))
    assert 'File "GUIDE.md", line 16' in failure.message
    assert "AttributeError" in failure.message


def test_the_blocks_of_this_repository_run() -> None:
    assert run_documents(ROOT, Document.load(ROOT / "openapi.yaml")) == []
