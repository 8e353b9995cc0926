"""The Chromium that the tests drive: of this machine, never one that is fetched.

``TEST_CHROMIUM`` names the program, else it is looked for. Where there is none the tests that need
one fail, so that nobody takes a console that was never opened for one that works; whoever wants to
go without says ``TEST_CHROMIUM=none``, and they are skipped.
"""

from __future__ import annotations

import os
import shutil

import pytest

VARIABLE = "TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""What lets it run as root and in a container, and keeps it from calling home."""


def chromium() -> str:
    """The program. Fails the test where there is none, or skips it where that is wished."""
    named = os.environ.get(VARIABLE, "")
    if named == "none":
        pytest.skip(f"NOTHING IS TESTED IN A BROWSER: {VARIABLE} says none")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(
            f"THIS CANNOT BE TESTED IN A BROWSER: there is no {named or 'Chromium'} here. Install "
            f"one (Debian: apt-get install chromium), name it in {VARIABLE}, or set that to none.",
            pytrace=False,
        )
    return found
