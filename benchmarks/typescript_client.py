"""What the TypeScript client costs: the bytes that a page loads, and the time of its import.

It wants the packages of ``sdk/typescript`` (``npm install`` there) and a Node on the path.
"""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks.options import Options

PACKAGE = Path(__file__).parents[1] / "sdk/typescript"

_IMPORT = """
const before = performance.now();
await import(process.argv[1]);
console.log(performance.now() - before);
"""


def main(options: Options) -> str:
    """Build the bundle in a folder of its own and measure it."""
    node = shutil.which("node")
    esbuild = PACKAGE / "node_modules/.bin/esbuild"
    if node is None or not esbuild.exists():
        raise SystemExit("Node is wanted on the path, and `npm install` in sdk/typescript.")
    script = json.loads((PACKAGE / "package.json").read_text())["scripts"]["bundle"]
    with tempfile.TemporaryDirectory(prefix="palaver-bundle-") as folder:
        bundle = Path(folder) / "palaver-client.mjs"
        *command, _ = script.split()
        build = [str(esbuild), *command[1:], f"--outfile={bundle}"]
        subprocess.run(build, cwd=PACKAGE, check=True)
        content = bundle.read_bytes()
        run = [node, "--input-type=module", "--eval", _IMPORT, bundle.as_uri()]
        times = [
            float(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
            for _ in range(options.rounds)
        ]
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True)
    median, least, most = statistics.median(times), min(times), max(times)
    return (
        "| the client in one file, minified | |\n| --- | ---: |\n"
        f"| bytes | {len(content):,} |\n"
        f"| bytes, gzip | {len(gzip.compress(content)):,} |\n"
        f"| import in Node {version.stdout.strip()}, ms | {median:.1f} ({least:.1f}–{most:.1f}) |\n"
    )
