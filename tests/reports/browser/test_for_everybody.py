"""For those who do not see the page, see it dark, or on a small screen: axe-core finds nothing to mend."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from auditor.reports import AuditDocument
from tests.reports.browser.conftest import Opened, Opening
from tests.reports.conftest import page_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def complaints(page: Opened) -> list[str]:
    """What axe-core says of the page as it stands: rule and first place. It is let in past the policy by the driver."""
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page.tab.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = page.tab.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{item['id']}: {item['nodes'][0]['html'][:200]}" for item in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_list_and_finding(open_page: Opening, page_file: Path, scheme: str) -> None:
    page = open_page(page_file, color_scheme=scheme)
    assert complaints(page) == []
    page.tab.click("#rows tr.row")
    page.tab.wait_for_selector("#finding .form")
    for fold in page.tab.locator("#finding details, header details").all():
        fold.evaluate("fold => { fold.open = true }")
    assert complaints(page) == []


def test_dark_is_dark(open_page: Opening, page_file: Path) -> None:
    page = open_page(page_file, color_scheme="dark")
    colour = page.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) < 150


def test_a_small_screen_scrolls_down_and_not_sideways(
    open_page: Opening, document: AuditDocument, folder: Path
) -> None:
    (folder / "packed").mkdir()
    page_of(replace(document, packs=(("a-pack 0.1.0", "hash " + 64 * "0"),)), folder / "packed")
    page = open_page(folder / "packed" / "audit.html")
    page.tab.set_viewport_size({"width": 390, "height": 800})
    page.tab.click("#rows tr.row")
    page.tab.wait_for_selector("#finding .form")
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= 390
    heading = page.tab.locator("table.tight th[scope=row]").first.bounding_box()
    assert heading is not None and heading["width"] >= 200
    assert complaints(page) == []


def test_without_a_script_everything_but_the_list_is_there(browser: Any, page_file: Path) -> None:
    about = browser.new_context(java_script_enabled=False)
    tab = about.new_page()
    tab.goto(page_file.as_uri())
    assert tab.locator("noscript, #findings .banner").first.inner_text()
    assert tab.locator("#by-rule tbody tr").count() > 5
    about.close()
