"""The page keeps to itself: nothing runs but its own script, and what a claims file says stays text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.browser.conftest import HOSTILE, Opened, Opening

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_its_own_style_and_script_are_within_its_policy(page: Opened) -> None:
    page.tab.click("#rows tr.row")
    page.tab.wait_for_selector("#finding .form")
    assert page.errors == []


def added(tag: str, setting: str) -> str:
    return f"const it = document.createElement('{tag}'); {setting}; document.body.append(it)"


ATTEMPTS = (
    added("script", "it.textContent = `document.title = 'taken'`"),
    "document.body.insertAdjacentHTML('beforeend', `<img src='data:,' onerror=\"document.title = 'taken'\">`)",
    added("script", "it.src = 'https://example.org/x.js'"),
    added("link", "it.rel = 'stylesheet'; it.href = 'https://example.org/x.css'"),
    added("img", "it.src = 'https://example.org/x.png'"),
    "fetch('https://example.org/').catch(() => 0)",
)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_is_put_into_the_page_is_refused(page: Opened, attempt: str) -> None:
    title = page.tab.title()
    refused = "document.addEventListener('securitypolicyviolation', () => done(), { once: true })"
    page.tab.evaluate(f"() => new Promise((done) => {{ {refused}; {attempt} }})")
    assert page.tab.title() == title
    assert not [url for url in page.answered if url.startswith("http")]


def test_a_hostile_claims_file_stays_text(open_page: Opening, hostile_file: Path) -> None:
    page = open_page(hostile_file)
    tab = page.tab
    assert tab.title() != "taken" and page.errors == []
    assert (
        HOSTILE in page.text("header .banner")
        or HOSTILE in tab.locator("header .banner").first.text_content()
    )
    tab.click("#rows tr.row")
    tab.wait_for_selector("#finding .form")
    assert HOSTILE in page.text("#finding .sentence")
    assert HOSTILE in page.text("#finding .form")
    assert tab.locator("img").count() == 0 and tab.locator("script:not([type])").count() == 1
    assert tab.title() != "taken" and page.errors == []
    tab.fill("#f-text", HOSTILE)
    tab.wait_for_function("document.getElementById('f-summary').textContent.length > 0")
    assert "script" not in tab.url
