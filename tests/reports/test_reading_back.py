"""What was written is read back: a figure changed in any one output is found, and none is found where none was."""

from __future__ import annotations

import base64
import gzip
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from auditor.base.errors import InternalCheckFailed
from auditor.base.money import format_usd
from auditor.reports import AuditDocument, write_html, write_xlsx
from auditor.reports.as_json import write_json
from auditor.reports.markdown import write_markdown
from auditor.reports.reading_back import read_back
from tests.reports.conftest import TEMPLATES, document_of, unpacked
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
    kinds = unpacked(text)["head"]["kinds"]
    for name in ("x_section", "x_amount"):
        (packed,) = re.findall(f'id="data-{name}">([^<]*)<', text)
        size = int(kinds[name[2:]][1:])
        content = gzip.decompress(base64.b64decode(packed))[:-size]
        text = text.replace(packed, base64.b64encode(gzip.compress(content)).decode())
    path.write_text(text, encoding="utf-8")


def finding_changed(path: Path) -> None:
    """The amounts of the findings in the data of the page, each a cent more."""
    text = path.read_text(encoding="utf-8")
    (packed,) = re.findall('id="data-x_amount">([^<]*)<', text)
    kind = unpacked(text)["head"]["kinds"]["amount"]
    values = np.frombuffer(gzip.decompress(base64.b64decode(packed)), dtype=f"<{kind}") + 1
    content = values.astype(f"<{kind}").tobytes()
    path.write_text(text.replace(packed, base64.b64encode(gzip.compress(content)).decode()), encoding="utf-8")


def rewritten(path: Path, member: str, change: Callable[[bytes], bytes]) -> None:
    """Put `change` of a part of a workbook in its place; it must be another."""
    beside = path.with_suffix(".new")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(beside, "w") as target:
        for item in book.infolist():
            data = book.read(item)
            if item.filename == member:
                before, data = data, change(data)
                assert data != before
            target.writestr(item, data)
    beside.replace(path)


def line_dropped(path: Path) -> None:
    """The last row of Finding lines is gone, whatever the sheet says of its dimensions."""
    last = rb"<row [^>]*>(?:(?!<row ).)*(?=</sheetData>)"
    rewritten(path, sheet_part(path, "Finding lines"), lambda xml: re.sub(last, b"", xml))


def sheet_part(path: Path, name: str) -> str:
    names = load_workbook(path, read_only=True).sheetnames
    return f"xl/worksheets/sheet{names.index(name) + 1}.xml"


def cell_changed(sheet: str, amount: object) -> Callable[[Path], None]:
    """The first cell of a sheet that holds `amount` holds another."""
    old = f"<v>{amount}</v>".encode()
    return lambda path: rewritten(
        path, sheet_part(path, sheet), lambda xml: xml.replace(old, b"<v>1.25</v>", 1)
    )


WAYS = {
    "audit.json": "audit.json", "audit.md": "audit.md", "figure of the page": "audit.html",
    "row of the page": "audit.html", "finding of the page": "audit.html", "Executive summary": "audit.xlsx",
    "Exposure": "audit.xlsx", "count on Exposure": "audit.xlsx", "Finding lines": "audit.xlsx",
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_a_figure_that_differs_in_one_output_is_found(
    written: tuple[AuditDocument, Path], tmp_path: Path, name: str
) -> None:
    document, folder = written
    amount = document.totals["over_definite"].dollars
    changes = {
        "audit.json": text_changed(f'"{amount}"', '"1.25"'),
        "audit.md": text_changed(format_usd(amount), "$1.25"),
        "figure of the page": text_changed(format_usd(amount), "$1.25"),
        "row of the page": row_dropped,
        "finding of the page": finding_changed,
        "Executive summary": cell_changed("Executive summary", amount),
        "Exposure": cell_changed("Exposure", amount),
        "count on Exposure": cell_changed("Exposure", document.totals["over_definite"].findings),
        "Finding lines": line_dropped,
    }
    for output in ("audit.json", "audit.md", "audit.html", "audit.xlsx"):
        shutil.copy(folder / output, tmp_path)
    changes[name](tmp_path / WAYS[name])
    with pytest.raises(InternalCheckFailed, match=re.escape(WAYS[name])) as told:
        read_back(document, tmp_path)
    assert told.value.exit_code == 4


def test_a_document_that_differs_from_all_of_them_is_found(written: tuple[AuditDocument, Path]) -> None:
    document, folder = written
    more = replace(document.totals["at_risk"], findings=document.totals["at_risk"].findings + 1)
    totals = replace(document.totals, sections={**document.totals.sections, "at_risk": more})
    with pytest.raises(InternalCheckFailed, match=re.escape("audit.json")):
        read_back(replace(document, totals=totals), folder)
