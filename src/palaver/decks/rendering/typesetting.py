"""The child process that sets a PDF: ``python -I typesetting.py FOLDER FONTS…``.

It stands alone, so that it starts quickly: it imports nothing of the server. The folder holds
``deck.typ``, ``deck.json`` and the images; it is all that typst may read, and gets ``deck.pdf``. No
package is ever asked for, because no markup but ``deck.typ`` is ever read.
"""

import contextlib
import os
import resource
import sys

MEMORY_BYTES = 3 << 30
CPU_SECONDS = 120
LARGEST_FILE = 1 << 30
NOWHERE = "http://127.0.0.1:0"


def confine() -> None:
    """Bound memory, time, files and reach of this process, for good."""
    # typst fetches packages over HTTPS and knows this variable.
    os.environ["HTTPS_PROXY"] = os.environ["https_proxy"] = NOWHERE
    # The server comes first when memory is short; whoever starts this one is nice already.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    wanted = {
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform == "linux":  # macOS refuses it.
        wanted[resource.RLIMIT_AS] = MEMORY_BYTES
    for kind, bound in wanted.items():
        _, most = resource.getrlimit(kind)
        if most != resource.RLIM_INFINITY:
            bound = min(bound, most)
        resource.setrlimit(kind, (bound, bound))


def main() -> None:
    """Set one deck."""
    folder, timestamp, *fonts = sys.argv[1:]
    confine()
    import typst

    typst.compile(
        os.path.join(folder, "deck.typ"),
        output=os.path.join(folder, "deck.pdf"),
        root=folder,
        font_paths=typst.Fonts(font_paths=fonts),
        package_path=os.path.join(folder, "packages"),
        package_cache_path=os.path.join(folder, "packages"),
        timestamp=int(timestamp),
    )
    # Whatever was wanted is written; there is nothing to tidy up.
    os._exit(0)


if __name__ == "__main__":
    main()
