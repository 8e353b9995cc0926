"""Settings: each wrong one stops the start with one sentence that names it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from palaver.settings import InvalidSetting, Settings, load_settings


def test_without_any_variable_the_store_is_embedded() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert settings.is_embedded
    assert settings.effective_database_url.endswith("/palaver-data/palaver.db")
    assert settings.effective_files_url.endswith("/palaver-data/books")
    assert settings.max_upload_bytes == 200 << 20


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
        "PALAVER_LLM_BASE_URL": "http://llm/v1",
        "PALAVER_LLM_MODEL": "large",
        "PALAVER_LLM_API_KEY": "key",
        "PALAVER_LLM_CONTEXT_TOKENS": "1000",
        "PALAVER_LLM_TIMEOUT": "30",
        "PALAVER_EVENT_RETENTION": "60",
        "PALAVER_EMBEDDINGS_BASE_URL": "https://embeddings/v1",
        "PALAVER_EMBEDDINGS_MODEL": "small",
        "PALAVER_EMBEDDINGS_API_KEY": "other key",
        "PALAVER_FILES_URL": "s3://bucket/books",
        "PALAVER_MAX_UPLOAD_MB": "10000",
        "PALAVER_FORWARDED_ALLOW_IPS": "10.0.0.0/8, ::1",
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
        llm_base_url="http://llm/v1",
        llm_model="large",
        llm_api_key="key",
        llm_context_tokens=1000,
        llm_timeout=30,
        event_retention=60,
        embeddings_base_url="https://embeddings/v1",
        embeddings_model="small",
        embeddings_api_key="other key",
        files_url="s3://bucket/books",
        max_upload_mb=10_000,
        forwarded_allow_ips="10.0.0.0/8, ::1",
    )
    assert len(environ) == len(dataclasses.fields(Settings)) + 1
    assert not settings.is_embedded
    assert settings.effective_files_url == "s3://bucket/books"
    assert settings.max_upload_bytes == 10_000 << 20


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
        ("PALAVER_LLM_BASE_URL", "localhost:8080"),
        ("PALAVER_LLM_BASE_URL", "http://llm/v1"),
        ("PALAVER_EMBEDDINGS_BASE_URL", "ftp://h/v1"),
        ("PALAVER_EMBEDDINGS_BASE_URL", "http://"),
        ("PALAVER_EMBEDDINGS_BASE_URL", "http://h/v1"),
        ("PALAVER_FILES_URL", "://books"),
        ("PALAVER_FILES_URL", "s3://"),
        ("PALAVER_FILES_URL", "S 3://bucket"),
        ("PALAVER_MAX_UPLOAD_MB", "0"),
        ("PALAVER_MAX_UPLOAD_MB", "10001"),
        ("PALAVER_MAX_UPLOAD_MB", "-1"),
        ("PALAVER_MAX_UPLOAD_MB", "1.5"),
        ("PALAVER_MAX_UPLOAD_MB", "200 MB"),
        ("PALAVER_MAX_UPLOAD_MB", "\u0662"),
        ("PALAVER_FORWARDED_ALLOW_IPS", "proxy"),
        ("PALAVER_FORWARDED_ALLOW_IPS", "10.0.0.1/8"),
        ("PALAVER_FORWARDED_ALLOW_IPS", "10.0.0.1,"),
        ("PALAVER_FORWARDED_ALLOW_IPS", "*, 10.0.0.1"),
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


@pytest.mark.parametrize("kind", ["LLM", "EMBEDDINGS"])
def test_a_model_is_set_with_its_server(kind: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        load_settings({f"PALAVER_{kind}_MODEL": "small"})
    assert str(caught.value) == (
        f"PALAVER_{kind}_BASE_URL and PALAVER_{kind}_MODEL must be set together."
    )


@pytest.mark.parametrize(
    "url", ["books", "/srv/books", "file:///srv/books", "memory://x", "s3://b"]
)
def test_files_are_in_a_folder_or_behind_a_url(url: str) -> None:
    assert load_settings({"PALAVER_FILES_URL": url}).files_url == url
