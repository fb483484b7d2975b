"""LibreOffice opens the workbook without repair, and every formula comes to the constant that stands beside it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from auditor.reports import AuditDocument, write_xlsx
from auditor.reports.finishing import finish

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.slow,
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (package libreoffice-calc)"),
]


@pytest.fixture(scope="module")
def folder(document: AuditDocument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook, and what LibreOffice makes of one from which every known value of a formula was left out."""
    folder = tmp_path_factory.mktemp("office")
    write_xlsx(document, folder / "audit.xlsx", rows_per_sheet=401)
    (folder / "bare").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "auditor.reports.excel.finish", lambda a, b, rows, _, opened: finish(a, b, rows, {}, opened)
        )
        write_xlsx(document, folder / "bare" / "audit.xlsx", rows_per_sheet=401)
    converted(folder / "bare" / "audit.xlsx", "xlsx:Calc MS Excel 2007 XML", folder / "back", folder)
    return folder


def converted(source: Path, kind: str, out: Path, profile: Path) -> None:
    command = [
        str(OFFICE), f"-env:UserInstallation=file://{profile}/profile", "--headless", "--convert-to", kind, "--outdir",
        str(out), str(source),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)


@pytest.fixture(scope="module")
def back(folder: Path) -> Workbook:
    return load_workbook(folder / "back" / "audit.xlsx", data_only=True)


def test_every_formula_comes_to_its_constant(folder: Path, back: Workbook) -> None:
    formulas = load_workbook(folder / "audit.xlsx")
    known = load_workbook(folder / "audit.xlsx", data_only=True)
    seen: dict[str, int] = {}
    for sheet in formulas.worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                if cell.data_type != "f":
                    continue
                seen[sheet.title] = seen.get(sheet.title, 0) + 1
                wanted = known[sheet.title][cell.coordinate].value
                found = back[sheet.title][cell.coordinate].value
                if isinstance(wanted, (int, float)):
                    assert found == pytest.approx(wanted, abs=1e-6), (
                        sheet.title,
                        cell.coordinate,
                        cell.value,
                    )
                else:
                    assert (found or None) == (wanted or None), (sheet.title, cell.coordinate, cell.value)
    assert {
        "Cover & scope",
        "Executive summary",
        "Findings by rule",
        "Finding lines",
        "Finding lines 3",
    } <= seen.keys()
    assert {
        "Exposure",
        "Provider scorecards",
        "Not evaluated",
        "Data quality & reconciliation",
    } <= seen.keys()


def test_sheets_rows_tables_and_protection_come_through(
    document: AuditDocument, folder: Path, back: Workbook
) -> None:
    made = load_workbook(folder / "audit.xlsx")
    assert back.sheetnames == made.sheetnames
    for name in ("Finding lines", "Finding lines 2", "Evidence lines 3", "Rule register"):
        ours = [row[0] for row in made[name].iter_rows(values_only=True, min_row=2)]
        assert [
            row[0] for row in back[name].iter_rows(values_only=True, min_row=2, max_row=len(ours) + 1)
        ] == ours
        assert back[name].protection.sheet
        (table,), (kept,) = made[name].tables.values(), back[name].tables.values()
        assert (kept.ref, kept.autoFilter is not None) == (table.ref, True)
    for name, number in (("Executive summary", 2), ("Findings by rule", 1), ("Exposure", 2)):
        assert len(vars(back[name])["_charts"]) == number
    rules = {rule.type for rule in back["Finding lines"].data_validations.dataValidation}
    assert rules == {"list", "decimal", "date", "custom"}


def test_it_prints_with_its_charts(folder: Path) -> None:
    converted(folder / "audit.xlsx", "pdf", folder / "paper", folder)
    pdf = (folder / "paper" / "audit.pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and len(pdf) > 100_000
