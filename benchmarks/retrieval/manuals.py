"""The manuals that questions are asked of: fetched from Debian's packages, and taken apart.

Nothing of them is kept in the repository. They come as the machine's own apt finds them.
"""

from __future__ import annotations

import gzip
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Manual:
    """A book in a Debian package; ``name`` is what the questions call it."""

    name: str
    title: str
    package: str
    path: str


MANUALS = (
    Manual("zsh", "The Z Shell Manual", "zsh-doc", "usr/share/doc/zsh-common/zsh.pdf"),
    Manual("valgrind", "Valgrind Documentation", "valgrind",
           "usr/share/doc/valgrind/valgrind_manual.pdf.gz"),
    Manual("gnuplot", "gnuplot 5.4", "gnuplot-doc", "usr/share/doc/gnuplot/gnuplot.pdf"),
    Manual("pspp", "PSPP Users' Guide", "pspp", "usr/share/doc/pspp/pspp.pdf"),
    Manual("r-exts", "Writing R Extensions", "r-doc-pdf", "usr/share/R/doc/manual/R-exts.pdf"),
    Manual("r-intro", "An Introduction to R", "r-doc-pdf", "usr/share/R/doc/manual/R-intro.pdf"),
    Manual("asymptote", "Asymptote", "asymptote-doc", "usr/share/doc/asymptote/asymptote.pdf"),
    Manual("policy", "Debian Policy Manual", "debian-policy",
           "usr/share/doc/debian-policy/policy.pdf.gz"),
    Manual("debmake-zh", "Debian 维护者指南", "debmake-doc",
           "usr/share/doc/debmake-doc/debmake-doc.zh-cn.pdf"),
)  # fmt: skip


def fetch(folder: Path) -> dict[str, Path]:
    """The manuals' files by name, in a folder, which may have them already.

    Raises CalledProcessError where apt has no such package, or there is no apt.
    """
    found = {}
    for manual in MANUALS:
        file = folder / f"{manual.name}.pdf"
        if not file.exists():
            inside = _unpacked(manual.package, folder) / manual.path
            data = inside.read_bytes()
            file.write_bytes(gzip.decompress(data) if inside.suffix == ".gz" else data)
        found[manual.name] = file
    return found


def _unpacked(package: str, folder: Path) -> Path:
    target = folder / package
    if not target.exists():
        quiet = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL}
        # No other user may look into a temporary folder.
        subprocess.run(
            ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package], **quiet
        )
        (archive,) = folder.glob(f"{package}_*.deb")
        subprocess.run(["dpkg-deb", "-x", archive.name, target.name], **quiet)
        archive.unlink()
    return target
