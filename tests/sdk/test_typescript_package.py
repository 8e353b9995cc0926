"""The TypeScript client as it is published: its types, its build, its package, its size."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from codegen.operations import is_json
from codegen.typescript.writing import type_of
from gate.documents.reading import read_page
from palaver.contract.document import Document
from tests.sdk.conftest import ROOT, Live
from tests.sdk.installing import check_out, install_commands, run_commands
from tests.sdk.typescript.node import (
    FOLDER,
    PACKAGE,
    commands_of_node,
    node_command,
    npm_command,
    tools,
)

LARGEST_BUNDLE = 10_000
"""Bytes, compressed: what a page pays for the client."""

_CONSUMER = """\
import { NotFoundError, Palaver } from "palaver-client";
import type { Session } from "palaver-client";
import { fileFrom, saveTo } from "palaver-client/node";

const [baseUrl = "", token = ""] = process.argv.slice(2);
const client = new Palaver({ baseUrl, token });
const session: Session = await client.createSession({ body: { title: "Installed" } });
let text = "";
const body = { session_id: session.session_id, message: "Hello" };
for await (const event of await client.sendChatMessage({ body }, { stream: true })) {
  if (event.type === "message.delta") text += event.text;
}
const titles: string[] = [];
for await (const each of client.listSessions({ limit: 1 })) titles.push(each.title);
const missing = await client.getSession({ session_id: "x" }).catch((error: unknown) => error);
const file = await client.getContractYaml();
if (file !== undefined) await saveTo(file, "openapi.yaml");
console.log(JSON.stringify({
  title: titles[0],
  text: text.length,
  missing: missing instanceof NotFoundError,
  file: (await fileFrom("openapi.yaml")).size,
}));
"""


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def _tsc(folder: Path, *options: str) -> str:
    return _run(node_command(tools() / "typescript/bin/tsc", *options), folder)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``package``, which was packed, and ``consumer``, in which it was installed.

    Processes that test at once share it: it takes seconds to make.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "typescript"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _publish(folder)
            (folder / "done").touch()
    return folder


def _publish(folder: Path) -> None:
    ignored = shutil.ignore_patterns("node_modules", "dist")
    shutil.copytree(PACKAGE, folder / "package", ignore=ignored)
    (folder / "package/node_modules").symlink_to(tools())
    _run(npm_command("pack", "--loglevel=error"), folder / "package")
    (archive,) = (folder / "package").glob("*.tgz")
    (folder / "consumer").mkdir()
    (folder / "consumer/package.json").write_text('{"type": "module", "private": true}')
    install = npm_command("install", "--offline", "--no-audit", "--no-fund", archive)
    _run(install, folder / "consumer")


@pytest.fixture
def packed(published: Path) -> Path:
    """The package as it was built and packed."""
    return published / "package"


@pytest.fixture
def installed(published: Path) -> Path:
    """A folder that was empty before the package was installed, without a network."""
    return published / "consumer"


def test_the_package_holds_what_it_should(packed: Path) -> None:
    (archive,) = packed.glob("palaver-client-*.tgz")
    with tarfile.open(archive) as tar:
        names = {name.removeprefix("package/") for name in tar.getnames()}
    manifest = json.loads((packed / "package.json").read_text())
    assert "dependencies" not in manifest
    for entry in manifest["exports"].values():
        targets = entry.values() if isinstance(entry, dict) else [entry]
        assert {target.removeprefix("./") for target in targets} <= names
    assert {"README.md", "LICENSE"} <= names
    sources = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("src/**/*.ts")}
    assert sources <= names
    built = {name for name in names if name.endswith(".js")}
    expected = {name.replace("src/", "dist/").replace(".ts", ".js") for name in sources}
    assert built == expected | {"dist/palaver-client.min.js"}


@pytest.mark.parametrize(
    "surroundings",
    [
        {"lib": ["es2022", "dom", "dom.asynciterable"], "types": []},
        # Where there is no browser, its types are not there.
        {"lib": ["es2022"], "types": ["node"]},
    ],
    ids=["a browser's types", "the types of Node"],
)
def test_a_strict_program_compiles_with_the_installed_package(
    surroundings: Mapping[str, list[str]], installed: Path
) -> None:
    (installed / "program.ts").write_text(_CONSUMER, encoding="utf-8")
    files = ["program.ts"]
    if not surroundings["types"]:
        (installed / "process.d.ts").write_text("declare const process: { argv: string[] };\n")
        files.append("process.d.ts")
    # No `skipLibCheck`: the declarations of the package have to be right in themselves.
    options = {
        "strict": True,
        "target": "es2022",
        "module": "nodenext",
        "typeRoots": [str(tools() / "@types")],
        "noEmit": True,
        **surroundings,
    }
    config = {"compilerOptions": options, "files": files}
    (installed / "tsconfig.json").write_text(json.dumps(config))
    _tsc(installed, "-p", ".")


def test_a_program_runs_with_the_installed_package(installed: Path, live: Live) -> None:
    (installed / "program.mts").write_text(_CONSUMER, encoding="utf-8")
    live.proxy.prepare([])
    token = live.token("user") or ""
    told = json.loads(_run(node_command("program.mts", live.url, token), installed))
    assert told["title"] == "Installed"
    assert told["text"] > 0
    assert told["missing"] is True
    assert told["file"] == (ROOT / "openapi.yaml").stat().st_size


def _project(folder: Path, commands: str) -> tuple[Path, Path]:
    """A new project in which these were typed beside a clean checkout, with nothing but Node.

    With it comes the folder of the commands that there were.
    """
    tools()
    check_out(folder / "palaver", "sdk/typescript")
    programs = commands_of_node(folder / "bin")
    project = folder / "project"
    project.mkdir()
    run_commands(commands, project, programs, npm_config_prefer_offline="true")
    return project, programs


def _quickstart(readme: str, url: str) -> str:
    """The first program of a README, for the server at ``url``."""
    page = read_page(readme, (ROOT / readme).read_text(encoding="utf-8"))
    found = next(block.content for block in page.blocks if block.language == "ts")
    address = "http://127.0.0.1:8000"
    assert found.count(address) == 1
    return found.replace(address, url)


def test_the_quickstarts_run_where_the_package_was_installed_as_the_readmes_say(
    live: Live, tmp_path: Path
) -> None:
    commands = install_commands("sdk/typescript/README.md", "sdk/typescript")
    assert install_commands("README.md", "sdk/typescript") == commands
    project, programs = _project(tmp_path, commands)
    live.proxy.prepare([])
    for folder, readme in (("main", "README.md"), ("own", "sdk/typescript/README.md")):
        (project / folder).mkdir()
        for name in ("quick.ts", "quick.js"):
            (project / folder / name).write_text(_quickstart(readme, live.url), encoding="utf-8")
            token = live.token("user") or ""
            run_commands(f"node {folder}/{name} > said.txt", project, programs, TOKEN=token)
            assert (project / "said.txt").read_text(encoding="utf-8"), name
        types = ("--types", "node", "--typeRoots", str(tools() / "@types"))
        _tsc(project, "--noEmit", "--module", "nodenext", *types, f"{folder}/quick.ts")


def test_a_program_runs_in_a_project_as_npm_makes_it(live: Live, tmp_path: Path) -> None:
    """The last line alone is what people type who read no README; npm 11 makes CommonJS."""
    commands = install_commands("sdk/typescript/README.md", "sdk/typescript").splitlines()
    project, programs = _project(tmp_path, f"npm init -y\n{commands[-1]}")
    live.proxy.prepare([])
    (project / "program.mts").write_text(_CONSUMER, encoding="utf-8")
    token = live.token("user") or ""
    command = node_command("program.mts", live.url, token)
    assert json.loads(_run(command, project))["title"] == "Installed"
    program = _quickstart("sdk/typescript/README.md", live.url)
    (project / "quick.mjs").write_text(program, encoding="utf-8")
    run_commands("node quick.mjs", project, programs, TOKEN=token)


def test_the_bundle_is_small_and_whole(packed: Path) -> None:
    bundle = packed / "dist/palaver-client.min.js"
    assert len(gzip.compress(bundle.read_bytes())) <= LARGEST_BUNDLE
    program = f"""
        import {{ Palaver, NotFoundError }} from {json.dumps(str(bundle))};
        const fetch = async () => new Response('{{"error": "gone"}}', {{ status: 404 }});
        const client = new Palaver({{ baseUrl: "http://localhost", fetch }});
        const error = await client.getSession({{ session_id: "s" }}).catch((error) => error);
        console.log(error instanceof NotFoundError, error.name, error.message);
    """
    told = _run(node_command("--input-type=module", "--eval", program), packed)
    # Minifiers rename classes; people read their names.
    assert told == "true NotFoundError gone\n"


def test_tests_readme_and_the_examples_of_the_contract_have_their_types(tmp_path: Path) -> None:
    """Among the tests is ``types.mts``, which is nothing but types."""
    tools()
    document = Document.load(ROOT / "openapi.yaml")
    lines = [
        f"export const example{number}: {kind} = {json.dumps(value, ensure_ascii=False)};\n"
        for number, (kind, value) in enumerate(_examples(document))
    ]
    assert len(lines) > 100
    names = [name for name in document.tree["components"]["schemas"] if f" {name} =" in str(lines)]
    sources = PACKAGE / "src/generated/schemas.ts"
    imports = f"import type {{ {', '.join(names)} }} from {json.dumps(str(sources))};\n"
    (tmp_path / "examples.mts").write_text(imports + "".join(lines), encoding="utf-8")
    page = read_page("README.md", (PACKAGE / "README.md").read_text(encoding="utf-8"))
    blocks = [block.content for block in page.blocks if block.language == "ts"]
    assert len(blocks) > 5
    (tmp_path / "readme.mts").write_text("\n".join(blocks), encoding="utf-8")
    entries = {"palaver-client": "index.ts", "palaver-client/node": "node.ts"}
    config = {
        "extends": str(FOLDER / "tsconfig.json"),
        "compilerOptions": {
            "rootDir": "/",
            "paths": {name: [str(PACKAGE / "src" / file)] for name, file in entries.items()},
        },
        "include": [str(FOLDER), "examples.mts", "readme.mts"],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    _tsc(tmp_path, "-p", ".")


def _examples(document: Document) -> Iterator[tuple[str, Any]]:
    """The type and the value of each example of a JSON body, of requests and of answers."""
    for operation in document.operations:
        bodies = [operation.request_body or {}, *operation.responses.values()]
        for body in bodies:
            for name, media in body.get("content", {}).items():
                for value in _values(media) if is_json(name) else ():
                    yield type_of(media["schema"]), value


def _values(media: Mapping[str, Any]) -> Iterator[Any]:
    if "example" in media:
        yield media["example"]
    for example in media.get("examples", {}).values():
        yield example["value"]
