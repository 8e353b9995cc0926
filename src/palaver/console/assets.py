"""The files that pages load: found once, compressed once, and told from their newer selves.

A file is asked for under the version of all of them, so that a browser keeps it for ever and still
never mixes two versions: modules name each other relatively and so stay under it.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""What is served, by how its name ends, and as what."""

_COMPRESSED: Final = {".css", ".html", ".js", ".json", ".md", ".svg", ".txt"}
_LEVEL: Final = 9
_SMALLEST: Final = 512
"""Below so many bytes, compressing saves nothing."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file: its bytes as they are and, where that is smaller, compressed by gzip."""

    media_type: str
    data: bytes
    compressed: bytes | None
    etag: str


def make_asset(name: str, data: bytes) -> Asset:
    """What is served as ``name``, which ends in one of ``TYPES``."""
    suffix = PurePosixPath(name).suffix
    compressed = None
    if suffix in _COMPRESSED and len(data) >= _SMALLEST:
        compressed = gzip.compress(data, _LEVEL, mtime=0)
    return Asset(TYPES[suffix], data, compressed, hashlib.sha256(data).hexdigest()[:32])


class Assets:
    """The files of a folder, by their paths in it. Names that it does not have are nothing."""

    def __init__(self, folder: Traversable) -> None:
        self._files: dict[str, Traversable] = dict(_walk(folder, ""))
        self._made: dict[str, Asset] = {}
        self._making = threading.Lock()
        digest = hashlib.sha256()
        for name, file in sorted(self._files.items()):
            digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        self.version: Final = digest.hexdigest()[:16]
        """Changes when any of the files does."""

    def find(self, name: str) -> Asset | None:
        """The file of this name, if there is one."""
        file = self._files.get(name)
        if file is None:
            return None
        # Compressing a large one takes a while, and it is asked for by many at once.
        with self._making:
            if name not in self._made:
                self._made[name] = make_asset(name, file.read_bytes())
            return self._made[name]


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for each in folder.iterdir():
        name = prefix + each.name
        if each.is_dir():
            found += _walk(each, f"{name}/")
        elif PurePosixPath(name).suffix in TYPES:
            found.append((name, each))
    return found
