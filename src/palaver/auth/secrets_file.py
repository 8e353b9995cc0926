"""The instance's secrets: made at the first start, kept in the data folder for its owner alone."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

FILE_NAME = "secrets.json"
MIN_LENGTH = 16
"""In characters; those that are made here are longer."""


class UnusableSecrets(Exception):
    """The secrets file cannot be read or made; ``str`` is one sentence."""


@dataclass(frozen=True, slots=True)
class InstanceSecrets:
    """What an instance keeps to itself."""

    jwt_secret: str
    basic_password: str


def exists(data_dir: Path) -> bool:
    """Whether a data folder has secrets already."""
    return (data_dir / FILE_NAME).exists()


def check_usable(data_dir: Path) -> None:
    """Raise ``UnusableSecrets`` where a data folder is not there and cannot be made."""
    nearest = next(folder for folder in (data_dir, *data_dir.absolute().parents) if folder.exists())
    problem = 0
    if not nearest.is_dir():
        problem = errno.ENOTDIR
    elif not os.access(nearest, os.W_OK | os.X_OK):
        problem = errno.EACCES
    if problem:
        raise UnusableSecrets(f"The data folder {data_dir} cannot be used: {os.strerror(problem)}.")


def load_or_create(data_dir: Path) -> InstanceSecrets:
    """The secrets of a data folder, made if there are none (mode 0600, folder 0700).

    Two processes that start at once agree on one file. Raises ``UnusableSecrets``.
    """
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        stored = json.loads(path.read_text())
        found = InstanceSecrets(stored["jwt_secret"], stored["basic_password"])
    except OSError as error:
        raise UnusableSecrets(
            f"The data folder {data_dir} cannot be used: {error.strerror}."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise _damaged(path) from None
    # A null or an empty text would be a secret that everybody knows.
    if not all(isinstance(each, str) and len(each) >= MIN_LENGTH for each in astuple(found)):
        raise _damaged(path)
    return found


def _damaged(path: Path) -> UnusableSecrets:
    return UnusableSecrets(f"{path} is damaged; restore it, or remove it to make new secrets.")


def _create(path: Path) -> None:
    made = InstanceSecrets(secrets.token_urlsafe(48), secrets.token_urlsafe(18))
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(made), file)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the file exists: the first process wins, whole or not at all.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
