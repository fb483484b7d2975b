"""Invented runs and the page's data unpacked, for the tests of the reports."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from auditor.reports import AuditDocument, build_document, write_html, write_xlsx
from auditor.reports.packing import EMPTY
from auditor.reports.strings import Strings, read_strings
from tests.reports.fakes import FakeRun, make_run

TEMPLATES = Path(__file__).resolve().parents[2] / "reports" / "templates"
_BLOCK = re.compile(r'<script type="text/plain" id="data-(\w+)">([^<]*)</script>')


def say() -> Strings:
    return read_strings(TEMPLATES)


def document_of(fake: FakeRun) -> AuditDocument:
    return build_document(fake.run, fake.findings, fake.set_aside)


def page_of(document: AuditDocument, folder: Path) -> str:
    path = folder / "audit.html"
    write_html(document, path, TEMPLATES)
    return path.read_text(encoding="utf-8")


def unpacked(page: str) -> dict[str, Any]:
    """Every data block of a page, by name; a column (`x_NAME`) as its numbers or ids, None for nothing."""
    raw = {name: gzip.decompress(base64.b64decode(text)) for name, text in _BLOCK.findall(page)}
    kinds = json.loads(raw["head"])["kinds"]
    return {
        name: _column(content, kinds[name[2:]]) if name.startswith("x_") else json.loads(content)
        for name, content in raw.items()
    }


def _column(content: bytes, kind: str) -> list[Any]:
    if kind == "json":
        return list(json.loads(content))
    if kind == "x8":
        return [content[at : at + 8].hex() for at in range(0, len(content), 8)]
    found = np.frombuffer(content, dtype=f"<{kind}").tolist()
    return [None if value == EMPTY or value != value else value for value in found]


@pytest.fixture(scope="session")
def fake(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    return make_run(tmp_path_factory.mktemp("run"), 900, seed=11, set_aside=7)


@pytest.fixture(scope="session")
def document(fake: FakeRun) -> AuditDocument:
    return document_of(fake)


@pytest.fixture(scope="session")
def path(document: AuditDocument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of `document`."""
    path = tmp_path_factory.mktemp("book") / "audit.xlsx"
    write_xlsx(document, path)
    return path


@pytest.fixture(scope="session")
def book(path: Path) -> Workbook:
    """It, as openpyxl reads it; for reading only."""
    return load_workbook(path)


def numbered(data: dict[str, Any], kind: str) -> list[Any]:
    """All entries of the blocks `kind`0, `kind`1 ... one after another."""
    names = itertools.takewhile(lambda name: name in data, (f"{kind}{n}" for n in itertools.count()))
    return [entry for name in names for entry in data[name]]
