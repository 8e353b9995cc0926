"""One bash and one Python for a document: its code blocks run in them one after the other."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CLIENT = Path(__file__).parents[2] / "sdk/python/src"
PATIENCE = 60.0
"""How long a code block may take, in seconds."""

_BASH = """\
set -aeuo pipefail
shopt -s inherit_errexit
curl() { command curl --fail-with-body --silent --show-error "$@"; }
"""

_PYTHON = """\
import os, sys, traceback
done = os.fdopen(int(sys.argv[1]), "w")
sys.path.append(sys.argv[2])
namespace = {"__name__": "__main__"}
for line in sys.stdin:
    path, name, first, variables = line.rstrip("\\n").split("\\t")
    if os.path.exists(variables):
        pairs = open(variables, errors="surrogateescape").read().split("\\0")
        os.environ.update(pair.split("=", 1) for pair in pairs if "=" in pair)
    try:
        source = "\\n" * int(first) + open(path).read()
        exec(compile(source, name, "exec"), namespace)
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
    sys.stdout.flush()
    done.write("done\\n")
    done.flush()
"""


@dataclass(frozen=True, slots=True)
class Result:
    """How a block ended: what is wrong (empty where nothing is) and what it printed."""

    trouble: str
    output: str


class Interpreter:
    """A process that runs texts one after the other and says when each is done."""

    def __init__(self, folder: Path, environment: Mapping[str, str], patience: float) -> None:
        self._folder = folder
        self._patience = patience
        # Beside the folder in which the blocks run, where none of them would look.
        self._private = tempfile.TemporaryDirectory(prefix="palaver-blocks-")
        self._output = Path(self._private.name) / "output"
        self._done, done = os.pipe()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                self._command(done),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(done,),
                start_new_session=True,
                text=True,
            )
        os.close(done)
        self._seen = 0

    def run(self, text: str, name: str, line: int) -> Result:
        """Run a text. After the first one that fails the process is gone."""
        script = Path(self._private.name) / "block"
        script.write_text(text, encoding="utf-8")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(self._invocation(script, name, line))
            self._process.stdin.flush()
        except OSError:
            return Result("does not run, because a block before it failed", "")
        trouble = self._wait()
        output = self._output.read_bytes()[self._seen :]
        self._seen += len(output)
        return Result(trouble, output.decode("utf-8", "replace"))

    def close(self) -> None:
        """End the process and whatever it left running."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        os.close(self._done)
        self._private.cleanup()

    @property
    def variables(self) -> Path:
        """Where the shell leaves its variables for the Python of the same document."""
        return self._folder / ".variables"

    def _wait(self) -> str:
        ready, _, _ = select.select([self._done], [], [], self._patience)
        if not ready:
            return f"takes longer than {self._patience:g} s"
        if os.read(self._done, 4096):
            return ""
        return f"fails with exit code {self._process.wait()}"

    def _command(self, done: int) -> list[str]:
        raise NotImplementedError

    def _invocation(self, script: Path, name: str, line: int) -> str:
        raise NotImplementedError


class Bash(Interpreter):
    """Strict: the first command that fails ends it, and so does a curl that gets an error."""

    def _command(self, done: int) -> list[str]:
        self._marker = done
        return ["bash", "--noprofile", "--norc"]

    def _invocation(self, script: Path, name: str, line: int) -> str:
        del name, line
        prelude, self._prelude = getattr(self, "_prelude", _BASH), ""
        run = f"source {shlex.quote(str(script))}"
        return f"{prelude}{run} </dev/null; env -0 > .variables; echo done >&{self._marker}\n"


class Python(Interpreter):
    """One namespace, with the client of ``sdk/python`` at hand.

    Blocks find the shell's variables in ``os.environ``.
    """

    def _command(self, done: int) -> list[str]:
        return [sys.executable, "-c", _PYTHON, str(done), str(CLIENT)]

    def _invocation(self, script: Path, name: str, line: int) -> str:
        return f"{script}\t{name}\t{line}\t{self.variables}\n"
