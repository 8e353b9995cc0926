"""Settings: each wrong one stops the start with one sentence that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from palaver.settings import InvalidSetting, Settings, load_settings


def test_without_any_variable_the_store_is_embedded() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert settings.is_embedded
    assert settings.effective_database_url.endswith("/palaver-data/palaver.db")


def test_every_setting_is_read(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")
    environ = {
        "PALAVER_DATABASE_URL": "postgresql://u@h/db",
        "PALAVER_DATA_DIR": str(tmp_path),
        "PALAVER_JWT_SECRET": "s" * 32,
        "PALAVER_JWT_JWKS": str(tmp_path / "keys.json"),
        "PALAVER_JWT_ISSUER": "https://id",
        "PALAVER_JWT_AUDIENCE": "palaver",
        "PALAVER_BASIC_USERNAME": "shared",
        "PALAVER_BASIC_PASSWORD": "password",
        "PATH": "/bin",
    }
    settings = load_settings(environ)
    assert settings == Settings(
        database_url="postgresql://u@h/db",
        data_dir=tmp_path,
        jwt_secret="s" * 32,
        jwt_jwks=str(tmp_path / "keys.json"),
        jwt_issuer="https://id",
        jwt_audience="palaver",
        basic_username="shared",
        basic_password="password",
    )
    assert not settings.is_embedded


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings({"PALAVER_JWT_SECRET": "", "PALAVER_DATABASE_URL": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PALAVER_DATABASE_URL", "mysql://h/db"),
        ("PALAVER_DATABASE_URL", "palaver.db"),
        ("PALAVER_DATABASE_URL", "sqlite:///"),
        ("PALAVER_DATABASE_URL", "postgresql://"),
        ("PALAVER_JWT_SECRET", "short"),
        ("PALAVER_JWT_SECRET", "s" * 31),
        ("PALAVER_JWT_JWKS", "/no/such/file"),
        ("PALAVER_JWT_JWKS", "ftp://h/keys"),
        ("PALAVER_JWT_JWKS", "/"),
        ("PALAVER_JWT_JWKS", "x" * 5000),
        ("PALAVER_BASIC_USERNAME", "a:b"),
        ("PALAVER_JWT_SECERT", "s" * 32),
        ("PALAVER_", "x"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        load_settings({name: value})
    sentence = str(caught.value)
    assert sentence.startswith(f"{name} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
