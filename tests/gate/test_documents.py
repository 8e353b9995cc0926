"""What a document mentions exists; what does not fails with file, line and what there is."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import pytest

from gate.documents import check_documents
from gate.findings import Failure
from palaver.contract.document import Document

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def contract() -> Document:
    return Document.load(ROOT / "openapi.yaml")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with the files that a document may refer to, and hardly any text of its own."""
    folder = tmp_path_factory.mktemp("tree")
    for name in ("codegen", "gate", "benchmarks", "handlers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.md"))
    for name in ("tox.ini", "openapi.yaml", "tests/conftest.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def failures(tree: Path, contract: Document, text: str, name: str = "GUIDE.md") -> list[Failure]:
    return check_documents(tree, contract, replaced={name: text})


def test_the_documents_of_this_repository_keep_their_word(contract: Document) -> None:
    assert check_documents(ROOT, contract) == []


def test_an_endpoint_that_was_promised_and_never_built_is_found(
    tree: Path, contract: Document
) -> None:
    # The bug of requirement 0, word for word, with the contract of that time.
    tree_then = copy.deepcopy(contract.tree)
    del tree_then["paths"]["/api/chat"]
    del tree_then["paths"]["/api/sessions/{session_id}/messages"]["post"]
    contract = Document.parse(json.dumps(tree_then).encode())
    text = "# Agents\n\nChat with `POST /api/chat` or\n`POST /api/sessions/{id}/messages`.\n"
    found = [each.message for each in failures(tree, contract, text, "NOTES.md")]
    assert (
        "NOTES.md:4: POST /api/sessions/{id}/messages is documented, "
        "but the contract has only GET there"
    ) in found
    assert len(found) == 2


WRONG = {
    "an endpoint in text": ("Send POST /sessions/get/{id} now.", "only GET there"),
    "a method before a path": ("POST `/sessions/get/{id}`", "only GET there"),
    "a method and a path": ("`PUT` `/api/sessions`", "only GET, POST there"),
    "a method in a column": (
        "| Method | Path |\n| --- | --- |\n| PUT | `/api/sessions` |",
        "only GET, POST there",
    ),
    "a path": ("See `/api/session`.", "no such path; the nearest is GET /api/sessions"),
    "the rest of a path": ("`POST …/rename`", "no such path"),
    "the beginning of paths": ("All of `/api/v9/…`", "no such path"),
    "an address": ("Open http://127.0.0.1:8000/api/talk there.", "no such path"),
    "a word for a parameter": ("`GET /api/agents/search`", "no such path"),
    "another parameter": ("`GET /sessions/history/{agent_id}`", "no such path"),
    "a page by another method": ("`POST /docs`", "no such path"),
    "a page that is not there": ("See `/console/nowhere`.", "no such path"),
    "a query parameter": ("`GET /api/sessions?offset=1`", "no query parameter offset; it has"),
    "a curl": (
        '<!-- not executed: a test -->\n```shell\ncurl -d "{}" \\\n  "$URL/api/sessions/$ID"\n```',
        "GUIDE.md:3: POST /api/sessions/$ID is documented",
    ),
    "a curl with a method": (
        "<!-- not executed: a test -->\n```sh\nX=$(curl -X PUT http://localhost/api/agents)\n```",
        "PUT /api/agents is documented",
    ),
    "a request": (
        "<!-- not executed: a test -->\n```http\nPUT /api/agents HTTP/1.1\n\n{}\n```",
        "PUT /api/agents is documented",
    ),
    "a status of a response": (
        "<!-- not executed: a test -->\n```http\nGET /healthz\n\nHTTP/1.1 404 Not Found\n```",
        "status 404 is documented for check_health",
    ),
    "a call in Python": (
        "<!-- not executed: a test -->\n```python\nhttpx.put(f'{URL}/api/agents')\n```",
        "PUT /api/agents is documented",
    ),
    "an endpoint in a diagram": ("```text\nPOST /api/talk → events\n```", "no such path"),
    "a status": ("`DELETE /api/sessions/{id}` answers 200.", "status 200 is documented for"),
    "a status of an operation": ("`delete_session` gives `409`.", "has 204, 400, 401, 404"),
    "a status in the next sentence": ("`get_session` reads. It may be 410.", "status 410"),
    "a status with its phrase": ("`get_session` says 410 Gone.", "status 410"),
    "a status of a whole surface": ("It is 418 under `/api/`.", "none of these has it"),
    "a status in a column": (
        "| Operation | Status |\n| --- | --- |\n| `check_health` | 404 |",
        "status 404 is documented for check_health",
    ),
    "a status that is left out": (
        "| Path | Statuses |\n| --- | --- |\n| GET `/healthz` | 200, 406 |",
        "check_health answers 400 too",
    ),
    "the operation of another path": (
        "| A | B |\n| --- | --- |\n| GET `/healthz` | `check_readiness` |",
        "is said to be `check_readiness`, but it is `check_health`",
    ),
    "an operation": ("Call `create_chat`.", "no operation of the contract; there is create_"),
    "an operation's verb": ("Call `remove_session`.", "no operation of the contract"),
    "a setting": ("Set `PALAVER_LLM_VOICE`.", "PALAVER_LLM_VOICE is no setting"),
    "a setting in a file": ("```yaml\nPALAVER_X: 1\n```", "GUIDE.md:2: PALAVER_X is no setting"),
    "a setting's default": (
        "| Variable | Default |\n| --- | --- |\n| `PALAVER_BASIC_USERNAME` | `admin` |",
        "has the default `palaver`, not `admin`",
    ),
    "a command": ("Run `palaver decks add FILE`.", "`palaver decks` is documented, but"),
    "a flag of a command": ("`palaver serve --threads 3`", "palaver serve takes only"),
    "a flag of another command": ("`.venv/bin/palaver token --port=1`", "palaver token takes only"),
    "a default in brackets": ("`palaver serve [--port 8080]`", "the default is 8000"),
    "a flag": ("With `--threads 3`.", "no command has the flag --threads"),
    "a module": ("`python -m codegen.docs`", "only python -m codegen"),
    "a module of nobody": ("`python -m palavers`", "no such module"),
    "a module's flag": ("`python -m codegen --dry-run`", "it takes only --check"),
    "a module's command": ("`python -m codegen merge A B`", "there is only diff"),
    "a tox environment": ("`.venv/bin/tox -e py,nope`", "`tox -e nope` is documented"),
    "a tox label": ("`tox -m slow`", "tox.ini has only quick"),
    "a link": ("[guide](docs/guide.md)", "docs/guide.md does not exist"),
    "a heading": ("# One\n\n[two](#two)", "has no heading #two"),
    "a file": ("`codegen/tablets.py`", "does not exist; the nearest is codegen/tables.py"),
    "a file's name": ("`tablets.py`", "tablets.py does not exist"),
    "a folder": ("`sdk/`", "sdk/ does not exist"),
    "a pattern": ("`codegen/test_*.py`", "does not exist"),
    "a block without a language": ("```\nls\n```", "must say its language"),
    "an indented block": ("Text:\n\n    ls\n", "must say its language"),
    "a block in an unknown language": ("```shel\nls\n```", "neither executed nor known"),
    "a mark without a reason": (
        "<!-- not in the contract: -->\nUse `GET /api/chat`.",
        "gives no reason",
    ),
    "a mark that excuses nothing": (
        "<!-- not in the contract: it went -->\nUse `GET /api/sessions`.",
        "excuses nothing",
    ),
    "a mark before nothing": (
        "<!-- not in the contract: it went -->\n\nUse `GET /api/sessions`.",
        "stands before nothing",
    ),
    "a mark on another paragraph": (
        "<!-- not in the contract: it went -->\n- `GET /api/chat`\n- `GET /api/chats`",
        "GUIDE.md:3: GET /api/chats",
    ),
    "an idle mark on a block": (
        "<!-- not executed: it is text -->\n```text\nls\n```",
        "no block that is executed follows",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_exist_is_found(case: str, tree: Path, contract: Document) -> None:
    text, words = WRONG[case]
    found = [each.message for each in failures(tree, contract, text)]
    assert len(found) == 1 or case.startswith("a mark"), found
    assert any(words in each for each in found), found
    assert all(each.startswith("GUIDE.md:") for each in found)


RIGHT = {
    "placeholders": "`GET /api/sessions/{id}/messages`, `/sessions/get/<id>`, `/api/agents/$A`.",
    "values": "`GET /sessions/get_all/user123`, `GET /api/agents/agent123`.",
    "HEAD": "`HEAD /api/sessions`",
    "parts of paths": "`/sessions/…`, `/api/`, `GET /api/…`, `POST …/cleanup`.",
    "a query": "`GET /api/sessions?limit=5&cursor=…`",
    "pages": "`/docs`, `GET /console`, and `POST /console/token` of the console.",
    "an address": "[here](http://127.0.0.1:8000/openapi.yaml) and http://127.0.0.1:8000.",
    "another server": "```text\nGET https://example.org/\n```",
    "statuses": "`DELETE /api/sessions/{id}` answers 204, or 404 for a stranger's, and 500 never.",
    "a status for each of two": "It is 403 under `/sessions/` and 404 under `/api/`.",
    "quantities": "`get_session` takes 200 ms, 404 messages, 500 MB, 403 µs and 2.204 s.",
    "a status of nobody": "Others answer 307 for a trailing slash.",
    "names": "`session_id`, `session_not_found`, `get_all`, `check_documents`, `store_twin`.",
    "settings": "`PALAVER_DATA_DIR` and every other `PALAVER_` variable.",
    "commands": "`palaver serve --port 0 --workers 2`, `python -m palaver --version`, `--ttl`.",
    "defaults": "`palaver token --user NAME [--ttl 8h]`",
    "modules": "`PYTHONPATH=src python -m benchmarks X`, `python -m pytest --store postgres -x`.",
    "module commands": "`python -m codegen diff OLD NEW`, `python -m codegen --check`.",
    "tox": "`tox`, `tox -e py,lint`, `tox -m quick`, `tox -e NAME`.",
    "files": "`tox.ini`, `codegen/`, `codegen/rules/*.py`, `tables.py`, `rules/tree.py`.",
    "no files": "`text/event-stream`, `./palaver-data`, `limit`/`skip`, `.venv/bin/palaver`.",
    "links": "# Two words\n\n[a](#two-words) [b](tox.ini) [c](https://example.org/x) [d](codegen)",
    "an excused paragraph": "<!-- not in the contract: it went -->\n`POST /api/talk` is gone.",
    "an excused item": "- a\n<!-- not in the contract: it went -->\n- `POST /api/talk` is gone.",
    "an excused row": "| A |\n| - |\n| `/api/talk` <!-- not in the contract: it went --> |",
    "two marks": (
        "<!-- not in the contract: it went -->\n<!-- not executed: it went -->\n"
        "```shell\ncurl $URL/api/talk\n```"
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_what_exists_passes(case: str, tree: Path, contract: Document) -> None:
    assert failures(tree, contract, RIGHT[case]) == []


def test_a_failure_names_the_operation_that_was_meant(tree: Path, contract: Document) -> None:
    text = "`POST /sessions/get/{id}`\n\n`create_agent_sessions`\n\n`get_session` is 410."
    assert [each.operation_id for each in failures(tree, contract, text)] == [
        "get_agent_session",
        "create_agent_session",
        "get_session",
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("PALAVER_JWT_ISSUER", "the setting PALAVER_JWT_ISSUER is not documented"),
        ("--access-log", "the flag --access-log of `palaver serve` is not documented"),
        ("palaver migrate", "`palaver migrate` is not documented"),
    ],
)
def test_the_readme_is_complete(said: str, words: str, contract: Document) -> None:
    text = (ROOT / "README.md").read_text().replace(said, "something")
    found = check_documents(ROOT, contract, replaced={"README.md": text})
    assert any(each.message == f"README.md: {words}" for each in found)


def test_every_operation_is_in_the_table(contract: Document) -> None:
    text = (ROOT / "AGENTS.md").read_text()
    rows = {}
    for operation in contract.operations:
        start = f"| {operation.method.upper()} | `{operation.path}` |"
        (rows[operation.operation_id],) = (
            each for each in text.split("\n") if each.startswith(start)
        )
    # One that is missing, and all of them: to look at all documents for each takes long.
    for missing in (["create_session"], list(rows)):
        shortened = text
        for each in missing:
            shortened = shortened.replace(f"{rows[each]}\n", "")
        found = check_documents(ROOT, contract, replaced={"AGENTS.md": shortened})
        assert sorted(each.operation_id for each in found) == sorted(missing)


def test_ci_runs_the_test_command_of_the_readme_word_for_word() -> None:
    readme = (ROOT / "README.md").read_text()
    command = readme.split("## Test it")[1].split("```shell\n")[1].split("\n")[0]
    assert command in (ROOT / ".ci" / "run").read_text().split("\n")
