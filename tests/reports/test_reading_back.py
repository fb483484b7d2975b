"""What was written is read back: a figure changed in any one output is found, and none is found where none was."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.base.errors import InternalCheckFailed
from auditor.base.money import format_usd
from auditor.reports import AuditDocument, write_html, write_xlsx
from auditor.reports.as_json import write_json
from auditor.reports.markdown import write_markdown
from auditor.reports.reading_back import read_back
from tests.reports.conftest import TEMPLATES, document_of
from tests.reports.fakes import make_run


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[AuditDocument, Path]:
    folder = tmp_path_factory.mktemp("written")
    document = document_of(make_run(folder, 120, seed=5))
    write_html(document, folder / "audit.html", TEMPLATES)
    write_xlsx(document, folder / "audit.xlsx")
    write_markdown(document, folder / "audit.md")
    write_json(document, folder / "audit.json")
    return document, folder


def test_four_outputs_of_one_document_agree(written: tuple[AuditDocument, Path]) -> None:
    read_back(*written)


def text_changed(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def row_dropped(path: Path) -> None:
    """One finding fewer in the data of the page."""
    text = path.read_text(encoding="utf-8")
    packed = re.search(r'id="data-columns">([^<]*)<', text)
    assert packed is not None
    data = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    for values in data["columns"].values():
        values.pop()
    again = base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()
    path.write_text(text.replace(packed[1], again), encoding="utf-8")


def cell_changed(amount: Decimal) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        beside = path.with_suffix(".new")
        with zipfile.ZipFile(path) as book, zipfile.ZipFile(beside, "w") as target:
            for member in book.infolist():
                data = book.read(member)
                if member.filename == "xl/worksheets/sheet2.xml":
                    assert f"<v>{amount}</v>".encode() in data
                    data = data.replace(f"<v>{amount}</v>".encode(), b"<v>1.25</v>")
                target.writestr(member, data)
        beside.replace(path)

    return change


@pytest.mark.parametrize("name", ["audit.json", "audit.md", "audit.html", "audit.xlsx", "page's data"])
def test_a_figure_that_differs_in_one_output_is_found(
    written: tuple[AuditDocument, Path], tmp_path: Path, name: str
) -> None:
    document, folder = written
    amount = document.totals["over_definite"].dollars
    changes = {
        "audit.json": text_changed(f'"{amount}"', '"1.25"'),
        "audit.md": text_changed(format_usd(amount), "$1.25"),
        "audit.html": text_changed(format_usd(amount), "$1.25"),
        "audit.xlsx": cell_changed(amount),
        "page's data": row_dropped,
    }
    for output in ("audit.json", "audit.md", "audit.html", "audit.xlsx"):
        shutil.copy(folder / output, tmp_path)
    file = name if name in changes and name != "page's data" else "audit.html"
    changes[name](tmp_path / file)
    with pytest.raises(InternalCheckFailed, match=re.escape(file)) as told:
        read_back(document, tmp_path)
    assert told.value.exit_code == 4


def test_a_document_that_differs_from_all_of_them_is_found(written: tuple[AuditDocument, Path]) -> None:
    document, folder = written
    more = replace(document.totals["at_risk"], findings=document.totals["at_risk"].findings + 1)
    totals = replace(document.totals, sections={**document.totals.sections, "at_risk": more})
    with pytest.raises(InternalCheckFailed, match=re.escape("audit.json")):
        read_back(replace(document, totals=totals), folder)
