"""Pages opened in the Chromium of the system, driven by Playwright, which brings none of its own here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from auditor.reports import AuditDocument
from tests.reports.conftest import document_of, page_of
from tests.reports.fakes import make_run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOSTILE = "=1+1<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


@dataclass
class Opened:
    """A page in the browser, with what it complained of; `tab` is Playwright's page."""

    tab: Any
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        """The visible text of the first element that the selector names."""
        return str(self.tab.locator(selector).first.inner_text())

    def rows(self) -> int:
        """How many rows the list says that it shows."""
        return int(self.text("#f-summary").split(" of ")[0].replace(",", ""))

    def shows(self, number: int) -> None:
        """Wait until the list shows so many rows."""
        starts = "wanted => document.getElementById('f-summary').textContent.startsWith(wanted)"
        self.tab.wait_for_function(starts, arg=f"{number:,} of", timeout=10_000)


class Opening(Protocol):
    """How a test opens a page: file, fragment of its address, options of Playwright's context."""

    def __call__(self, file: Path, fragment: str = "", **context: Any) -> Opened: ...


def program() -> str | None:
    """Where a Chromium is on this machine."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium that is started once; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    where = program()
    if where is None:
        pytest.skip("no Chromium on this machine (looked for " + ", ".join(NAMES) + ")")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=where, args=["--no-sandbox"] if root else [])
        yield started
        started.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def document(folder: Path) -> AuditDocument:
    """900 findings, more than one block of details holds."""
    return document_of(make_run(folder / "run", 900, seed=11, set_aside=7))


@pytest.fixture(scope="session")
def page_file(document: AuditDocument, folder: Path) -> Path:
    page_of(document, folder)
    return folder / "audit.html"


@pytest.fixture(scope="session")
def hostile_file(folder: Path) -> Path:
    """The page of a run whose every free text is a formula with a script in it."""
    (folder / "hostile").mkdir()
    page_of(document_of(make_run(folder / "hostile-run", 40, hostile=HOSTILE)), folder / "hostile")
    return folder / "hostile" / "audit.html"


@pytest.fixture
def open_page(browser: Any) -> Iterator[Opening]:
    """Opens a page in a context of its own, and gives it when it has unpacked its list."""
    contexts: list[Any] = []

    def opening(file: Path, fragment: str = "", **context: Any) -> Opened:
        contexts.append(browser.new_context(viewport={"width": 1400, "height": 950}, **context))
        tab = contexts[-1].new_page()
        page = Opened(tab)
        tab.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
        tab.on("pageerror", lambda error: page.errors.append(str(error)))
        tab.on("request", lambda request: page.asked.append(request.url))
        tab.on("response", lambda response: page.answered.append(response.url))
        tab.goto(file.as_uri() + fragment)
        tab.wait_for_selector("html[data-ready]")
        return page

    yield opening
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Opening, page_file: Path) -> Opened:
    return open_page(page_file)
