"""The contract as the server serves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

FILE = Path(__file__).parents[2] / "openapi.yaml"
PATHS = ("/openapi.yaml", "/openapi.json")


def test_openapi_yaml_is_the_file_byte_for_byte(anonymous: httpx.Client) -> None:
    response = anonymous.get("/openapi.yaml")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/yaml"
    assert response.content == FILE.read_bytes()


def test_openapi_json_is_the_same_document_with_its_references(anonymous: httpx.Client) -> None:
    response = anonymous.get("/openapi.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == _with_text_keys(_load_without_dates(FILE.read_bytes()))
    assert response.text.count('"$ref"') > 300


def test_each_form_has_a_strong_etag_of_its_own(anonymous: httpx.Client) -> None:
    etags = [anonymous.get(path).headers["ETag"] for path in PATHS]
    assert etags[0] != etags[1]
    for etag in etags:
        assert etag.startswith('"')
        assert etag.endswith('"')


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "condition", ["{etag}", "W/{etag}", '"other", {etag}', '"other" , W/{etag},"more"', "*"]
)
def test_a_client_that_has_the_document_gets_304(
    anonymous: httpx.Client, path: str, condition: str
) -> None:
    etag = anonymous.get(path).headers["ETag"]
    response = anonymous.get(path, headers={"If-None-Match": condition.format(etag=etag)})
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == etag


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("condition", ['"other"', 'W/"other"', '"a", "b"', "", "no quotes"])
def test_a_client_that_has_another_document_gets_this_one(
    anonymous: httpx.Client, path: str, condition: str
) -> None:
    response = anonymous.get(path, headers={"If-None-Match": condition})
    assert response.status_code == 200
    assert response.content == anonymous.get(path).content


def test_the_tag_of_one_form_does_not_stand_for_the_other(anonymous: httpx.Client) -> None:
    etag = anonymous.get("/openapi.yaml").headers["ETag"]
    response = anonymous.get("/openapi.json", headers={"If-None-Match": etag})
    assert response.status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_head_says_what_get_would(anonymous: httpx.Client, path: str) -> None:
    get, head = anonymous.get(path), anonymous.head(path)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("ETag", "Content-Type", "Content-Length"):
        assert head.headers[name] == get.headers[name]
    unchanged = anonymous.head(path, headers={"If-None-Match": get.headers["ETag"]})
    assert unchanged.status_code == 304


class _TextDates(yaml.SafeLoader):
    """JSON has no dates, so the examples' moments are text."""


_TextDates.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def _load_without_dates(content: bytes) -> Any:
    return yaml.load(content, _TextDates)


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_text_keys(each) for each in value]
    return value
