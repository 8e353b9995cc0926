"""The instance's secrets: made once, for their owner alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from palaver.auth.secrets_file import FILE_NAME, InstanceSecrets, UnusableSecrets, load_or_create
from palaver.settings import MIN_SECRET_LENGTH

WORTHLESS: list[Any] = [None, "", 5, [], "short"]
GOOD = {"jwt_secret": "x" * 64, "basic_password": "y" * 24}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_secrets_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    made = load_or_create(folder)
    assert mode(folder) == 0o700
    assert mode(folder / FILE_NAME) == 0o600
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]
    assert len(made.jwt_secret.encode()) >= MIN_SECRET_LENGTH
    assert len(made.basic_password) >= 16


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_the_mode_does_not_depend_on_the_mask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        load_or_create(tmp_path / "data")
    finally:
        os.umask(before)
    assert mode(tmp_path / "data" / FILE_NAME) == 0o600


def test_later_starts_read_the_same_secrets(tmp_path: Path) -> None:
    made = load_or_create(tmp_path)
    assert load_or_create(tmp_path) == made
    assert load_or_create(tmp_path / "other") != made


def test_secrets_that_an_operator_wrote_are_kept(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps({**GOOD, "note": "restored"}))
    assert load_or_create(tmp_path) == InstanceSecrets(**GOOD)


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from palaver.auth.secrets_file import *\n"
        "sys.stdin.readline(); print(load_or_create(Path(sys.argv[1])))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0] * 6
    assert answers == {f"{load_or_create(tmp_path / 'data')}\n"}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"5", b"null", b"{}", b"\xff", b'{"jwt_secret": "x"}'),
        *(json.dumps({**GOOD, name: bad}).encode() for name in GOOD for bad in WORTHLESS),
    ],
)
def test_a_damaged_file_stops_the_start_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    with pytest.raises(UnusableSecrets) as caught:
        load_or_create(tmp_path)
    assert str(caught.value) == (
        f"{path} is damaged; restore it, or remove it to make new secrets."
    )
    assert path.read_bytes() == content


def test_a_folder_that_is_a_file_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("")
    with pytest.raises(UnusableSecrets) as caught:
        load_or_create(path)
    assert str(caught.value) == f"The data folder {path} cannot be used: File exists."


def test_secrets_that_are_a_folder_stop_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(UnusableSecrets, match="Is a directory"):
        load_or_create(tmp_path)
