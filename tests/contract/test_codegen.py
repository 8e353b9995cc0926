"""``python -m codegen``: what it writes, what ``--check`` says, and what it refuses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from codegen.__main__ import FOLDERS, main, render
from codegen.models import exported_names, render_models
from codegen.operations import argument_name, protocol_name, render_operations
from codegen.tables import MarkerError, render_agents
from palaver import models
from palaver.contract.document import Document, Parameter

ROOT = Path(__file__).parents[2]
OPERATIONS = "src/palaver/contract/operations.py"


@dataclass(frozen=True)
class Tree:
    """A copy of what the generator reads and writes."""

    root: Path

    def run(self, *options: str) -> int:
        return main(["--root", str(self.root), *options])

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        (self.root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def line_of(self, name: str, text: str) -> int:
        lines = (self.root / name).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """The contract and the generated files as they are committed."""
    for name in ("openapi.yaml", "AGENTS.md", OPERATIONS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for folder in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    return Tree(tmp_path)


def parsed(schemas: str = "", paths: str = "paths: {}") -> Document:
    """A small contract, for the shapes that ``openapi.yaml`` does not have yet."""
    text = (
        "openapi: 3.0.3\n"
        "info: {title: Test, version: '1'}\n"
        "tags: [{name: things, description: Things.}]\n"
        f"{paths}\n"
        f"components:\n  schemas:\n{schemas or '    Nothing: {type: string}'}\n"
    )
    return Document.parse(text.encode())


def test_the_committed_files_are_what_the_contract_gives() -> None:
    command = [sys.executable, "-m", "codegen", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_stale_model_gives_a_diff(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.edit("models/schemas.py", "    session_id: SessionId\n", "    session_id: int\n")
    assert tree.run("--check") == 1
    shown = capsys.readouterr().out
    assert "--- models/schemas.py\n+++ models/schemas.py (generated)\n" in shown
    assert "\n-    session_id: int\n+    session_id: SessionId\n" in shown


def test_a_changed_contract_makes_models_operations_and_tables_stale(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.edit("openapi.yaml", "summary: Create an agent\n", "summary: Add an agent\n")
    tree.edit("openapi.yaml", "enum: [created_at, last_active, name]", "enum: [created_at, name]")
    assert tree.run("--check") == 2
    tree.edit("openapi.yaml", "      example: last_active\n", "      example: name\n")
    capsys.readouterr()
    assert tree.run("--check") == 1
    shown = capsys.readouterr().out
    assert '+SessionSortField: TypeAlias = Literal["created_at", "name"]\n' in shown
    assert '+        """Add an agent: ``POST /api/agents``."""\n' in shown
    assert "+| POST | `/api/agents` | `create_agent` | Add an agent |" in shown


def test_a_missing_file_is_stale(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    (tree.root / OPERATIONS).unlink()
    assert tree.run("--check") == 1
    assert "+class SessionsOperations(Protocol[BackendT]):\n" in capsys.readouterr().out


def test_a_surplus_file_in_models_is_named(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    (tree.root / "models" / "extra.py").write_text("", encoding="utf-8")
    assert tree.run("--check") == 1
    assert "models/extra.py: models/ holds only generated files" in capsys.readouterr().out


def test_check_changes_nothing_and_a_run_mends_everything(tree: Tree) -> None:
    (tree.root / "models" / "extra.py").write_text("", encoding="utf-8")
    tree.edit("models/__init__.py", "    Agent,\n", "")
    assert tree.run("--check") == 1
    assert (tree.root / "models" / "extra.py").exists()
    assert tree.run() == 0
    assert not (tree.root / "models" / "extra.py").exists()
    assert tree.run("--check") == 0


def test_two_runs_give_the_same_bytes() -> None:
    document = Document.load(ROOT / "openapi.yaml")
    agents = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
    assert render(document, agents) == render(document, agents)


def test_a_broken_contract_is_refused_with_file_line_and_rule(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.edit("openapi.yaml", "operationId: create_session\n", "operationId: createSession\n")
    line = tree.line_of("openapi.yaml", "operationId: createSession")
    before = (tree.root / OPERATIONS).read_text(encoding="utf-8")
    assert tree.run() == 2
    said = capsys.readouterr().err
    assert f"openapi.yaml:{line}: operation-id: 'createSession' is not a verb and a noun" in said
    assert (tree.root / OPERATIONS).read_text(encoding="utf-8") == before


def test_bad_yaml_is_refused_with_its_line(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.edit("openapi.yaml", "  title: Palaver\n", "  title: Palaver\n  title: Again\n")
    line = tree.line_of("openapi.yaml", "title: Again")
    assert tree.run("--check") == 2
    assert f"openapi.yaml:{line}: yaml: the key 'title' is repeated" in capsys.readouterr().err


def test_a_missing_contract_is_refused(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    (tree.root / "openapi.yaml").unlink()
    assert tree.run("--check") == 2
    assert "openapi.yaml" in capsys.readouterr().err


def test_agents_without_markers_are_refused() -> None:
    document = Document.load(ROOT / "openapi.yaml")
    with pytest.raises(MarkerError, match="generated:endpoints"):
        render_agents(document, "# Nothing\n")


def test_the_tables_replace_only_what_is_between_the_markers() -> None:
    document = Document.load(ROOT / "openapi.yaml")
    markers = "".join(
        f"<!-- generated:{name} -->\nold\n<!-- /generated:{name} -->\n"
        for name in ("endpoints", "errors")
    )
    text = render_agents(document, f"before\n{markers}after\n")
    assert text.startswith("before\n<!-- generated:endpoints -->\n")
    assert text.endswith("<!-- /generated:errors -->\nafter\n")
    assert "old" not in text
    row = "| GET | `/healthz` | `check_health` | Say whether the server lives | 200, 400, 406 |\n"
    assert row in text
    assert (
        "| `/sessions/` | 400 | `missing agent_id` | Agent ID is required (`missing_agent_id`) |"
        in text
    )


def test_every_model_can_be_read_by_msgspec() -> None:
    for name in models.__all__:
        assert msgspec.inspect.type_info(getattr(models, name)) is not None


def test_an_absent_field_of_a_change_is_not_null() -> None:
    change = msgspec.convert({"description": None}, models.AgentUpdate)
    assert change.name is msgspec.UNSET
    assert change.instructions is msgspec.UNSET
    assert change.description is None


def test_a_default_of_the_contract_is_the_default_of_the_model() -> None:
    update = msgspec.convert({"role": "user", "content": "Hi"}, models.TeamHistoryUpdate)
    assert update.summary is False


def test_models_leave_constraints_to_the_runtime() -> None:
    code = render_models(
        parsed(
            "    Thing:\n"
            "      type: object\n"
            "      required: [pattern]\n"
            "      properties:\n"
            "        pattern: {type: string, pattern: '^a', maxLength: 3}\n"
            "        maxItems: {type: integer, minimum: 1, default: 5}\n"
        )
    )["schemas.py"]
    assert "    pattern: str\n" in code
    assert '    max_items: int = field(name="maxItems", default=5)\n' in code


def test_a_union_with_a_discriminator_is_tagged() -> None:
    event = (
        "    {name}:\n"
        "      type: object\n"
        "      required: [type]\n"
        "      properties:\n"
        "        type: {{type: string, enum: [{tag}]}}\n"
    )
    code = render_models(
        parsed(
            event.format(name="Started", tag="message.started")
            + event.format(name="Done", tag="message.done")
            + "    Event:\n"
            "      oneOf:\n"
            "        - {$ref: '#/components/schemas/Started'}\n"
            "        - {$ref: '#/components/schemas/Done'}\n"
            "      discriminator:\n"
            "        propertyName: type\n"
            "        mapping:\n"
            "          message.started: '#/components/schemas/Started'\n"
            "          message.done: '#/components/schemas/Done'\n"
        )
    )["schemas.py"]
    assert (
        'class Done(Struct, gc=False, kw_only=True, tag_field="type", tag="message.done"):\n'
        in code
    )
    assert "Event: TypeAlias = Started | Done\n" in code
    assert exported_names(code) == ["Done", "Event", "Started"]


@pytest.mark.parametrize(
    ("name", "location", "expected"),
    [
        ("If-None-Match", "header", "if_none_match"),
        ("Last-Event-ID", "header", "last_event_id"),
        ("sessionToken", "cookie", "session_token"),
        ("topicId", "query", "topic_id"),
        ("session_id", "path", "session_id"),
    ],
)
def test_arguments_are_named_as_in_the_contract(name: str, location: str, expected: str) -> None:
    parameter = Parameter(name, location, False, {}, {}, ())
    assert argument_name(parameter) == expected


def test_protocols_are_named_after_their_tag() -> None:
    assert protocol_name("agent_sessions") == "AgentSessionsOperations"


def test_an_operation_becomes_a_method() -> None:
    document = parsed(
        "    Thing:\n"
        "      type: object\n"
        "      properties:\n"
        "        items: {type: array, maxItems: 5000, items: {type: string}}\n"
        "    Names: {type: array, items: {type: string}}\n",
        "paths:\n"
        "  /things:\n"
        "    put:\n"
        "      operationId: put_things\n"
        "      tags: [things]\n"
        "      summary: Put things\n"
        "      security: []\n"
        "      parameters:\n"
        "        - {name: since, in: query, schema: {type: string, format: date-time}}\n"
        "        - {name: id, in: query, required: true, schema: {type: string, format: uuid}}\n"
        "        - {name: order, in: query, schema: {type: string, enum: [a, b], default: a}}\n"
        "        - {name: X-Ratio, in: header, schema: {type: number}}\n"
        "      requestBody:\n"
        "        content:\n"
        "          application/json: {schema: {$ref: '#/components/schemas/Names'}}\n"
        "      responses:\n"
        "        '200':\n"
        "          description: Some.\n"
        "          content:\n"
        "            application/json: {schema: {$ref: '#/components/schemas/Thing'}}\n"
        "        '202':\n"
        "          description: A file.\n"
        "          content:\n"
        "            application/pdf: {schema: {type: string, format: binary}}\n"
        "        '304': {description: The same.}\n",
    )
    code = render_operations(document, frozenset({"Thing", "Names"}))
    arguments = code[code.index("    def put_things(") : code.index(") -> ")].split("\n        ")
    assert arguments[1:] == [
        "self,",
        "*,",
        "backend: BackendT,",
        "since: datetime | None,",
        "id: str,",
        'order: Literal["a", "b"],',
        "x_ratio: float | None,",
        "body: Names | None,",
        'media_type: Literal["application/json", "application/pdf"],\n    ',
    ]
    answers = (
        "Thing | Reply[Thing] | ArrayStream | Reply[ArrayStream]"
        " | Reply[bytes] | Reply[ByteStream] | Reply[None]"
    )
    assert f") -> Answer[{answers}]:\n" in code
    assert "from palaver.models import Names, Thing\n" in code
    assert "Principal" not in code


def test_a_secured_operation_gets_its_principal_and_204_gives_nothing() -> None:
    code = (ROOT / OPERATIONS).read_text(encoding="utf-8")
    method = code[code.index("def delete_session(") :].partition('"""')[0]
    assert "principal: Principal" in method
    assert method.rstrip().endswith(") -> Answer[None]:")
    # What has headers of its own says them in a reply.
    method = code[code.index("def delete_slide(") :].partition('"""')[0]
    assert method.rstrip().endswith(") -> Answer[None | Reply[None]]:")
    health = code[code.index("def check_health(") :].partition('"""')[0]
    assert "principal" not in health


def test_a_document_that_is_sent_as_it_is_may_be_bytes() -> None:
    code = (ROOT / OPERATIONS).read_text(encoding="utf-8")
    method = code[code.index("def get_contract_json(") :].partition('"""')[0]
    assert "Reply[ContractDocument] | Reply[bytes] | Reply[None]" in method


def test_a_form_comes_as_its_fields() -> None:
    code = (ROOT / OPERATIONS).read_text(encoding="utf-8")
    method = code[code.index("def upload_slide_image(") :].partition('"""')[0]
    assert "body: dict[str, Any]," in method
