"""What newcomers find at ``/``: words, links that lead somewhere, and first steps that work."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.visiting import Console, Visits, shoot, violations
from tests.server.conftest import SECRET


@pytest.fixture
def welcome(visits: Visits, console: Console) -> Page:
    page = visits.page()
    page.goto(console.url)
    expect(page.get_by_role("heading", name="To build")).to_be_visible()
    return page


def test_its_links_lead_on(welcome: Page, console: Console) -> None:
    links = [each.get_attribute("href") or "" for each in welcome.get_by_role("link").all()]
    assert {"/docs", "/console", "/openapi.yaml", "/openapi.json"} <= set(links)
    for link in links:
        assert welcome.request.get(console.url + link).status == 200
    welcome.get_by_role("link", name="API reference").click()
    expect(welcome).to_have_title("Palaver API reference")


def test_its_first_steps_work(welcome: Page, console: Console, tmp_path: Path) -> None:
    steps = welcome.get_by_label("First steps").inner_text()
    assert f"URL={console.url}\n" in steps
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", steps],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PALAVER_JWT_SECRET": SECRET,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"type":"done"' in done.stdout
    assert done.stdout.rindex('"role":"assistant"') > done.stdout.index('"type":"done"')


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (768, "light"), (1440, "dark")])
def test_it_can_be_read_by_everybody(
    visits: Visits, console: Console, width: int, scheme: str
) -> None:
    page = visits.page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(console.url)
    shoot(page, f"welcome-{width}-{scheme}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert abs(page.evaluate(_OFF_CENTRE)[0]) <= 1
    page.goto(f"{console.url}/console/sign-in")
    expect(page.get_by_label("Command")).to_be_visible()
    shoot(page, f"sign-in-{width}-{scheme}")
    assert [abs(by) <= 1 for by in page.evaluate(_OFF_CENTRE)] == [True, True]


_OFF_CENTRE = """() => {
  const { left, right, top, bottom } = document.querySelector(".card").getBoundingClientRect();
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  return [left + right - width, top + bottom - height];
}"""
