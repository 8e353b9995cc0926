"""Images of slides over HTTP: uploading, reading, showing."""

from __future__ import annotations

import base64
import io
import random
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image as Picture

from palaver.contract.document import Document

if TYPE_CHECKING:
    from tests.handlers.conftest import HoldToContract


def picture(format: str = "PNG", size: tuple[int, int] = (30, 20)) -> bytes:
    buffer = io.BytesIO()
    Picture.new("RGB", size, "navy").save(buffer, format)
    return buffer.getvalue()


@pytest.fixture
def url(client: httpx.Client) -> str:
    """The slides of a new session."""
    made = client.post("/api/sessions", json={"title": "Talk"}).json()
    return f"/api/sessions/{made['session_id']}/slides"


def upload(client: httpx.Client, url: str, data: bytes, **headers: str) -> httpx.Response:
    files = {"file": ("x.png", data, "image/png")}
    return client.post(f"{url}/images", files=files, headers=headers)


def operation(contract: Document, operation_id: str) -> Any:
    return next(each for each in contract.operations if each.operation_id == operation_id)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_an_image_is_read_as_it_is_kept(
    client: httpx.Client,
    url: str,
    contract: Document,
    hold_to_contract: HoldToContract,
    format: str,
) -> None:
    made = upload(client, url, picture(format))
    assert made.status_code == 201, made.text
    hold_to_contract(made, operation(contract, "upload_slide_image"))
    image = made.json()
    assert (image["media_type"], image["width"], image["height"]) == ("image/png", 30, 20)
    read = client.get(made.headers["Location"])
    hold_to_contract(read, operation(contract, "get_slide_image"))
    assert read.headers["Content-Type"] == "image/png"
    assert read.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert len(read.content) == image["size"] == int(read.headers["Content-Length"])
    assert Picture.open(io.BytesIO(read.content)).size == (30, 20)
    head = client.head(made.headers["Location"])
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(image["size"]))
    refused = client.get(made.headers["Location"], headers={"Accept": "image/jpeg"})
    assert refused.status_code == 406
    hold_to_contract(refused, operation(contract, "get_slide_image"))


def test_a_photograph_stays_a_jpeg(
    client: httpx.Client, url: str, contract: Document, hold_to_contract: HoldToContract
) -> None:
    noise = Picture.frombytes("RGB", (300, 200), random.Random(1).randbytes(300 * 200 * 3))
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG")
    made = upload(client, url, buffer.getvalue())
    hold_to_contract(made, operation(contract, "upload_slide_image"))
    assert made.json()["media_type"] == "image/jpeg"
    assert made.json()["size"] < 2 * len(buffer.getvalue())
    read = client.get(made.headers["Location"], headers={"Accept": "image/*"})
    hold_to_contract(read, operation(contract, "get_slide_image"))
    assert read.headers["Content-Type"] == "image/jpeg"
    assert Picture.open(io.BytesIO(read.content)).format == "JPEG"
    refused = client.get(made.headers["Location"], headers={"Accept": "image/png"})
    assert refused.status_code == 406


def test_a_slide_shows_an_image_of_its_session(client: httpx.Client, url: str) -> None:
    image_id = upload(client, url, picture()).json()["image_id"]
    content = {"layout": "image", "title": "x", "image_id": image_id, "alt": 'a "b" <c>'}
    made = client.post(url, json={"content": content}, headers={"If-Match": "*"})
    assert made.status_code == 201
    html = made.json()["html"]
    start = html.index('src="data:image/png;base64,') + len('src="data:image/png;base64,')
    shown = base64.b64decode(html[start : html.index('"', start)])
    assert Picture.open(io.BytesIO(shown)).size == (30, 20)
    assert "http" not in html


def test_images_of_other_sessions_cannot_be_shown(
    client: httpx.Client, url: str, contract: Document, hold_to_contract: HoldToContract
) -> None:
    other = client.post("/api/sessions", json={"title": "Other"}).json()["session_id"]
    theirs = upload(client, f"/api/sessions/{other}/slides", picture()).json()["image_id"]
    client.post(url, json={"content": {"layout": "title", "title": "x"}}, headers={"If-Match": "*"})
    for image_id in (theirs, str(uuid.uuid4())):
        content = {"layout": "image", "title": "x", "image_id": image_id, "alt": "a"}
        for method, path, name in (
            ("POST", "", "insert_slide"),
            ("PUT", "/slide_0", "replace_slide"),
        ):
            response = client.request(
                method, url + path, json={"content": content}, headers={"If-Match": "*"}
            )
            assert response.status_code == 404
            assert response.json()["type"] == "urn:palaver:problem:image-not-found"
            hold_to_contract(response, operation(contract, name))
        missing = client.get(f"{url}/images/{image_id}")
        assert missing.status_code == 404
        hold_to_contract(missing, operation(contract, "get_slide_image"))
    assert client.get(url).json()["version"] == 1
    assert client.get(f"{url}/images/no-uuid").status_code == 400


@pytest.mark.parametrize(
    "data", [b"", b"text", b"<svg/>", picture()[:40], picture("BMP"), b"%PDF-1.7"]
)
def test_what_is_no_image_is_refused(
    client: httpx.Client,
    url: str,
    contract: Document,
    hold_to_contract: HoldToContract,
    data: bytes,
) -> None:
    response = upload(client, url, data)
    assert response.status_code == 400
    assert response.json()["type"] == "urn:palaver:problem:invalid-image"
    hold_to_contract(response, operation(contract, "upload_slide_image"))


def test_a_file_may_have_ten_mebibytes(
    client: httpx.Client, url: str, contract: Document, hold_to_contract: HoldToContract
) -> None:
    most = 10 << 20
    # What stands behind the end of an image belongs to no image.
    whole = picture() + bytes(most - len(picture()))
    assert upload(client, url, whole).status_code == 201
    for data in (whole + b"\0", whole + bytes(1 << 20)):
        response = upload(client, url, data)
        assert response.status_code == 413
        hold_to_contract(response, operation(contract, "upload_slide_image"))


def test_a_form_without_the_file_is_refused(client: httpx.Client, url: str) -> None:
    for form in (
        {"files": {"other": ("x.png", picture())}},
        {"files": {"file": ("x.png", picture()), "more": ("y.png", picture())}},
        {"files": {"file": (None, "text")}},
    ):
        assert client.post(f"{url}/images", **form).status_code == 400
    as_json = client.post(f"{url}/images", json={"file": "x"})
    assert as_json.status_code == 415


def test_a_repeated_upload_is_one_image(client: httpx.Client, url: str) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = upload(client, url, picture(), **key)
    again = upload(client, url, picture(), **key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert upload(client, url, picture(size=(3, 3)), **key).status_code == 422
    assert upload(client, url, picture()).json()["image_id"] != first.json()["image_id"]
